import { describe, expect, test } from "vitest";
import type { Cursor, Inbox, Message } from "../src/chain/inbox.ts";
import { InboxReader } from "../src/pages/open/reader.ts";
import { type Arrived, initial, next, type Unlocked } from "../src/pages/open/state.ts";

const ME = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const UNLOCK = { type: "unlock", way: "typed", own: ME, inbox: ME, keyVersion: 0, hybrid: true } as const;

function arrived({ index, sender, sentAt }: Message): Arrived {
  const usual = { mailbox: null, retracted: false, acknowledged: false, readable: true, opened: false, hidden: false };
  return { index, sender, sentAt, ...usual };
}

/** An inbox of `count` messages, and how many pages of it were read. */
function fullInbox(count: number): { inbox: Inbox; pages: () => number } {
  let pages = 0;
  const page = (_: string, from?: Cursor, limit = 20): Promise<unknown> => {
    pages += 1;
    const end = from?.end ?? count;
    const messages = Array.from({ length: Math.min(end, limit) }, (_, place) => {
      const index = end - 1 - place;
      return { index, sender: SENDER, sentAt: new Date(0) };
    });
    const left = end - messages.length;
    return Promise.resolve(left > 0 ? { messages, next: { end: left, address: ME } } : { messages });
  };
  return { inbox: { page } as unknown as Inbox, pages: () => pages };
}

interface Effort {
  /** For messages older than those that come by themselves. */
  presses: number;
  pages: number;
  /** Messages that were gone through to take others in. */
  work: number;
  state: Unlocked;
}

async function readAll(count: number): Promise<Effort> {
  const { inbox, pages } = fullInbox(count);
  const reader = new InboxReader(inbox);
  let [state, work, presses] = [next(initial(), UNLOCK) as Unlocked, 0, -1];
  const take = (messages: Message[], fresh: boolean): void => {
    state = next(state, { type: "arrive", messages: messages.map(arrived), more: reader.hasOlder, fresh }) as Unlocked;
    work += state.messages.length;
  };
  take(await reader.newer(ME, -1), true);
  for (; reader.hasOlder; presses += 1) {
    for await (const messages of reader.older(ME, state.messages.length)) take(messages, false);
  }
  return { presses: Math.max(presses, 0), pages: pages(), work, state };
}

describe("an inbox of thousands", () => {
  test("is read by itself up to two thousand, and further on a press", async () => {
    expect((await readAll(1900)).presses).toBe(0);
    expect((await readAll(5000)).presses).toBe(2);
  });

  test.each([500, 2000, 8000, 16_000])("of %i messages goes through three for each at most", async (count) => {
    const { pages, work, state } = await readAll(count);
    expect(work).toBeLessThan(3 * count);
    expect(pages).toBeLessThan(count / 500 + 10);
    expect(state.messages.map(({ index }) => index)).toEqual(
      Array.from({ length: count }, (_, place) => count - 1 - place),
    );
  });
});
