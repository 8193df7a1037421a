import { describe, expect, test } from "vitest";
import type { PatientMetadata, StudyMetadata } from "../src/dicom/types.ts";
import { type Entry } from "../src/outgoing/journal.ts";
import * as choosing from "../src/pages/send/choosing.ts";
import * as earlier from "../src/pages/send/earlier.ts";
import type { Images } from "../src/pages/send/images.ts";
import { type Event, initial, next, ready, type State } from "../src/pages/send/state.ts";
import { stepOf, type TransferEvent, wouldLose } from "../src/pages/send/transfer.ts";
import { type FoundRecipient, next as nextLookup } from "../src/recipients/lookup.ts";

const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const HASH = `0x${"12".repeat(32)}` as const;
const patient: FoundRecipient = {
  recipient: { address: ADDRESS, publicKey: new Uint8Array(33), keyVersion: 0 },
  hybrid: null,
  isContract: false,
  accepted: new Set(),
};
const nobody = { patients: [], files: [], others: [], unreadable: [] } as unknown as StudyMetadata;
const images: Images = { files: [], metadata: nobody, bytes: 0, person: undefined };
const problem = { kind: "said-no", detail: "", missing: 0n } as const;

const entry: Entry = {
  id: 1,
  tag: "12".repeat(32),
  at: 0,
  chainId: 1337,
  inbox: ADDRESS,
  sender: ADDRESS,
  recipient: ADDRESS,
  since: 0,
  keyVersion: 0,
  envelope: new Uint8Array(154),
  cids: [],
  bytes: 9,
  signed: true,
  asks: 0,
  hashes: [],
  sentAt: 0,
  arrived: null,
};

const take: Event = { type: "choosing", event: { type: "take", images } };
const agree: Event = { type: "agree-on-words", patient };
const transfer = (event: TransferEvent): Event => ({ type: "transfer", event });
const lock = transfer({ type: "lock", job: { images, patient, account: ADDRESS, sign: false, toMailbox: false } });

function after(...events: Event[]): State {
  return events.reduce(next, initial());
}

describe("what was said of an earlier press", () => {
  test("goes with the next one", () => {
    const stopped = after(take, agree, { type: "cancelled", when: "before-upload" });
    expect(stopped.problem).not.toBeNull();
    expect(next(stopped, { type: "send" }).problem).toBeNull();
  });
});

describe("the inbox, chosen where it would be a mailbox", () => {
  const declined = after(take, agree, { type: "decline-mailbox", isDeclined: true });

  test("is chosen for this patient, and can be taken back", () => {
    expect(declined).toMatchObject({ isMailboxDeclined: true, fee: null });
    expect(next(declined, { type: "decline-mailbox", isDeclined: false }).isMailboxDeclined).toBe(false);
    expect(next(declined, take).isMailboxDeclined).toBe(true);
  });

  test("is not chosen for the next", () => {
    expect(next(declined, { type: "another-patient" }).isMailboxDeclined).toBe(false);
    expect(next(declined, { type: "start-over" }).isMailboxDeclined).toBe(false);
  });
});

describe("the path of three steps", () => {
  test("goes to the first step that is open", () => {
    expect(after(take).at).toBe(2);
    expect(after(agree).at).toBe(1);
    expect(after(take, agree).at).toBe(3);
    expect(after(agree, take).at).toBe(3);
  });

  test("goes back to the images when something is asked about them", () => {
    expect(after(take, agree, { type: "choosing", event: { type: "read", files: 3 } }).at).toBe(1);
  });

  test("stays where the person went while files were read, if nothing is asked about them", () => {
    const reading = after(take, agree, { type: "choosing", event: { type: "read", files: 3 } }, { type: "go", to: 2 });
    const sift: Event = { type: "choosing", event: { type: "sift", files: [], metadata: nobody } };
    expect(next(next(reading, sift), take).at).toBe(2);
  });

  test("has nothing to send while other images are read, or another patient is looked up", () => {
    expect(ready(after(take, agree, { type: "choosing", event: { type: "begin" } }))).toBeNull();
    expect(ready(after(take, agree, { type: "lookup", event: { type: "look" } }))).toBeNull();
    expect(ready(after(take, agree))).toEqual({ images, patient });
  });

  test("forgets the fee when the images or the patient are others", () => {
    const priced = after(take, agree, { type: "price", fee: 7n });
    expect(priced.fee).toBe(7n);
    expect(next(priced, { type: "another-patient" }).fee).toBeNull();
    expect(next(priced, { type: "go", to: 2 }).fee).toBe(7n);
  });

  test("starts over with nothing but what is on its way", () => {
    const list: Event = { type: "earlier", event: { type: "list", entries: [entry] } };
    const state = after(take, agree, list, { type: "start-over" });
    expect(state).toEqual({ ...initial(), earlier: [{ entry, standing: { at: "looking" } }] });
  });
});

describe("files that were chosen", () => {
  const person = (id: string): PatientMetadata => ({
    id,
    name: "",
    rawName: "",
    birthDate: "",
    sex: "",
    issuer: "",
    files: [],
  });
  const sift = (metadata: Partial<StudyMetadata>): string =>
    choosing.next(choosing.initial(), { type: "sift", files: [], metadata: { ...nobody, ...metadata } }).question.kind;

  test("are asked about when they are several people's, or odd", () => {
    expect(sift({ patients: [person("1"), person("2")] })).toBe("person");
    expect(sift({ others: [0] })).toBe("left-out");
    expect(sift({ unreadable: [0] })).toBe("left-out");
    expect(sift({ patients: [person("1")] })).toBe("files");
  });
});

