import { beforeAll, describe, expect, test } from "vitest";
import { check, isIdentified } from "../src/contacts/check.ts";
import { RegisterError } from "../src/errors.ts";
import type { PatientMetadata } from "../src/formats/manifest.ts";
import { checkLabel, encodeRegister, namedBy, parseRegister } from "../src/formats/register.ts";
import { readRegisterFile, writeRegisterFile } from "../src/formats/registerFile.ts";
import { python } from "./python.ts";
import { refusalOf, vectors } from "./vectors.ts";

interface Case {
  why: string;
  register: string;
}
const REGISTERS = vectors("register.json") as {
  read: Case[];
  junk: (Case & { patient: object })[];
  refuse: Case[];
  sealed: { passphrase: string; file: string; register: string }[];
};
interface CheckCase {
  why: string;
  contacts: unknown[];
  address: string;
  words: string[];
  patients: Record<"name" | "birth_date" | "sex" | "id" | "issuer", string>[];
  verdict: Record<string, unknown>;
}
const CHECKS = (vectors("contact_check.json") as { check: CheckCase[] }).check;
const named = ({ why }: { why: string }): string => why;

describe("a register of contacts", () => {
  test.each(REGISTERS.read)("is read and written by the byte: $why", ({ register }) => {
    expect(encodeRegister(parseRegister(register))).toBe(register);
  });

  test.each(REGISTERS.junk)("$why", ({ register, patient }) => {
    expect(parseRegister(register)[0]?.patient).toEqual(patient);
  });

  test.each(REGISTERS.refuse)("is refused: $why", ({ register }) => {
    expect(() => parseRegister(register)).toThrow(RegisterError);
  });

  test("names a recipient as the card did", () => {
    const [full, , registered] = parseRegister(REGISTERS.read[2]?.register ?? "");
    expect(full && namedBy(full)).toMatchObject({
      address: full?.address,
      publicKey: full?.publicKey,
      hybrid: { digest: full?.hybridDigest, recipient: full?.hybridRecipient },
    });
    expect(registered && namedBy(registered)).toEqual({ address: registered?.address });
  });

  test("has labels that can be shown", () => {
    expect(checkLabel("Bett 7 – 山田")).toBe("Bett 7 – 山田");
    for (const label of ["", " ", "a ", "a\u202eb", "a\nb", "x".repeat(101)]) {
      expect(() => checkLabel(label)).toThrow(RegisterError);
    }
  });
});

describe("a copy of a register", () => {
  const register = REGISTERS.read[2]?.register ?? "";
  let made = "";

  beforeAll(async () => {
    made = await writeRegisterFile(parseRegister(register), "fünf Wörter");
  });

  test("is opened by its passphrase and by no other", async () => {
    expect(encodeRegister(await readRegisterFile(`\uFEFF${made}\n`, "fünf Wörter"))).toBe(register);
    expect(await refusalOf(() => readRegisterFile(made, "Fünf Wörter"))).toBe("PassphraseError");
  });

  test.each(REGISTERS.sealed)("of another program is opened", async ({ file, passphrase, register: inside }) => {
    expect(encodeRegister(await readRegisterFile(file, passphrase))).toBe(inside);
  });

  test.each(["", register, "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----"])(
    "that is none is refused: %.20s",
    async (text) => {
      expect(await refusalOf(() => readRegisterFile(text, "x"))).toBe("RegisterError");
    },
  );

  test("is opened by the commands", () => {
    const program = `
import sys
from pathlib import Path
from radiogram.formats.key_file import decrypt_with_passphrase
from radiogram.formats.register import encode_register, parse_register
text = decrypt_with_passphrase(sys.stdin.read(), Path("copy"), lambda: "fünf Wörter")
sys.stdout.buffer.write(encode_register(parse_register(text.encode())))`;
    expect(python(program, [], new TextEncoder().encode(made)).toString()).toBe(register);
  });
});

describe("what the register says", () => {
  test.each(CHECKS.map((each) => [named(each), each] as const))("%s", (_, each) => {
    const value = { format: "radiogram-register", version: 1, contacts: each.contacts };
    const contacts = parseRegister(JSON.stringify(value));
    const patients = each.patients.map(({ birth_date: birthDate, name, id, issuer }) => ({
      name,
      birthDate,
      id,
      issuer,
    }));
    const verdict = check(contacts, each.address, each.words, patients);
    const { contact, ...rest } = "contact" in verdict ? verdict : { ...verdict, contact: undefined };
    const conflicts =
      "conflicts" in rest
        ? { conflicts: rest.conflicts.map(({ attribute, inImages, inRegister }) => [attribute, inImages, inRegister]) }
        : {};
    expect({ ...rest, ...conflicts, ...(contact && { label: contact.label }) }).toEqual(each.verdict);
  });

  test.each<[boolean, PatientMetadata]>([
    [true, { id: "4711" }],
    [true, { name: "Okafor^Grace", birthDate: "1962-03-14" }],
    [false, { name: "Okafor^Grace" }],
    [false, { birthDate: "1962-03-14" }],
    [false, { name: "^", birthDate: "1962-03-14" }],
  ])("%s: it is enough to hold images against %j", (is, patient) => {
    expect(isIdentified(patient)).toBe(is);
  });
});
