import { encrypt } from "eciesjs";
import { Config } from "eciesjs/config";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawCid } from "../src/formats/block.ts";
import { concat } from "../src/formats/bytes.ts";
import { type Context, contextDigest } from "../src/formats/context.ts";
import { openEnvelope, sealEnvelope, sealPacketEnvelope } from "../src/formats/envelope.ts";
import { isEnvelope } from "../src/formats/suite.ts";
import { EnvelopeError } from "../src/errors.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { bytes, contexts, privateKeys, references } from "./strategies.ts";
import { refusalOf } from "./vectors.ts";

const runs = { numRuns: 12 };

describe("an envelope", () => {
  test("opens to what was sealed, in 154 bytes", () => {
    fc.assert(
      fc.property(references, privateKeys, contexts, (said, key, context) => {
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        expect(envelope).toHaveLength(154);
        expect(isEnvelope(envelope)).toBe(true);
        expect(openEnvelope(envelope, key, context)).toEqual({ suite: 1, reference: said });
      }),
      runs,
    );
  });

  test("is refused whichever bit is flipped", () => {
    fc.assert(
      fc.property(references, privateKeys, contexts, fc.nat(154 * 8 - 1), (said, key, context, bit) => {
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        const place = bit >> 3;
        envelope[place] = (envelope[place] ?? 0) ^ (1 << (bit & 7));
        expect(() => openEnvelope(envelope, key, context)).toThrow(EnvelopeError);
      }),
      runs,
    );
  });

  test("differs each time", () => {
    fc.assert(
      fc.property(references, privateKeys, contexts, (said, key, context) => {
        const seal = (): string => sealEnvelope(said, publicKeyOf(key), context).join();
        expect(seal()).not.toBe(seal());
      }),
      { numRuns: 3 },
    );
  });

  test("is refused to another key", async () => {
    await fc.assert(
      fc.asyncProperty(references, privateKeys, privateKeys, contexts, async (said, key, other, context) => {
        fc.pre(key.join() !== other.join());
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        expect(await refusalOf(() => openEnvelope(envelope, other, context))).toBe("WrongKeyError");
      }),
      runs,
    );
  });

  test("is refused in another context", async () => {
    await fc.assert(
      fc.asyncProperty(references, privateKeys, contexts, contexts, async (said, key, context, other) => {
        fc.pre(JSON.stringify(context) !== JSON.stringify(other));
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        expect(await refusalOf(() => openEnvelope(envelope, key, other))).toBe("WrongContextError");
      }),
      runs,
    );
  });

  test("is refused without a private key of 32 bytes", () => {
    fc.assert(
      fc.property(bytes(154), fc.constantFrom(0, 31, 33), contexts, (envelope, size, context) => {
        expect(() => openEnvelope(envelope, new Uint8Array(size), context)).toThrow("32 bytes");
      }),
      { numRuns: 5 },
    );
  });
});

describe("an envelope of suite 2", () => {
  const cids = bytes(32).map(rawCid);

  test("opens to the packet's CID, in 114 bytes", () => {
    fc.assert(
      fc.property(cids, privateKeys, contexts, (packet, key, context) => {
        const envelope = sealPacketEnvelope(packet, publicKeyOf(key), context);
        expect(envelope).toHaveLength(114);
        expect(isEnvelope(envelope)).toBe(true);
        expect(openEnvelope(envelope, key, context)).toEqual({ suite: 2, packet });
      }),
      runs,
    );
  });

  test("is refused in another context", async () => {
    await fc.assert(
      fc.asyncProperty(cids, privateKeys, contexts, contexts, async (packet, key, context, other) => {
        fc.pre(JSON.stringify(context) !== JSON.stringify(other));
        const envelope = sealPacketEnvelope(packet, publicKeyOf(key), context);
        expect(await refusalOf(() => openEnvelope(envelope, key, other))).toBe("WrongContextError");
      }),
      { numRuns: 4 },
    );
  });

  test("names a raw block and nothing else", () => {
    const [context] = fc.sample(contexts, 1);
    const [key] = fc.sample(privateKeys, 1);
    const folder = Uint8Array.of(1, 0x70, 0x12, 0x20, ...new Uint8Array(32));
    for (const cid of [folder, new Uint8Array(36), new Uint8Array(35)]) {
      expect(() => sealPacketEnvelope(cid, publicKeyOf(key as Uint8Array), context as Context)).toThrow(EnvelopeError);
    }
  });

  test.each([0, 3, 255])("of version %i, or too short or long, is one for a newer program", (version) => {
    const [context] = fc.sample(contexts, 1) as [Context];
    const [key] = fc.sample(privateKeys, 1) as [Uint8Array];
    const of = (first: number, size: number): Uint8Array =>
      sealedRaw(
        concat(Uint8Array.of(first), contextDigest(context), rawCid(new Uint8Array(32)), new Uint8Array(size)),
        key,
      );
    expect(() => openEnvelope(of(version, 0), key, context)).toThrow("newer");
    expect(() => openEnvelope(of(2, 1), key, context)).toThrow("newer");
  });
});

/** What another program might have sealed. */
function sealedRaw(plaintext: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const config = new Config();
  config.isEphemeralKeyCompressed = true;
  config.isHkdfKeyCompressed = true;
  config.symmetricNonceLength = 12;
  return encrypt(publicKeyOf(privateKey), plaintext, config);
}
