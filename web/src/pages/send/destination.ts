/** Where a message goes: into the patient's inbox, or into a mailbox that only the two can derive. No DOM, no network. */

import type { Address } from "viem";
import type { RegisterState } from "../../contacts/register.ts";
import { wordsOf } from "../../formats/register.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import { foundWords } from "./contacts.ts";

export type Destination =
  | { readonly to: "mailbox" }
  /** `why` a mailbox is not used, though it might be; null: nothing says that they would find it there. */
  | { readonly to: "inbox"; readonly why: "declined" | "no-card" | "locked" | null };

export interface Circumstances {
  readonly register: RegisterState;
  readonly isRegisterSkipped: boolean;
  /** The person chose the inbox. */
  readonly isMailboxDeclined: boolean;
  /** Of the wallet; undefined: none is connected yet, and any that has a card may be. */
  readonly account: Address | undefined;
}

export function destinationOf(found: FoundRecipient, now: Circumstances): Destination {
  const { register } = now;
  if (register.at !== "open") {
    return { to: "inbox", why: register.at === "locked" && now.isRegisterSkipped ? "locked" : null };
  }
  if (!hasOurCard(register, found)) return { to: "inbox", why: null };
  if (now.isMailboxDeclined) return { to: "inbox", why: "declined" };
  const { account } = now;
  const hasKey = register.cards.some(({ address }) => account === undefined || address === account);
  return hasKey ? { to: "mailbox" } : { to: "inbox", why: "no-card" };
}

/** Whether the register says that the owner of these keys does: whoever's images go there. */
function hasOurCard(register: Extract<RegisterState, { at: "open" }>, found: FoundRecipient): boolean {
  const words = foundWords(found).join(" ");
  const isTheirs = ({ address }: { address: Address }): boolean => address === found.recipient.address;
  return register.contacts.some((each) => each.hasOurCard && isTheirs(each) && wordsOf(each).join(" ") === words);
}
