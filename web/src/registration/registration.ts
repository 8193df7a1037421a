/**
 * Puts a public key into the contract's key registry, so that its account's address alone is enough to send to. On
 * screen that registry is “the book”.
 */

import type { Address } from "viem";
import type { ContractCall, Inbox } from "../chain/inbox.ts";
import type { Hex } from "../formats/bytes.ts";
import { type Act, typedData } from "../formats/signedAct.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Wallet } from "../wallet/wallet.ts";
import type { Owner } from "../worker/worker.ts";
import { publishRecipient } from "./card.ts";
import { actDeadline } from "./relayFile.ts";

const FIRST = 1; // version of the first key that an account registers

/** How one account's first key gets there: by a transaction now, or by a signature that another relays. */
export interface Registration {
  readonly inbox: Inbox;
  /** Whose transaction it must be; any account's if null. */
  readonly payer: Address | null;
  readonly call: () => Promise<ContractCall>;
  /** `onAsk` is called when a wallet is about to ask its owner. */
  readonly sign: (onAsk: () => void) => Promise<{ act: Act; signature: Hex }>;
}

/** Of a wallet's account, whose key was derived from its signature. */
export function registrationByWallet(inbox: Inbox, wallet: Wallet, publicKey: Uint8Array): Registration {
  const { account } = wallet;
  return {
    inbox,
    payer: account,
    call: () => Promise.resolve(inbox.registerKeyCall(publicKey)),
    sign: async (onAsk) => {
      if (!wallet.isOn(inbox.site)) await wallet.switchTo(inbox.site);
      const act = inbox.registerKeyAct(account, FIRST, publicKey, actDeadline());
      onAsk();
      return { act, signature: await wallet.signTypedData(typedData(act)) };
    },
  };
}

/**
 * Of a key's own account: the key signs, and whoever pays relays it. The hybrid digest goes along, and what it stands for
 * is put on IPFS before, where the site has an upload; elsewhere senders need the key card.
 */
export function registrationByKey(inbox: Inbox, keyring: Keyring, owner: Owner): Registration {
  const { address, publicKey, hybrid } = owner;
  const sign = async (): Promise<{ act: Act; signature: Hex }> => {
    if (hybrid && inbox.site.upload !== null) await publishRecipient(hybrid, inbox.site);
    const act = inbox.registerKeyAct(address, FIRST, publicKey, actDeadline(), hybrid?.digest);
    return { act, signature: await keyring.signAct(act) };
  };
  return {
    inbox,
    payer: null,
    call: async () => {
      const { act, signature } = await sign();
      return inbox.relayCall(act, signature);
    },
    sign,
  };
}
