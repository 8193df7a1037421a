import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { labelled, Register, type Vault } from "../src/contacts/register.ts";
import { fromHex, toHex } from "../src/formats/bytes.ts";
import { MAILBOX_KEY_NUMBER, parseClinicCard } from "../src/formats/clinicCard.ts";
import { keyRequest } from "../src/formats/derivedKey.ts";
import type * as LockedText from "../src/formats/lockedText.ts";
import { signDigest } from "../src/formats/publicKey.ts";
import { type Contact, parseRegister } from "../src/formats/register.ts";
import { writeRegisterFile } from "../src/formats/registerFile.ts";
import { typedDigest } from "../src/formats/signedAct.ts";
import { mailboxApi } from "../src/worker/mailboxKeys.ts";
import { registerApi } from "../src/worker/registerLock.ts";
import { refusalOf, vectors } from "./vectors.ts";

vi.mock("../src/formats/lockedText.ts", async (original) => {
  const real = await original<typeof LockedText>();
  const { armor, Encrypter } = await import("age-encryption");
  const lockText = async (text: string, passphrase: string): Promise<string> => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(4); // the same file, at once
    return armor.encode(await encrypter.encrypt(text));
  };
  return { ...real, lockText };
});

const { read } = vectors("register.json") as { read: { register: string }[] };
const [GRACE, DOCTOR, OTHER] = parseRegister(read[2]?.register ?? "") as [Contact, Contact, Contact];
const { read: cards } = vectors("clinic_card.json") as { read: { card: string }[] };
const CARD = parseClinicCard(new TextEncoder().encode(cards[0]?.card ?? ""));
const ACCOUNT_KEY = fromHex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"); // of test networks
const SIGNATURE = toHex(signDigest(typedDigest(keyRequest(CARD.address, MAILBOX_KEY_NUMBER)), ACCOUNT_KEY));
const PASSPHRASE = "four words of it";
const vault: Vault = { ...registerApi, ...mailboxApi };
const open = (): Promise<Register> => Register.inBrowser(vault);
const labels = ({ state }: Register): string[] => (state.at === "open" ? state.contacts.map(({ label }) => label) : []);

/** Two at once are one after the other. */
class Locks {
  #last: Promise<unknown> = Promise.resolve();

  request(_: string, work: () => Promise<unknown>): Promise<unknown> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("navigator", { locks: new Locks() });
});

