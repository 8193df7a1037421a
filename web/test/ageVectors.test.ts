/**
 * The Community Cryptography Test Vectors for age (c2sp.org/CCTV/age), against each reader of age files here.
 * A reader takes the one kind of age file that docs/format.md gives it, and refuses others that age would open: those are
 * the deviations, all of which are argued below. tests/formats/test_age_vectors.py has those of Python.
 */

import { createHash } from "node:crypto";
import { bech32 } from "@scure/base";
import { armor } from "age-encryption";
import { describe, expect, test } from "vitest";
import { CiphertextError, KeyFormatError, KeyPacketError, SeedLengthError } from "../src/errors.ts";
import { decrypt } from "../src/formats/ciphertext.ts";
import { readKeyFile } from "../src/formats/keyFile.ts";
import { decryptPacket } from "../src/formats/keyPacket.ts";
import { type AgeVector, ageVectors, required } from "./publishedVectors.ts";
import { streamed } from "./vectors.ts";

const VECTORS = ageVectors();
const NOT_ARMORED = "a ciphertext and a key packet are binary: armour is for key files alone";
const ONE_STANZA = "a key packet has one stanza, so that nobody with another key opens it too";
/** Files that age opens and a reader here refuses, and why. */
const REFUSED: Record<string, string> = {
  armor_crlf: NOT_ARMORED,
  armor_full_last_line: NOT_ARMORED,
  armor_hybrid: NOT_ARMORED,
  armor_no_eol: NOT_ARMORED,
  armor_whitespace_outside: NOT_ARMORED,
  armor_x25519: NOT_ARMORED,
  hybrid_and_x25519: ONE_STANZA,
  hybrid_grease: ONE_STANZA,
  hybrid_multiple_recipients: ONE_STANZA,
};

/** Damaged files of whose plaintext age hands out a chunk more than the library here does, before it fails. */
const HELD_BACK = ["stream_no_final_two_chunks_full", "stream_two_final_chunks_second"];

/** Whether a reader opens the file with a key of the vector. What it refuses, it refuses by an error of its own kind. */
async function isOpened(vector: AgeVector): Promise<boolean> {
  const identities = vector.identities.length > 0 ? vector.identities : [`AGE-SECRET-KEY-1`];
  const tried = [
    ...identities.map((identity) =>
      (identity.startsWith("AGE-SECRET-KEY-PQ-") ? ofPacket : ofCiphertext)(vector, identity),
    ),
    ...vector.passphrases.map((passphrase) => ofKeyFile(vector, passphrase)),
  ];
  return (await Promise.all(tried)).includes(true);
}

async function ofCiphertext(vector: AgeVector, identity: string): Promise<boolean> {
  const out: Uint8Array[] = [];
  let isWhole = false;
  try {
    const plaintext = await decrypt(streamed(vector.file), secret(identity));
    for await (const piece of plaintext as unknown as AsyncIterable<Uint8Array>) out.push(piece);
    isWhole = true;
  } catch (error) {
    expect(error).toBeInstanceOf(CiphertextError);
  }
  if (isWhole || (out.length > 0 && !HELD_BACK.includes(vector.name)))
    expect(sha256(Buffer.concat(out))).toBe(vector.payload);
  return isWhole;
}

async function ofPacket(vector: AgeVector, identity: string): Promise<boolean> {
  try {
    expect(sha256(await decryptPacket(vector.file, secret(identity)))).toBe(vector.payload);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(KeyPacketError);
    return false;
  }
}

/** What is in these files is not the words of a seed, so that one that opens is refused for that. */
async function ofKeyFile(vector: AgeVector, passphrase: string): Promise<boolean> {
  const text = vector.isArmored ? Buffer.from(vector.file).toString() : armor.encode(vector.file);
  const refusal: unknown = await readKeyFile(text, passphrase).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(KeyFormatError);
  return refusal instanceof SeedLengthError;
}

function secret(identity: string): Uint8Array {
  if (identity === "AGE-SECRET-KEY-1") return new Uint8Array(32);
  return bech32.decodeToBytes(identity.toLowerCase()).bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("the test vectors of age", () => {
  test("are there", () => {
    required(VECTORS, 147);
    if (VECTORS.length > 0)
      expect(VECTORS.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(REFUSED)));
  });

  test.each(VECTORS.map((vector) => [vector.name, vector] as const))(
    "are opened or refused: %s",
    async (name, vector) => {
      expect(await isOpened(vector)).toBe(vector.expect === "success" && !(name in REFUSED));
    },
  );
});
