/** Random material for property tests. */

import fc from "fast-check";
import type { Context } from "../src/formats/context.ts";
import type { KeyReference } from "../src/formats/keyReference.ts";
import { nameFault } from "../src/formats/manifest.ts";

export const bytes = (size: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Uint8Array.from(array));

export const privateKeys = bytes(32).filter((key) => key.some((byte) => byte !== 0) && (key[0] ?? 0) < 0xff);

const addresses = bytes(20).map((raw) => `0x${Buffer.from(raw).toString("hex")}` as const);

export const contexts: fc.Arbitrary<Context> = fc.record({
  chainId: fc.integer({ min: 1, max: 2 ** 31 }),
  inbox: addresses,
  sender: addresses,
  recipient: addresses,
});

export const references: fc.Arbitrary<KeyReference> = fc.record({
  contentKey: bytes(32),
  ciphertextBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  cid: fc
    .tuple(fc.constantFrom("01551220", "01701220"), bytes(32))
    .map(([kind, digest]) => Uint8Array.from([...Buffer.from(kind, "hex"), ...digest])),
});

/** Names as people give them, in any script, some of them longer than a tar header has room for. */
export const fileNames = fc
  .array(
    fc.string({ unit: fc.constantFrom(..."abcXYZ019 _-äßøñ山田太郎やקب🩻".split("")), minLength: 1, maxLength: 60 }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.join("/"))
  .filter((name) => nameFault(name) === undefined);

/** Sizes of the pieces that a stream comes in. */
export const pieceSizes = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 4 });
