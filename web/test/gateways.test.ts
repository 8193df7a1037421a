/** One file from several gateways: who is honest is enough, whatever the others do. */

import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Bytes, cidText } from "../src/formats/bytes.ts";
import type { RadiogramError } from "../src/errors.ts";
import { ByteReader, type ByteStream } from "../src/formats/streams.ts";
import { CidBuilder } from "../src/formats/unixfs.ts";
import { Leaves } from "../src/ipfs/dag.ts";
import { fromGateways } from "../src/ipfs/gateways.ts";
import { dagOf, node } from "./dagBlocks.ts";
import { ANSWERS, CARS, GatewayServer, PARTS } from "./gatewayServer.ts";
import { refusalOf } from "./vectors.ts";

const PATIENCE = { start: 4000, silence: 4000 };
const MB = 1 << 20;
const data = randomBytes(4 * MB + 5);
const dag = dagOf(data);
const gateways = new GatewayServer(dag);

beforeAll(() => gateways.start());
afterAll(() => {
  gateways.stop();
});
beforeEach(() => {
  gateways.asked = [];
  gateways.dag = dag;
});

const all = async (stream: ByteStream): Promise<Buffer> => Buffer.from(await new Response(stream).arrayBuffer());

/** The file from the gateways with these names. */
const read = (...names: string[]): Promise<Buffer> => {
  const place = { cid: dag.cid, size: data.length, gateways: names.map((name) => gateways.url(name)) };
  return fromGateways(
    place,
    async (stream) => Buffer.from(await new ByteReader(stream).exactly(data.length)),
    undefined,
    PATIENCE,
  );
};

const isWhole = async (...names: string[]): Promise<boolean> => (await read(...names)).equals(data);

/** All but the honest ones. */
const OTHERS = [
  ...["other", "flipped", "flippedLeaves", "flippedLast", "short", "shortUnsaid", "long", "longUnsaid", "page"],
  ...["endless", "endlessLeaves", "cut", "missing", "forbidden", "troubled", "late", "missingLeaves", "elsewhere"],
  ...["silent", "silentLeaves", "stalled", "verySlow"],
  ...Object.keys(CARS).filter((name) => name !== "carGood"),
  ...Object.keys(PARTS).filter((name) => name !== "partGood"),
];

