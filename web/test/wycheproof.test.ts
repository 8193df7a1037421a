/**
 * Wycheproof's vectors against what opens envelopes in the page. What they say of the DER around a point says nothing
 * here: envelopes have points of 33 bytes, and cards have hex. tests/formats/test_wycheproof.py has the same for Python.
 */

import { createCipheriv, createHash, createHmac } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { Config } from "eciesjs/config";
import { symDecrypt } from "eciesjs/utils";
import { describe, expect, test } from "vitest";
import { KeyFormatError, WrongKeyError } from "../src/errors.ts";
import { rawCid } from "../src/formats/block.ts";
import { concat, fromHex, toHex } from "../src/formats/bytes.ts";
import { openEnvelope } from "../src/formats/envelope.ts";
import { writeKeyReference } from "../src/formats/keyReference.ts";
import { parsePublicKey } from "../src/formats/publicKey.ts";
import { recover } from "../src/formats/signature.ts";
import { required, wycheproof } from "./publishedVectors.ts";

const CURVE = "3056301006072a8648ce3d020106052b8104000a034200"; // DER that says secp256k1 by name, before 65 bytes
const EVERY = 12; // of the valid ECDH vectors, one in so many: an opening takes 15 ms here
// Two signatures whose point lies beyond the group's order, one in 2^127: Ethereum has no v for them (27 and 28 alone).
const LARGE_X = new Set([115, 247]);

const address = `0x${"11".repeat(20)}` as const;
const context = { chainId: 1, inbox: address, sender: address, recipient: address };
const reference = { contentKey: new Uint8Array(32), ciphertextBytes: 1234n, cid: rawCid(new Uint8Array(32)) };

const ecdh = wycheproof<object, { public: string; private: string; shared: string }>("ecdh_secp256k1");
const ecdsa = wycheproof<{ publicKey: { uncompressed: string } }, { msg: string; sig: string }>(
  "ecdsa_secp256k1_sha256_p1363",
);
const gcm = wycheproof<
  { keySize: number; ivSize: number; tagSize: number },
  { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
>("aes_gcm");
const points = (result: string): typeof ecdh =>
  ecdh.filter((each) => each.result === result && each.public.startsWith(CURVE));

/** What somebody sealed who knows the vector's shared secret and no private key. */
function sealed(ephemeral: Uint8Array, shared: Uint8Array): Uint8Array {
  const pseudorandom = createHmac("sha256", new Uint8Array(32)).update(concat(ephemeral, shared)).digest(); // RFC 5869
  const key = createHmac("sha256", pseudorandom).update(Uint8Array.of(1)).digest();
  const nonce = new Uint8Array(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(writeKeyReference(reference, context)), cipher.final()]);
  return concat(ephemeral, nonce, cipher.getAuthTag(), body);
}

function opens(envelope: Uint8Array, privateKey: Uint8Array): boolean {
  try {
    expect(openEnvelope(envelope, privateKey, context)).toEqual({ suite: 1, reference });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(WrongKeyError);
    return false;
  }
}

describe("Wycheproof's vectors", () => {
  test("are there", () => {
    required(ecdh, 752);
    required(ecdsa, 252);
    required(gcm, 316);
  });

  test("of ECDH open the envelope that their shared secret sealed", () => {
    for (const vector of points("valid").filter((_, place) => place % EVERY === 0)) {
      const ephemeral = secp256k1.Point.fromHex(vector.public.slice(CURVE.length)).toBytes(true);
      const privateKey = fromHex(vector.private.slice(-64).padStart(64, "0"));
      const both = [2, 3].map((sign) => sealed(ephemeral, concat(Uint8Array.of(sign), fromHex(vector.shared))));
      expect(both.filter((envelope) => opens(envelope, privateKey))).toHaveLength(1); // they have x alone
    }
  });

  test("of invalid points are refused on a card", () => {
    for (const vector of points("invalid")) {
      expect(() => parsePublicKey(vector.public.slice(CURVE.length))).toThrow(KeyFormatError);
    }
  });

  test("of AES-256-GCM open where they are valid, and only there", () => {
    const config = new Config();
    config.symmetricNonceLength = 12;
    const ours = gcm.filter((each) => each.keySize === 256 && each.ivSize === 96 && each.tagSize === 128 && !each.aad);
    for (const { key, iv, tag, ct, msg, result } of ours) {
      let opened: string | undefined;
      try {
        opened = toHex(symDecrypt(config, fromHex(key), fromHex(iv + tag + ct))).slice(2);
      } catch {
        opened = undefined;
      }
      expect(opened).toBe(result === "valid" ? msg : undefined);
    }
  });

  test("of ECDSA recover to their key where they are valid, and only there", () => {
    for (const { publicKey, msg, sig, result, tcId } of ecdsa) {
      const digest = createHash("sha256").update(fromHex(msg)).digest();
      const key = toHex(parsePublicKey(publicKey.uncompressed));
      const found = [27, 28].map((v) => {
        try {
          return toHex(recover(digest, concat(fromHex(sig), Uint8Array.of(v))));
        } catch {
          return undefined;
        }
      });
      expect(found.includes(key)).toBe(result === "valid" && !LARGE_X.has(tcId));
    }
  });
});
