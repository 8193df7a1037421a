// Ganache behind an HTTP server of its own:  node local_chain.mjs GANACHE PORT OPTIONS
//
// Ganache's own server takes transactions from any web page: it asks for no content type that a browser would have to
// ask leave for, looks at no Origin and at no Host, and its accounts are unlocked. This one answers programs on this
// computer alone: no request with an Origin or a Sec-Fetch-Site, which browsers send and programs do not, and none by
// another host name than this computer's own, which is how a page reaches it through a name of its own (DNS rebinding).
//
// GANACHE is the `ganache` program, OPTIONS its options as JSON. It listens on 127.0.0.1, and prints nothing: Ganache
// would print its accounts' private keys.

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const LARGEST = 64 << 20; // bytes of a request
const FOLDERS_UP = ["./core.js", "../dist/node/core.js"]; // from the program to what it runs

process.on("uncaughtException", ({ message }) => {
  console.error(message); // without the source line, which is megabytes long
  process.exit(1);
});

const [program, port, options] = process.argv.slice(2);
const provider = load(fs.realpathSync(program)).provider(JSON.parse(options));
const hosts = new Set(["127.0.0.1", "localhost"].map((name) => `${name}:${port}`));

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

function refusal({ method, headers }) {
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) return [403, "no web page is answered"];
  if (!hosts.has(headers.host)) return [403, "no other host name is answered"];
  if (method !== "POST") return [405, "JSON-RPC is sent by POST"];
  if (!/^application\/json\b/.test(headers["content-type"] ?? "")) return [415, "JSON-RPC is application/json"];
  return undefined;
}

async function body(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > LARGEST) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

const failed = (id, code, message) => ({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });

/** The answer to one JSON-RPC request; an error is an answer. */
async function answerOne(asked) {
  if (typeof asked?.method !== "string") return failed(asked?.id, -32600, "not a request");
  return await new Promise((resolve) => {
    provider.send(asked, (error, answered) => {
      resolve(answered ?? failed(asked.id, -32603, error.message));
    });
  });
}

/** To a request, or to a batch of them; Ganache ends where one of a batch fails. */
async function answer(text) {
  let asked;
  try {
    asked = JSON.parse(text);
  } catch {
    return failed(null, -32700, "not JSON");
  }
  return Array.isArray(asked) ? await Promise.all(asked.map(answerOne)) : await answerOne(asked);
}

const server = http.createServer(async (request, response) => {
  try {
    const [status, why] = refusal(request) ?? [];
    const text = status === undefined ? await body(request) : undefined;
    if (text === undefined) {
      response.writeHead(status ?? 413, { "content-type": "text/plain", connection: "close" });
      response.end(`${why ?? "the request is too large"}\n`);
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(await answer(text)));
  } catch {
    response.destroy(); // the other side broke off
  }
});
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, async () => {
    server.close();
    server.closeAllConnections();
    await provider.disconnect(); // what is on its way to the disk gets there
    process.exit(0);
  });
}
await provider.once("connect"); // the database is open
server.listen(Number(port), "127.0.0.1");