describe("the register of a browser", () => {
  test("is none until one is made", async () => {
    const register = await open();
    expect(register.state.at).toBe("none");
    await register.create(PASSPHRASE, [GRACE]);
    expect(labels(register)).toEqual([GRACE.label]);
  });

  test("is locked when the page is opened again, and opens with its passphrase alone", async () => {
    await (await open()).create(PASSPHRASE, [GRACE]);
    const again = await open();
    expect(again.state.at).toBe("locked");
    expect(await refusalOf(() => again.unlock("another"))).toBe("PassphraseError");
    expect(again.state.at).toBe("locked");
    await again.unlock(PASSPHRASE);
    expect(again.state).toEqual({ at: "open", contacts: [GRACE], cards: [] });
  });

  test("has nothing of anybody in the clear", async () => {
    await (await open()).create(PASSPHRASE, [GRACE]);
    const reading = indexedDB.open("radiogram-contacts");
    const database = await new Promise<IDBDatabase>((resolve) => {
      reading.onsuccess = () => {
        resolve(reading.result);
      };
    });
    const kept = database.transaction("register").objectStore("register").getAll();
    await new Promise((resolve) => (kept.onsuccess = resolve));
    const text = JSON.stringify(kept.result, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    expect(text).toContain("age-encryption.org");
    for (const secret of ["Okafor", "1962", "4711", "Nurse", "AGE-SECRET-KEY"]) expect(text).not.toContain(secret);
  });

  test("leaves nothing in a page that locks it", async () => {
    const register = await open();
    const seen: string[] = [];
    await register.create(PASSPHRASE, [GRACE]);
    register.changed = () => seen.push(register.state.at);
    register.lock();
    expect([register.state, seen]).toEqual([{ at: "locked" }, ["locked"]]);
    await register.unlock(PASSPHRASE);
    expect(labels(register)).toEqual([GRACE.label]);
  });

  test("takes contacts, and forgets them", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    await register.add(DOCTOR);
    expect(labels(register)).toEqual([GRACE.label, DOCTOR.label]);
    await register.forget(GRACE);
    const again = await open();
    await again.unlock(PASSPHRASE);
    expect(labels(again)).toEqual([DOCTOR.label]);
  });

  test("has each label once, whatever its capitals", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [OTHER]);
    expect(await refusalOf(() => register.add({ ...DOCTOR, label: "STRASSE" }))).toBe("RegisterError");
    expect(await refusalOf(() => register.add({ ...DOCTOR, label: " " }))).toBe("RegisterError");
    expect(labels(register)).toEqual([OTHER.label]);
    expect(register.state.at === "open" && labelled(register.state.contacts, " strasse ")).toEqual(OTHER);
  });

  test("loses nothing of what two windows change at once", async () => {
    const one = await open();
    await one.create(PASSPHRASE, []);
    const other = await open();
    await other.unlock(PASSPHRASE);
    await Promise.all([one.add(GRACE), other.add(DOCTOR)]);
    await one.look();
    expect(labels(one).sort()).toEqual([DOCTOR.label, GRACE.label].sort());
  });

  test("is gone from every window when it was removed", async () => {
    const one = await open();
    await one.create(PASSPHRASE, [GRACE]);
    const other = await open();
    await other.remove();
    expect(await refusalOf(() => one.add(DOCTOR))).toBe("RegisterError");
    expect(one.state.at).toBe("none");
  });

  test("is made of a copy, under its passphrase, where there is none", async () => {
    const register = await open();
    expect(await register.importFile(await writeRegisterFile([GRACE], PASSPHRASE), PASSPHRASE)).toBe(1);
    const again = await open();
    await again.unlock(PASSPHRASE);
    expect(labels(again)).toEqual([GRACE.label]);
  });

  test("takes from a copy what it has not, or nothing where a label is somebody else’s", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    expect(await register.importFile(await writeRegisterFile([GRACE, DOCTOR], "x"), "x")).toBe(1);
    const taken = await writeRegisterFile([OTHER, { ...OTHER, label: GRACE.label }], "x");
    expect(await refusalOf(() => register.importFile(taken, "x"))).toBe("RegisterError");
    expect(labels(register)).toEqual([GRACE.label, DOCTOR.label]);
  });

  test("goes out to a passphrase of its own", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    const file = await register.exportFile("another");
    expect(await registerApi.importContacts(file, "another")).toEqual([GRACE]);
  });

  test("is the page’s memory where the browser keeps nothing", async () => {
    vi.stubGlobal("indexedDB", undefined);
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    expect(labels(register)).toEqual([GRACE.label]);
  });

  test("knows who has the owner’s card, once that is said, and no more once it is taken back", async () => {
    const register = await open();
    const contacts = (): readonly Contact[] => (register.state.at === "open" ? register.state.contacts : []);
    await register.create(PASSPHRASE, [GRACE, OTHER]);
    const before = contacts()[1];
    await register.setHasOurCard(OTHER, true);
    expect(contacts()).toEqual([GRACE, { ...OTHER, hasOurCard: true }]);
    const copy = await register.exportFile("x");
    expect(await registerApi.importContacts(copy, "x")).toEqual([GRACE, { ...OTHER, hasOurCard: true }]);
    await register.setHasOurCard({ ...OTHER, hasOurCard: true }, false);
    expect(contacts()[1]).toEqual(before);
  });

  test("keeps the owner’s cards under its lock, whatever else changes, until it is removed", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    await mailboxApi.deriveMailboxKey(SIGNATURE, CARD.address);
    await register.keepCard(CARD);
    await register.add(DOCTOR);
    const again = await open();
    await again.unlock(PASSPHRASE);
    expect(again.state).toEqual({ at: "open", contacts: [GRACE, DOCTOR], cards: [CARD] });
    await again.remove();
    await again.create(PASSPHRASE, [GRACE]);
    expect(again.state).toEqual({ at: "open", contacts: [GRACE], cards: [] });
  });

  test("sees the card that another window keeps", async () => {
    const one = await open();
    await one.create(PASSPHRASE, [GRACE]);
    const other = await open();
    await other.unlock(PASSPHRASE);
    await mailboxApi.deriveMailboxKey(SIGNATURE, CARD.address);
    await other.keepCard(CARD);
    await one.look();
    expect(one.state).toMatchObject({ cards: [CARD] });
  });

  test("keeps no card while it is locked", async () => {
    const register = await open();
    await register.create(PASSPHRASE, [GRACE]);
    register.lock();
    await mailboxApi.deriveMailboxKey(SIGNATURE, CARD.address);
    expect(await refusalOf(() => register.keepCard(CARD))).toBe("RegisterError");
  });
});
