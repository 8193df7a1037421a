// Anvil behind a server of ours (local_rpc.mjs), kept in a file:  node anvil_chain.mjs STATE PORT GUARD…
//
// Anvil's own --state writes over the only copy, every second, so that a kill can leave half a file. Here no answer leaves
// before the blocks that it may tell of are in STATE, which is replaced by a rename: what a program was told survives any
// kill. GUARD is the command line of ape-ganache's guard, which starts Anvil, and ends it when this process ends, however
// that happens. Anvil holds its chain in memory, and STATE is written anew for each block: it is for development.

import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import { createInterface } from "node:readline";
import { failed, serve } from "./local_rpc.mjs";

const CHANGES = /^(anvil|evm|hardhat)_/; // without a block

process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exit(1);
});

const [state, port, ...command] = process.argv.slice(2);
const guard = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => guard.once("exit", resolve));
const [report] = await Promise.race([
  new Promise((resolve) => createInterface(guard.stdout).once("line", (line) => resolve([line]))),
  ended.then(() => ['{"error": "it ended without a word"}']),
]);
const { ready, at, error } = JSON.parse(report);
if (!ready) throw new Error(`Anvil did not start: ${error}`);

let saved = await restored();
let saving = Promise.resolve();

async function forward(asked) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`http://${at}`, { method: "POST", headers, body: JSON.stringify(asked) });
  return await response.json();
}

async function ask(method, ...params) {
  const { result, error } = await forward({ jsonrpc: "2.0", id: 1, method, params });
  if (error) throw new Error(`Anvil: ${method}: ${error.message}`);
  return result;
}

/** The height of the chain as it was left. */
async function restored() {
  const kept = await fs.readFile(state).catch(({ code }) => {
    if (code !== "ENOENT") throw new Error(`${state} can't be read (${code})`);
  });
  if (kept && (await ask("anvil_loadState", `0x${kept.toString("hex")}`).catch(() => false)) !== true)
    throw new Error(`${state} is not a state of Anvil: move it away, and the chain begins anew`);
  return kept ? await ask("eth_blockNumber") : undefined;
}

async function save() {
  const height = await ask("eth_blockNumber");
  const dump = Buffer.from((await ask("anvil_dumpState")).slice(2), "hex");
  const file = await fs.open(`${state}.new`, "w", 0o600);
  await file.writeFile(dump);
  await file.sync();
  await file.close();
  await fs.rename(`${state}.new`, state);
  saved = height;
}

async function answerOne(asked) {
  try {
    const answered = await forward(asked);
    if (CHANGES.test(asked.method) || (await ask("eth_blockNumber")) !== saved) await (saving = saving.then(save));
    return answered;
  } catch {
    return failed(asked.id, -32603, "Anvil does not answer, or its state can't be written");
  }
}

ended.then(() => process.exit(1)); // nothing can be answered any more
serve(port, answerOne, async () => {
  await saving.catch(() => undefined);
  guard.stdin.end();
  await ended;
});
