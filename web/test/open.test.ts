import { describe, expect, test } from "vitest";
import type { Clinic } from "../src/formats/clinics.ts";
import type { Arrived, Event, InboxMessage, MessageProblem, State, Unlocked } from "../src/pages/open/state.ts";
import {
  initial,
  isKnown,
  isVouchedFor,
  kindOf,
  letterOf,
  listed,
  next,
  selectedOf,
  total,
  unopened,
} from "../src/pages/open/state.ts";
import { messageWords, unlockWords } from "../src/pages/open/messages.ts";
import { readTyped, typedKeyError } from "../src/pages/open/typedKey.ts";
import { day } from "../src/ui/format.ts";

const ME = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

function after(...events: Event[]): State {
  return events.reduce(next, initial());
}

function message(index: number, changes: Partial<Arrived> = {}): Arrived {
  const usual = { mailbox: null, retracted: false, acknowledged: false, readable: true, opened: false, hidden: false };
  return { index, sender: SENDER, sentAt: new Date(0), ...usual, ...changes };
}

function inbox(messages: Arrived[], ...events: Event[]): Unlocked {
  const state = after(
    { type: "unlock", way: "typed", own: ME, inbox: ME, keyVersion: 0, hybrid: true },
    { type: "arrive", messages, more: false, fresh: true },
    ...events,
  );
  if (state.at !== "unlocked") throw new Error(state.at);
  return state;
}

const nobody = (): null => null;

/** Indices of what the list has, of known senders and of strangers. */
function groups(state: Unlocked, nameOf: (sender: string) => string | null = nobody): number[][] {
  const { familiar, strangers } = listed(state, nameOf, (each, name) => `${each.name ?? ""} ${name ?? ""}`);
  return [familiar, strangers].map((list) => list.map(({ index }) => index));
}

const FAILURES: MessageProblem["kind"][] = [
  "wrong-key",
  "no-hybrid",
  "unreadable",
  "copied",
  "storage",
  "tampered",
  "memory",
  "chain",
];

describe("unlocking", () => {
  test("starts with no way chosen", () => {
    expect(initial()).toMatchObject({ at: "locked", way: null, wait: null, problem: null });
  });

  test("a way that is chosen clears the problem of another", () => {
    const state = after({ type: "refuse", problem: { kind: "said-no" } }, { type: "choose", way: "file" });
    expect(state).toMatchObject({ at: "locked", way: "file", problem: null });
  });

  test("a refusal ends the waiting and keeps the way", () => {
    const events: Event[] = [
      { type: "choose", way: "file" },
      { type: "wait", wait: "open" },
      { type: "refuse", problem: { kind: "passphrase" } },
    ];
    expect(after(...events)).toMatchObject({ way: "file", wait: null, problem: { kind: "passphrase" } });
  });

  test("who stops waiting has nothing to answer for", () => {
    const events: Event[] = [
      { type: "choose", way: "wallet" },
      { type: "wait", wait: "sign" },
      { type: "stop-waiting" },
    ];
    expect(after(...events)).toMatchObject({ way: "wallet", wait: null, problem: null });
  });

  test("a key of another inbox is asked about, not shown as an empty list", () => {
    const events: Event[] = [
      { type: "choose", way: "typed" },
      { type: "other", own: OTHER, expected: ME },
    ];
    expect(after(...events)).toEqual({ at: "other", way: "typed", own: OTHER, expected: ME });
  });

  test("after another key is wanted the inbox is still the one expected", () => {
    const events: Event[] = [{ type: "other", own: OTHER, expected: ME }, { type: "another-key" }];
    expect(after(...events)).toMatchObject({ at: "locked", expected: ME });
  });

  test("the inbox that was open is expected after a lock, and nothing else is left of it", () => {
    const locked = next(inbox([message(0)]), { type: "lock", because: "idle" });
    expect(locked).toEqual({ at: "locked", way: null, wait: null, problem: null, expected: ME, because: "idle" });
  });

  test("what arrives after a lock is dropped", () => {
    const locked = next(inbox([message(0)]), { type: "lock", because: null });
    expect(next(locked, { type: "arrive", messages: [message(1)], more: false, fresh: true })).toBe(locked);
    expect(next(locked, { type: "got", index: 0, name: "CT chest", claim: null })).toBe(locked);
  });
});

