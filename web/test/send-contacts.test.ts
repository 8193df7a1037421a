import { describe, expect, test } from "vitest";
import type { RegisterState } from "../src/contacts/register.ts";
import type { PatientMetadata } from "../src/dicom/types.ts";
import type { ClinicCard } from "../src/formats/clinicCard.ts";
import { fromHex } from "../src/formats/bytes.ts";
import { addressOf } from "../src/formats/publicKey.ts";
import { type Contact, namedBy, wordsOf } from "../src/formats/register.ts";
import { comparedText, isRefusal, newContact, offered, verdictOf, whoseText } from "../src/pages/send/contacts.ts";
import { type Circumstances, destinationOf } from "../src/pages/send/destination.ts";
import type { Images } from "../src/pages/send/images.ts";
import type { FoundRecipient } from "../src/recipients/lookup.ts";

const KEYS = [
  "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
].map((each) => fromHex(each));
const GRACE = { name: "Okafor^Grace", birthDate: "1962-03-14", id: "4711", issuer: "ST MARY" };

function found(place: number): FoundRecipient {
  const publicKey = KEYS[place] ?? new Uint8Array();
  const recipient = { address: addressOf(publicKey), publicKey, keyVersion: 0 };
  return { recipient, hybrid: null, isContract: false, accepted: new Set() };
}

function images(...people: Partial<PatientMetadata>[]): Images {
  const none = { name: "", rawName: "", birthDate: "", sex: "", id: "", issuer: "", files: [] };
  return { metadata: { patients: people.map((each) => ({ ...none, ...each })) } } as unknown as Images;
}

function contact(label: string, place = 0, patient: Contact["patient"] = {}): Contact {
  return newContact(found(place), { label, patient, comparedBy: "A. Nurse" }, new Date("2026-11-26T20:00:00.5Z"));
}

const open = (...contacts: Contact[]): RegisterState => ({ at: "open", contacts, cards: [] });
const grace = images({ rawName: GRACE.name, birthDate: GRACE.birthDate, id: GRACE.id, issuer: GRACE.issuer });

describe("where a message goes", () => {
  const ours = { ...contact("Grace", 0, GRACE), hasOurCard: true } as const;
  const [account, other] = [found(0).recipient.address, found(1).recipient.address];
  const cards = [{ address: account } as ClinicCard];
  const now: Circumstances = {
    register: { at: "open", contacts: [ours], cards },
    isRegisterSkipped: false,
    isMailboxDeclined: false,
    account,
  };
  const inbox = (why: string | null): object => ({ to: "inbox", why });

  test("is a mailbox for who has our card, if that is set up for the account", () => {
    expect(destinationOf(found(0), now)).toEqual({ to: "mailbox" });
    expect(destinationOf(found(0), { ...now, account: undefined })).toEqual({ to: "mailbox" });
    expect(destinationOf(found(0), { ...now, account: other })).toEqual(inbox("no-card"));
    const none = { ...now, register: { at: "open", contacts: [ours], cards: [] }, account: undefined } as const;
    expect(destinationOf(found(0), none)).toEqual(inbox("no-card"));
  });

  test("is the inbox where the person chose that", () => {
    expect(destinationOf(found(0), { ...now, isMailboxDeclined: true })).toEqual(inbox("declined"));
  });

  test("is the inbox of who has not our card, or had it with another key", () => {
    expect(destinationOf(found(1), now)).toEqual(inbox(null));
    const register: RegisterState = { at: "open", contacts: [contact("Grace")], cards };
    expect(destinationOf(found(0), { ...now, register })).toEqual(inbox(null));
    const withHybrid = { ...found(0), hybrid: { recipient: "age1pq1", digest: new Uint8Array(32) } };
    expect(destinationOf(withHybrid, now)).toEqual(inbox(null));
  });

  test("is a mailbox for a key that is several patients’, if one of them says so", () => {
    const register: RegisterState = { at: "open", contacts: [contact("Her brother"), ours], cards };
    expect(destinationOf(found(0), { ...now, register })).toEqual({ to: "mailbox" });
  });

  test("is the inbox while the register is locked, which is said once it was passed over", () => {
    const locked = { ...now, register: { at: "locked" } } as const;
    expect(destinationOf(found(0), locked)).toEqual(inbox(null));
    expect(destinationOf(found(0), { ...locked, isRegisterSkipped: true })).toEqual(inbox("locked"));
    expect(destinationOf(found(0), { ...now, register: { at: "none" } })).toEqual(inbox(null));
  });
});

describe("the register on the sender’s page", () => {
  test("says nothing while none is open", () => {
    expect(verdictOf({ at: "none" }, grace, found(0))).toBeNull();
    expect(verdictOf({ at: "locked" }, grace, found(0))).toBeNull();
    expect(isRefusal(null)).toBe(false);
  });

  test("holds the keys in force and everybody whom the images name against it", () => {
    const register = open(contact("Grace", 0, GRACE));
    expect(verdictOf(register, grace, found(0))?.kind).toBe("known");
    expect(verdictOf(register, null, found(0))?.kind).toBe("known");
    expect(verdictOf(register, images({ id: "77" }), found(0))?.kind).toBe("other patient");
    expect(verdictOf(register, images({ id: GRACE.id }, { id: "77" }), found(0))?.kind).toBe("other patient");
    expect(verdictOf(register, grace, found(1))?.kind).toBe("other key");
    expect(verdictOf(register, images({ id: "77" }), found(1))?.kind).toBe("unknown");
    const withHybrid = { ...found(0), hybrid: { recipient: "age1pq1", digest: new Uint8Array(32) } };
    expect(verdictOf(register, grace, withHybrid)).toMatchObject({ kind: "other key", whose: "account" });
  });

  test("offers the patient of the images first, then the newest, and what was typed", () => {
    const register = open(
      contact("Grace", 0, GRACE),
      ...["b", "c", "d", "e", "f", "Bed 7"].map((each) => contact(each)),
    );
    const labels = (typed: string, chosen: Images | null): string[] =>
      offered(register, chosen, typed).map(({ label }) => label);
    expect(labels("", grace)).toEqual(["Grace", "Bed 7", "f", "e", "d"]);
    expect(labels("", null)).toEqual(["Bed 7", "f", "e", "d", "c"]);
    expect(labels(" bED", grace)).toEqual(["Bed 7"]);
    expect(offered({ at: "locked" }, grace, "")).toEqual([]);
  });

  test("keeps the key that was shown, and when its words were compared", () => {
    const kept = contact("Grace", 0, GRACE);
    expect(kept.comparedAt).toBe("2026-11-26T20:00:00Z");
    expect(namedBy(kept)).toEqual({ address: found(0).recipient.address, publicKey: KEYS[0] });
    expect(wordsOf(kept)).toHaveLength(6);
    expect(comparedText(kept)).toBe("Words compared by A. Nurse, 26-Nov-2026");
    expect(comparedText({ ...kept, comparedBy: "" })).toBe("Nobody has compared the words.");
    expect(whoseText(GRACE)).toBe("OKAFOR, Grace · 14-Mar-1962 · 4711 (ST MARY)");
    expect(whoseText({})).toBe("");
  });
});
