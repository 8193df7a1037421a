/** Whom something is sent to: what was typed is read, the key looked up, the address's risks weighed; no DOM. */

import type { Inbox, Recipient } from "../chain/inbox.ts";
import { ChainUnreachable, HybridNotInForce, KeyFormatError, NoHybridRecipient, NoKeyError } from "../errors.ts";
import type { HybridKey } from "../formats/hybridKey.ts";
import { type NamedRecipient, parseRecipient } from "../formats/keyCard.ts";
import { hybridOf } from "./hybrid.ts";
import { type KnownAddresses, type Risk, risksOf } from "./risks.ts";

export interface FoundRecipient {
  readonly recipient: Recipient;
  /** Null: what is sent is not safe from quantum computers. */
  readonly hybrid: HybridKey | null;
  readonly isContract: boolean;
  /** On the card: what its owner calls themselves, a claim. */
  readonly name?: string;
  /** Risks that the sender looked at, and took. */
  readonly accepted: ReadonlySet<Risk["kind"]>;
}

export interface LookupProblem {
  readonly kind:
    /** Nothing was typed. */
    | "empty"
    /** Not an address and not a key. */
    | "typed"
    | "no-key"
    /** The hybrid key that was promised is nowhere to be had. */
    | "no-hybrid"
    /** The card promises a hybrid key that is not in force. */
    | "not-in-force"
    | "unreachable"
    | "failed";
  /** The error's own words. */
  readonly detail: string;
}

export type LookupState =
  | { readonly at: "asking"; readonly problem: LookupProblem | null }
  | { readonly at: "looking" }
  | { readonly at: "risky"; readonly found: FoundRecipient; readonly risk: Risk }
  /** The key's words can be compared. */
  | { readonly at: "found"; readonly found: FoundRecipient };

export type LookupEvent =
  | { type: "ask" }
  | { type: "refuse"; problem: LookupProblem }
  | { type: "look" }
  | { type: "find"; found: FoundRecipient; known: KnownAddresses }
  /** The risk that is shown was looked at. */
  | { type: "accept"; known: KnownAddresses };

export function initial(): LookupState {
  return { at: "asking", problem: null };
}

/** The state after an event; a late answer to what was given up changes nothing. */
export function next(state: LookupState, event: LookupEvent): LookupState {
  switch (event.type) {
    case "ask":
      return initial();
    case "refuse":
      return { at: "asking", problem: event.problem };
    case "look":
      return { at: "looking" };
    case "find":
      return weighed(event.found, event.known);
    case "accept": {
      if (state.at !== "risky") return state;
      const accepted = new Set([...state.found.accepted, state.risk.kind]);
      return weighed({ ...state.found, accepted }, event.known);
    }
  }
}

function weighed(found: FoundRecipient, known: KnownAddresses): LookupState {
  const risk = unacceptedRisk(found, known);
  return risk ? { at: "risky", found, risk } : { at: "found", found };
}

/** A risk that the sender has not looked at yet. */
export function unacceptedRisk(found: FoundRecipient, known: KnownAddresses): Risk | undefined {
  const { recipient, isContract, accepted } = found;
  return risksOf(recipient.address, isContract, known).find(({ kind }) => !accepted.has(kind));
}

/** What makes the events. */
export class RecipientLookup {
  readonly #inbox: Inbox;
  readonly #known: () => KnownAddresses;
  readonly #dispatch: (event: LookupEvent) => void;
  #lookups = 0;

  constructor(inbox: Inbox, known: () => KnownAddresses, dispatch: (event: LookupEvent) => void) {
    this.#inbox = inbox;
    this.#known = known;
    this.#dispatch = dispatch;
  }

  /** Reads what was typed, pasted or scanned, and looks it up. */
  async submit(text: string): Promise<void> {
    let said: NamedRecipient;
    try {
      said = parseRecipient(text);
    } catch (error) {
      if (!(error instanceof KeyFormatError)) throw error;
      this.#dispatch({
        type: "refuse",
        problem: { kind: text.trim() === "" ? "empty" : "typed", detail: error.message },
      });
      return;
    }
    await this.find(said);
  }

  /** Asks anew. What is being looked up is given up. */
  ask(): void {
    this.#lookups += 1;
    this.#dispatch({ type: "ask" });
  }

  accept(): void {
    this.#dispatch({ type: "accept", known: this.#known() });
  }

  /** Weighs the risks of one that was found before, as there may be others now. */
  weigh(found: FoundRecipient): void {
    this.#dispatch({ type: "find", found, known: this.#known() });
  }

  hasRisk(found: FoundRecipient): boolean {
    return unacceptedRisk(found, this.#known()) !== undefined;
  }

  /** Looks up whom a card, or the register of contacts, names. */
  async find(said: NamedRecipient): Promise<void> {
    this.#lookups += 1;
    const lookup = this.#lookups;
    this.#dispatch({ type: "look" });
    try {
      const [recipient, isContract] = await Promise.all([
        this.#inbox.recipient(said.address, said.publicKey),
        this.#inbox.isContract(said.address),
      ]);
      const hybrid = await hybridOf(recipient, said, this.#inbox.site.gateways);
      if (lookup === this.#lookups) {
        const named = said.name === undefined ? {} : { name: said.name };
        this.weigh({ recipient, hybrid, isContract, ...named, accepted: new Set() });
      }
    } catch (error) {
      if (lookup === this.#lookups) this.#dispatch({ type: "refuse", problem: lookupProblem(error) });
    }
  }
}

function lookupProblem(error: unknown): LookupProblem {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof NoKeyError) return { kind: "no-key", detail };
  if (error instanceof NoHybridRecipient) return { kind: "no-hybrid", detail };
  if (error instanceof HybridNotInForce) return { kind: "not-in-force", detail };
  return { kind: error instanceof ChainUnreachable ? "unreachable" : "failed", detail };
}
