/** Looks what became of the sendings that the page was left with, and goes on with them. */

import type { ContractCall, Inbox } from "../../chain/inbox.ts";
import { TransactionFailed, TransactionLost, TransactionReplaced } from "../../errors.ts";
import type { Hex } from "../../formats/bytes.ts";
import { type Held, keptByHomes } from "../../ipfs/homes.ts";
import { isKept } from "../../ipfs/kept.ts";
import { Delivery, standingOf } from "../../outgoing/delivery.ts";
import { type Entry, type Journal, mayCome, type Release } from "../../outgoing/journal.ts";
import { heldWords } from "../../ui/format.ts";
import { pause } from "../../waiting.ts";
import type { PaymentOrder } from "../../wallet/payment.ts";
import type { EarlierEvent, EarlierStanding } from "./earlier.ts";

const LOOK_AGAIN = 3000; // milliseconds

export class EarlierController {
  readonly #inbox: Inbox;
  readonly #journal: Journal;
  readonly #dispatch: (event: EarlierEvent) => void;
  /** By the entry's id: what is looked at now. */
  readonly #looks = new Map<number, AbortController>();
  /** By the entry's id: lets other windows go on with it. */
  readonly #holds = new Map<number, Release>();

  constructor(inbox: Inbox, journal: Journal, dispatch: (event: EarlierEvent) => void) {
    this.#inbox = inbox;
    this.#journal = journal;
    this.#dispatch = dispatch;
  }

  /** Lists what is not finished, and looks at what is new of it, and at `changed`. */
  async list(changed?: Entry): Promise<void> {
    const entries = await this.#journal.unfinished(this.#inbox.site);
    this.#dispatch({ type: "list", entries });
    for (const entry of entries) {
      if (!this.#looks.has(entry.id) || entry.id === changed?.id) void this.look(entry);
    }
  }

  /** Looks how it stands, until that is known. */
  async look(entry: Entry): Promise<void> {
    this.#looks.get(entry.id)?.abort();
    const { signal } = this.#start(entry);
    const delivery = new Delivery(entry, this.#inbox, this.#journal);
    const stands = (standing: EarlierStanding): void => {
      if (!signal.aborted) this.#dispatch({ type: "stand", entry: delivery.entry, standing });
    };
    try {
      stands({ at: "looking" });
      await delivery.refresh();
      while (!signal.aborted) {
        const standing = await standingOf(delivery.entry, this.#inbox);
        if (standing.at === "arrived") {
          await delivery.arrived(standing.message.index);
          this.#free(entry);
          stands({ at: "arrived", index: standing.message.index });
          return;
        }
        stands({ at: standing.at });
        if (standing.at === "open" || standing.at === "late") return;
        if (standing.at === "pending") await receiptOrNone(delivery, standing.hash, signal);
        else await pause(LOOK_AGAIN, signal);
      }
    } catch {
      stands({ at: "unreachable" });
    }
  }

  /** What a wallet is asked to go on with it. */
  order(entry: Entry): Pick<PaymentOrder, "account" | "prepare" | "record"> {
    const delivery = new Delivery(entry, this.#inbox, this.#journal);
    const answered = async (hash: Hex): Promise<void> => {
      await delivery.answered(hash);
      void this.look(delivery.entry);
    };
    return {
      account: entry.sender,
      prepare: (_wallet, _held, signal, waits) => this.#prepare(delivery, waits, signal),
      record: {
        asking: () => this.#claim(delivery),
        answered,
        refused: async (error) => {
          await delivery.refused(error);
          this.#free(entry);
        },
      },
    };
  }

  /**
   * Forgets it, and takes it off the list once that is on the disk. If a wallet was asked and agrees after all, nobody here
   * knows of it.
   */
  async forget(entry: Entry): Promise<void> {
    this.#looks.get(entry.id)?.abort();
    await this.#journal.forget(entry);
    this.#end(entry);
  }

  /** Takes it off the list, because it is seen, or gone on with elsewhere in this page; the journal keeps it. */
  close(entry: Entry): void {
    this.#end(entry);
  }

  /** Ends without a word, because nobody looks any more. */
  leave(): void {
    for (const look of this.#looks.values()) look.abort();
  }

  /** The call, if nothing is on its way and it still leads to something; otherwise it is shown how it stands. */
  async #prepare(delivery: Delivery, waits: (words: string) => void, signal: AbortSignal): Promise<ContractCall> {
    await this.#check(delivery);
    for (const cid of mayCome(delivery.entry) ? [] : delivery.entry.cids) {
      if (!(await isKept(cid, this.#inbox.site.gateways))) throw this.#otherwise(delivery.entry, { at: "gone" });
    }
    const told = (held: Held): void => {
      waits(heldWords(held));
    };
    if (!mayCome(delivery.entry)) await keptByHomes(delivery.entry, this.#inbox.site, told, signal);
    return delivery.call();
  }

  /** Lets no other window ask a wallet too, and keeps that one is asked. */
  async #claim(delivery: Delivery): Promise<void> {
    const { entry } = delivery;
    if (!this.#holds.has(entry.id)) {
      const free = await this.#journal.tryToHold(entry.tag);
      if (!free) throw this.#otherwise(entry, { at: "elsewhere" });
      this.#holds.set(entry.id, free);
    }
    await this.#check(delivery); // until now, another window might have
    await delivery.asking();
  }

  /** Throws, and shows how it stands, if something is on its way. */
  async #check(delivery: Delivery): Promise<void> {
    await delivery.refresh();
    const { at } = await standingOf(delivery.entry, this.#inbox);
    if (at === "open") return;
    this.#free(delivery.entry);
    void this.look(delivery.entry);
    throw given();
  }

  #otherwise(entry: Entry, standing: EarlierStanding): DOMException {
    this.#dispatch({ type: "stand", entry, standing });
    return given();
  }

  #start(entry: Entry): AbortController {
    const look = new AbortController();
    this.#looks.set(entry.id, look);
    return look;
  }

  #end(entry: Entry): void {
    this.#looks.get(entry.id)?.abort();
    this.#looks.delete(entry.id);
    this.#free(entry);
    this.#dispatch({ type: "drop", id: entry.id });
  }

  #free(entry: Entry): void {
    void this.#holds.get(entry.id)?.();
    this.#holds.delete(entry.id);
  }
}

const given = (): DOMException => new DOMException("It stands otherwise.", "AbortError");

/** Until the chain has it, or it is known that it never will. */
async function receiptOrNone(delivery: Delivery, hash: Hex, signal: AbortSignal): Promise<void> {
  try {
    await delivery.receipt(hash, signal);
  } catch (error) {
    const isOver = [TransactionFailed, TransactionReplaced, TransactionLost].some((kind) => error instanceof kind);
    if (!isOver) throw error;
  }
}
