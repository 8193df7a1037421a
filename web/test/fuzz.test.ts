/**
 * Whatever bytes come, the page's readers answer with an error of ours. tests/fuzz has those of Python.
 * `make fuzz` gives each reader FUZZ_SECONDS; otherwise it gets a hundred inputs.
 */

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { askChain, RpcError } from "../src/chain/rpc.ts";
import { reportOf } from "../src/dicom/metadata.ts";
import { openFile, readHeader } from "../src/dicom/header.ts";
import { RadiogramError } from "../src/errors.ts";
import { Picture } from "../src/dicom/pixels.ts";
import { blockCid, rawCid } from "../src/formats/block.ts";
import { openBundle, readManifest, unpack } from "../src/formats/bundle.ts";
import { type Bytes, cidBytes } from "../src/formats/bytes.ts";
import { decrypt, encrypt } from "../src/formats/ciphertext.ts";
import { openEnvelope, sealEnvelope, sealPacketEnvelope } from "../src/formats/envelope.ts";
import { keyCard, keyCode, parseRecipient } from "../src/formats/keyCard.ts";
import { readKeyFile } from "../src/formats/keyFile.ts";
import { decryptPacket, openKeyPacket, recipientOf, sealKeyPacket } from "../src/formats/keyPacket.ts";
import { parseManifest, writeManifest } from "../src/formats/manifest.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { clean } from "../src/formats/text.ts";
import { parseHybridKey } from "../src/formats/hybridKey.ts";
import { grey } from "./dicom-samples.ts";
import { everything, streamed } from "./vectors.ts";

const seconds = Number(process.env["FUZZ_SECONDS"] ?? 0);
const runs = seconds ? { numRuns: 1e9, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false } : {};
const timeout = 60_000 + 2000 * seconds;
const SLOWEST = 10_000; // milliseconds for one input

const privateKey = new Uint8Array(32).fill(1);
const hybridSecret = new Uint8Array(32).fill(2);
const address = `0x${"11".repeat(20)}` as const;
const context = { chainId: 1, inbox: address, sender: address, recipient: address };
const reference = { contentKey: new Uint8Array(32), ciphertextBytes: 1234n, cid: rawCid(new Uint8Array(32)) };
const text = (raw: Uint8Array): string => new TextDecoder().decode(raw);
const utf8 = (said: string): Bytes => Uint8Array.from(new TextEncoder().encode(said));

/** One of the inputs after a few edits, or any bytes at all. */
function damaged(inputs: readonly Uint8Array[]): fc.Arbitrary<Bytes> {
  const odd = ["", "\0", "\n", "=", '"', "-1", "null", "[]", "{}", "1e999", "[".repeat(50), "9".repeat(50), "\u202e"];
  const more = fc.oneof(fc.constantFrom(...odd).map(utf8), fc.uint8Array({ maxLength: 8 }));
  const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), more), {
    minLength: 1,
    maxLength: 4,
  });
  const edited = fc.tuple(fc.constantFrom(...inputs), edits).map(([input, changes]) =>
    changes.reduce<Uint8Array>((bytes, [where, out, put]) => {
      const place = Math.floor(where * bytes.length);
      return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + out)]);
    }, input),
  );
  return fc
    .oneof({ weight: 4, arbitrary: edited }, fc.uint8Array({ maxLength: 300 }))
    .map((raw) => Uint8Array.from(raw));
}

/** That `read` returns or throws an error of ours, in time, for all inputs. */
async function holds(inputs: readonly Uint8Array[], read: (bytes: Bytes) => unknown): Promise<void> {
  await fc.assert(
    fc.asyncProperty(damaged(inputs), async (bytes) => {
      const started = performance.now();
      try {
        await read(bytes);
      } catch (error) {
        if (!(error instanceof RadiogramError || error instanceof RpcError)) throw error;
      }
      expect(performance.now() - started).toBeLessThan(SLOWEST);
    }),
    runs,
  );
}

