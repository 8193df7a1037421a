/**
 * Nothing that was sealed opens with one bit changed. tests/formats/test_bit_flips.py has the same for Python.
 * The page's library takes 15 ms to try an envelope: without ALL_BITS=1, which `make fuzz` sets, one bit of each byte.
 */

import { describe, expect, test } from "vitest";
import { CiphertextError, EnvelopeError, KeyPacketError } from "../src/errors.ts";
import { blockCid, rawCid } from "../src/formats/block.ts";
import type { Bytes } from "../src/formats/bytes.ts";
import { decrypt, encrypt } from "../src/formats/ciphertext.ts";
import { openEnvelope, sealEnvelope, sealPacketEnvelope } from "../src/formats/envelope.ts";
import { openKeyPacket, recipientOf, sealKeyPacket } from "../src/formats/keyPacket.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { everything, streamed } from "./vectors.ts";

const privateKey = new Uint8Array(32).fill(1);
const address = `0x${"11".repeat(20)}` as const;
const context = { chainId: 1, inbox: address, sender: address, recipient: address };
const cid = rawCid(new Uint8Array(32));
const reference = { contentKey: new Uint8Array(32), ciphertextBytes: 1234n, cid };

function flipped(bytes: Uint8Array, bit: number): Bytes {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

/** Of so many bytes: all of them, or one of each byte. */
function bits(bytes: number, all = process.env["ALL_BITS"] === "1"): number[] {
  return Array.from({ length: 8 * bytes }, (_, bit) => bit).filter((bit) => all || bit % 8 === (bit >> 3) % 8);
}

describe("with one bit flipped, whichever it is,", () => {
  test.each([
    ["of suite 1", sealEnvelope(reference, publicKeyOf(privateKey), context), 154],
    ["of suite 2", sealPacketEnvelope(cid, publicKeyOf(privateKey), context), 114],
  ])("an envelope %s is refused", { timeout: 300_000 }, (_, envelope, size) => {
    expect(envelope).toHaveLength(size);
    expect(openEnvelope(envelope, privateKey, context).suite).toBeGreaterThan(0);
    for (const bit of bits(size)) {
      expect(() => openEnvelope(flipped(envelope, bit), privateKey, context)).toThrow(EnvelopeError);
    }
  });

  test("a key packet is refused, even if it is the one that the envelope names", { timeout: 300_000 }, async () => {
    const hybridSecret = new Uint8Array(32).fill(2);
    const packet = await sealKeyPacket(reference, context, await recipientOf(hybridSecret));
    expect(await openKeyPacket(packet, blockCid(packet), hybridSecret, context)).toEqual(reference);
    const tail = packet.length - 300; // from here on all bytes: the stanza's body, the MAC and the payload
    for (const bit of bits(packet.length).filter((each) => each >> 3 >= tail || (each >> 3) % 8 === 0)) {
      const changed = flipped(packet, bit);
      const opening = openKeyPacket(changed, blockCid(changed), hybridSecret, context);
      await expect(opening).rejects.toThrow(KeyPacketError);
    }
  });

  test("a ciphertext is refused", { timeout: 300_000 }, async () => {
    const ciphertext = await everything(await encrypt(streamed(new Uint8Array(8)), privateKey));
    for (const bit of bits(ciphertext.length)) {
      const opening = decrypt(streamed(flipped(ciphertext, bit)), privateKey).then(everything);
      await expect(opening).rejects.toThrow(CiphertextError);
    }
  });
});
