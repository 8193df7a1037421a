import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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
import { writeManifest } from "../src/formats/manifest.ts";
import { everything, refusalOf } from "./vectors.ts";

const PATIENCE = { start: 300, silence: 300 };
const content = Uint8Array.from({ length: 600_000 }, (_, place) => place * 7);
const contentKey = fromHex("11".repeat(32));
const cid = fromHex(`01701220${"22".repeat(32)}`);
const signal = new AbortController().signal;

/** What each gateway does, by the first part of its path. */
const behaviour: Record<string, (response: ServerResponse, ciphertext: Bytes) => void> = {
  good: (response, all) => void response.end(all),
  short: (response, all) => void response.end(all.subarray(0, -1)),
  long: (response, all) => void response.end(Buffer.concat([all, Buffer.of(0)])),
  // without Content-Length
  shortUnsaid: (response, all) => {
    response.write(all.subarray(0, 100_000));
    response.end();
  },
  longUnsaid: (response, all) => {
    response.write(all);
    response.end("more");
  },
  broken: (response, all) => {
    response.setHeader("content-length", all.length);
    response.write(all.subarray(0, 100_000), () => response.destroy());
  },
  flipped: (response, all) => {
    const flipped = all.slice();
    flipped[300_000] = 255 - (flipped[300_000] ?? 0);
    response.end(flipped);
  },
  other: (response, all) => void response.end(new Uint8Array(all.length)),
  missing: (response) => void response.writeHead(404).end(),
  forbidden: (response) => void response.writeHead(403).end(),
  troubled: (response) => void response.writeHead(502).end(),
  silent: () => undefined,
  stalled: (response, all) => void response.write(all.subarray(0, 100_000)),
};

