import { beforeAll, describe, expect, test } from "vitest";
import { openBundle } from "../src/formats/bundle.ts";
import { type Bytes, cidBytes, cidText, concat, equal, fromHex, toHex } from "../src/formats/bytes.ts";
import { rawCid } from "../src/formats/block.ts";
import { encrypt } from "../src/formats/ciphertext.ts";
import { digestBytes, digestOf } from "../src/formats/digest.ts";
import type { KeyReference } from "../src/formats/keyReference.ts";
import { writeManifest } from "../src/formats/manifest.ts";
import { CarFile, indexOf } from "../src/ipfs/car.ts";
import { fetchBlock } from "../src/ipfs/gateways.ts";
import { fetchManifest, fetchStudy, type Study } from "../src/worker/fetchStudy.ts";
import { type Dag, dagOf } from "./dagBlocks.ts";
import { base64, everything, refusalOf, vectors } from "./vectors.ts";

interface Vectors {
  read: { why: string; car: string; roots: string[]; files: Record<string, string> }[];
  refuse: { why: string; car: string }[];
}

const { read, refuse } = vectors("car.json") as Vectors;
const signal = new AbortController().signal;
const content = Uint8Array.from({ length: 2_500_000 }, (_, place) => place * 7);
const HEADER = fromHex(`11a265726f6f7473806776657273696f6e01`); // names nothing

let dag: Dag;
let contents: KeyReference;

beforeAll(async () => {
  const entry = { name: "a", bytes: content.length, sha256: await digestOf(content), mediaType: "image/png" };
  const manifest = writeManifest("2026-11-23T20:00:00+00:00", [entry], {});
  // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
  const bundle = openBundle(manifest, new Uint8Array(), [entry], async function* () {
    yield content;
  });
  const contentKey = fromHex("11".repeat(32));
  const ciphertext = await everything(await encrypt(bundle, contentKey));
  dag = dagOf(ciphertext);
  contents = { contentKey, cid: dag.cid, ciphertextBytes: BigInt(ciphertext.length) };
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function entry(cid: Uint8Array, block: Uint8Array): Bytes {
  return concat(Uint8Array.from(varint(cid.length + block.length)), cid, block);
}

function carOf(blocks: Iterable<[cid: string, block: Bytes]>): Bytes {
  return concat(HEADER, ...[...blocks].map(([cid, block]) => entry(cidBytes(cid), block)));
}

async function opened(bytes: Bytes): Promise<CarFile> {
  return new CarFile(await indexOf(new Blob([bytes]), "a.car"));
}

async function study(bytes: Bytes): Promise<Study> {
  return fetchStudy(contents, [await opened(bytes)], () => undefined, signal);
}

/** A Blob that counts what is read of it. */
class Watched extends Blob {
  read = 0;
  override slice(start = 0, end = this.size): Blob {
    this.read += end - start;
    return super.slice(start, end);
  }
}

describe("a CAR file is read", () => {
  test.each(read)("of the vectors: $why", async ({ car, roots, files }) => {
    const index = await indexOf(new Blob([base64(car)]), "a.car");
    expect(index.roots.map(cidText)).toEqual(roots);
    const file = new CarFile(index);
    for (const [cid, digest] of Object.entries(files)) {
      const block = await fetchBlock({ cid: cidBytes(cid), most: 1 << 20, gateways: [file] });
      expect(toHex(await digestBytes(block))).toBe(`0x${digest}`);
    }
  });

  test("block by block, wherever these lie, with those of other files among them", async () => {
    const other = dagOf(Uint8Array.from({ length: 1_500_000 }, () => 1));
    const { files } = await study(carOf([...other.blocks, ...[...dag.blocks].reverse()]));
    expect(equal(new Uint8Array((await files[0]?.blob.arrayBuffer()) ?? new ArrayBuffer()), content)).toBe(true);
  });

  test("and of its blocks nothing before they are asked for, and then only what is wanted", async () => {
    const file = new Watched([carOf(dag.blocks)]);
    const car = new CarFile(await indexOf(file, "a.car"));
    expect(file.read).toBeLessThan(50_000);
    await fetchManifest(contents, [car], signal);
    expect(file.read).toBeLessThan(1_300_000);
  });
});

describe("a CAR file is refused", () => {
  test.each(refuse)("of the vectors: $why", async ({ car }) => {
    expect(await refusalOf(() => opened(base64(car)))).toBe("CarError");
  });

  const cid = rawCid(new Uint8Array(32));
  const root = (bytes: Uint8Array, head: number[]): Bytes =>
    concat(fromHex("a265726f6f7473"), Uint8Array.from(head), bytes, fromHex("6776657273696f6e01"));
  const framed = (header: Bytes): Bytes => concat(Uint8Array.from(varint(header.length)), header);
  test.each<[string, Uint8Array, string]>([
    ["with an identity CID", concat(HEADER, entry(fromHex("01550001ff"), Uint8Array.of(1))), "none of Radiogram’s"],
    ["with a CID of another digest", concat(HEADER, entry(fromHex(`01551420${"00".repeat(32)}`), cid)), "none of"],
    [
      "that names a root of CIDv0",
      framed(root(fromHex(`1220${"00".repeat(32)}`), [0x81, 0xd8, 0x2a, 0x58, 0x23, 0])),
      "CAR",
    ],
    ["spelt otherwise", framed(fromHex("bf65726f6f7473806776657273696f6e01ff")), "is not a CAR file"],
    ["with more roots than it says", framed(root(concat(fromHex("d82a582500"), cid), [0x82])), "is not a CAR file"],
    ["of zeros", new Uint8Array(1000), "is not a CAR file"],
    ["that is a page", new TextEncoder().encode("<!doctype html><title>404</title>"), "is not a CAR file"],
    [
      "with a block of a terabyte",
      concat(HEADER, Uint8Array.from(varint(2 ** 40)), cid),
      "is to have 1099511627740 bytes",
    ],
    [
      "with too many blocks",
      concat(HEADER, ...Array.from({ length: 10_200 }, () => entry(cid, new Uint8Array()))),
      "has more than 10005 blocks",
    ],
  ])("%s", async (_, bytes, said) => {
    await expect(opened(Uint8Array.from(bytes))).rejects.toThrow(said);
  });

  test("wherever it is cut, or lacks blocks then", async () => {
    const whole = concat(HEADER, entry(rawCid(await digestBytes(Uint8Array.of(1))), Uint8Array.of(1)), entry(cid, cid));
    for (let length = 0; length < whole.length; length++) {
      const kind = await refusalOf(async () => (await opened(whole.slice(0, length))).block({ cid, size: 36 }));
      expect(["CarError", "IpfsNotFound"]).toContain(kind);
    }
  });

  test("once it can’t be read any more", async () => {
    const index = await indexOf(new Blob([carOf(dag.blocks)]), "a.car");
    index.file = {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }),
    } as never;
    expect(await refusalOf(() => fetchStudy(contents, [new CarFile(index)], () => undefined, signal))).toBe("CarError");
  });
});

