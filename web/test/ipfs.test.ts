import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blockCid } from "../src/formats/block.ts";
import { openBundle } from "../src/formats/bundle.ts";
import { type Bytes, cidBytes, cidText, fromHex } from "../src/formats/bytes.ts";
import { encrypt } from "../src/formats/ciphertext.ts";
import { digestOf } from "../src/formats/digest.ts";
import type { KeyReference } from "../src/formats/keyReference.ts";
import type { RadiogramError } from "../src/errors.ts";
import { IpfsError } from "../src/errors.ts";
import { fetchBlock } from "../src/ipfs/gateways.ts";
import { type Early, fetchManifest, fetchStudy } from "../src/worker/fetchStudy.ts";
import { type FileEntry, writeManifest } from "../src/formats/manifest.ts";
import { dagOf } from "./dagBlocks.ts";
import { GatewayServer } from "./gatewayServer.ts";
import { everything, refusalOf } from "./vectors.ts";

const PATIENCE = { start: 2000, silence: 2000 };
const content = Uint8Array.from({ length: 600_000 }, (_, place) => place * 7);
const contentKey = fromHex("11".repeat(32));
const signal = new AbortController().signal;

let server: GatewayServer;
let contents: KeyReference;
let damaged: KeyReference;
let cid: Bytes;
const gateway = (name: string): string => server.url(name);

beforeAll(async () => {
  const entry = { name: "a", bytes: content.length, sha256: await digestOf(content), mediaType: "image/png" };
  const manifest = writeManifest("2026-11-23T20:00:00+00:00", [entry], { senderLabel: "Klinik\u202e" });
  // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
  const bundle = openBundle(manifest, new Uint8Array(), [entry], async function* () {
    yield content;
  });
  const ciphertext = await everything(await encrypt(bundle, contentKey));
  const dag = dagOf(ciphertext);
  ({ cid } = dag);
  contents = { contentKey, cid, ciphertextBytes: BigInt(ciphertext.length) };
  ciphertext[300_000] = 255 - (ciphertext[300_000] ?? 0);
  const other = dagOf(ciphertext);
  damaged = { ...contents, cid: other.cid };
  for (const [name, block] of other.blocks) dag.blocks.set(name, block);
  server = new GatewayServer(dag);
  await server.start();
});

afterAll(() => {
  server.stop();
});

const fetched = (...names: string[]): ReturnType<typeof fetchStudy> =>
  fetchStudy(contents, names.map(gateway), () => undefined, signal, PATIENCE);

describe("a study is fetched", () => {
  test("from the gateway that has it, by its CID", async () => {
    server.asked = [];
    const { manifest, files, signedBy } = await fetched("good");
    expect(server.asked).toEqual([`good/${cidText(cid)}`]);
    expect(Buffer.from((await files[0]?.blob.arrayBuffer()) ?? new ArrayBuffer()).equals(content)).toBe(true);
    expect(files[0]?.blob.type).toBe("");
    expect(signedBy).toBeUndefined();
    expect(manifest.senderLabel).toBe("Klinik");
  });

  test("from another gateway where one fails", async () => {
    const names = ["missing", "silent", "cut", "short", "flipped", "good"];
    expect((await fetched(...names)).files).toHaveLength(1);
  });

  test("not where nothing listens", async () => {
    const nowhere = fetchStudy(contents, ["http://127.0.0.1:1/"], () => undefined, signal, PATIENCE);
    expect(await refusalOf(() => nowhere)).toBe("IpfsUnreachable");
  });

  test("not without any gateway", async () => {
    expect(await refusalOf(() => fetched())).toBe("IpfsUnreachable");
  });

  test("with every gateway that was asked named in the error, the most telling one", async () => {
    const failure = await fetched("missing", "stalled", "troubled").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IpfsError);
    expect((failure as RadiogramError).name).toBe("IpfsTimeout");
    expect((failure as RadiogramError).tries.map((each) => each.gateway)).toEqual(
      ["missing", "stalled", "troubled"].map(gateway),
    );
  });

  test("not where its sender encrypted something else, though the gateway has just that", async () => {
    const work = fetchStudy(damaged, [gateway("good")], () => undefined, signal, PATIENCE);
    const failure = await work.catch((error: unknown) => error);
    expect((failure as RadiogramError).name).toBe("CiphertextError");
    expect((failure as RadiogramError).tries.map((each) => each.gateway)).toEqual([gateway("good")]);
  });

  test("until that is stopped", async () => {
    const stop = new AbortController();
    const work = fetchStudy(contents, [gateway("stalled")], () => undefined, stop.signal);
    while (server.leavesAsked("stalled").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await refusalOf(() => work)).toBe("AbortError");
  });
});

