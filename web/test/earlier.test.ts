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