describe("no study comes of a CAR file", () => {
  test("of another study, which is named in the error", async () => {
    const failure = await study(carOf(dagOf(Uint8Array.of(1)).blocks)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "IpfsNotFound", tries: [{ gateway: "a.car" }] });
  });

  test.each([0, 1, 3])("that lacks a block (%i)", async (lost) => {
    const blocks = [...dag.blocks].filter((_, number) => number !== lost);
    expect(await refusalOf(() => study(carOf(blocks)))).toBe("IpfsNotFound");
  });

  test("of which a block was changed", async () => {
    const bytes = carOf(dag.blocks);
    bytes[1_500_000] = 255 - (bytes[1_500_000] ?? 0);
    expect(await refusalOf(() => study(bytes))).toBe("IpfsMismatch");
  });

  test("of which a leaf has another length than the node above it says", async () => {
    const small = dagOf(Uint8Array.of(1, 2, 3, 4, 5));
    const reference = { ...contents, cid: small.cid, ciphertextBytes: 4n };
    const car = await opened(carOf(small.blocks));
    expect(await refusalOf(() => fetchStudy(reference, [car], () => undefined, signal))).toBe("IpfsTooLarge");
  });

  test("once it is stopped", async () => {
    const stopped = AbortSignal.abort();
    const car = await opened(carOf(dag.blocks));
    expect(await refusalOf(() => fetchStudy(contents, [car], () => undefined, stopped))).toBe("AbortError");
  });
});