describe("a file comes", () => {
  test("from one gateway in three requests: for the node, the first leaf, and all the others", async () => {
    expect(await isWhole("partGood")).toBe(true);
    const [first = ""] = dag.leaves;
    expect(gateways.asked).toEqual([`partGood/${cidText(dag.cid)}`, `partGood/${first}`, `partGood/part ${MB}-`]);
  });

  test("from one that gives no part of a file as a CAR, and it is asked for a part once", async () => {
    const long = randomBytes(12 * MB);
    gateways.dag = dagOf(long);
    const place = {
      cid: gateways.dag.cid,
      size: long.length,
      gateways: ["carGood", "cars"].map((name) => gateways.url(name)),
    };
    Object.assign(gateways.answers, { cars: ANSWERS.good });
    Object.assign(gateways.cars, { cars: CARS.carGood });
    expect((await fromGateways(place, all, undefined, PATIENCE)).equals(long)).toBe(true);
    for (const name of ["carGood", "cars"])
      expect(gateways.asked.filter((each) => each.startsWith(`${name}/part`)).length).toBeLessThanOrEqual(1);
    expect(gateways.leavesAsked("carGood").length + gateways.leavesAsked("cars").length).toBeLessThan(6);
  });

  test("from one gateway that gives blocks one by one, each once", async () => {
    expect(await isWhole("good")).toBe(true);
    const blocks = gateways.asked.filter((each) => !/car|part/.test(each));
    expect(blocks.sort()).toEqual([...dag.blocks.keys()].map((cid) => `good/${cid}`).sort());
    expect(gateways.asked.length).toBe(blocks.length + 2); // once for a part, once for a CAR
  });

  test.each(["slow", "carSlow"] as const)("from several together: each %s", async (kind) => {
    const long = randomBytes(12 * MB);
    gateways.dag = dagOf(long);
    const names = [`${kind}1`, `${kind}2`, `${kind}3`];
    for (const name of names) {
      gateways.answers[name] = kind === "slow" ? ANSWERS.slow : ANSWERS.good;
      if (kind === "carSlow") gateways.cars[name] = CARS.carSlow;
    }
    const place = { cid: gateways.dag.cid, size: long.length, gateways: names.map((name) => gateways.url(name)) };
    expect((await fromGateways(place, all, undefined, PATIENCE)).equals(long)).toBe(true);
    for (const name of names) expect(gateways.asked.filter((each) => each.startsWith(`${name}/`))).not.toEqual([]);
  });

  test.each(Object.keys(CARS).filter((name) => !["carFlipped", "carStalled"].includes(name)))(
    "from an only gateway whose replies of many blocks are %s, as it has each",
    async (name) => {
      expect(await isWhole(name)).toBe(true);
    },
  );

  test.each(Object.keys(PARTS).filter((name) => name !== "partStalled"))(
    "from an only gateway whose parts of the file are %s, as it has each block",
    async (name) => {
      expect(await isWhole(name)).toBe(true);
    },
  );

  test.each(OTHERS)("from the honest one where the first is %s", async (name) => {
    expect(await isWhole(name, "good")).toBe(true);
  });

  test.each(OTHERS)("from the honest one where the last is %s", async (name) => {
    expect(await isWhole("good", name)).toBe(true);
  });

  test("from the honest one among all kinds of others", async () => {
    expect(await isWhole(...OTHERS, "slow")).toBe(true);
  });

  test("from where nothing says how long a block is", async () => {
    expect(await isWhole("goodUnsaid")).toBe(true);
  });

  test("from two of which each lacks what the other has", async () => {
    const lacking = (odd: number) => (response: ServerResponse, block: Bytes, leaf: number) => {
      if (leaf >= 2 && leaf % 2 === odd) response.writeHead(404).end();
      else response.end(block);
    };
    Object.assign(gateways.answers, { noOdd: lacking(1), noEven: lacking(0) });
    expect(await isWhole("noOdd", "noEven")).toBe(true);
    expect(await refusalOf(() => read("noOdd"))).toBe("IpfsNotFound");
  });

  test("though the only gateway breaks off: it is asked for the rest alone", async () => {
    gateways.cars["carCutOnce"] = (response, sections) => {
      const isFirst = gateways.asked.filter((each) => each.startsWith("carCutOnce/car")).length === 1;
      (isFirst ? CARS.carCut : CARS.carGood)(response, sections);
    };
    gateways.answers["carCutOnce"] = ANSWERS.good;
    expect(await isWhole("carCutOnce")).toBe(true);
    expect(gateways.asked.slice(3)).toEqual([`carCutOnce/car ${MB}:*`, `carCutOnce/car ${2 * MB}:*`]);
  });

  test("though the only gateway breaks off a part: it is asked for the rest of the file alone", async () => {
    expect(await isWhole("partCut")).toBe(true);
    const [, , ...many] = gateways.asked;
    expect(many.slice(0, 2)).toEqual([`partCut/part ${MB}-`, `partCut/part ${2 * MB}-`]);
  });

  test.each([429, 503])(
    "though the only gateway is busy for a moment (%s): it is asked for the same part again",
    async (status) => {
      let isBusy = true;
      gateways.answers["busyOnce"] = ANSWERS.good;
      gateways.parts["busyOnce"] = (response, part) => {
        if (isBusy) response.writeHead(status).end();
        else PARTS.partGood(response, part);
        isBusy = false;
      };
      expect(await isWhole("busyOnce")).toBe(true);
      const [, , ...many] = gateways.asked;
      expect(many).toEqual([`busyOnce/part ${MB}-`, `busyOnce/part ${MB}-`]);
    },
  );

  test("though the only gateway is busy when it is first asked", async () => {
    let isBusy = true;
    gateways.answers["busyFirst"] = (response, block) => {
      if (isBusy) response.writeHead(503).end();
      else response.end(block);
      isBusy = false;
    };
    expect(await isWhole("busyFirst")).toBe(true);
  });

  test("from an only gateway that is too busy for parts, as it gives the file as a CAR", async () => {
    gateways.answers["busy"] = ANSWERS.good;
    gateways.parts["busy"] = (response) => void response.writeHead(429).end();
    gateways.cars["busy"] = CARS.carGood;
    expect(await isWhole("busy")).toBe(true);
  });

  test("though the only gateway breaks off a block: it is asked for that block once more, and for no other", async () => {
    let isCut = true;
    gateways.answers["cutOnce"] = (response, block, leaf) => {
      if (leaf !== 3 || !isCut) return void response.end(block);
      isCut = false;
      response.setHeader("content-length", block.length);
      response.write(block.subarray(0, 1000), () => response.destroy());
    };
    expect(await isWhole("cutOnce")).toBe(true);
    const leaves = gateways.leavesAsked("cutOnce");
    expect(leaves.length).toBe(dag.leaves.length + 1);
    expect(new Set(leaves).size).toBe(dag.leaves.length);
  });
});

