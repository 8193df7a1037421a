// Ganache behind a server of ours (local_rpc.mjs):  node local_chain.mjs GANACHE PORT OPTIONS
//
// GANACHE is the `ganache` program, OPTIONS its options as JSON. Nothing is printed: Ganache would print its accounts'
// private keys.

import fs from "node:fs";
import { createRequire } from "node:module";
import { failed, serve } from "./local_rpc.mjs";

const FOLDERS_UP = ["./core.js", "../dist/node/core.js"]; // from the program to what it runs

process.on("uncaughtException", ({ message }) => {
  console.error(message); // without the source line, which is megabytes long
  process.exit(1);
});

const [program, port, options] = process.argv.slice(2);
const provider = load(fs.realpathSync(program)).provider(JSON.parse(options));

function load(file) {
  const require = createRequire(file);
  for (const place of FOLDERS_UP) {
    try {
      return require(place);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error(`${file} is not the program of the npm package ganache`);
}

/** An error is an answer. Ganache ends where one of a batch fails: each is asked for by itself. */
const answerOne = async (asked) =>
  await new Promise((resolve) => {
    provider.send(asked, (error, answered) => {
      resolve(answered ?? failed(asked.id, -32603, error.message));
    });
  });

await provider.once("connect"); // the database is open
serve(port, answerOne, () => provider.disconnect()); // at the end, what is on its way to the disk gets there
