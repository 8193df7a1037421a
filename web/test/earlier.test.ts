import { expect, test } from "vitest";
import type { Inbox } from "../src/chain/inbox.ts";
import type { Entry, Journal } from "../src/outgoing/journal.ts";
import type { EarlierEvent } from "../src/pages/send/earlier.ts";
import { EarlierController } from "../src/pages/send/earlierController.ts";

test("a sending that is forgotten leaves the list when the journal has forgotten it, and not before", async () => {
  const events: EarlierEvent[] = [];
  let forgotten: () => void = () => undefined;
  const nobodysInbox = null as unknown as Inbox; // is not asked
  const journal = {
    forget: () =>
      new Promise<void>((resolve) => {
        forgotten = resolve;
      }),
  } as unknown as Journal;
  const controller = new EarlierController(nobodysInbox, journal, (event) => events.push(event));
  const done = controller.forget({ id: 7 } as Entry);
  await Promise.resolve();
  expect(events).toEqual([]);
  forgotten();
  await done;
  expect(events).toEqual([{ type: "drop", id: 7 }]);
});

test("a sending that chose its mailbox too long ago is told so, and no wallet is asked", async () => {
  const events: EarlierEvent[] = [];
  const old = { id: 7, at: 0, mailbox: true, asks: 0, hashes: [], cids: [], arrived: null } as unknown as Entry;
  const inbox = { find: () => Promise.resolve(null) } as unknown as Inbox;
  const journal = { now: () => Promise.resolve(old) } as unknown as Journal;
  const controller = new EarlierController(inbox, journal, (event) => events.push(event));
  await controller.look(old);
  expect(events.at(-1)).toMatchObject({ type: "stand", standing: { at: "late" } });
  const wallet = undefined as never; // is not asked
  const prepared = controller
    .order(old)
    .prepare(wallet, undefined as never, new AbortController().signal, () => undefined);
  await expect(prepared).rejects.toThrow("It stands otherwise.");
});
