/** Sendings that the page was left with, as data: each is looked at until it is known how it stands. No DOM, no effects. */

import type { Entry } from "../../outgoing/journal.ts";

export type EarlierStanding =
  | { readonly at: "looking" }
  /** The network has the transaction. */
  | { readonly at: "pending" }
  /** The wallet may have sent it. */
  | { readonly at: "held" }
  /** Nothing is on its way: it may be gone on with. */
  | { readonly at: "open" }
  /** Another window goes on with it. */
  | { readonly at: "elsewhere" }
  /** It chose its mailbox too long ago. */
  | { readonly at: "late" }
  /** The storage has lost what the envelope leads to. */
  | { readonly at: "gone" }
  | { readonly at: "unreachable" }
  | { readonly at: "arrived"; readonly index: number };

export interface Earlier {
  readonly entry: Entry;
  readonly standing: EarlierStanding;
}

export type EarlierEvent =
  /** What the journal has; others than before begin to be looked at. */
  | { type: "list"; entries: readonly Entry[] }
  | { type: "stand"; entry: Entry; standing: EarlierStanding }
  | { type: "drop"; id: number };

/** Oldest first. */
export function next(list: readonly Earlier[], event: EarlierEvent): readonly Earlier[] {
  switch (event.type) {
    case "list": {
      const known = new Set(list.map(({ entry }) => entry.id));
      const others = event.entries.filter(({ id }) => !known.has(id));
      if (others.length === 0) return list;
      return [...list, ...others.map((entry): Earlier => ({ entry, standing: { at: "looking" } }))];
    }
    case "stand":
      return list.map((each) =>
        each.entry.id === event.entry.id ? { entry: event.entry, standing: event.standing } : each,
      );
    case "drop":
      return list.filter(({ entry }) => entry.id !== event.id);
  }
}
