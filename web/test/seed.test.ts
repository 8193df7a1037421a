import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../src/formats/bytes.ts";
import { addressOf, publicKeyOf } from "../src/formats/publicKey.ts";
import { keysOfSeed, newSeed, parseSeed } from "../src/formats/seed.ts";
import { python } from "./python.ts";

const ZEROS = `${"abandon ".repeat(23)}art`; // of 32 bytes of zeros

describe("a seed", () => {
  test("is 24 words, others each time", () => {
    expect(newSeed().split(" ")).toHaveLength(24);
    expect(newSeed()).not.toBe(newSeed());
    expect(parseSeed(newSeed())).toMatch(/^[a-z]+( [a-z]+){23}$/u);
  });

  test("is read in any case and with any white space", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(" ", "\t", "\n", "\r\n", "  "), { minLength: 24, maxLength: 24 }),
        (gaps) => {
          const seed = newSeed();
          const spread = seed.split(" ").flatMap((word, place) => [gaps[place] ?? " ", word.toUpperCase()]);
          expect(parseSeed(spread.join(""))).toBe(seed);
        },
      ),
    );
  });

  test.each([
    ["", "here are 0"],
    ["abandon", "here are 1"],
    ["abandon ".repeat(12), "here are 12"],
    ["abandon ".repeat(24), "do not belong together"],
    [`abandon abadnon ${"abandon ".repeat(21)}art`, "Word 2 is not"],
    [`${"abandon ".repeat(22)}art abandon`, "do not belong together"],
    [`${ZEROS} art`, "here are 25"],
  ])("is refused: %j, and the error has none of the words", (text, words) => {
    expect(() => parseSeed(text)).toThrow(words);
    expect(() => parseSeed(text)).not.toThrow("aba");
  });

  test("makes the first account of any wallet that takes the words", () => {
    const seed = newSeed();
    const program = `
import sys
from eth_account import Account
Account.enable_unaudited_hdwallet_features()
print(Account.from_mnemonic(sys.stdin.read()).address)`;
    const address = python(program, [], Buffer.from(seed)).toString().trim();
    expect(addressOf(publicKeyOf(keysOfSeed(seed).privateKey))).toBe(address);
    expect(addressOf(publicKeyOf(keysOfSeed(ZEROS).privateKey))).toBe("0xF278cF59F82eDcf871d630F28EcC8056f25C1cdb");
  });

  test("makes a hybrid secret that the private key tells nothing of", () => {
    const { privateKey, hybridSecret } = keysOfSeed(ZEROS);
    const root = Buffer.from(
      "408b285c123836004f4b8842c89324c1f01382450c0d439af345ba7fc49acf705489c6fc77dbd4e3dc1dd8cc6bc9f043db8ada1e243c4a0eafb290d399480840",
      "hex", // the seed that BIP-39 has of these words
    );
    expect(toHex(hybridSecret)).toBe(toHex(hkdf(sha256, root, undefined, Buffer.from("radiogram hybrid key v1"), 32)));
    expect(toHex(privateKey)).not.toBe(toHex(hybridSecret));
  });
});
