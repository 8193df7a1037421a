import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Inbox, Message } from "../src/chain/inbox.ts";
import { Rejected, TransactionFailed, TransactionLost, WalletError } from "../src/errors.ts";
import type { Hex } from "../src/formats/bytes.ts";
import { Delivery, settledStanding, standingOf } from "../src/outgoing/delivery.ts";
import { type Entry, Journal, mayCome, type Purpose, type Sealed } from "../src/outgoing/journal.ts";

const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const PATIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const INBOX = "0xD5a216726aD004196c6D121F0918e3B0096FEb09";
const OTHER_BOX = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const HASH: Hex = `0x${"12".repeat(32)}`;
const OTHER: Hex = `0x${"34".repeat(32)}`;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const purpose: Purpose = {
  chainId: 1337,
  inbox: INBOX,
  sender: SENDER,
  recipient: PATIENT,
  recipientKey: new Uint8Array(33),
  contents: HASH,
};
const sealed: Sealed = {
  tag: "ab".repeat(32),
  at: 1,
  chainId: 1337,
  inbox: INBOX,
  sender: SENDER,
  recipient: PATIENT,
  since: 3,
  keyVersion: 0,
  envelope: Uint8Array.of(2, 3, 4),
  cids: ["bafy"],
  bytes: 9,
  signed: true,
};

/** Locks as a browser has them, in one window. */
class Locks {
  readonly held = new Map<string, Promise<unknown>>();

  async request(name: string, options: LockOptions, work: (lock: object | null) => Promise<void> | undefined) {
    while (this.held.has(name)) {
      if (options.ifAvailable) return work(null);
      await this.held.get(name);
    }
    const done = Promise.resolve(work({})).finally(() => this.held.delete(name));
    this.held.set(name, done);
    return done;
  }

  query() {
    return Promise.resolve({ held: [...this.held.keys()].map((name) => ({ name })) });
  }
}