describe("without an honest gateway", () => {
  test.each([
    ["other", "IpfsMismatch"],
    ["flipped", "IpfsMismatch"],
    ["flippedLeaves", "IpfsMismatch"],
    ["flippedLast", "IpfsMismatch"],
    ["page", "IpfsMismatch"],
    ["shortUnsaid", "IpfsMismatch"],
    ["long", "IpfsTooLarge"],
    ["longUnsaid", "IpfsTooLarge"],
    ["endless", "IpfsTooLarge"],
    ["endlessLeaves", "IpfsTooLarge"],
    ["cut", "IpfsIncomplete"],
    ["missing", "IpfsNotFound"],
    ["missingLeaves", "IpfsNotFound"],
    ["forbidden", "IpfsRefused"],
    ["troubled", "IpfsUnreachable"],
    ["late", "IpfsTimeout"],
    ["elsewhere", "IpfsUnreachable"],
    ["carFlipped", "IpfsMismatch"],
  ])("that is %s it is said what is wrong: %s", async (name, error) => {
    expect(await refusalOf(() => read(name))).toBe(error);
    Object.assign(gateways.answers, { twin: gateways.answers[name] });
    Object.assign(gateways.cars, { twin: gateways.cars[name] });
    const failure = (await read(name, "twin").catch((caught: unknown) => caught)) as RadiogramError;
    expect(failure.name).toBe(error);
    expect(failure.tries.map((each) => each.gateway)).toEqual([gateways.url(name), gateways.url("twin")]);
  });

  test("no byte of a block is given away before it was checked", async () => {
    gateways.answers["flippedThird"] = (response, block, leaf) =>
      void response.end(leaf === 2 ? new Uint8Array(block.length) : block);
    const got: Bytes[] = [];
    const place = { cid: dag.cid, size: data.length, gateways: [gateways.url("flippedThird")] };
    const use = async (stream: ByteStream): Promise<void> => {
      const reader = new ByteReader(stream);
      for (let piece; (piece = await reader.some(1000));) got.push(piece);
    };
    expect(await refusalOf(() => fromGateways(place, use, undefined, PATIENCE))).toBe("IpfsMismatch");
    const before = Buffer.concat(got);
    expect(before.length).toBeLessThanOrEqual(2 * MB);
    expect(before.equals(data.subarray(0, before.length))).toBe(true);
  });
});

test("who is slower is asked for fewer leaves at once", async () => {
  const long = randomBytes(20 * MB);
  gateways.dag = dagOf(long);
  const slowly = (response: ServerResponse, part: Uint8Array): void => {
    setTimeout(() => response.end(part), (1000 * part.length) / MB);
  };
  Object.assign(gateways.answers, { partSlow: slowly });
  gateways.parts["partSlow"] = (response, part) => {
    slowly(response.writeHead(206), part);
  };
  const place = {
    cid: gateways.dag.cid,
    size: long.length,
    gateways: ["partGood", "partSlow"].map((name) => gateways.url(name)),
  };
  expect((await fromGateways(place, all, undefined, PATIENCE)).equals(long)).toBe(true);
  expect(gateways.asked.filter((each) => each.startsWith("partGood/part"))).not.toEqual([]);
  expect(gateways.asked.filter((each) => each.startsWith("partSlow/part"))).toEqual([]);
});

test("who has lied is asked no more", async () => {
  gateways.answers["liar"] = gateways.answers["flippedLeaves"] as never;
  expect(await isWhole("liar", "slow")).toBe(true);
  expect(gateways.leavesAsked("liar").length).toBeLessThanOrEqual(3); // at once
});

