import { afterEach, describe, expect, test, vi } from "vitest";
import { encodeEventTopics, type Address, type Hex } from "viem";
import { imageInboxAbi } from "../src/chain/generated/ImageInbox.ts";
import type { Message } from "../src/chain/inbox.ts";
import { sentSince } from "../src/chain/senderLog.ts";
import { ChainUnreachable, InboxError } from "../src/errors.ts";
import { fromHex, toHex } from "../src/formats/bytes.ts";
import type { ClinicCard } from "../src/formats/clinicCard.ts";
import { mailboxAddress, match, pairSecret } from "../src/formats/mailbox.ts";
import { parseAddress, publicKeyOf } from "../src/formats/publicKey.ts";
import type { KeptLog } from "../src/formats/senderLogs.ts";
import { MailFinder, type MailMemory } from "../src/pages/open/mailFinder.ts";
import { readSite } from "../src/site.ts";

const INBOX = "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6";
const CLINIC = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const STRANGER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const KEY = fromHex("11".repeat(32));
const mailboxKey = publicKeyOf(fromHex("22".repeat(32)));
const card = { address: CLINIC, label: "St Anne", mailboxKey } as unknown as ClinicCard;
const site = readSite(
  { name: "Test", chainId: 1, inbox: INBOX, rpc: "/rpc", gateways: [] },
  new URL("https://a.example/"),
);
const SECRET = pairSecret("recipient", KEY, mailboxKey, site);
const DAY = 20_000;
const word = (value: number | Hex): Hex =>
  `0x${(typeof value === "number" ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, "0")}`;
const hex = (value: number): Hex => `0x${value.toString(16)}`;
const box = (number: number, day = DAY): Address => parseAddress(toHex(mailboxAddress(SECRET, day, number)));
const somebody = (number: number): Address =>
  parseAddress(toHex(fromHex((1000 + number).toString(16).padStart(40, "0"))));

/** A chain with a block for each event; and what its node was asked. */
class Chain {
  readonly events: { name: "Sent" | "Retracted"; recipient: Address; block: number }[] = [];
  readonly asked: string[] = [];
  readonly matched: number[] = [];
  sender: (recipient: Address) => Address = () => CLINIC;
  firstBlock = 0;
  /** What it says of older blocks. */
  refusal: object = { message: "pruned" };
  hash: Hex = word(1_000_000);
  /** The oldest block that events were asked of. */
  askedFrom = Infinity;
  blocks = 0;
  /** From one block to the next. */
  seconds = 300;

  send(...recipients: Address[]): void {
    for (const recipient of recipients) this.events.push({ name: "Sent", recipient, block: this.blocks++ });
    this.blocks += 200; // more than any reorganisation changes
  }

  retract(recipient: Address): void {
    this.events.push({ name: "Retracted", recipient, block: this.blocks++ });
  }

  time(block: number): number {
    return DAY * 86_400 + this.seconds * block;
  }

  hashOf(block: number): Hex {
    return block === 0 ? this.hash : word(block);
  }

  answer(method: string, params: unknown[]): unknown {
    if (method === "eth_getCode") return "0x01";
    if (method === "eth_getBlockByNumber") {
      const number = params[0] === "latest" ? this.blocks : Number(params[0]);
      return { number: hex(number), hash: this.hashOf(number), timestamp: hex(this.time(number)) };
    }
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
    this.askedFrom = Math.min(this.askedFrom, Number(fromBlock));
    if (Number(fromBlock) < this.firstBlock) return undefined;
    return this.events.flatMap(({ name, recipient, block }) => {
      if (block < Number(fromBlock) || block > Number(toBlock)) return [];
      const [first] = encodeEventTopics({ abi: imageInboxAbi, eventName: name });
      return [
        {
          address: INBOX,
          topics: [first, word(recipient), word(CLINIC), word(0)],
          data: "0x",
          blockNumber: hex(block),
          blockHash: this.hashOf(block),
          transactionHash: word(block),
          logIndex: "0x0",
        },
      ];
    });
  }

  serve(): void {
    vi.stubGlobal("fetch", (_: string, { body, signal }: { body: string; signal: AbortSignal }) => {
      signal.throwIfAborted();
      const { method, params } = JSON.parse(body) as { method: string; params: unknown[] };
      const result = this.answer(method, params);
      const reply = result === undefined ? { error: this.refusal } : { result };
      return Promise.resolve(new Response(JSON.stringify(reply)));
    });
  }

