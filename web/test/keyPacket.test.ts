import { Encrypter } from "age-encryption";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { blockCid } from "../src/formats/block.ts";
import { KeyFormatError } from "../src/errors.ts";
import type { Bytes } from "../src/formats/bytes.ts";
import type { Context } from "../src/formats/context.ts";
import { parseHybridKey } from "../src/formats/hybridKey.ts";
import { openKeyPacket, recipientOf, sealKeyPacket } from "../src/formats/keyPacket.ts";
import type { KeyReference } from "../src/formats/keyReference.ts";
import { openEnvelope } from "../src/formats/envelope.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { sealTo } from "../src/worker/seal.ts";
import { bytes, contexts, privateKeys, references } from "./strategies.ts";
import { refusalOf } from "./vectors.ts";

const SECRET = new Uint8Array(32).fill(7);
const runs = { numRuns: 5 };
let recipient = "";

beforeAll(async () => {
  recipient = await recipientOf(SECRET);
});

const sample = (): [KeyReference, Context] => [
  fc.sample(references, 1)[0] as KeyReference,
  fc.sample(contexts, 1)[0] as Context,
];

describe("a hybrid key", () => {
  test("has a recipient of 1,959 characters, and the digest of these", async () => {
    expect(recipient).toMatch(/^age1pq1[a-z0-9]{1952}$/u);
    const digest = await crypto.subtle.digest("SHA-256", Buffer.from(recipient));
    expect(parseHybridKey(recipient)).toEqual({ recipient, digest: new Uint8Array(digest) });
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, -1)],
    ["in capitals", (text: string) => text.toUpperCase()],
    ["with a line feed", (text: string) => `${text}\n`],
    [
      "with a character changed",
      (text: string) => `${text.slice(0, 900)}${text[900] === "q" ? "p" : "q"}${text.slice(901)}`,
    ],
    ["of another kind", () => "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"],
    ["nothing", () => ""],
  ])("is refused: %s", (_, change) => {
    expect(() => parseHybridKey(change(recipient))).toThrow(KeyFormatError);
  });
});

describe("a key packet", () => {
  test("opens to what was sealed, in 1,752 bytes", async () => {
    await fc.assert(
      fc.asyncProperty(references, contexts, async (reference, context) => {
        const packet = await sealKeyPacket(reference, context, recipient);
        expect(packet).toHaveLength(1752);
        expect(await openKeyPacket(packet, blockCid(packet), SECRET, context)).toEqual(reference);
      }),
      runs,
    );
  });

  test("differs each time", async () => {
    const [reference, context] = sample();
    const seal = async (): Promise<string> => (await sealKeyPacket(reference, context, recipient)).join();
    expect(await seal()).not.toBe(await seal());
  });

  test("is refused unless it is the one that the envelope names", async () => {
    const [reference, context] = sample();
    const packet = await sealKeyPacket(reference, context, recipient);
    const other = await sealKeyPacket(reference, context, recipient);
    expect(await refusalOf(() => openKeyPacket(other, blockCid(packet), SECRET, context))).toBe("OtherPacketError");
  });

  test("is refused whichever bit is flipped, though its CID be right", async () => {
    const [reference, context] = sample();
    const packet = await sealKeyPacket(reference, context, recipient);
    await fc.assert(
      fc.asyncProperty(fc.nat(1752 * 8 - 1), async (bit) => {
        const flipped: Bytes = packet.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const refusal = await refusalOf(() => openKeyPacket(flipped, blockCid(flipped), SECRET, context));
        expect(refusal).toMatch(/^(KeyPacket|WrongHybridKey)Error$/u);
      }),
      runs,
    );
  });

  test("is refused to another hybrid key", async () => {
    const [reference, context] = sample();
    const packet = await sealKeyPacket(reference, context, recipient);
    await fc.assert(
      fc.asyncProperty(bytes(32), async (other) => {
        const refusal = await refusalOf(() => openKeyPacket(packet, blockCid(packet), other, context));
        expect(refusal).toBe("WrongHybridKeyError");
      }),
      runs,
    );
  });

  test("is refused in another context", async () => {
    const [reference, context] = sample();
    const packet = await sealKeyPacket(reference, context, recipient);
    const other = { ...context, chainId: context.chainId + 1 };
    expect(await refusalOf(() => openKeyPacket(packet, blockCid(packet), SECRET, other))).toBe("PacketContextError");
  });

  test("is refused if another could open it too", async () => {
    const [, context] = sample();
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    encrypter.addRecipient("age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z");
    const packet = await encrypter.encrypt(new Uint8Array(93));
    expect(await refusalOf(() => openKeyPacket(packet, blockCid(packet), SECRET, context))).toBe("KeyPacketError");
  });

  test("of another length inside is refused", async () => {
    const [, context] = sample();
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const packet = await encrypter.encrypt(new Uint8Array(92));
    expect(await refusalOf(() => openKeyPacket(packet, blockCid(packet), SECRET, context))).toBe("KeyPacketError");
  });

  test.each(["age1pq1", "", "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"])(
    "is made for a hybrid key only, not for %j",
    async (other) => {
      const [reference, context] = sample();
      expect(await refusalOf(() => sealKeyPacket(reference, context, other))).toBe("HybridRecipientError");
    },
  );
});

describe("a study is sealed", () => {
  test("in suite 2 to whom has a hybrid key, in suite 1 to others", async () => {
    const [reference, context] = sample();
    const [key] = fc.sample(privateKeys, 1) as [Uint8Array];
    const publicKey = publicKeyOf(key);
    const { envelope, packet } = await sealTo(reference, { publicKey, hybridRecipient: recipient }, context);
    const said = openEnvelope(envelope, key, context);
    if (said.suite !== 2 || packet === null) throw new Error("of suite 1");
    const block = new Uint8Array(await packet.blob.arrayBuffer());
    expect(await openKeyPacket(block, said.packet, SECRET, context)).toEqual(reference);
    const old = await sealTo(reference, { publicKey, hybridRecipient: null }, context);
    expect(old.packet).toBeNull();
    expect(openEnvelope(old.envelope, key, context)).toEqual({ suite: 1, reference });
  });
});
