/**
 * Files with several nodes above their leaves, as those of more than a gigabyte have: here in small, with leaves of a
 * kilobyte and four of them to a node.
 */

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Bytes, cidText } from "../src/formats/bytes.ts";
import { ByteReader } from "../src/formats/streams.ts";
import { Leaves } from "../src/ipfs/dag.ts";
import { fromGateways } from "../src/ipfs/gateways.ts";
import { dagOf } from "./dagBlocks.ts";
import { type Answer, ANSWERS, GatewayServer, PARTS } from "./gatewayServer.ts";
import { refusalOf } from "./vectors.ts";

const [LEAF, LINKS] = [1024, 4];

vi.mock("../src/formats/unixfs.ts", async (original) => ({ ...(await original()), CHUNK_BYTES: 1024, MAX_LINKS: 4 }));

const PATIENCE = { start: 300, silence: 300 };
const data = randomBytes(2 * LINKS * LEAF + 5);
const dag = dagOf(data, LEAF, LINKS);
/** The second of the three below the root: it is needed for the fifth leaf. */
const second = cidText(dagOf(data.subarray(LINKS * LEAF, 2 * LINKS * LEAF), LEAF, LINKS).cid);
const gateways = new GatewayServer(dag);

beforeAll(() => gateways.start());
afterAll(() => {
  gateways.stop();
});
beforeEach(() => {
  gateways.asked = [];
});

/** Sends parts of the file and its blocks, but for the second node, the first `times` that it is asked for that. */
function troubled(name: string, times: number, trouble: Answer): string {
  let left = times;
  gateways.parts[name] = PARTS.partGood;
  gateways.answers[name] = (response, block, leaf) => {
    const isSecond = block === dag.blocks.get(second);
    if (isSecond && left-- > 0) trouble(response, block, leaf);
    else response.end(block);
  };
  return name;
}

const destroyed: Answer = (response) => void response.destroy();
const cut: Answer = (response, block) => {
  response.setHeader("content-length", block.length);
  response.write(block.subarray(0, 10), () => response.destroy());
};

const isWhole = async (...names: string[]): Promise<boolean> => {
  const place = { cid: dag.cid, size: data.length, gateways: names.map((name) => gateways.url(name)) };
  const use = async (stream: ReadableStream<Bytes>): Promise<Bytes> => new ByteReader(stream).exactly(data.length);
  return Buffer.from(await fromGateways(place, use, undefined, PATIENCE)).equals(data);
};

const timesAsked = (name: string): number => gateways.asked.filter((each) => each === `${name}/${second}`).length;

test.each([
  ["breaks the connection", destroyed],
  ["breaks off in the middle", cut],
  ["is silent", ANSWERS.silent],
  ["has trouble", ANSWERS.troubled],
])("a file comes though the only gateway %s when it is asked for a node", async (_, trouble) => {
  expect(await isWhole(troubled("once", 1, trouble))).toBe(true);
  expect(timesAsked("once")).toBe(2);
});

test("a file comes though the only gateway fails twice when it is asked for a node", async () => {
  expect(await isWhole(troubled("twice", 2, destroyed))).toBe(true);
});

test("who never gives a node is given up", async () => {
  expect(await refusalOf(() => isWhole(troubled("never", Infinity, destroyed)))).toBe("IpfsUnreachable");
  expect(timesAsked("never")).toBe(3);
});

test.each([
  ["lies", ANSWERS.other],
  ["does not have it", ANSWERS.missing],
])("who breaks off is asked for a node again, though the other gateway %s", async (_, answer) => {
  expect(await isWhole(troubled("once", 1, destroyed), troubled("other", Infinity, answer))).toBe(true);
});

test("a node is asked for once, however many leaves are waited for", async () => {
  const asked: string[] = [];
  const leaves = new Leaves(dag.cid, data.length, (cid) => {
    asked.push(cidText(cid));
    return Promise.resolve(dag.blocks.get(cidText(cid)) as Bytes);
  });
  const found = await Promise.all(dag.leaves.map((_, number) => leaves.at(number)));
  expect(found.map(({ cid }) => cidText(cid))).toEqual(dag.leaves);
  expect(new Set(asked).size).toBe(asked.length);
});

test("all who wait for a node hear that it does not come, and who asks later asks anew", async () => {
  let asked = 0;
  const leaves = new Leaves(dag.cid, data.length, (cid) => {
    if (++asked === 1) return Promise.reject(new Error("broken"));
    return Promise.resolve(dag.blocks.get(cidText(cid)) as Bytes);
  });
  const waiting = await Promise.allSettled([leaves.at(0), leaves.at(1)]);
  expect(waiting.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(cidText((await leaves.at(1)).cid)).toBe(dag.leaves[1]);
});