  finder(memory: MailMemory = new Memory()): MailFinder {
    this.serve();
    const message = (recipient: Address, index: number): Promise<Message> => {
      this.asked.push(recipient);
      const kept = { sentAt: new Date(0), keyVersion: 0, cursor: STRANGER, envelope: Uint8Array.of(index) };
      const status = { retracted: false, acknowledged: false };
      return Promise.resolve({ recipient, index, sender: this.sender(recipient), ...kept, ...status } as Message);
    };
    return new MailFinder(
      { site, message },
      {
        inMailboxes: (events) => {
          this.matched.push(events.length);
          return Promise.resolve(match(events, [SECRET]).flatMap((each, number) => (each ? [number] : [])));
        },
      },
      memory,
    );
  }
}

/** What a browser keeps. */
class Memory implements MailMemory {
  logs: KeptLog[] = [];
  written = 0;

  read(): Promise<KeptLog[]> {
    return Promise.resolve(this.logs);
  }

  write(logs: readonly KeptLog[]): Promise<void> {
    this.logs = [...logs];
    this.written++;
    return Promise.resolve();
  }
}

const going = new AbortController().signal;
const found = async (finder: MailFinder): Promise<Address[]> =>
  (await finder.find(card, going)).messages.map(({ recipient }) => recipient);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what a clinic sent into mailboxes", () => {
  test("is found among all that it sent, and asked for together with its group of sixteen", async () => {
    const chain = new Chain();
    chain.send(...Array.from({ length: 40 }, (_, number) => (number === 20 ? box(0) : somebody(number))));
    expect(await found(chain.finder())).toEqual([box(0)]);
    expect(chain.asked).toHaveLength(16);
    expect(chain.asked).toEqual(chain.events.slice(16, 32).map(({ recipient }) => recipient));
  });

  test("is had once, and later looks match only what is new, from 31 days before", async () => {
    const chain = new Chain();
    chain.seconds = 7200;
    chain.send(box(0), ...Array.from({ length: 600 }, (_, number) => somebody(number)));
    const finder = chain.finder();
    expect(await found(finder)).toEqual([box(0)]);
    const asked = chain.asked.length;
    expect(await found(finder)).toEqual([box(0)]);
    expect(chain.asked).toHaveLength(asked);
    const later = box(1, DAY + 66); // 801 blocks of two hours
    chain.send(later);
    expect(await found(finder)).toEqual([box(0), later]);
    expect(chain.matched[0]).toBe(601);
    expect(chain.matched[1]).toBeLessThan(400);
  });

  test("is found behind empty mailboxes once a message 31 days later is in front of it", async () => {
    const chain = new Chain();
    chain.seconds = 13_500; // of 201 blocks: 31 days and some hours
    const [behind, between] = [box(64, DAY + 1), box(0, DAY + 1)];
    chain.send(behind);
    const finder = chain.finder();
    expect(await found(finder)).toEqual([]);
    chain.send(between);
    expect(await found(finder)).toEqual([behind, between]);
  });

  test("is taken back when its sender says so, which no message is asked for", async () => {
    const chain = new Chain();
    chain.send(box(0));
    const finder = chain.finder();
    await finder.find(card, going);
    const asked = chain.asked.length;
    chain.retract(box(0));
    expect((await finder.find(card, going)).messages).toMatchObject([{ retracted: true }]);
    expect(chain.asked).toHaveLength(asked);
  });

  test("is none of a message that state has from somebody else", async () => {
    const chain = new Chain();
    chain.send(box(0), box(1));
    chain.sender = (recipient) => (recipient === box(0) ? STRANGER : CLINIC);
    expect(await found(chain.finder())).toEqual([box(1)]);
  });

  test("is told as far back as the node remembers", async () => {
    const chain = new Chain();
    chain.send(box(0), somebody(1), box(1));
    chain.firstBlock = 2;
    const { messages, forgottenBefore } = await chain.finder().find(card, going);
    expect(messages.map(({ recipient }) => recipient)).toEqual([box(1)]);
    expect(forgottenBefore).toBe(2);
  });

  test("is told of the newest blocks where the node remembers these alone, and the rest is asked for again", async () => {
    const chain = new Chain();
    chain.send(box(0));
    chain.send(box(1));
    chain.blocks -= 150; // so that a reorganisation may still change the second
    chain.firstBlock = chain.blocks - 60;
    const finder = chain.finder();
    const { messages, forgottenBefore } = await finder.find(card, going);
    expect(messages.map(({ recipient }) => recipient)).toEqual([box(1)]);
    expect(forgottenBefore).toBe(chain.firstBlock);
    chain.firstBlock = 0;
    expect(await found(finder)).toEqual([box(0), box(1)]);
  });

  test("is not said to be forgotten by a node that is too busy to tell of older blocks", async () => {
    vi.stubGlobal("setTimeout", queueMicrotask); // nobody waits here
    const chain = new Chain();
    chain.send(box(0), somebody(1), box(1));
    chain.firstBlock = 2;
    chain.refusal = { code: -32005, message: "daily request count exceeded, request rate limited" };
    const finder = chain.finder();
    await expect(finder.find(card, going)).rejects.toThrow(ChainUnreachable);
    chain.firstBlock = 0;
    expect(await found(finder)).toEqual([box(0), box(1)]);
  });

  test("is not known of a node that tells nothing, or once nobody waits for it", async () => {
    const chain = new Chain();
    chain.send(box(0));
    chain.firstBlock = Infinity;
    await expect(chain.finder().find(card, going)).rejects.toThrow(InboxError);
    const stopped = AbortSignal.abort();
    await expect(chain.finder().find(card, stopped)).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("what a browser keeps of them", () => {
  async function visited(chain: Chain): Promise<Memory> {
    const memory = new Memory();
    const finder = chain.finder(memory);
    await finder.find(card, going);
    await finder.keep();
    return memory;
  }

  test("is gone on from at the next visit, and no message of it is asked for again", async () => {
    const chain = new Chain();
    chain.send(somebody(1), box(0), box(1));
    chain.retract(box(1));
    chain.send(somebody(2));
    const memory = await visited(chain);
    const asked = chain.asked.length;
    chain.send(box(2));
    chain.askedFrom = Infinity;
    const { messages } = await chain.finder(memory).find(card, going);
    expect(messages.map(({ recipient, retracted }) => [recipient, retracted])).toEqual([
      [box(0), false],
      [box(1), true],
      [box(2), false],
    ]);
    expect(messages[0]).toMatchObject({ sender: CLINIC, sentAt: new Date(0), envelope: Uint8Array.of(0) });
    expect(chain.asked.slice(asked)).toEqual([somebody(1), box(0), box(1), somebody(2), box(2)]);
    expect(chain.askedFrom).toBeGreaterThan(200);
  });

  test("is found with a mailbox key that came later", async () => {
    const chain = new Chain();
    chain.send(box(0));
    const memory = await visited(chain);
    memory.logs = memory.logs.map((log) => ({ ...log, messages: [] }));
    expect(await found(chain.finder(memory))).toEqual([box(0)]);
  });

  test("is of one chain and one contract", async () => {
    const chain = new Chain();
    chain.send(box(0));
    const memory = await visited(chain);
    const other = new Chain();
    other.hash = word(7);
    expect(await found(other.finder(memory))).toEqual([]);
    const [log] = memory.logs;
    memory.logs = memory.logs.map((each) => ({ ...each, inbox: STRANGER }));
    chain.askedFrom = Infinity;
    expect([await found(chain.finder(memory)), chain.askedFrom]).toEqual([[box(0)], 0]);
    expect(log?.messages).toHaveLength(1);
  });

  test("is written when there is more of it, or a thousand blocks went by", async () => {
    const [chain, memory] = [new Chain(), new Memory()];
    const finder = chain.finder(memory);
    const written = async (): Promise<number> => {
      await finder.find(card, going);
      await finder.keep();
      return memory.written;
    };
    expect(await written()).toBe(0);
    chain.send(somebody(0));
    expect(await written()).toBe(1);
    chain.blocks += 500;
    expect(await written()).toBe(1);
    chain.blocks += 600;
    expect(await written()).toBe(2);
  });

  test("is without what a reorganisation may change", async () => {
    const chain = new Chain();
    chain.send(box(0));
    chain.blocks -= 150;
    expect((await visited(chain)).logs).toEqual([]);
  });
});

describe("to whom a sender has sent since a moment", () => {
  const since = (chain: Chain, moment: number): Promise<ReadonlySet<Address>> => {
    chain.serve();
    return sentSince(site, CLINIC, moment, going);
  };

  test("is everybody from the first block of that time on", async () => {
    const chain = new Chain();
    chain.send(somebody(0), somebody(1), somebody(2));
    chain.retract(somebody(0));
    expect(await since(chain, chain.time(1))).toEqual(new Set([somebody(1), somebody(2)]));
    expect(await since(chain, chain.time(1) + 1)).toEqual(new Set([somebody(2)]));
    expect((await since(chain, 0)).size).toBe(3);
    expect((await since(chain, chain.time(chain.blocks) + 1)).size).toBe(0);
  });

  test("is not known of a node that has forgotten a part of it", async () => {
    const chain = new Chain();
    chain.send(somebody(0), somebody(1));
    chain.firstBlock = 1;
    await expect(since(chain, 0)).rejects.toThrow(InboxError);
    expect(await since(chain, chain.time(1))).toEqual(new Set([somebody(1)]));
  });
});