describe("a transfer", () => {
  test("goes step by step, and would be lost until the chain has it", () => {
    const events: TransferEvent[] = [
      { type: "sign" },
      { type: "answered" },
      { type: "upload", unsigned: null },
      { type: "check-fee", bytes: 9 },
      { type: "agree", fee: 1n },
      { type: "confirm", hash: HASH },
    ];
    const states = events.map((_, place) => after(take, agree, lock, ...events.slice(0, place + 1).map(transfer)));
    const steps = states.map((state) => state.transfer && stepOf(state.transfer.doing));
    expect(steps).toEqual(["lock", "lock", "upload", "agree", "agree", "deliver"]);
    expect(states.map((state) => wouldLose(state.transfer))).toEqual([true, true, true, true, true, false]);
  });

  test("that was begun before goes on at the wallet", () => {
    const at = new Date(0);
    const resumed = after(
      take,
      agree,
      lock,
      transfer({ type: "resume", at, bytes: 9, signed: false, isToMailbox: true }),
    );
    expect(resumed.transfer).toMatchObject({ uploaded: 9, unsigned: "before", resumed: at, isToMailbox: true });
    expect(resumed.transfer && stepOf(resumed.transfer.doing)).toBe("agree");
  });

  test("loses nothing while it waits for another window, for an answer, or for what the wallet did", () => {
    const events: TransferEvent[] = [
      { type: "elsewhere" },
      { type: "known", before: { at: new Date(0), index: 0, mailbox: null } },
      { type: "hold" },
    ];
    expect(events.map((event) => wouldLose(after(lock, transfer(event)).transfer))).toEqual([false, false, false]);
    expect(wouldLose(after(lock, transfer({ type: "elsewhere" }), transfer({ type: "go-on-locking" })).transfer)).toBe(
      true,
    );
  });

  test("stops in the step that failed, and goes on from there", () => {
    const failed = after(lock, transfer({ type: "fail", problem: { step: "agree", kind: "transaction", problem } }));
    expect(failed.at).toBe("sending");
    expect(failed.transfer?.doing).toMatchObject({ kind: "failed", problem: { step: "agree" } });
    expect(wouldLose(failed.transfer)).toBe(false);
    expect(next(failed, transfer({ type: "check-fee-again" })).transfer?.doing.kind).toBe("checking-fee");
  });

  test("that was cancelled says so beside the Send button", () => {
    expect(after(take, agree, lock, { type: "cancelled", when: "before-upload" })).toMatchObject({
      at: 3,
      transfer: null,
      problem: { kind: "cancelled", when: "before-upload" },
    });
  });

  test("that was delivered can be taken back, once", () => {
    const delivered = {
      job: { images, patient, account: ADDRESS, sign: false, toMailbox: false },
      recipient: ADDRESS,
      isInMailbox: false,
      index: 0,
      receipt: { hash: HASH, fee: 1n },
      signed: true,
    } as const;
    const done: Event = {
      type: "retraction",
      event: { type: "step", step: { at: "done" } },
    };
    const state = after(
      { type: "delivered", delivered },
      { type: "retraction", event: { type: "fail", problem } },
      done,
    );
    expect(state).toMatchObject({ at: "sent", retraction: { at: "done" } });
    expect(next(state, { type: "retraction", event: { type: "stop" } }).retraction.at).toBe("done");
  });
});

describe("earlier sendings", () => {
  const second = { ...entry, id: 2 };
  const listed = earlier.next([], { type: "list", entries: [entry, second] });

  test("are looked at, and listed once", () => {
    const pending = earlier.next(listed, { type: "stand", entry, standing: { at: "pending" } });
    expect(earlier.next(pending, { type: "list", entries: [entry, second] })).toBe(pending);
    expect(pending.map(({ standing }) => standing.at)).toEqual(["pending", "looking"]);
  });

  test("stand with what the journal has of them now", () => {
    const sent = { ...entry, hashes: [HASH] };
    const [first] = earlier.next(listed, { type: "stand", entry: sent, standing: { at: "pending" } });
    expect(first?.entry.hashes).toEqual([HASH]);
  });

  test("are dropped one by one", () => {
    expect(earlier.next(listed, { type: "drop", id: 1 }).map(({ entry: { id } }) => id)).toEqual([2]);
  });
});

describe("a recipient", () => {
  const known = { own: ADDRESS, used: [] };

  test("is found once every risk was looked at", () => {
    const risky = nextLookup({ at: "looking" }, { type: "find", found: { ...patient, isContract: true }, known });
    expect(risky).toMatchObject({ at: "risky", risk: { kind: "own" } });
    const second = nextLookup(risky, { type: "accept", known });
    expect(second).toMatchObject({ at: "risky", risk: { kind: "contract" } });
    expect(nextLookup(second, { type: "accept", known }).at).toBe("found");
  });

  test("without a risk is found at once", () => {
    expect(
      nextLookup({ at: "looking" }, { type: "find", found: patient, known: { own: undefined, used: [] } }).at,
    ).toBe("found");
  });
});
