/**
 * In the worker: the mailbox keys of a clinic’s own accounts, and the mailboxes that are derived with them. They are kept
 * under the lock of the register (registerLock.ts), and leave this worker sealed alone.
 */

import type { Address } from "viem";
import { KeyFormatError, RegisterError } from "../errors.ts";
import { type Bytes, equal, fromHex, type Hex, toHex } from "../formats/bytes.ts";
import { type ClinicCard, MAILBOX_KEY_NUMBER } from "../formats/clinicCard.ts";
import { keyFromSignature } from "../formats/derivedKey.ts";
import type { Place } from "../formats/mailbox.ts";
import { encodeOwnCards, type OwnCard, parseOwnCards } from "../formats/ownCards.ts";
import { parseAddress, publicKeyOf } from "../formats/publicKey.ts";
import { openText, sealText } from "./registerLock.ts";

/** By account. */
const own = new Map<Address, OwnCard>();
/** Of the card that is being made. */
let fresh: { account: Address; privateKey: Bytes } | undefined;

export const mailboxApi = {
  /** Those that are kept with the register that is open, in place of any others; undefined: none are. Throws RegisterError. */
  async openOwnCards(sealed: Bytes | undefined): Promise<ClinicCard[]> {
    const cards = sealed ? parseOwnCards(await openText(sealed)) : [];
    for (const { privateKey } of own.values()) privateKey.fill(0);
    own.clear();
    for (const each of cards) own.set(each.card.address, each);
    return cards.map(({ card }) => card);
  },

  /** The public mailbox key of the account, 33 bytes, from its signature. Throws NotDerivable. */
  deriveMailboxKey(signature: Hex, account: Address): Promise<Bytes> {
    const privateKey = keyFromSignature(signature, account, MAILBOX_KEY_NUMBER);
    fresh?.privateKey.fill(0);
    fresh = { account, privateKey };
    return Promise.resolve(publicKeyOf(privateKey));
  },

  /** All cards, with this one of the key that was derived last, in place of an older one of its account. */
  async sealOwnCards(card: ClinicCard): Promise<Bytes> {
    if (fresh?.account !== card.address || !equal(publicKeyOf(fresh.privateKey), card.mailboxKey)) {
      throw new KeyFormatError("This card’s key was not derived here: begin anew.");
    }
    own.set(card.address, { card, privateKey: fresh.privateKey });
    fresh = undefined;
    return sealText(encodeOwnCards([...own.values()]));
  },

  /**
   * A mailbox of the account and the owner of `publicKey` (33 bytes) for a message of this `day` (since 1970-01-01 UTC).
   * `used`: whom the account has sent to, or is about to. Throws RegisterError, KeyFormatError.
   */
  async chooseMailbox(
    account: Address,
    publicKey: Uint8Array,
    place: Place,
    day: number,
    used: readonly Address[],
  ): Promise<Address> {
    const held = own.get(account);
    if (!held)
      throw new RegisterError("Your clinic’s card is not set up for this account: set it up, or use the inbox.");
    const { chooseMailbox, pairSecret } = await import("../formats/mailbox.ts");
    const secret = pairSecret("sender", held.privateKey, publicKey, place);
    const taken = new Set(used.map((each) => toHex(fromHex(each))));
    const { address } = chooseMailbox(secret, day, (each) => taken.has(toHex(each)));
    secret.fill(0);
    return parseAddress(toHex(address));
  },
};
