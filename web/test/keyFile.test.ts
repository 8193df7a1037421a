import { armor, Encrypter } from "age-encryption";
import * as Keystore from "ox/Keystore";
import { beforeAll, describe, expect, test } from "vitest";
import { KeyFormatError } from "../src/errors.ts";
import { fromHex } from "../src/formats/bytes.ts";
import { readKeyFile, writeKeyFile } from "../src/formats/keyFile.ts";
import { python } from "./python.ts";
import { refusalOf } from "./vectors.ts";

const SECRET = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"; // of test networks
const KEY = fromHex(SECRET);
const SEED = `${"abandon ".repeat(23)}art`;
const PASSPHRASE = "fünf Wörter";

/** As another age program might write it. */
async function locked(text: string, workFactor = 10): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(PASSPHRASE);
  encrypter.setScryptWorkFactor(workFactor);
  return armor.encode(await encrypter.encrypt(text));
}

describe("a key file", () => {
  let made = "";

  beforeAll(async () => {
    made = await writeKeyFile(SEED, PASSPHRASE);
  });

  test("is an age file to a passphrase in ASCII armour, with the work factor 18", () => {
    expect(made.startsWith("-----BEGIN AGE ENCRYPTED FILE-----\n")).toBe(true);
    const header = new TextDecoder("latin1").decode(armor.decode(made)).split("\n");
    expect(header.slice(0, 2)).toEqual(["age-encryption.org/v1", expect.stringMatching(/^-> scrypt \S{22} 18$/u)]);
  });

  test("opens with its passphrase", async () => {
    expect(await readKeyFile(`\uFEFF${made}\n`, PASSPHRASE)).toEqual({ seed: SEED });
    expect(await readKeyFile(made.replaceAll("\n", "\r\n"), PASSPHRASE)).toEqual({ seed: SEED });
  });

  test("opens with the passphrase as another system composes its letters", async () => {
    expect(PASSPHRASE.normalize("NFD")).not.toBe(PASSPHRASE);
    expect(await readKeyFile(made, PASSPHRASE.normalize("NFD"))).toEqual({ seed: SEED });
  });

  test("does not open with another passphrase", async () => {
    expect(await refusalOf(() => readKeyFile(made, "Fünf Wörter"))).toBe("PassphraseError");
  });

  test("that was changed is damaged", async () => {
    const middle = Math.floor(made.length / 2);
    const changed = `${made.slice(0, middle)}${made[middle] === "A" ? "B" : "A"}${made.slice(middle + 1)}`;
    expect(await refusalOf(() => readKeyFile(changed, PASSPHRASE))).toMatch(/^(KeyFormat|Passphrase)Error$/u);
  });

  test.each([
    ["in capitals", SEED.toUpperCase()],
    ["on several lines", SEED.replaceAll(" ", "\n")],
  ])("may hold the words alone, %s", async (_, text) => {
    expect(await readKeyFile(text, "")).toEqual({ seed: SEED });
    expect(await readKeyFile(await locked(text), PASSPHRASE)).toEqual({ seed: SEED });
  });

  test.each([
    ["other words", `${"abandon ".repeat(23)}abandon\n`],
    ["a private key", SECRET],
    ["nothing", ""],
  ])("with %s inside is refused", async (_, text) => {
    await expect(readKeyFile(await locked(text), PASSPHRASE)).rejects.toThrow(KeyFormatError);
  });

  test("that asks for more than a work factor of 20 is refused", async () => {
    const binary = armor.decode(made);
    const factor = new TextDecoder("latin1").decode(binary).indexOf(" 18\n");
    const dear = Uint8Array.from([...binary.slice(0, factor), ...Buffer.from(" 21\n"), ...binary.slice(factor + 4)]);
    expect(await refusalOf(() => readKeyFile(armor.encode(dear), PASSPHRASE))).toBe("KeyFormatError");
  });

  test.each([
    ["no end", (text: string) => text.replace("-----END AGE ENCRYPTED FILE-----", "")],
    ["other signs in it", (text: string) => text.replace("\nYWdl", "\n!!!!")],
    ["nothing in it", () => "-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n"],
  ])("with %s is refused", async (_, change) => {
    expect(await refusalOf(() => readKeyFile(change(made), PASSPHRASE))).toBe("KeyFormatError");
  });

  test("may hold 64 hex digits alone, as older ones do", async () => {
    expect(await readKeyFile(`${SECRET}\n`, "")).toEqual({ privateKey: KEY });
  });
});

describe("a key file of the older kind, a keystore,", () => {
  const [key, options] = Keystore.scrypt({ password: PASSPHRASE, n: 4096 });
  const old = JSON.stringify(Keystore.encrypt(KEY, key, options));

  test("opens with its passphrase, and with no other", async () => {
    expect(await readKeyFile(`\uFEFF${old}\n`, PASSPHRASE)).toEqual({ privateKey: KEY });
    expect(await refusalOf(() => readKeyFile(old, "Fünf Wörter"))).toBe("PassphraseError");
  });

  test.each(["scrypt", "pbkdf2"])("opens that Python made with %s", async (kdf) => {
    const program =
      "import sys,json; from eth_account import Account; print(json.dumps(Account.encrypt(sys.argv[1], 'ä', kdf=sys.argv[2], iterations=4096)))";
    expect(await readKeyFile(python(program, [SECRET, kdf]).toString(), "ä")).toEqual({ privateKey: KEY });
  });

  const changed = (change: object, inner: object = {}): string => {
    const file = JSON.parse(old) as { crypto: object };
    return JSON.stringify({ ...file, ...change, crypto: { ...file.crypto, ...inner } });
  };

  test.each([
    ["empty", ""],
    ["text", "hello"],
    ["too few words", "abandon ".repeat(12)],
    ["broken JSON", "{"],
    ["another JSON", '{"version": 1}'],
    ["no object", "[]"],
    ["without crypto", '{"version": 3}'],
    ["another version", changed({ version: 4 })],
    ["another derivation", changed({}, { kdf: "argon2" })],
    ["one that takes all memory", changed({}, { kdfparams: { n: 2 ** 30, r: 8, p: 1, dklen: 32, salt: "00" } })],
    [
      "one that takes for ever",
      changed({}, { kdf: "pbkdf2", kdfparams: { c: 1e12, prf: "hmac-sha256", dklen: 32, salt: "00" } }),
    ],
    ["numbers that are none", changed({}, { kdfparams: { n: "x", r: 1, p: 8, dklen: 32, salt: "00" } })],
    ["too large", `{"a": "${"x".repeat(70_000)}"}`],
  ])("is refused: %s", async (_, text) => {
    await expect(readKeyFile(text, "x")).rejects.toThrow(KeyFormatError);
  });
});
