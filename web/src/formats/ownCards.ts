/**
 * Cards of a clinic’s own accounts, each with the private mailbox key that it certifies: what a browser keeps beside its
 * register of contacts, encrypted as that is. No other program reads it.
 */

import { ClinicCardError, KeyFormatError, RegisterError } from "../errors.ts";
import { type Bytes, equal, toHex } from "./bytes.ts";
import { type ClinicCard, clinicCardValue, readCard } from "./clinicCard.ts";
import { parsePrivateKey, publicKeyOf } from "./publicKey.ts";

export interface OwnCard {
  readonly card: ClinicCard;
  /** Private: 32 bytes. */
  readonly privateKey: Bytes;
}

/** As JSON, not yet encrypted. */
export function encodeOwnCards(cards: readonly OwnCard[]): string {
  return JSON.stringify(cards.map(({ card, privateKey }) => [clinicCardValue(card), toHex(privateKey).slice(2)]));
}

/** Throws RegisterError. */
export function parseOwnCards(text: string): OwnCard[] {
  try {
    return (JSON.parse(text) as [unknown, string][]).map(([value, digits]) => {
      const [card, privateKey] = [readCard(value), parsePrivateKey(digits)];
      if (!equal(publicKeyOf(privateKey), card.mailboxKey)) throw new KeyFormatError("another key");
      return { card, privateKey };
    });
  } catch (error) {
    const isOurs = error instanceof ClinicCardError || error instanceof KeyFormatError;
    if (!isOurs && !(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    throw new RegisterError("Your clinic’s card in this browser is damaged: remove the register, and add a copy.");
  }
}
