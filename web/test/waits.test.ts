/** Peers that stall, drip, or never end. */

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askChain, RpcError } from "../src/chain/rpc.ts";
import { blockCid } from "../src/formats/block.ts";
import { cidText } from "../src/formats/bytes.ts";
import { Budget, SLOWEST } from "../src/budget.ts";
import { ChainUnreachable, type RadiogramError } from "../src/errors.ts";
import { fromGateways } from "../src/ipfs/gateways.ts";
import { checkKept } from "../src/ipfs/readBack.ts";
import { ByteReader } from "../src/formats/streams.ts";
import { refusalOf } from "./vectors.ts";

const PATIENCE = { start: 400, silence: 400 };
const SIZE = 200_000; // one block
const content = Uint8Array.from({ length: SIZE }, (_, place) => place * 7);
const CID = blockCid(content);

let server: Server;
let written = 0;
const gateway = (name: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}/`;

function every(response: ServerResponse, milliseconds: number, next: (turn: number) => Uint8Array | undefined): void {
  let turn = 0;
  const timer = setInterval(() => {
    const piece = next(turn++);
    if (!piece) response.end();
    if (!piece || response.destroyed) clearInterval(timer);
    else response.write(piece);
  }, milliseconds);
}

const behaviour: Record<string, (response: ServerResponse) => void> = {
  good: (response) => void response.end(content),
  other: (response) => void response.end(new Uint8Array(SIZE)),
  short: (response) => void response.end(content.subarray(0, -1)),
  missing: (response) => void response.writeHead(404).end(),
  silent: () => undefined,
  dripping: (response) => {
    every(response, 20, (turn) => content.subarray(turn, turn + 1));
  },
  fastThenDripping: (response) => {
    response.write(content.subarray(0, 150_000));
    every(response, 20, (turn) => content.subarray(150_000 + turn, 150_001 + turn));
  },
  slow: (response) => {
    every(response, 100, (turn) => (turn < 20 ? content.subarray(turn * 10_000, (turn + 1) * 10_000) : undefined));
  },
  endless: (response) => {
    const more = (): void => {
      written += 1 << 20;
      response.write(Buffer.alloc(1 << 20, 0x20), more);
    };
    more();
  },
  nested: (response) => void response.end("[".repeat(5_000_000)),
  nestedError: (response) => {
    const data = '{"data":'.repeat(100_000) + "0" + "}".repeat(100_000);
    response.end(`{"error":{"message":"no","data":${data}}}`);
  },
};

/** What a chain’s node says that has too much to do: status and error. */
const BUSY: Record<string, [number, object | string]> = {
  status: [429, "<html>"],
  statusAndError: [429, { code: 1, message: "wait" }],
  limitExceeded: [200, { code: -32005, message: "daily request count exceeded, request rate limited" }],
  tooMany: [200, { code: 429, message: "Your app has exceeded its compute units per second capacity" }],
};
/** Questions that were asked of such a node, and how many of them it does not answer. */
let [questions, unanswered] = [0, 0];
const busy = (response: ServerResponse, [status, error]: [number, object | string]): void => {
  const said = typeof error === "string" ? error : JSON.stringify({ error });
  if (++questions > unanswered) response.end('{"result":"0x1"}');
  else response.writeHead(status).end(said);
};
for (const [name, said] of Object.entries(BUSY)) {
  behaviour[name] = (response) => {
    busy(response, said);
  };
}
behaviour["tooWide"] = (response) => {
  busy(response, [200, { code: -32005, message: "query returned more than 10000 results" }]);
};

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    behaviour[(request.url ?? "").split("/")[1] ?? ""]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("a file", () => {
  const fetched = (name: string): Promise<Uint8Array> =>
    fromGateways(
      { cid: CID, size: SIZE, gateways: [gateway(name)] },
      (stream) => new ByteReader(stream).exactly(SIZE),
      undefined,
      PATIENCE,
    );

  test.each(["silent", "dripping", "fastThenDripping"])("of a gateway that is %s is given up", async (name) => {
    expect(await refusalOf(() => fetched(name))).toBe("IpfsTimeout");
  });

  test("that is given up says how far it came", async () => {
    const failure = (await fetched("fastThenDripping").catch((error: unknown) => error)) as RadiogramError;
    expect(failure.message).toMatch(/stopped, or is too slow: 15\d{4} bytes came/);
  });

  test("of a slow gateway that lives is fetched", async () => {
    expect(Buffer.from(await fetched("slow")).equals(content)).toBe(true);
  });
});

describe("what was uploaded", () => {
  const kept = (...names: string[]): Promise<void> =>
    checkKept(SIZE, cidText(CID), names.map(gateway), undefined, PATIENCE);

  test("is read back", async () => {
    await kept("good");
    await kept("missing", "other", "good");
  });

  test.each(["missing", "other", "short", "silent", "dripping"])("and is %s there is refused", async (name) => {
    const failure = (await kept(name).catch((error: unknown) => error)) as RadiogramError;
    expect(failure.message).toBe("The storage took the file, and does not give it back. Try again.");
    expect(failure.tries.map((each) => each.gateway)).toEqual([gateway(name)]);
  });

  test("is believed where there is no gateway", async () => {
    await kept();
  });

  test("is not waited for once that is stopped", async () => {
    const stop = AbortSignal.timeout(50);
    expect(await refusalOf(() => checkKept(SIZE, cidText(CID), [gateway("silent")], stop))).toBe("TimeoutError");
  });
});

describe("the chain", () => {
  const asked = (name: string): Promise<string> =>
    refusalOf(() => askChain(gateway(name), "eth_chainId", [], undefined, 400));

  test.each(["silent", "dripping", "nested", "nestedError"])("that is %s is given up", async (name) => {
    expect(await asked(name)).toBe("ChainUnreachable");
  });

  test.each(Object.keys(BUSY))("that is busy for a moment is asked again (%s)", async (name) => {
    [questions, unanswered] = [0, 1];
    expect(await askChain(gateway(name), "eth_chainId", [])).toBe("0x1");
    expect(questions).toBe(2);
  });

  test.each(Object.keys(BUSY))("that stays busy is given up (%s)", async (name) => {
    [questions, unanswered] = [0, Infinity];
    const failure = askChain(gateway(name), "eth_chainId", []).catch((error: unknown) => error);
    expect(await failure).toBeInstanceOf(ChainUnreachable);
    expect(((await failure) as Error).message).toContain("it is busy");
    expect(questions).toBe(3);
  });

  test("that is busy is not waited for once that is stopped", async () => {
    [questions, unanswered] = [0, Infinity];
    const stop = AbortSignal.timeout(100);
    expect(await refusalOf(() => askChain(gateway("tooMany"), "eth_chainId", [], stop))).toBe("TimeoutError");
    expect(questions).toBe(1);
  });

  test("that refuses an answer as too long is not asked again", async () => {
    [questions, unanswered] = [0, Infinity];
    expect(await askChain(gateway("tooWide"), "eth_getLogs", []).catch((error: unknown) => error)).toBeInstanceOf(
      RpcError,
    );
    expect(questions).toBe(1);
  });

  test("is not listened to for ever", async () => {
    written = 0;
    const failure = askChain(gateway("endless"), "eth_chainId", []).catch((error: unknown) => error);
    expect(((await failure) as RadiogramError).message).toContain("its answer is too long");
    expect(written).toBeLessThan(40 << 20);
  });
});

describe("a budget", () => {
  test("runs out for what is slower than the slowest, and for nothing faster", () => {
    const [slow, fast] = [new Budget(1000), new Budget(1000)];
    for (let second = 0; second < 100; second++) {
      slow.spent(1000);
      slow.moved(SLOWEST / 2);
      fast.spent(1000);
      fast.moved(SLOWEST * 2);
    }
    expect(slow.left).toBe(0);
    expect(fast.left).toBe(1000);
  });
});