test("a redirect to another host is not taken, even if that has the block", async () => {
  const other = new GatewayServer(dag);
  await other.start();
  gateways.answers["moved"] = (response, _, leaf) => {
    const cid = leaf < 0 ? cidText(dag.cid) : dag.leaves[leaf];
    response.writeHead(302, { location: `${other.url("good")}${cid ?? ""}?format=raw` }).end();
  };
  expect(await refusalOf(() => read("moved"))).toBe("IpfsUnreachable");
  other.stop();
});

test("the beginning alone is one leaf", async () => {
  const place = { cid: dag.cid, size: data.length, gateways: ["good", "slow"].map((name) => gateways.url(name)) };
  const start = await fromGateways(place, (stream) => new ByteReader(stream).exactly(1000));
  expect(Buffer.from(start).equals(data.subarray(0, 1000))).toBe(true);
  expect(new Set([...gateways.leavesAsked("good"), ...gateways.leavesAsked("slow")]).size).toBe(1);
});

test("whoever reads slowly has no more in memory than some blocks", async () => {
  const long = dagOf(randomBytes(12 * MB));
  gateways.dag = long;
  const place = { cid: long.cid, size: 12 * MB, gateways: [gateways.url("good")] };
  await fromGateways(place, async (stream) => {
    const reader = new ByteReader(stream);
    await reader.exactly(MB + 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(gateways.leavesAsked("good").length).toBeLessThanOrEqual(6);
  });
});

test("what is stopped ends at once, and no gateway is asked any more", async () => {
  const stop = new AbortController();
  const place = { cid: dag.cid, size: data.length, gateways: [gateways.url("silentLeaves")] };
  const work = refusalOf(() => fromGateways(place, all, stop.signal, PATIENCE));
  while (gateways.leavesAsked("silentLeaves").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  expect(await work).toBe("AbortError");
});

describe("the leaves of a file", () => {
  const found = async (cid: Bytes, size: number, blocks: Map<string, Bytes>): Promise<string[]> => {
    const leaves = new Leaves(cid, size, (each) => Promise.resolve(blocks.get(cidText(each)) as Bytes));
    const found: string[] = [];
    for (let number = 0; number < leaves.count; number++) found.push(cidText((await leaves.at(number)).cid));
    return found;
  };

  test("are found through two levels of nodes", async () => {
    const [leaf, rest] = [new Uint8Array(MB), Uint8Array.of(1)];
    const [{ cid: full }, { cid: last }] = [dagOf(leaf), dagOf(rest)];
    const blocks = new Map<string, Bytes>();
    const keep = (codec: number, block: Uint8Array): Buffer => {
      const { cid } = dagOf(block, block.length);
      cid[1] = codec;
      blocks.set(cidText(cid), Uint8Array.from(block));
      return Buffer.from(cid);
    };
    const children = Array.from({ length: 1024 }, () => ({ cid: Buffer.from(full), size: MB }));
    const root = node([node(children, keep), node([{ cid: Buffer.from(last), size: 1 }], keep)], keep);
    const leaves = await found(Uint8Array.from(root.cid), 1024 * MB + 1, blocks);
    expect(leaves).toHaveLength(1025);
    expect(leaves.at(-1)).toBe(cidText(last));
  });

  test.each([1, MB, MB + 1, 3 * MB])("are those of which the CID is made: %s bytes", async (size) => {
    const bytes = data.subarray(0, size);
    const builder = new CidBuilder();
    await builder.add(bytes);
    const { cid, blocks, leaves } = dagOf(bytes);
    expect(await found(cid, size, blocks)).toEqual(leaves);
    expect(leaves.length === 1 ? cidText(await builder.cid()) : leaves[0]).toBe(leaves[0]);
  });

  test.each([
    [5 * MB + 1, "IpfsIncomplete"],
    [4 * MB, "IpfsTooLarge"],
    [MB, "IpfsTooLarge"],
  ])("are refused where %s bytes were promised: %s", async (size, error) => {
    expect(await refusalOf(() => found(dag.cid, size, dag.blocks))).toBe(error);
  });

  test("are refused in a block that is no node", async () => {
    for (const junk of [
      Uint8Array.of(0x0a, 0x05),
      Uint8Array.of(0xff),
      Uint8Array.of(0x12, 2, 0x0a, 0),
      new Uint8Array(9),
    ])
      expect(await refusalOf(() => found(dag.cid, data.length, new Map([[cidText(dag.cid), junk]])))).toMatch(/^Ipfs/);
  });
});