let journal: Journal;
beforeEach(async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("navigator", { locks: new Locks() });
  journal = await Journal.open();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the journal", () => {
  test("has what another page of this browser wrote", async () => {
    const entry = await journal.add(sealed);
    await journal.change(entry, () => ({ asks: 1, hashes: [HASH] }));
    const again = await Journal.open();
    expect(again.isKept).toBe(true);
    expect(await again.last(sealed.tag)).toEqual({ ...entry, asks: 1, hashes: [HASH] });
  });

  test("remembers the mailbox that was chosen, and reads what was kept before there were any", async () => {
    const entry = await journal.add({ ...sealed, recipient: OTHER_BOX, mailbox: true });
    await journal.add({ ...sealed, tag: "cd".repeat(32) });
    expect(await (await Journal.open()).last(sealed.tag)).toEqual(entry);
    expect((await journal.last("cd".repeat(32)))?.mailbox).toBeUndefined();
  });

  test("tells to whom an account has sent, or begun to", async () => {
    await journal.add({ ...sealed, recipient: OTHER_BOX, mailbox: true });
    await journal.change(await journal.add(sealed), () => ({ arrived: 0 }));
    await journal.add({ ...sealed, sender: PATIENT, recipient: SENDER });
    await journal.add({ ...sealed, chainId: 1, recipient: SENDER });
    await journal.add({ ...sealed, inbox: PATIENT, recipient: SENDER });
    expect(await journal.recipients(sealed, SENDER)).toEqual([OTHER_BOX, PATIENT]);
  });

  test("has it on the disk before it goes on", async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
    await journal.add(sealed);
    expect(transaction).toHaveBeenCalledWith("sendings", "readwrite", { durability: "strict" });
  });

  test("changes what is kept now, not what a page remembers", async () => {
    const entry = await journal.add(sealed);
    await journal.change(entry, ({ hashes }) => ({ hashes: [...hashes, HASH] }));
    const now = await journal.change(entry, ({ hashes }) => ({ hashes: [...hashes, OTHER] }));
    expect(now.hashes).toEqual([HASH, OTHER]);
  });

  test("tells the same purpose again, and no other", async () => {
    const tag = await journal.tag(purpose);
    expect(tag).toMatch(/^[0-9a-f]{64}$/);
    expect(await (await Journal.open()).tag({ ...purpose })).toBe(tag);
    const others: Purpose[] = [
      { ...purpose, chainId: 1 },
      { ...purpose, inbox: SENDER },
      { ...purpose, sender: PATIENT },
      { ...purpose, recipient: SENDER },
      { ...purpose, recipientKey: new Uint8Array(65) },
      { ...purpose, contents: OTHER },
    ];
    for (const other of others) expect(await journal.tag(other)).not.toBe(tag);
  });

  test("of another browser gives the same purpose another tag", async () => {
    const tag = await journal.tag(purpose);
    vi.stubGlobal("indexedDB", new IDBFactory());
    expect(await (await Journal.open()).tag(purpose)).not.toBe(tag);
  });

  test("has a key that no page can read", async () => {
    const keys = await new Promise<CryptoKey[]>((resolve) => {
      const opening = indexedDB.open("radiogram");
      opening.onsuccess = () => {
        const reading = opening.result.transaction("keys").objectStore("keys").getAll();
        reading.onsuccess = () => {
          resolve(reading.result as CryptoKey[]);
        };
      };
    });
    expect(keys).toHaveLength(1);
    const [key] = keys;
    expect(key?.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("raw", key as CryptoKey)).rejects.toThrow();
  });

  test("goes on with what is not finished, and tells of the last one otherwise", async () => {
    const first = await journal.add(sealed);
    const arrived = await journal.change(first, () => ({ arrived: 4 }));
    expect(await journal.last(sealed.tag)).toEqual(arrived);
    const second = await journal.add({ ...sealed, at: 2 });
    expect(await journal.last(sealed.tag)).toEqual(second);
    await journal.forget(second);
    expect(await journal.last(sealed.tag)).toEqual(arrived);
  });

  test("lists what is not finished here, and what no window works on", async () => {
    const site = { chainId: 1337, inbox: INBOX } as const;
    const entry = await journal.add(sealed);
    await journal.add({ ...sealed, chainId: 1 });
    await journal.change(await journal.add(sealed), () => ({ arrived: 0 }));
    expect(await journal.unfinished(site)).toEqual([entry]);
    const free = await journal.hold(sealed.tag);
    expect(await (await Journal.open()).unfinished(site)).toEqual([]);
    await free();
    expect(await journal.unfinished(site)).toEqual([entry]);
  });

  test("lets one window at a time work on a sending", async () => {
    const other = await Journal.open();
    const free = await journal.hold(sealed.tag);
    expect(await other.tryToHold(sealed.tag)).toBeUndefined();
    const second = other.hold(sealed.tag);
    await free();
    await (
      await second
    )();
  });

  test("forgets who was sent to, and keeps what is not finished", async () => {
    await journal.change(await journal.add(sealed), () => ({ arrived: 0 }));
    const unfinished = await journal.add({ ...sealed, tag: "cd".repeat(32) });
    await journal.forgetFinished();
    expect(await journal.last(sealed.tag)).toBeUndefined();
    expect(await journal.last(unfinished.tag)).toEqual(unfinished);
  });

  test.each([
    ["no IndexedDB", { indexedDB: undefined }],
    ["no locks", { navigator: {} }],
  ])("lasts as long as the page where there are %s", async (_, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const memory = await Journal.open();
    expect(memory.isKept).toBe(false);
    const entry = await memory.add(sealed);
    expect(await memory.last(sealed.tag)).toEqual(entry);
    expect(await memory.tag(purpose)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("that can be written no more says so, and goes on in memory", async () => {
    const entry = await journal.add(sealed);
    journal.lost = vi.fn();
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    await journal.change(entry, () => ({ asks: 1 }));
    expect(journal.lost).toHaveBeenCalledOnce();
    expect(journal.isKept).toBe(false);
    expect((await journal.last(sealed.tag))?.asks).toBe(1);
  });
});

/** A chain that says what is set. */
class FakeChain {
  message: Pick<Message, "index"> | undefined;
  pool: Hex[] = [];
  blocks: Hex[] = [];
  pending = false;
  receipt: () => Promise<unknown> = () => Promise.resolve({ hash: HASH, fee: 1n, index: 5 });
  find = vi.fn(() => Promise.resolve(this.message));
  whereIs = (hash: Hex): Promise<string> =>
    Promise.resolve(this.pool.includes(hash) ? "pool" : this.blocks.includes(hash) ? "block" : "nowhere");
  hasPending = (): Promise<boolean> => Promise.resolve(this.pending);
}

describe("how a sending stands", () => {
  const entry: Entry = { ...sealed, id: 1, asks: 0, hashes: [], sentAt: 0, arrived: null };
  let chain: FakeChain;
  const stands = (changes: Partial<Entry>, now = HOUR): Promise<string> =>
    standingOf({ ...entry, ...changes }, chain as unknown as Inbox, now).then(({ at }) => at);
  beforeEach(() => {
    chain = new FakeChain();
  });

  test("is told by the inbox alone", async () => {
    chain.message = { index: 5 };
    expect(await stands({})).toBe("arrived");
    expect(await stands({ asks: 1, hashes: [HASH] })).toBe("arrived");
    expect(chain.find).toHaveBeenCalledWith(PATIENT, sealed.envelope, 3);
  });

  test("is open if no wallet was asked, whatever else the account sends", async () => {
    chain.pending = true;
    expect(await stands({})).toBe("open");
  });

  test("is pending as long as the network has one of its transactions", async () => {
    chain.pool = [HASH];
    expect(await stands({ hashes: [HASH, OTHER] })).toBe("pending");
  });

  test("is held if the wallet gave no answer and the account sends something", async () => {
    chain.pending = true;
    expect(await stands({ asks: 1 })).toBe("held");
    chain.pending = false;
    expect(await stands({ asks: 1 })).toBe("open");
  });

  test("is held for a minute after the wallet sent what the network does not know", async () => {
    expect(await stands({ hashes: [HASH], sentAt: HOUR - 59_000 })).toBe("held");
    expect(await stands({ hashes: [HASH], sentAt: HOUR - 61_000 })).toBe("open");
  });

  test("is held if a transaction in the place of a lost one may be on its way", async () => {
    chain.pending = true;
    expect(await stands({ hashes: [HASH] })).toBe("held");
  });

  test("is open after a transaction that was undone", async () => {
    chain.blocks = [HASH];
    expect(await stands({ hashes: [HASH] })).toBe("open");
  });

  test("is late if it chose a mailbox more than 7 days ago and no wallet has signed it", async () => {
    expect(await stands({ mailbox: true, at: 0 }, 7 * DAY)).toBe("open");
    expect(await stands({ mailbox: true, at: 0 }, 7 * DAY + 1)).toBe("late");
    expect(await stands({ mailbox: true, at: 0, asks: 1 }, 7 * DAY + 1)).toBe("late");
    expect(await stands({ at: 0 }, 300 * DAY)).toBe("open");
  });

  test("is late 30 days after it chose a mailbox if what a wallet has signed is lost", async () => {
    expect(await stands({ mailbox: true, at: 0, hashes: [HASH] }, 30 * DAY)).toBe("open");
    expect(await stands({ mailbox: true, at: 0, hashes: [HASH] }, 30 * DAY + 1)).toBe("late");
  });

  test("is not late while it may be on its way, or once it has arrived", async () => {
    chain.pool = [HASH];
    expect(await stands({ mailbox: true, at: 0, hashes: [HASH] }, 40 * DAY)).toBe("pending");
    chain.message = { index: 5 };
    expect(await stands({ mailbox: true, at: 0 }, 40 * DAY)).toBe("arrived");
  });

  test("is arrived when its transaction comes into a block between two questions", async () => {
    chain.find.mockImplementation(() => Promise.resolve({ index: 5 }));
    chain.whereIs = () => Promise.resolve("nowhere");
    expect(await stands({ hashes: [HASH] })).toBe("arrived");
  });

  test("is waited for while it is held, which is said once", async () => {
    vi.useFakeTimers();
    chain.pending = true;
    const waits = vi.fn();
    const settled = settledStanding({ ...entry, asks: 1 }, chain as unknown as Inbox, waits);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(waits).toHaveBeenCalledOnce();
    chain.pending = false;
    await vi.advanceTimersByTimeAsync(3000);
    vi.useRealTimers();
    expect(await settled).toEqual({ at: "open" });
  });

  describe("and is kept:", () => {
    let delivery: Delivery;
    const kept = (): Promise<Entry | undefined> => journal.last(sealed.tag);
    beforeEach(async () => {
      delivery = new Delivery(await journal.add(sealed), chain as unknown as Inbox, journal);
    });

    test("before the wallet is asked, and after its answer", async () => {
      await delivery.asking();
      expect(await kept()).toMatchObject({ asks: 1, hashes: [] });
      await delivery.answered(HASH);
      expect(await kept()).toMatchObject({ asks: 0, hashes: [HASH] });
    });

    test("that the wallet did not send, where that is certain", async () => {
      await delivery.asking();
      await delivery.refused(new WalletError("who knows"));
      expect((await kept())?.asks).toBe(1);
      await delivery.refused(new Rejected("no"));
      expect((await kept())?.asks).toBe(0);
    });

    test("an earlier question that is still open, when a later one is refused", async () => {
      await delivery.asking();
      await delivery.asking();
      await delivery.refused(new Rejected("no"));
      expect(mayCome(delivery.entry)).toBe(true);
    });

    test("that it arrived, with the receipt", async () => {
      await delivery.answered(HASH);
      await delivery.receipt(HASH);
      expect((await kept())?.arrived).toBe(5);
    });

    test("what may still come of transactions, lost ones too, but not what was undone", async () => {
      await delivery.answered(HASH);
      chain.receipt = () => Promise.reject(new TransactionLost("lost"));
      await expect(delivery.receipt(HASH)).rejects.toThrow("lost");
      expect((await kept())?.hashes).toEqual([HASH]);
      chain.receipt = () => Promise.reject(new TransactionFailed("undone"));
      await expect(delivery.receipt(HASH)).rejects.toThrow("undone");
      expect((await kept())?.hashes).toEqual([]);
    });

    test("that it is not there any more, where the chain was reorganised", async () => {
      await delivery.arrived(5);
      await delivery.look(() => undefined);
      expect((await kept())?.arrived).toBeNull();
    });

    test("nothing that was given up, unless it may still come", async () => {
      await delivery.asking();
      await delivery.giveUp();
      expect(await kept()).toBeDefined();
      await delivery.refused(new Rejected("no"));
      await delivery.giveUp();
      expect(await kept()).toBeUndefined();
    });
  });
});
