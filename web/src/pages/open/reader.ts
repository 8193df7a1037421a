/** Reads an inbox from its newest message on: some at once, and older ones in ever larger steps. */

import type { Address } from "viem";
import type { Cursor, Inbox, Message } from "../../chain/inbox.ts";

const FIRST = 20; // messages, so that they are soon there
const PAGE = 100; // messages of the other pages at least, …
const LARGE_PAGE = 500; // … and at most: 3 million gas, within every node's limit for a call, and few ways there and back
const READ_ON = 2000; // messages that are read on the first request; on later ones, as many again

export class InboxReader {
  readonly #inbox: Inbox;
  /** Where older messages begin. */
  #older: Cursor | undefined;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** Whether there are messages that were not read. */
  get hasOlder(): boolean {
    return this.#older !== undefined;
  }

  /** Another inbox, or none. */
  clear(): void {
    this.#older = undefined;
  }

  /** Messages after `newest`; -1: the first page. */
  async newer(account: Address, newest: number): Promise<Message[]> {
    let page = await this.#inbox.page(account, undefined, FIRST);
    const messages = [...page.messages];
    if (newest < 0) this.#older = page.next;
    while (newest >= 0 && page.next !== undefined && (messages.at(-1)?.index ?? 0) > newest + 1) {
      page = await this.#inbox.page(account, page.next, PAGE);
      messages.push(...page.messages);
    }
    return messages;
  }

  /** As many each time as were there before, `have` at first: taking all of them in costs twice what the last ones do. */
  async *older(account: Address, have: number): AsyncGenerator<Message[], void> {
    const most = Math.max(2 * have, READ_ON);
    for (let count = have; this.#older !== undefined && count < most;) {
      const wanted = Math.min(Math.max(count, PAGE), most - count);
      const messages: Message[] = [];
      while (this.#older !== undefined && messages.length < wanted) {
        const limit = Math.min(Math.max(wanted - messages.length, PAGE), LARGE_PAGE);
        const page: Awaited<ReturnType<Inbox["page"]>> = await this.#inbox.page(account, this.#older, limit);
        messages.push(...page.messages);
        this.#older = page.next;
      }
      count += messages.length;
      yield messages;
    }
  }
}