describe("the list", () => {
  test("opens an only letter straight away", () => {
    expect(inbox([message(0)]).selected).toBe(0);
  });

  test("leaves the choice among many", () => {
    expect(inbox([message(1), message(0)]).selected).toBeNull();
  });

  test("does not open an only letter that was hidden", () => {
    expect(inbox([message(0, { hidden: true })]).selected).toBeNull();
  });

  test("has senders who are known before all others, each newest first", () => {
    const sent = [message(3), message(2, { sender: OTHER }), message(1), message(0, { sender: OTHER })];
    expect(groups(inbox(sent))).toEqual([[], [3, 2, 1, 0]]);
    expect(groups(inbox(sent), (sender) => (sender === OTHER ? "St Anne" : null))).toEqual([
      [2, 0],
      [3, 1],
    ]);
    expect(groups(inbox(sent, { type: "approved", senders: [SENDER] }))).toEqual([
      [3, 1],
      [2, 0],
    ]);
  });

  test("knows the sender of what was opened here before", () => {
    expect(groups(inbox([message(2), message(1, { sender: OTHER }), message(0, { opened: true })]))).toEqual([
      [2, 0],
      [1],
    ]);
  });

  test("what a sender sent is read unasked if they have a name or an approval, not because one was opened", () => {
    const opened = message(0, { opened: true });
    const state = inbox([message(1), opened]);
    const [newer] = state.messages;
    if (!newer) throw new Error("none");
    expect(isKnown(state, newer, null)).toBe(true);
    expect(isVouchedFor(state, newer, null)).toBe(false);
    expect(isVouchedFor(state, newer, "St Anne")).toBe(true);
    const approved = inbox([message(1), opened], { type: "approved", senders: [SENDER] });
    expect(isVouchedFor(approved, newer, null)).toBe(true);
  });

  test("a card keeps its place when it is opened", () => {
    const state = inbox([message(1), message(0)], { type: "welcome", index: 0 });
    expect(groups(state)).toEqual([[], [1, 0]]);
    const opened = selectedOf({ ...state, selected: 0 });
    expect(opened && kindOf(opened, isKnown(state, opened, null))).toBe("locked");
  });

  test("finds names and studies", () => {
    const state = inbox([message(1), message(0)], {
      type: "announced",
      index: 0,
      name: "CT chest",
      claim: null,
      quantumSafe: true,
    });
    const search = (text: string): number[][] =>
      groups(next(state, { type: "search", text }) as Unlocked, () => "St Anne");
    expect(search("ct ")).toEqual([[0], []]);
    expect(search("anne")).toEqual([[1, 0], []]);
    expect(search("x-ray")).toEqual([[], []]);
  });

  test("says how many there are before all of them were read", () => {
    expect(total(inbox([message(41), message(40)]))).toBe(42);
  });

  test("takes each message in once, in whatever order pages come", () => {
    const state = inbox(
      [message(3), message(2)],
      { type: "arrive", messages: [message(1), message(0)], more: false, fresh: false },
      {
        type: "arrive",
        messages: [message(5), message(4), message(3, { acknowledged: true })],
        more: false,
        fresh: true,
      },
    );
    expect(state.messages.map(({ index }) => index)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(state.messages[2]?.acknowledged).toBe(true);
  });

  test("keeps an open study open when more arrives", () => {
    const done: Event[] = [
      { type: "work", index: 0 },
      { type: "found", index: 0, retracted: false, acknowledged: false },
      { type: "work", index: 0 },
      { type: "fits", index: 0, quantumSafe: true },
      { type: "work", index: 0 },
      { type: "got", index: 0, name: "CT chest", claim: null },
    ];
    const state = inbox([message(0)], ...done, {
      type: "arrive",
      messages: [message(1), message(0, { opened: true })],
      more: false,
      fresh: true,
    });
    expect(state.selected).toBe(0);
    expect(state.messages[1]).toMatchObject({ name: "CT chest", steps: { done: 3 } });
  });

  test("drops a hidden letter and closes it, and brings it back when asked", () => {
    const hidden = inbox([message(0)], { type: "hide", index: 0, hidden: true });
    expect([groups(hidden), hidden.selected]).toEqual([[[], []], null]);
    expect(groups(next(hidden, { type: "show-hidden" }) as Unlocked)).toEqual([[], [0]]);
  });

  test("looking again for new ones does not forget that there are older ones", () => {
    const state = after(
      { type: "unlock", way: "typed", own: ME, inbox: ME, keyVersion: 0, hybrid: true },
      { type: "arrive", messages: [message(21), message(20)], more: true, fresh: true },
      { type: "arrive", messages: [message(22)], more: false, fresh: true },
    );
    expect(state).toMatchObject({ more: true });
  });

  test("says that it is slow only while it looks", () => {
    expect(inbox([], { type: "slow" }).load).toBe("ready");
    expect(inbox([], { type: "look" }, { type: "slow" }).load).toBe("slow");
  });
});

describe("letters in mailboxes", () => {
  const at = (seconds: number): Date => new Date(1000 * seconds);
  const inMailbox = (index: number, seconds: number, changes: Partial<Arrived> = {}): Arrived =>
    message(index, { mailbox: `m${String(-index)}`, sentAt: at(seconds), ...changes });
  const mail = (messages: Arrived[], fresh = messages.length): Event => ({
    type: "mail",
    sender: SENDER,
    messages,
    fresh,
  });
  const three = [message(2, { sentAt: at(30) }), message(1, { sentAt: at(20) }), message(0, { sentAt: at(10) })];
  const listedIn = (state: Unlocked): number[] => groups(state, () => "St Anne")[0] ?? [];

  test("stand among those of the inbox by time, and do not count as sent to it", () => {
    const state = inbox(three, mail([inMailbox(-2, 5), inMailbox(-1, 15), inMailbox(-3, 40)]));
    expect(listedIn(state)).toEqual([-3, 2, 1, -1, 0, -2]);
    expect(total(state)).toBe(3);
    expect(unopened(state)).toBe(6);
    expect(letterOf(state.mail[0] as InboxMessage)).toBe("m3");
    expect(letterOf(state.messages[0] as InboxMessage)).toBe("2");
  });

  test("of one second with one in the inbox stand after it", () => {
    expect(listedIn(inbox(three, mail([inMailbox(-1, 20)])))).toEqual([2, 1, -1, 0]);
  });

  test("are opened, hidden and taken back like others", () => {
    const found = { retracted: false, acknowledged: false };
    const steps: Event[] = [
      { type: "select", index: -1 },
      { type: "work", index: -1 },
      { type: "found", index: -1, ...found },
      { type: "fits", index: -1, quantumSafe: false },
      { type: "work", index: -1 },
      { type: "got", index: -1, name: "CT", claim: null },
    ];
    const state = inbox(three, mail([inMailbox(-1, 15)]), ...steps);
    expect(selectedOf(state)).toMatchObject({ index: -1, opened: true, name: "CT" });
    expect(state.messages.every(({ opened }) => !opened)).toBe(true);
    const again = next(state, mail([inMailbox(-1, 15, { opened: true }), inMailbox(-2, 50)], 1)) as Unlocked;
    expect(selectedOf(again)?.steps.done).toBe(3);
    expect(listedIn(next(again, { type: "hide", index: -1, hidden: true }) as Unlocked)).toEqual([-2, 2, 1, 0]);
    const back = next(again, mail([inMailbox(-1, 15, { retracted: true })], 0)) as Unlocked;
    expect(kindOf(selectedOf(back) as InboxMessage, true)).toBe("taken-back");
  });

  test("that a clinic sent go with it, and the others stay", () => {
    const clinic = (address: string): Clinic => ({ card: { address } }) as unknown as Clinic;
    const others: Event = { ...mail([inMailbox(-2, 25, { sender: OTHER })]), sender: OTHER } as Event;
    const both = inbox(three, mail([inMailbox(-1, 15)]), others, { type: "select", index: -1 });
    expect(listedIn(both)).toEqual([2, -2, 1, -1, 0]);
    const left = next(both, { type: "clinics", clinics: [clinic(OTHER)] }) as Unlocked;
    expect(listedIn(left)).toEqual([2, -2, 1, 0]);
    expect(left.selected).toBeNull();
    const none = next(left, { type: "no-clinics", detail: "" }) as Unlocked;
    expect(listedIn(none)).toEqual([2, 1, 0]);
  });

  test("open by themselves where there is no other, once", () => {
    const only = inbox([], mail([inMailbox(-1, 15)]));
    expect(only.selected).toBe(-1);
    const closed = next(only, { type: "select", index: null });
    expect(next(closed, mail([inMailbox(-1, 15)], 0))).toMatchObject({ selected: null });
    expect(inbox(three, mail([inMailbox(-1, 15)])).selected).toBeNull();
  });

  test("that were not all found say so until they are", () => {
    const problem = { kind: "untold", detail: "no" } as const;
    const state = inbox(three, { type: "seek", clinic: "St Anne" });
    expect(state.seeking).toBe("St Anne");
    const failed = next(state, { type: "sought", problem }) as Unlocked;
    expect(failed).toMatchObject({ seeking: null, mailProblem: problem, load: "ready" });
    expect(next(failed, { type: "sought", problem: null })).toMatchObject({ mailProblem: null });
  });
});

describe("the three steps", () => {
  const found: Event = { type: "found", index: 0, retracted: false, acknowledged: false };

  test("follow each other", () => {
    const steps = (...events: Event[]): unknown => selectedOf(inbox([message(0)], ...events))?.steps.done;
    expect(steps()).toBe(0);
    expect(steps({ type: "work", index: 0 }, found)).toBe(1);
    expect(
      steps(
        { type: "work", index: 0 },
        found,
        { type: "work", index: 0 },
        { type: "fits", index: 0, quantumSafe: true },
      ),
    ).toBe(2);
  });

  test("say from the second on whether the letter is quantum-safe", () => {
    const known = (...events: Event[]): unknown => selectedOf(inbox([message(0)], ...events))?.quantumSafe;
    const work: Event = { type: "work", index: 0 };
    expect(known(work, found)).toBeNull();
    expect(known(work, found, work, { type: "fits", index: 0, quantumSafe: true })).toBe(true);
    expect(known(work, found, work, { type: "fits", index: 0, quantumSafe: false })).toBe(false);
  });

  test("cannot be skipped", () => {
    const state = inbox(
      [message(0)],
      { type: "fits", index: 0, quantumSafe: true },
      { type: "got", index: 0, name: "CT", claim: null },
    );
    expect(selectedOf(state)?.steps.done).toBe(0);
  });

  test.each(FAILURES)("a failure (%s) keeps the steps before it and ends the work", (kind) => {
    const state = inbox(
      [message(0)],
      { type: "work", index: 0 },
      found,
      { type: "work", index: 0 },
      {
        type: "fail",
        index: 0,
        problem: { kind },
      },
    );
    expect(selectedOf(state)?.steps).toEqual({ done: 1, work: "idle", problem: { kind }, stopped: false });
  });

  test.each(["storage", "memory", "chain"] as const)(
    "a failure (%s) that may be over is not said again later",
    (kind) => {
      const failed: Event[] = [
        { type: "select", index: 0 },
        { type: "work", index: 0 },
        { type: "fail", index: 0, problem: { kind } },
      ];
      const back = inbox(
        [message(1), message(0)],
        ...failed,
        { type: "select", index: 1 },
        { type: "select", index: 0 },
      );
      expect(selectedOf(back)?.steps.problem).toBeNull();
    },
  );

  test("a list that could not be read is not said so beside newer work", () => {
    const state = inbox([message(0)], { type: "look-failed", detail: "" }, { type: "work", index: 0 });
    expect(state).toMatchObject({ load: "ready", failure: null });
  });

  test("a failure that comes after Stop says nothing", () => {
    const state = inbox(
      [message(0)],
      { type: "work", index: 0 },
      { type: "stop", index: 0 },
      {
        type: "fail",
        index: 0,
        problem: { kind: "storage" },
      },
    );
    expect(selectedOf(state)?.steps).toMatchObject({ problem: null, stopped: true });
  });

  test("a letter taken back meanwhile has nothing to open", () => {
    const state = inbox([message(0)], { type: "work", index: 0 }, { ...found, retracted: true });
    const taken = selectedOf(state);
    expect(taken && kindOf(taken, true)).toBe("taken-back");
  });
});

describe("what a letter is shown as", () => {
  const shown = (changes: Partial<Arrived>, known: boolean, ...events: Event[]): string | null => {
    const selected = selectedOf(inbox([message(0, changes)], ...events));
    return selected && kindOf(selected, known);
  };

  test("a stranger's letter is asked about first", () => {
    expect(shown({}, false)).toBe("unknown");
    expect(shown({}, false, { type: "welcome", index: 0 })).toBe("locked");
    expect(shown({}, true)).toBe("locked");
  });

  test("one that was taken back is that, whoever sent it", () => {
    expect(shown({ retracted: true, readable: false }, false)).toBe("taken-back");
  });

  test("one that no key opens is said to be so without being tried", () => {
    expect(shown({ readable: false }, true)).toBe("cannot-read");
  });
});

describe("words", () => {
  test.each(FAILURES)("every failed step (%s) has a title, a sentence and a button", (kind) => {
    const words = messageWords({ kind });
    expect(words.title).not.toBe("");
    expect(words.text).toMatch(/\.$/u);
    expect(words.buttons.length).toBeGreaterThan(0);
  });

  test("wrong key, storage down and tampered are three different screens", () => {
    const titles = (["wrong-key", "storage", "tampered"] as const).map((kind) => messageWords({ kind }).title);
    expect(new Set(titles).size).toBe(3);
  });

  test.each(FAILURES)("nothing is said to be safe that was not looked at (%s)", (kind) => {
    expect(messageWords({ kind }).text).not.toMatch(/lost|safe/u);
  });

  test("saying no is amber and changes nothing", () => {
    expect(unlockWords({ kind: "said-no" })).toMatchObject({ tone: "warn", text: "Nothing has changed." });
  });

  test.each([
    ["", "Type your key."],
    ["0x12", "The key is too short. It has 64 signs after 0x."],
    ["1".repeat(65), "The key is too long. It has 64 signs after 0x."],
    ["g".repeat(64), "A key has 24 words, or only the signs 0 to 9 and a to f after 0x."],
  ])("a typed key that is none says why, and not what it is (%#)", (text, words) => {
    expect(typedKeyError(text)).toBe(words);
  });

  test("a typed key may be in groups, and with 0x or without", () => {
    expect(typedKeyError(`0x${"12ab ".repeat(16)}`)).toBeNull();
    expect(typedKeyError("A".repeat(64))).toBeNull();
  });

  test.each([
    ["on one line", "zebra abandon ability", "zebra abandon ability"],
    ["in capitals, on several lines", " ZEBRA\nabandon\tAbility ", "ZEBRA abandon Ability"],
    ["with the numbers of the sheet", "1. zebra 2) abandon\n3.ability", "zebra abandon ability"],
    ["one alone", "zebra", "zebra"],
  ])("words are read %s", (_, text, words) => {
    expect(readTyped(text)).toEqual({ words });
    expect(typedKeyError(text)).toBeNull();
  });

  test.each(["0x12ab", "dead beef", "beef ".repeat(16), "face", "12 34"])("%j is no words", (text) => {
    expect(readTyped(text)).toEqual({ digits: text.replace(/\s/gu, "") });
  });

  test("a day is a day", () => {
    expect(day(new Date(2026, 10, 12))).toBe("12 Nov 2026");
  });
});
