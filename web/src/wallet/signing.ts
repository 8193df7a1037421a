/** Asks a wallet for the signature that a key is derived from. */

import type { Hex } from "../formats/bytes.ts";
import { keyRequest } from "../formats/derivedKey.ts";
import { NotDerivable } from "../errors.ts";
import type { Inbox } from "../chain/inbox.ts";
import type { Wallet } from "./wallet.ts";

/**
 * Asks the wallet twice for the signature that is the key, and checks that it can be one: a plain account's, the same
 * both times. `onAsk` is told which time it is. `number`: which of the account's keys. Throws NotDerivable, Rejected, WalletError.
 */
export async function walletSignature(
  wallet: Wallet,
  inbox: Inbox,
  onAsk: (time: 1 | 2) => void = () => undefined,
  signal?: AbortSignal,
  number = 1,
): Promise<Hex> {
  const account = wallet.account;
  const orFile = number === 1 ? ", or a key file" : ""; // which takes the place of a patient's key alone
  if (await inbox.isContract(account)) {
    throw new NotDerivable(`This account is a program: its signatures can’t be a key. Use a plain account${orFile}.`);
  }
  const request = keyRequest(account, number);
  onAsk(1);
  const first = await wallet.signTypedData(request, signal);
  onAsk(2);
  const second = await wallet.signTypedData(request, signal);
  if (wallet.account !== account) throw new NotDerivable("The wallet changed to another account meanwhile. Try again.");
  if (first.toLowerCase() !== second.toLowerCase()) {
    throw new NotDerivable(
      `This wallet signs differently each time: the key could not be made again. Use another wallet${orFile}.`,
    );
  }
  return first;
}