describe("while a study is on its way", () => {
  const MB = 1 << 20;

  /** What is told of a study of files with these sizes, `sent` bytes of whose ciphertext come. */
  async function told(sizes: number[], sent = Infinity): Promise<{ outcome: string; events: string[] }> {
    const files = await Promise.all(
      sizes.map(async (size, at) => {
        const data = new Uint8Array(size).fill(at + 1);
        return { data, entry: { name: `f${at}`, bytes: size, sha256: await digestOf(data), mediaType: "image/png" } };
      }),
    );
    const entries = files.map(({ entry }) => entry);
    const manifest = writeManifest("2026-11-23T20:00:00+00:00", entries, {});
    // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
    const bundle = openBundle(manifest, new Uint8Array(), entries, async function* (place) {
      yield files[place]?.data ?? new Uint8Array();
    });
    const several = await everything(await encrypt(bundle, contentKey));
    const usual = server.dag;
    const dag = (server.dag = dagOf(several));
    server.answers["several"] = (response, block, leaf) => {
      if ((leaf + 1) * MB <= sent) response.end(block);
    };
    const events: string[] = [];
    const reference = { contentKey, cid: dag.cid, ciphertextBytes: BigInt(several.length) };
    const onEarly = (early: Early): void => {
      events.push(
        early.kind === "list" ? `list of ${early.manifest.files.length}` : `${early.place}: ${early.blob.size}`,
      );
    };
    const work = (): Promise<unknown> =>
      fetchStudy(reference, [gateway("several")], () => undefined, signal, PATIENCE, onEarly);
    const outcome = await refusalOf(work);
    server.dag = usual;
    return { outcome, events };
  }

  test("its list is told, and each file that has come", async () => {
    expect(await told([10, 2 * MB, 30])).toEqual({
      outcome: "none",
      events: ["list of 3", "0: 10", `1: ${2 * MB}`, "2: 30"],
    });
  });

  test("nothing is told of what has not come, where the rest never does", async () => {
    const { outcome, events } = await told([2 * MB, 2 * MB, 2 * MB], 6 * MB);
    expect(outcome).toBe("IpfsTimeout");
    expect(events).toEqual(["list of 3", `0: ${2 * MB}`, `1: ${2 * MB}`]);
  });

  test("nothing is told of a study of one file", async () => {
    expect((await told([1000])).events).toEqual([]);
  });

  test("no more is told than is to be held twice, but for the first file", async () => {
    expect((await told([20 * MB, 10, 10])).events).toEqual(["list of 3", `0: ${20 * MB}`]);
    expect((await told([10 * MB, 8 * MB, 6 * MB])).events).toEqual(["list of 3", `0: ${10 * MB}`, `2: ${6 * MB}`]);
  });
});

describe("a list of files is fetched", () => {
  test("not where the ciphertext is another", async () => {
    expect(await refusalOf(() => fetchManifest(contents, [gateway("other")], signal, PATIENCE))).toBe("IpfsMismatch");
  });

  test.each([300_000, 700_000])("without any block after the first: a list of %s bytes", async (bytes) => {
    const entry = { bytes: 2 << 20, sha256: "11".repeat(32), mediaType: "image/png" };
    const name = (place: number): string => `${"x".repeat(100)}${place}`;
    const listOf = (count: number): { entries: FileEntry[]; manifest: Bytes } => {
      const entries = Array.from({ length: count }, (_, place) => ({ ...entry, name: name(place) }));
      return { entries, manifest: writeManifest("2026-11-23T20:00:00+00:00", entries, {}) };
    };
    const each = listOf(2).manifest.length - listOf(1).manifest.length;
    const { entries, manifest } = listOf(Math.floor(bytes / each));
    // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
    const bundle = openBundle(manifest, new Uint8Array(), entries.slice(0, 1), async function* () {
      yield new Uint8Array(entry.bytes);
    });
    const ciphertext = await everything(await encrypt(bundle, contentKey));
    const usual = server.dag;
    const dag = (server.dag = dagOf(ciphertext));
    server.asked = [];
    const reference = { contentKey, cid: dag.cid, ciphertextBytes: BigInt(ciphertext.length) };
    const { files } = await fetchManifest(reference, [gateway("partGood")], signal, PATIENCE);
    server.dag = usual;
    expect(files.length).toBe(entries.length);
    expect(server.asked).toEqual([cidText(dag.cid), dag.leaves[0]].map((cid) => `partGood/${cid ?? ""}`));
  });

  test("from the first block alone", async () => {
    const { files } = await fetchManifest(contents, [gateway("good")], signal, PATIENCE);
    expect(files.map(({ name }) => name)).toEqual(["a"]);
  });
});

describe("a CID", () => {
  const cid = fromHex(`01701220${"22".repeat(32)}`);

  test("is 36 bytes, and reads as it is written", () => {
    expect(cidBytes(cidText(cid))).toEqual(cid);
  });

  test.each(["", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "bafkqaaa", cidText(cid).slice(0, -1), "../x"])(
    "is not %s",
    (text) => {
      expect(() => cidBytes(text)).toThrow(IpfsError);
    },
  );
});

describe("a block is fetched", () => {
  const block = new TextEncoder().encode("a small block");
  const fetchedBlock = (most: number, ...names: string[]): Promise<Bytes> =>
    fetchBlock({ cid: blockCid(block), most, gateways: names.map(gateway) }, signal, PATIENCE);

  beforeAll(() => {
    server.dag.blocks.set(cidText(blockCid(block)), block);
    server.answers["twin"] = (response) => void response.end(block.toReversed());
  });

  test.each(["good", "goodUnsaid"])("though it is smaller than allowed (%s)", async (name) => {
    expect(await fetchedBlock(4096, name)).toEqual(block);
    expect(await fetchedBlock(block.length, name)).toEqual(block);
  });

  test("from another gateway where one sends something else, or nothing", async () => {
    expect(await fetchedBlock(4096, "missing", "other", "silent", "good")).toEqual(block);
  });

  test.each([
    ["other", "IpfsMismatch"],
    ["endless", "IpfsTooLarge"],
    ["twin", "IpfsMismatch"],
    ["missing", "IpfsNotFound"],
    ["silent", "IpfsTimeout"],
  ])("not where the gateway is %s: %s", async (name, error) => {
    expect(await refusalOf(() => fetchedBlock(4096, name))).toBe(error);
  });

  test("not where it is larger than allowed", async () => {
    expect(await refusalOf(() => fetchedBlock(block.length - 1, "good"))).toBe("IpfsTooLarge");
    expect(await refusalOf(() => fetchedBlock(block.length - 1, "goodUnsaid"))).toBe("IpfsTooLarge");
  });
});