let server: Server;
let contents: KeyReference;
let asked: string[] = [];
const gateway = (name: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}/`;

beforeAll(async () => {
  const entry = { name: "a", bytes: content.length, sha256: await digestOf(content), mediaType: "image/png" };
  const manifest = writeManifest("2026-11-23T20:00:00+00:00", [entry], { senderLabel: "Klinik\u202e" });
  // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
  const bundle = openBundle(manifest, new Uint8Array(), [entry], async function* () {
    yield content;
  });
  const ciphertext = await everything(await encrypt(bundle, contentKey));
  contents = { contentKey, cid, ciphertextBytes: BigInt(ciphertext.length) };
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    behaviour[(request.url ?? "").split("/")[1] ?? ""]?.(response, ciphertext);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const fetched = (...names: string[]): ReturnType<typeof fetchStudy> =>
  fetchStudy(contents, names.map(gateway), () => undefined, signal, PATIENCE);

describe("a study is fetched", () => {
  test("from the gateway that has it, by its CID", async () => {
    asked = [];
    const { manifest, files, signedBy } = await fetched("good");
    expect(asked).toEqual([`/good/${cidText(cid)}`]);
    expect(Buffer.from((await files[0]?.blob.arrayBuffer()) ?? new ArrayBuffer()).equals(content)).toBe(true);
    expect(files[0]?.blob.type).toBe("");
    expect(signedBy).toBeUndefined();
    expect(manifest.senderLabel).toBe("Klinik");
  });

  test("from the next gateway where one fails", async () => {
    const names = ["missing", "silent", "broken", "short", "good"];
    expect((await fetched(...names)).files).toHaveLength(1);
  });

  test.each([
    ["short", "IpfsIncomplete"],
    ["shortUnsaid", "IpfsIncomplete"],
    ["broken", "IpfsIncomplete"],
    ["long", "IpfsTooLarge"],
    ["longUnsaid", "IpfsTooLarge"],
    ["flipped", "CiphertextError"],
    ["other", "CiphertextError"],
    ["missing", "IpfsNotFound"],
    ["forbidden", "IpfsRefused"],
    ["troubled", "IpfsUnreachable"],
    ["silent", "IpfsTimeout"],
    ["stalled", "IpfsTimeout"],
  ])("not where the gateway is %s: %s", async (name, error) => {
    expect(await refusalOf(() => fetched(name))).toBe(error);
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

  test("and given up at once where it was tampered with, though others may have it", async () => {
    const failure = await fetched("flipped", "good").catch((error: unknown) => error);
    expect((failure as RadiogramError).name).toBe("CiphertextError");
    expect((failure as RadiogramError).tries.map((each) => each.gateway)).toEqual([gateway("flipped")]);
  });

  test("until that is stopped", async () => {
    const stop = new AbortController();
    const work = fetchStudy(
      contents,
      [gateway("stalled")],
      () => {
        stop.abort();
      },
      stop.signal,
    );
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
    behaviour["several"] = (response) => {
      if (sent >= several.length) response.end(several);
      else response.write(several.subarray(0, sent));
    };
    const events: string[] = [];
    const reference = { contentKey, cid, ciphertextBytes: BigInt(several.length) };
    const onEarly = (early: Early): void => {
      events.push(
        early.kind === "list" ? `list of ${early.manifest.files.length}` : `${early.place}: ${early.blob.size}`,
      );
    };
    const work = (): Promise<unknown> =>
      fetchStudy(reference, [gateway("several")], () => undefined, signal, PATIENCE, onEarly);
    return { outcome: await refusalOf(work), events };
  }

  test("its list is told, and each file that has come", async () => {
    expect(await told([10, 2 * MB, 30])).toEqual({
      outcome: "none",
      events: ["list of 3", "0: 10", `1: ${2 * MB}`, "2: 30"],
    });
  });

  test("nothing is told of what has not come, where the rest never does", async () => {
    const { outcome, events } = await told([100_000, 100_000, 100_000], 290_000);
    expect(outcome).toBe("IpfsTimeout");
    expect(events).toEqual(["list of 3", "0: 100000", "1: 100000"]);
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
  test("from the beginning alone, even where the rest never comes", async () => {
    const { files } = await fetchManifest(contents, [gateway("stalled")], signal, PATIENCE);
    expect(files.map(({ name }) => name)).toEqual(["a"]);
  });

  test("not where the ciphertext is another", async () => {
    expect(await refusalOf(() => fetchManifest(contents, [gateway("other")], signal, PATIENCE))).toBe(
      "CiphertextError",
    );
  });
});

describe("a CID", () => {
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
    behaviour["block"] = (response) => void response.end(block);
    behaviour["blockUnsaid"] = (response) => {
      response.write(block);
      response.end();
    };
    behaviour["twin"] = (response) => void response.end(block.toReversed());
    behaviour["endless"] = (response) => {
      const more = (): void => void response.write(new Uint8Array(1 << 16), more);
      more();
    };
  });

  test.each(["block", "blockUnsaid"])("though it is smaller than allowed (%s)", async (name) => {
    expect(await fetchedBlock(4096, name)).toEqual(block);
    expect(await fetchedBlock(block.length, name)).toEqual(block);
  });

  test("from the next gateway where one sends something else", async () => {
    expect(await fetchedBlock(4096, "missing", "other", "block")).toEqual(block);
  });

  test.each([
    ["other", "IpfsTooLarge"],
    ["endless", "IpfsTooLarge"],
    ["twin", "IpfsMismatch"],
    ["missing", "IpfsNotFound"],
    ["silent", "IpfsTimeout"],
  ])("not where the gateway is %s: %s", async (name, error) => {
    expect(await refusalOf(() => fetchedBlock(4096, name))).toBe(error);
  });

  test("not where it is larger than allowed", async () => {
    expect(await refusalOf(() => fetchedBlock(block.length - 1, "block"))).toBe("IpfsTooLarge");
    expect(await refusalOf(() => fetchedBlock(block.length - 1, "blockUnsaid"))).toBe("IpfsTooLarge");
  });
});
