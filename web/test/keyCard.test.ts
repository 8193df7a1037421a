import { beforeAll, describe, expect, test } from "vitest";
import { encodeQR } from "qr";
import { KeyFormatError } from "../src/errors.ts";
import { toHex } from "../src/formats/bytes.ts";
import { fingerprint } from "../src/formats/fingerprint.ts";
import { type HybridKey, parseHybridKey } from "../src/formats/hybridKey.ts";
import { cardLink, keyCard, keyCode, parseRecipient } from "../src/formats/keyCard.ts";
import { recipientOf } from "../src/formats/keyPacket.ts";
import { addressOf, publicKeyOf } from "../src/formats/publicKey.ts";
import { keysOfSeed } from "../src/formats/seed.ts";

const SEED = `${"abandon ".repeat(23)}art`;
const { privateKey, hybridSecret } = keysOfSeed(SEED);
const publicKey = publicKeyOf(privateKey);
const address = addressOf(publicKey);
let hybrid: HybridKey;
let digest = "";

beforeAll(async () => {
  hybrid = parseHybridKey(await recipientOf(hybridSecret));
  digest = toHex(hybrid.digest).slice(2);
});

describe("a key card", () => {
  test("says what was written, with and without a hybrid key", () => {
    expect(parseRecipient(`\uFEFF${keyCard(publicKey, hybrid)}`)).toEqual({ address, publicKey, hybrid });
    expect(parseRecipient(keyCard(publicKey, null))).toEqual({ address, publicKey });
  });

  test("has five members, a sixth if it is named, and no secret", () => {
    expect(JSON.parse(keyCard(publicKey, hybrid, "Grace"))).toEqual({
      name: "Grace",
      public_key: toHex(publicKey),
      words: fingerprint(publicKey, hybrid.digest).join(" "),
      address,
      hybrid_recipient: hybrid.recipient,
      hybrid_digest: digest,
    });
  });

  test("may leave the recipient or its digest out", () => {
    const card = { public_key: toHex(publicKey), name: "x" };
    expect(parseRecipient(JSON.stringify({ ...card, hybrid_digest: digest.toUpperCase() })).hybrid).toEqual({
      digest: hybrid.digest,
    });
    expect(parseRecipient(JSON.stringify({ ...card, hybrid_recipient: hybrid.recipient })).hybrid).toEqual(hybrid);
  });

  test.each([
    ["another recipient's digest", () => ({ hybrid_recipient: hybrid.recipient, hybrid_digest: "00".repeat(32) })],
    ["a digest that is too short", () => ({ hybrid_digest: digest.slice(2) })],
    ["a digest that is no text", () => ({ hybrid_digest: 7 })],
    ["a recipient cut short", () => ({ hybrid_recipient: hybrid.recipient.slice(0, -6) })],
    ["a recipient that is no text", () => ({ hybrid_recipient: {} })],
  ])("with %s is refused", (_, members) => {
    const card = JSON.stringify({ public_key: toHex(publicKey), ...members() });
    expect(() => parseRecipient(card)).toThrow(KeyFormatError);
    expect(() => parseRecipient(card)).toThrow("damaged");
  });
});

describe("a card link", () => {
  test("says what the card does, but for the recipient", () => {
    const link = cardLink("https://clinic.example/", publicKey, hybrid, "Grace & Öl #1");
    expect(link).toMatch(/^https:\/\/clinic\.example\/send\.html#card=0[23]/);
    const { digest: said } = hybrid;
    expect(parseRecipient(link)).toEqual({ address, publicKey, hybrid: { digest: said }, name: "Grace & Öl #1" });
    expect(parseRecipient(cardLink("https://clinic.example", publicKey, null))).toEqual({ address, publicKey });
  });
});

describe("a key code", () => {
  test("says what was written, with and without a hybrid key", () => {
    const named = { address, publicKey, hybrid: { digest: hybrid.digest } };
    expect(parseRecipient(keyCode(publicKey, hybrid))).toEqual(named);
    expect(parseRecipient(` ${keyCode(publicKey, hybrid).toUpperCase()}\n`)).toEqual(named);
    expect(parseRecipient(keyCode(publicKey, null))).toEqual({ address, publicKey });
  });

  test("fits a small QR code", () => {
    expect(keyCode(publicKey, hybrid)).toMatch(/^0[23][0-9a-f]{64}:[0-9a-f]{64}$/u);
    expect(encodeQR(keyCode(publicKey, hybrid).toUpperCase(), "raw", { ecc: "medium", border: 4 })).toHaveLength(
      41 + 2 * 4,
    );
  });

  test.each([
    ["digest cut short", (code: string) => code.slice(0, -1)],
    ["digest of another length", (code: string) => `${code}00`],
    ["third part", (code: string) => `${code}:00`],
    ["sign that is no digit", (code: string) => code.replace(/.$/u, "x")],
    ["public key off the curve", (code: string) => `02${"F".repeat(64)}${code.slice(66)}`],
  ])("with a %s is refused", (_, change) => {
    expect(() => parseRecipient(change(keyCode(publicKey, hybrid)))).toThrow(KeyFormatError);
  });
});

test("secret words are not taken for a recipient, and are not repeated", () => {
  expect(() => parseRecipient(SEED)).toThrow("Never hand it over");
  expect(() => parseRecipient(SEED)).not.toThrow("abandon");
});

test("the six words are others for each half of a card", () => {
  const both = fingerprint(publicKey, hybrid.digest);
  expect(both).toHaveLength(6);
  expect(both).not.toEqual(fingerprint(publicKey));
  expect(both).not.toEqual(fingerprint(publicKey, new Uint8Array(32)));
});
