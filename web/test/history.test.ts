import { encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { describe, expect, test } from "vitest";
import { imageInboxAbi } from "../src/chain/generated/ImageInbox.ts";
import {
  type ChainEvent,
  concerns,
  filters,
  isOfSender,
  type Log,
  parseLog,
  senderFilters,
} from "../src/chain/events.ts";
import { compare, type ContractState, type History, isComplete } from "../src/chain/history.ts";
import type { Message } from "../src/chain/inbox.ts";
import { fromHex, toHex } from "../src/formats/bytes.ts";
import { addressOf, coordinates, publicKeyOf } from "../src/formats/publicKey.ts";
import { asCsv, asJson, notes, statement, type Words } from "../src/pages/open/historyReport.ts";
import { readSite } from "../src/site.ts";

const INBOX = "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6";
const KEY = publicKeyOf(fromHex("11".repeat(32)));
const ME = addressOf(KEY);
const CLINIC = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const TIME = 1_795_000_000;
const site = readSite(
  { name: "Test", chainId: 1, inbox: INBOX, rpc: "/rpc", gateways: [] },
  new URL("https://a.example/"),
);
const owner: Words["owner"] = { publicKey: KEY, address: ME, hybrid: null };
const words: Words = { account: ME, nameOf: (address) => (address === CLINIC ? "St Anne" : null), owner };

const topic = (value: number | Hex): Hex =>
  `0x${(typeof value === "number" ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, "0")}`;

/** A log as a node gives it. */
function raw(name: string, topics: (number | Hex)[], data: Hex = "0x", changes: object = {}): Record<string, unknown> {
  const [first] = encodeEventTopics({ abi: imageInboxAbi, eventName: name as "Sent" });
  return {
    address: INBOX.toLowerCase(),
    topics: [first, ...topics.map(topic)],
    data,
    blockNumber: "0x10",
    blockHash: topic(16),
    transactionHash: topic(99),
    logIndex: "0x1",
    removed: false,
    ...changes,
  };
}

const [x, y] = coordinates(KEY).map(toHex) as [Hex, Hex];
const words3 = (...values: Hex[]): Hex => `0x${values.map((each) => each.slice(2)).join("")}`;
const numbers = (...values: number[]): Hex =>
  encodeAbiParameters(
    values.map(() => ({ type: "uint256" })),
    values.map(BigInt),
  );

const READ: [string, Record<string, unknown>, ChainEvent][] = [
  ["Sent", raw("Sent", [ME, CLINIC, 7]), { type: "Sent", account: ME, sender: CLINIC, index: 7 }],
  [
    "Skipped",
    raw("Skipped", [ME, CLINIC, 2], `0x12345678${"00".repeat(28)}`),
    { type: "Skipped", account: ME, sender: CLINIC, item: 2, reason: "0x12345678" },
  ],
  [
    "KeyRegistered",
    raw("KeyRegistered", [ME, 3], words3(x, y, topic(0))),
    { type: "KeyRegistered", account: ME, version: 3, publicKey: toHex(KEY), hybridDigest: null },
  ],
  [
    "InboxRestricted",
    raw("InboxRestricted", [ME], numbers(1, 5)),
    { type: "InboxRestricted", account: ME, restricted: true, version: 5 },
  ],
  [
    "SenderApproved",
    raw("SenderApproved", [ME, CLINIC], numbers(9, 1)),
    { type: "SenderApproved", account: ME, sender: CLINIC, until: 9, version: 1 },
  ],
];

const sent = raw("Sent", [ME, CLINIC, 7]);
const topics = sent["topics"] as Hex[];

describe("a log", () => {
  test.each(READ)("of %s is read", (_, log, event) => {
    expect(parseLog(log, INBOX)).toEqual({
      event,
      place: { block: 16, blockHash: topic(16), transaction: topic(99), logIndex: 1 },
    });
    expect(parseLog({ ...log, blockTimestamp: "0x5" }, INBOX)?.place.time).toBe(5);
  });

  test.each([
    ["of another contract", { address: OTHER }],
    ["that a reorganisation has taken out", { removed: true }],
    ["that is in no block", { blockNumber: null }],
    ["of another event", { topics: [topic(1), ...topics.slice(1)] }],
    ["with a topic too few", { topics: topics.slice(0, 3) }],
    ["with a topic too many", { topics: [...topics, topic(1)] }],
    ["with data too many", { data: topic(1) }],
    [
      "with an address of more than 20 bytes",
      { topics: [topics[0], `0x01${topics[1]?.slice(4) ?? ""}`, ...topics.slice(2)] },
    ],
    ["with an index beyond 39 bits", { topics: [...topics.slice(0, 3), topic(2 ** 39)] }],
    ["with a number that is none", { logIndex: 1 }],
  ])("%s is none", (_, changes) => {
    expect(parseLog({ ...sent, ...changes }, INBOX)).toBeNull();
  });

  test.each([null, "junk", 7, [], {}])("is not %j", (junk) => {
    expect(parseLog(junk, INBOX)).toBeNull();
  });

  test("of a key off the curve is none", () => {
    expect(parseLog(raw("KeyRegistered", [ME, 3], words3(topic(5), topic(5), topic(0))), INBOX)).toBeNull();
  });

  test("is asked for by the account that it names, as owner or sender", () => {
    expect(filters(ME)).toEqual([
      [expect.arrayContaining([topics[0]]), topic(ME)],
      [expect.arrayContaining([topics[0]]), null, topic(ME)],
    ]);
    const event: ChainEvent = { type: "Sent", account: ME, sender: CLINIC, index: 0 };
    expect([ME, CLINIC, OTHER].map((each) => concerns(event, each as typeof ME))).toEqual([true, true, false]);
  });

  test("is asked for by its sender, if that sent or took back a message", () => {
    const [retracted] = raw("Retracted", [])["topics"] as Hex[];
    expect(senderFilters(CLINIC)).toEqual([[[topics[0], retracted], null, topic(CLINIC)]]);
    const of = (type: "Sent" | "Retracted" | "Acknowledged", sender: typeof ME): boolean =>
      isOfSender({ type, account: ME, sender, index: 0 }, CLINIC);
    expect([of("Sent", CLINIC), of("Retracted", CLINIC)]).toEqual([true, true]);
    expect([of("Acknowledged", CLINIC), of("Sent", ME)]).toEqual([false, false]);
  });
});

/** What the contract says. */
function stateOf(messages: Partial<Message>[], keyVersion = 0): ContractState {
  const usual = { recipient: ME, sender: CLINIC, sentAt: new Date(TIME * 1000), retracted: false, acknowledged: false };
  return {
    page: (recipient) =>
      Promise.resolve({
        messages: messages
          .map((each) => ({ ...usual, ...each }) as Message)
          .filter((each) => each.recipient === recipient)
          .sort((a, b) => b.index - a.index),
      }),
    keyOf: () => Promise.resolve({ version: keyVersion, ...(keyVersion > 0 && { publicKey: KEY }) }),
    restriction: () => Promise.resolve({ restricted: false, version: 0 }),
    approval: () => Promise.resolve({ until: 0, version: 0 }),
  };
}

function log(event: ChainEvent, logIndex = 1): Log {
  return { event, place: { block: 16, blockHash: topic(16), transaction: topic(99), logIndex } };
}

const times = new Map([[topic(16), TIME]]);
const received = (index: number): ChainEvent => ({ type: "Sent", account: ME, sender: CLINIC, index });
const registered = (version: number): ChainEvent => ({
  type: "KeyRegistered",
  account: ME,
  version,
  publicKey: toHex(KEY),
  hybridDigest: null,
});

async function told(logs: Log[], state: ContractState): Promise<string[]> {
  const { rows } = await compare(ME, logs, times, state);
  return rows.map(({ event, basis }) => `${event.type} ${basis}`);
}

describe("a history", () => {
  test("tells an event that state knows too", async () => {
    expect(await told([log(received(0))], stateOf([{ index: 0 }]))).toEqual(["Sent event and state"]);
  });

  test("tells from state what a node leaves out", async () => {
    const state = stateOf([{ index: 0, acknowledged: true, retracted: true }]);
    expect(await told([], state)).toEqual(["Sent state", "Acknowledged state", "Retracted state"]);
  });

  test.each([
    ["a message that never came", received(1)],
    ["a message of another sender", { ...received(0), sender: OTHER } as ChainEvent],
    ["an acknowledgement that was not", { ...received(0), type: "Acknowledged" } as ChainEvent],
    ["a key of a version that is not", registered(1)],
    [
      "a restriction whose version is even",
      { type: "InboxRestricted", account: ME, restricted: true, version: 2 } as const,
    ],
  ])("does not believe in %s", async (_, event) => {
    expect(await told([log(event)], stateOf([{ index: 0 }]))).toContain(`${event.type} contradicted`);
  });

  test("does not believe in a message of another time than its block's", async () => {
    const state = stateOf([{ index: 0, sentAt: new Date((TIME - 1) * 1000) }]);
    expect(await told([log(received(0))], state)).toEqual(["Sent contradicted", "Sent state"]);
  });

  test("believes once in what happens once", async () => {
    const rows = await told([log(received(0)), log(received(0), 2)], stateOf([{ index: 0 }]));
    expect(rows.sort()).toEqual(["Sent contradicted", "Sent event and state"]);
  });

  test("counts earlier keys of which nobody tells", async () => {
    const { untold } = await compare(ME, [log(registered(3)), log(registered(6), 2)], times, stateOf([], 6));
    expect(untold).toEqual(["keys, version 1 to 2, 4 to 5"]);
  });

  test("is not frozen by a version that a node makes up", async () => {
    const { untold } = await compare(ME, [], times, stateOf([], 2 ** 32 - 1));
    expect(untold).toEqual([`keys, version 1 to ${String(2 ** 32 - 2)}`]);
  });
});

describe("what a history tells", () => {
  const history = async (logs: Log[], state: ContractState, changes: Partial<History> = {}): Promise<History> => ({
    account: ME,
    ...(await compare(ME, logs, times, state)),
    firstBlock: 5,
    lastBlock: 20,
    wantedFirstBlock: 5,
    refusal: "",
    leftOut: 0,
    ...changes,
  });

  test("is a sentence with the person's own names", async () => {
    const { rows } = await history([log(received(0)), log(registered(1), 2)], stateOf([{ index: 0 }], 1));
    expect(rows.map((row) => statement(row, words))).toEqual([
      expect.stringMatching(/^key version 1 was registered, not quantum-safe, the key file's; its words: (\w+ ?){6}$/),
      "message 0 from St Anne (0xf39F…2266): received",
    ]);
  });

  test("needs no note if nothing is missing", async () => {
    const whole = await history([log(received(0))], stateOf([{ index: 0 }]));
    expect([isComplete(whole), notes(whole)]).toEqual([true, []]);
  });

  test("says what is missing, made up, or left out", async () => {
    const partial = await history([log(received(1))], stateOf([{ index: 0 }]), {
      firstBlock: 9,
      refusal: "pruned",
      leftOut: 2,
    });
    expect(isComplete(partial)).toBe(false);
    expect(notes(partial)).toEqual([
      expect.stringContaining("before block 9 (it says: pruned)"),
      expect.stringContaining("1 event can't be"),
      expect.stringContaining("2 logs"),
    ]);
  });

  test("is no formula in a spreadsheet, and JSON has the name as it is", async () => {
    const made = await history([log(received(0))], stateOf([{ index: 0 }]));
    const named = { ...words, nameOf: () => '=cmd,"x"' };
    expect(asCsv(made, named)).toContain(`"'=cmd,""x"""`);
    expect(asCsv(made, named).split("\r\n")).toHaveLength(3);
    const { events } = JSON.parse(asJson(made, named, site)) as { events: { sender_name: string }[] };
    expect(events[0]?.sender_name).toBe('=cmd,"x"');
  });
});
