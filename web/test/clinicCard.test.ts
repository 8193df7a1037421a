import { describe, expect, test } from "vitest";
import { ClinicCardError } from "../src/errors.ts";
import { toHex } from "../src/formats/bytes.ts";
import {
  CARD_BYTES,
  checkClinicSignature,
  clinicCardFile,
  clinicCardValue,
  clinicLink,
  clinicLinkIn,
  clinicSigningText,
  MAILBOX_KEY_NUMBER,
  newClinicCard,
  parseClinicCard,
} from "../src/formats/clinicCard.ts";
import { addressOf } from "../src/formats/publicKey.ts";
import { personalDigest } from "../src/formats/signature.ts";
import { vectors } from "./vectors.ts";

interface Read {
  why: string;
  card: string;
  link: string;
  label: string;
  address: string;
  mailbox_key: string;
  site: string;
  signing_text: string;
  signature: string;
  is_signed: boolean;
}

interface Vectors {
  mailbox: { number: number };
  read: Read[];
  refuse: { why: string; card: string }[];
}

const { mailbox, read, refuse } = vectors("clinic_card.json") as Vectors;
const parse = (text: string): ReturnType<typeof parseClinicCard> => parseClinicCard(new TextEncoder().encode(text));

describe("a clinic's card", () => {
  test.each(read.map((each) => [each.why, each] as const))("says what its vector says: %s", (_, vector) => {
    const code = clinicLinkIn(vector.link) ?? "";
    for (const text of [vector.card, `\uFEFF${vector.card}`, vector.link, `  ${vector.link}\n`, code]) {
      const card = parse(text);
      expect(card.label).toBe(vector.label);
      expect(card.address).toBe(vector.address);
      expect(card.site).toBe(vector.site);
      expect(toHex(card.mailboxKey)).toBe(vector.mailbox_key);
      expect(toHex(card.signature)).toBe(vector.signature);
      expect(clinicSigningText(card)).toBe(vector.signing_text);
      expect(clinicCardValue(card)).toEqual(JSON.parse(vector.card));
    }
  });

  test.each(read.map((each) => [each.why, each] as const))(
    "is signed where its vector says so: %s",
    async (_, vector) => {
      const check = checkClinicSignature(parse(vector.card));
      if (vector.is_signed) await expect(check).resolves.toBeUndefined();
      else await expect(check).rejects.toThrow(ClinicCardError);
    },
  );

  test.each(refuse.map((each) => [each.why, each.card] as const))("is refused: %s", (_, text) => {
    expect(() => parse(text)).toThrow(ClinicCardError);
  });

  test("is refused if it is too large, no text, or nested deep", () => {
    expect(() => parse(`${read[0]?.card ?? ""}${" ".repeat(CARD_BYTES)}`)).toThrow("too large");
    expect(() => parseClinicCard(Uint8Array.of(0xff, 0xfe))).toThrow(ClinicCardError);
    expect(() => parse("[".repeat(CARD_BYTES))).toThrow(ClinicCardError);
    expect(() =>
      parse(`{"format":"radiogram-clinic-card","version":1,"label":${"[".repeat(8000)}${"]".repeat(8000)}}`),
    ).toThrow(ClinicCardError);
  });

  test("is asked of the account's contract with what was signed, if its key has not signed", async () => {
    const card = parse(read.find(({ is_signed: signed }) => !signed)?.card ?? "");
    const asked: unknown[] = [];
    const accepts = (...what: unknown[]): Promise<boolean> => {
      asked.push(what);
      return Promise.resolve(true);
    };
    await checkClinicSignature(card, accepts);
    expect(asked).toEqual([[card.address, personalDigest(clinicSigningText(card)), card.signature]]);
    await expect(checkClinicSignature(card, () => Promise.resolve(false))).rejects.toThrow("not signed");
  });

  test("of a signature of another v, or with its bytes changed, is not signed", async () => {
    const card = parse(read[0]?.card ?? "");
    for (const [place, value] of [
      [64, 0],
      [64, 1],
      [64, 29],
      [5, 0],
      [40, 0],
    ] as const) {
      const signature = card.signature.with(place, value);
      await expect(checkClinicSignature({ ...card, signature })).rejects.toThrow(ClinicCardError);
    }
    await expect(checkClinicSignature({ ...card, label: "Another" })).rejects.toThrow(ClinicCardError);
  });

  test.each(read.map((each) => [each.why, each] as const))("is written as its vector has it: %s", (_, vector) => {
    const card = parse(vector.card);
    expect(clinicCardFile(card)).toBe(vector.card);
    expect(clinicLink(card, "https://radiogram.example/")).toBe(vector.link);
    const unsigned = newClinicCard(vector.label, card.address, card.mailboxKey, vector.site.toUpperCase());
    expect(clinicSigningText(unsigned)).toBe(vector.signing_text);
  });

  test("certifies the key of the number that its vector has", () => {
    expect(MAILBOX_KEY_NUMBER).toBe(mailbox.number);
  });

  test.each([
    ["", "", "1 to 100 printable characters"],
    [" St Anne", "", "1 to 100 printable characters"],
    ["St Anne", "https://st-anne.example", "not the host name of a website"],
    ["St Anne", "127.0.0.1", "not the host name of a website"],
  ])("is not made of the label %j and the site %j", (label, site, words) => {
    const { address, mailboxKey } = parse(read[0]?.card ?? "");
    expect(() => newClinicCard(label, address, mailboxKey, site)).toThrow(words);
  });

  test("is not made of the account’s own key", () => {
    const { mailboxKey } = parse(read[0]?.card ?? "");
    expect(() => newClinicCard("St Anne", addressOf(mailboxKey), mailboxKey)).toThrow(ClinicCardError);
  });
});