async function bundle(): Promise<Bytes> {
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const entry = { name: `a/${"ü".repeat(60)}`, bytes: 3, sha256, mediaType: "application/dicom" };
  const manifest = writeManifest("2026-11-26T00:00:00Z", [entry], {});
  const content = async function* (): AsyncGenerator<Bytes, void> {
    yield await Promise.resolve(utf8("abc"));
  };
  return everything(openBundle(manifest, new Uint8Array(65), [entry], content));
}

describe("whatever comes, answers with an error of ours:", () => {
  test("an envelope", { timeout }, async () => {
    const publicKey = publicKeyOf(privateKey);
    const known = [sealEnvelope(reference, publicKey, context), sealPacketEnvelope(reference.cid, publicKey, context)];
    await holds(known, (bytes) => openEnvelope(bytes, privateKey, context));
  });

  test("a key packet", { timeout }, async () => {
    const packet = await sealKeyPacket(reference, context, await recipientOf(hybridSecret));
    await holds([packet], (bytes) => openKeyPacket(bytes, blockCid(bytes), hybridSecret, context));
    await holds([packet], (bytes) => decryptPacket(bytes, hybridSecret));
  });

  test("a ciphertext", { timeout }, async () => {
    const whole = await everything(await encrypt(streamed(new Uint8Array(100)), privateKey));
    await holds([whole], async (bytes) => everything(await decrypt(streamed(bytes), privateKey)));
  });

  test("a bundle and its manifest", { timeout }, async () => {
    const whole = await bundle();
    await unpack(streamed(whole));
    await holds([whole], (bytes) => unpack(streamed(bytes)));
    await holds([whole], (bytes) => readManifest(streamed(bytes)));
    const manifest = whole.subarray(512, 512 + text(whole.subarray(512)).indexOf("\0"));
    await holds([manifest], (bytes) => parseManifest(bytes));
  });

  test("a key card, a key code and a key file", { timeout }, async () => {
    const hybrid = parseHybridKey(await recipientOf(hybridSecret));
    const publicKey = publicKeyOf(privateKey);
    const cards = [keyCard(publicKey, hybrid), keyCard(publicKey, null), keyCode(publicKey, hybrid)].map(utf8);
    await holds(cards, (bytes) => parseRecipient(text(bytes)));
    const files = [`${"abandon ".repeat(23)}art`, "11".repeat(32), '{"version": 3, "crypto": {"kdf": "scrypt"}}'].map(
      utf8,
    );
    await holds(files, (bytes) => readKeyFile(text(bytes), "a passphrase"));
  });

  test("a CID", { timeout }, async () => {
    const known = utf8("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
    await holds([known], (bytes) => cidBytes(text(bytes)));
  });

  test("a reply of the chain's node", { timeout }, async () => {
    const known = ['{"jsonrpc":"2.0","id":1,"result":"0x"}', '{"error":{"message":"reverted","data":"0x00"}}'].map(
      utf8,
    );
    await holds(known, async (bytes) => {
      vi.stubGlobal("fetch", () => Promise.resolve(new Response(bytes)));
      try {
        await askChain("https://node.example", "eth_call", []);
      } finally {
        vi.unstubAllGlobals();
      }
    });
  });

  test("a DICOM file", { timeout }, async () => {
    const image = grey(
      4,
      4,
      Array.from({ length: 16 }, () => 0),
    );
    await holds([image], async (bytes) => {
      const report = reportOf(await openFile(bytes));
      expect(report).toBeDefined();
    });
    await holds([image], async (bytes) => {
      const picture = new Picture(readHeader(await openFile(bytes)));
      await picture.stored(0);
    });
  });
});

test("text that people are shown has no control or direction characters, and is not long", { timeout }, () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (said) => {
      expect(clean(said)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(clean(said).length).toBeLessThanOrEqual(512);
    }),
    runs,
  );
});
