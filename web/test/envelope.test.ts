import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openEnvelope, sealEnvelope } from "../src/formats/envelope.ts";
import { isEnvelope } from "../src/formats/suite.ts";
import { EnvelopeError } from "../src/errors.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { bytes, contents, contexts, privateKeys } from "./strategies.ts";
import { refusalOf } from "./vectors.ts";

const runs = { numRuns: 12 };

describe("an envelope", () => {
  test("opens to what was sealed, in 154 bytes", () => {
    fc.assert(
      fc.property(contents, privateKeys, contexts, (said, key, context) => {
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        expect(envelope).toHaveLength(154);
        expect(isEnvelope(envelope)).toBe(true);
        expect(openEnvelope(envelope, key, context)).toEqual(said);
      }),
      runs,
    );
  });

  test("is refused whichever bit is flipped", () => {
    fc.assert(
      fc.property(contents, privateKeys, contexts, fc.nat(154 * 8 - 1), (said, key, context, bit) => {
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
      fc.property(contents, privateKeys, contexts, (said, key, context) => {
        const seal = (): string => sealEnvelope(said, publicKeyOf(key), context).join();
        expect(seal()).not.toBe(seal());
      }),
      { numRuns: 3 },
    );
  });

  test("is refused to another key", async () => {
    await fc.assert(
      fc.asyncProperty(contents, privateKeys, privateKeys, contexts, async (said, key, other, context) => {
        fc.pre(key.join() !== other.join());
        const envelope = sealEnvelope(said, publicKeyOf(key), context);
        expect(await refusalOf(() => openEnvelope(envelope, other, context))).toBe("WrongKeyError");
      }),
      runs,
    );
  });

  test("is refused in another context", async () => {
    await fc.assert(
      fc.asyncProperty(contents, privateKeys, contexts, contexts, async (said, key, context, other) => {
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
