import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { RegisterError } from "../src/errors.ts";
import { fromHex, toHex } from "../src/formats/bytes.ts";
import { type ClinicCard, parseClinicCard } from "../src/formats/clinicCard.ts";
import {
  type Clinic,
  merged,
  openClinics,
  parseClinics,
  sealClinics,
  withClinic,
  writeClinics,
} from "../src/formats/clinics.ts";
import { addressOf, publicKeyOf } from "../src/formats/publicKey.ts";
import { python } from "./python.ts";
import { vectors } from "./vectors.ts";

const SECRET = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"; // of test networks
const KEY = fromHex(SECRET);
const { read } = vectors("clinic_card.json") as { read: { card: string }[] };
const cards = read.map(({ card }) => parseClinicCard(new TextEncoder().encode(card)));
const [card, second] = cards as [ClinicCard, ClinicCard];
const OTHER = addressOf(publicKeyOf(KEY));
const clinic: Clinic = { card, checkedBy: "site", name: "st-anne.example", checkedAt: "2026-11-27T06:00:00Z" };
const other: Clinic = {
  card: { ...second, address: OTHER },
  checkedBy: "in person",
  name: "",
  checkedAt: "2026-11-26T06:00:00Z",
};

const folder = mkdtempSync(join(tmpdir(), "clinics-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the commands make of the list in the folder, after `change`. */
const COMMANDS = `
import json, sys
from pathlib import Path
from eth_account import Account
from eth_account.messages import encode_defunct
from radiogram.contacts.store import ClinicsFile
from radiogram.formats.clinics import encode_clinics
held = Account.from_key(sys.argv[1])
file = ClinicsFile(Path(sys.argv[2]), held.address)
sign = lambda text: bytes(held.sign_message(encode_defunct(text=text)).signature)
if sys.argv[3] == "again":
    with file.changed(sign) as clinics:
        clinics.reverse()
sys.stdout.buffer.write(encode_clinics(file.read(sign)))
`;

describe("a list of clinics", () => {
  test("says what was written", () => {
    expect(parseClinics(writeClinics([clinic, other]))).toEqual([clinic, other]);
    expect(parseClinics(writeClinics([]))).toEqual([]);
  });

  test("is opened by its key alone, and not if a byte of it is another", async () => {
    const file = await sealClinics([clinic], KEY);
    expect(await openClinics(file, KEY)).toEqual([clinic]);
    await expect(openClinics(file, fromHex("11".repeat(32)))).rejects.toThrow(RegisterError);
    await expect(openClinics(file.with(-1, (file.at(-1) ?? 0) ^ 1), KEY)).rejects.toThrow(RegisterError);
    expect(toHex(file)).not.toContain(toHex(new TextEncoder().encode("Anne")).slice(2));
  });

  test("is the commands' own, both ways", async () => {
    const path = join(folder, `${OTHER}.age`);
    writeFileSync(path, await sealClinics([clinic, other], KEY));
    expect(parseClinics(python(COMMANDS, [SECRET, folder, "read"]))).toEqual([clinic, other]);
    expect(python(COMMANDS, [SECRET, folder, "again"])).toEqual(Buffer.from(writeClinics([other, clinic])));
    expect(await openClinics(readFileSync(path), KEY)).toEqual([other, clinic]);
  });

  test.each([
    ["another format", { format: "radiogram-register" }],
    ["a later version", { version: 2 }],
    ["no list", { clinics: {} }],
    ["a clinic twice", { clinics: [0, 0] }],
  ])("is refused: %s", (_, change) => {
    const value = JSON.parse(new TextDecoder().decode(writeClinics([clinic]))) as { clinics: unknown[] };
    const changed = { ...value, ...change } as { clinics: unknown };
    if (Array.isArray(changed.clinics)) changed.clinics = changed.clinics.map(() => value.clinics[0]);
    if (!("clinics" in change)) changed.clinics = value.clinics;
    expect(() => parseClinics(new TextEncoder().encode(JSON.stringify(changed)))).toThrow(RegisterError);
  });

  test.each([
    ["checked in no way", { checked_by: "e-mail" }],
    ["in person, by a name", { checked_by: "in person" }],
    ["by its site, without the name", { name: undefined }],
    ["at no time", { checked_at: undefined }],
    ["without a card", { card: undefined }],
    ["with a card of other members", { card: { format: "radiogram-clinic-card", version: 1 } }],
  ])("is refused with a clinic %s", (_, change) => {
    const value = JSON.parse(new TextDecoder().decode(writeClinics([clinic]))) as { clinics: object[] };
    const text = JSON.stringify({ ...value, clinics: value.clinics.map((each) => ({ ...each, ...change })) });
    expect(() => parseClinics(new TextEncoder().encode(text))).toThrow(RegisterError);
  });

  test("has one clinic of an account, and one of a label", () => {
    const again: Clinic = { ...clinic, checkedBy: "in person", name: "" };
    expect(withClinic([clinic, other], again)).toEqual([other, again]);
    const namesake: Clinic = { ...other, card: { ...other.card, label: card.label.toUpperCase() } };
    expect(() => withClinic([clinic], namesake)).toThrow("Forget that one first");
    expect(() => parseClinics(writeClinics([clinic, namesake]))).toThrow("twice");
  });

  test("takes in another, of both what was checked later", () => {
    const later: Clinic = { ...clinic, checkedAt: "2026-11-28T06:00:00Z" };
    expect(merged([clinic], [later, other])).toEqual([later, other]);
    expect(merged([later], [clinic])).toEqual([later]);
  });
});
