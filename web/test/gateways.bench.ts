/** A file from gateways of different speed, alone and together: npx vitest bench --run test/gateways.bench.ts */

import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, bench, describe } from "vitest";
import { cidText } from "../src/formats/bytes.ts";
import { ByteReader } from "../src/formats/streams.ts";
import { fromGateways } from "../src/ipfs/gateways.ts";
import { dagOf } from "./dagBlocks.ts";
import { GatewayServer } from "./gatewayServer.ts";

const SIZE = 32 << 20; // bytes
const RATES = { slowest: 4, middle: 8, fastest: 16 }; // MiB a second
const PIECE = 1 << 16; // bytes

const data = randomBytes(SIZE);
const dag = dagOf(data);
const gateways = new GatewayServer(dag);

/** Sends all of it, so many MiB a second. */
function throttled(rate: number): (response: ServerResponse, bytes: Buffer) => void {
  return (response, bytes) => {
    const began = performance.now();
    let sent = 0;
    const more = (): void => {
      const due = ((performance.now() - began) / 1000) * rate * (1 << 20);
      for (; sent < Math.min(due, bytes.length); sent += PIECE) response.write(bytes.subarray(sent, sent + PIECE));
      if (sent >= bytes.length) response.end();
      else if (!response.destroyed) setTimeout(more, 5);
    };
    more();
  };
}

beforeAll(async () => {
  for (const [name, rate] of Object.entries(RATES)) {
    const send = throttled(rate);
    gateways.answers[name] = (response, block) => {
      send(response, Buffer.from(block));
    };
    gateways.parts[name] = (response, part) => {
      send(response.writeHead(206), part);
    };
  }
  await gateways.start();
});

afterAll(() => {
  gateways.stop();
});

async function read(...names: string[]): Promise<void> {
  const place = { cid: dag.cid, size: SIZE, gateways: names.map((name) => gateways.url(name)) };
  const got = await fromGateways(place, (stream) => new ByteReader(stream).exactly(SIZE));
  if (!Buffer.from(got).equals(data)) throw new Error("not the same");
}

/** All of it in one reply, of which nothing is checked. */
async function download(name: string): Promise<void> {
  const reply = await fetch(`${gateways.url(name)}${cidText(dag.cid)}`, { headers: { Range: "bytes=0-" } });
  if ((await reply.arrayBuffer()).byteLength !== SIZE) throw new Error("not all of it");
}

describe("32 MiB", () => {
  const options = { iterations: 2, time: 0, warmupIterations: 0, warmupTime: 0 };
  bench("downloaded from the slowest, and not checked", () => download("slowest"), options);
  bench("downloaded from the fastest, and not checked", () => download("fastest"), options);
  bench("from the slowest, 4 MiB/s", () => read("slowest"), options);
  bench("from the middle one, 8 MiB/s", () => read("middle"), options);
  bench("from the fastest, 16 MiB/s", () => read("fastest"), options);
  bench("from all three together", () => read("slowest", "middle", "fastest"), options);
});
