// The HTTP server before a chain for development, which answers programs on this computer alone.
//
// The servers of such chains take transactions from any web page: their accounts are unlocked, and none looks at the
// Host, some neither at Origin nor content type. This one takes no request with an Origin or a Sec-Fetch-Site, which
// browsers send and programs do not, and none by another host name than this computer's own, which is how a page reaches
// it through a name of its own (DNS rebinding). It listens on 127.0.0.1.

import http from "node:http";

const LARGEST = 64 << 20; // bytes of a request

/**
 * Answers on `port` until the process is told to end. `answerOne` has the answer to one JSON-RPC request, and throws
 * where there is none; `close` is waited for at the end.
 */
export function serve(port, answerOne, close) {
  const hosts = new Set(["127.0.0.1", "localhost"].map((name) => `${name}:${port}`));
  const server = http.createServer(async (request, response) => {
    try {
      const [status, why] = refusal(request, hosts) ?? [];
      const text = status === undefined ? await body(request) : undefined;
      if (text === undefined) {
        response.writeHead(status ?? 413, { "content-type": "text/plain", connection: "close" });
        response.end(`${why ?? "the request is too large"}\n`);
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(await answer(text, answerOne)));
    } catch {
      response.destroy(); // the other side broke off
    }
  });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, async () => {
      server.close();
      server.closeAllConnections();
      await close();
      process.exit(0);
    });
  }
  server.listen(Number(port), "127.0.0.1");
}

/** An answer that there is none. */
export const failed = (id, code, message) => ({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });

function refusal({ method, headers }, hosts) {
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

/** To a request, or to a batch of them. */
async function answer(text, answerOne) {
  let asked;
  try {
    asked = JSON.parse(text);
  } catch {
    return failed(null, -32700, "not JSON");
  }
  const one = async (each) =>
    typeof each?.method === "string" ? await answerOne(each) : failed(each?.id, -32600, "not a request");
  return Array.isArray(asked) ? await Promise.all(asked.map(one)) : await one(asked);
}
