/** Chooses the mailbox that a message goes into: docs/format.md, Mailboxes. */

import type { Address } from "viem";
import type { Inbox } from "../../chain/inbox.ts";
import { sentSince } from "../../chain/senderLog.ts";
import type { Register } from "../../contacts/register.ts";
import { InboxError } from "../../errors.ts";
import { equal } from "../../formats/bytes.ts";
import { DAY_SECONDS } from "../../formats/mailbox.ts";
import type { Journal } from "../../outgoing/journal.ts";
import type { Job } from "./transfer.ts";

/**
 * One that is free, of what the chain says that the account has sent since a day before, and what this browser has begun.
 * The node is told nothing of it. Throws InboxError, also where the patient has another key by now, which the contract
 * does not see; RegisterError, AbortError.
 */
export async function chooseMailbox(
  { account, patient }: Job,
  { inbox, journal, register }: { inbox: Inbox; journal: Journal; register: Register },
  signal: AbortSignal,
): Promise<Address> {
  const { site } = inbox;
  const { address, publicKey, keyVersion } = patient.recipient;
  const now = await inbox.recipient(address, publicKey);
  if (now.keyVersion !== keyVersion || !equal(now.publicKey, publicKey)) {
    throw new InboxError("The patient’s key has changed meanwhile. Look the patient up again.");
  }
  const day = Math.floor(Date.now() / 1000 / DAY_SECONDS);
  const sent = await sentSince(site, account, (day - 1) * DAY_SECONDS, signal);
  const begun = await journal.recipients(site, account);
  signal.throwIfAborted();
  return register.chooseMailbox(account, publicKey, site, day, [...sent, ...begun]);
}
