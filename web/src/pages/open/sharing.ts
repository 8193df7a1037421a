/**
 * Hands one study on to one doctor, and once: what the wallet is asked is in the journal before it is asked, so that it
 * is gone on with after anything. No DOM.
 */

import type { Address } from "viem";
import type { ContractCall, Message, Receipt } from "../../chain/inbox.ts";
import { Rejected, RelayUnreachable, TransactionFailed, TransactionLost, TransactionReplaced } from "../../errors.ts";
import { concat, fromHex, type Hex, toHex } from "../../formats/bytes.ts";
import { digestBytes } from "../../formats/digest.ts";
import { signedShareFile } from "../../formats/signedShare.ts";
import { type Held, keptByHomes } from "../../ipfs/homes.ts";
import { isKept } from "../../ipfs/kept.ts";
import { upload } from "../../ipfs/upload.ts";
import { Delivery } from "../../outgoing/delivery.ts";
import { type Journal, mayCome, type Release, type Sealed } from "../../outgoing/journal.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import { passOn } from "../../registration/relay.ts";
import type { Relay } from "../../site.ts";
import { heldWords } from "../../ui/format.ts";
import type { Prepared, WalletRecord } from "../../wallet/transaction.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import type { InboxController } from "./inboxController.ts";

const quiet = (): void => undefined;
const HOLDS = 60 * 60; // seconds: a signed share
const DOMAIN = new TextEncoder().encode("radiogram share");

/** Which study is handed on, and by whom. */
export interface Shared {
  /** Whose inbox, or whose mailbox, it is in. */
  readonly owner: Address;
  /** Of the letter, in the list. */
  readonly index: number;
  /** The message’s. */
  readonly cursor: Address;
}

/** What was handed on before. */
export interface SharedBefore {
  readonly message: Message;
  /** An earlier page did not see it arrive. */
  readonly unseen: boolean;
}

export class Sharing implements WalletRecord {
  readonly #controller: InboxController;
  readonly #shared: Shared;
  readonly #found: FoundRecipient;
  readonly #journal: Promise<Journal>;
  readonly #ended = new AbortController();
  #place: { readonly tag: string; readonly since: number } | undefined;
  #release: Release | undefined;
  #delivery: Delivery | undefined;

  constructor(controller: InboxController, shared: Shared, found: FoundRecipient, journal: Promise<Journal>) {
    this.#controller = controller;
    this.#shared = shared;
    this.#found = found;
    this.#journal = journal;
  }

  /**
   * What this doctor got of it already. Waits while another window hands it on, a wallet may be sending it, or it is in
   * no block yet; `waits` is told then. Throws InboxError, ChainUnreachable, AbortError.
   */
  async before(waits: () => void): Promise<SharedBefore | null> {
    const { signal } = this.#ended;
    const journal = await this.#journal;
    const tag = await this.#tag(journal);
    this.#release ??= (await journal.tryToHold(tag)) ?? (await this.#waitForOther(journal, tag, waits));
    const { inbox } = this.#controller;
    this.#place = { tag, since: await inbox.count(this.#found.recipient.address) };
    const entry = await journal.last(tag);
    if (entry === undefined) return null;
    const delivery = new Delivery(entry, inbox, journal);
    const unseen = entry.arrived === null;
    let standing = await delivery.look(waits, signal);
    while (standing.at === "pending") {
      waits();
      await delivery.receipt(standing.hash, signal).catch(onlyIfOver);
      standing = await delivery.look(waits, signal);
    }
    if (standing.at === "arrived") return standing.message.retracted ? null : { message: standing.message, unseen };
    this.#delivery = delivery;
    return null;
  }

  /**
   * What to ask the wallet, or to wait for. The key packet of suite 2 is on IPFS before the envelope that names it: `waits`
   * hears which homes are still to keep it, `held` that a wallet may be sending it already.
   */
  async prepare(
    { account }: Wallet,
    held: () => void,
    signal: AbortSignal,
    waits: (words: string) => void,
  ): Promise<Prepared> {
    return (await this.#begun(account, held, signal, waits)) ?? (await this.#anew(account, signal, waits));
  }

  /**
   * The same through whoever pays for patients: signed, and what passes it on. Throws RelayError, IpfsError,
   * AbortError.
   */
  async throughRelay({ share: url, account: sender }: Relay): Promise<() => Promise<void>> {
    const { signal } = this.#ended;
    const prepared = (await this.#begun(sender, quiet, signal, quiet)) ?? (await this.#anew(sender, signal, quiet));
    if (prepared === "done") return () => Promise.resolve();
    if ("hash" in prepared) {
      return async () => {
        await this.receipt(prepared.hash, signal);
      };
    }
    const { chainId, inbox, recipient, keyVersion, envelope } = this.#now.entry;
    const [account, deadline] = [this.#shared.owner, Math.floor(Date.now() / 1000) + HOLDS];
    const share = { chainId, inbox, account, sender, recipient, keyVersion, envelope, deadline };
    const signature = await this.#controller.keyring.signShare(share);
    return async () => {
      await this.asking();
      try {
        await passOn(signedShareFile(share, signature), url);
      } catch (error) {
        if (!(error instanceof RelayUnreachable)) await this.refused(new Rejected("It was not passed on."));
        throw error;
      }
      await this.#now.look(() => undefined, signal);
    };
  }

  asking(): Promise<void> {
    return this.#now.asking();
  }

  answered(hash: Hex): Promise<void> {
    return this.#now.answered(hash);
  }

  refused(error: unknown): Promise<void> {
    return this.#now.refused(error);
  }

  receipt(hash: Hex, signal?: AbortSignal): Promise<Receipt> {
    return this.#now.receipt(hash, signal);
  }

  /** Lets other windows hand it on, and forgets what no wallet was asked. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#delivery?.giveUp();
    await this.#release?.();
    this.#release = undefined;
  }

  get #now(): Delivery {
    if (this.#delivery === undefined) throw new Error("nothing is prepared");
    return this.#delivery;
  }

  async #begun(
    account: Address,
    held: () => void,
    signal: AbortSignal,
    waits: (words: string) => void,
  ): Promise<Prepared | undefined> {
    const delivery = this.#delivery;
    if (delivery === undefined) return undefined;
    const standing = await delivery.look(held, signal);
    if (standing.at === "arrived") return "done";
    if (standing.at === "pending") return { hash: standing.hash };
    const { entry } = delivery;
    const isSame = entry.sender === account && entry.keyVersion === this.#found.recipient.keyVersion;
    if (isSame && (await this.#areKept(entry.cids, signal))) {
      if (!mayCome(entry)) await this.#kept(entry, waits, signal);
      return delivery.call();
    }
    if (mayCome(entry)) throw new Error("Another account was asked to share it: use that one.");
    await delivery.giveUp();
    return undefined;
  }

  async #areKept(cids: readonly string[], signal: AbortSignal): Promise<boolean> {
    for (const cid of cids) if (!(await isKept(cid, this.#controller.site.gateways, signal))) return false;
    return true;
  }

  async #kept(sealed: Sealed, waits: (words: string) => void, signal: AbortSignal): Promise<void> {
    const told = (held: Held): void => {
      waits(heldWords(held));
    };
    await keptByHomes(sealed, this.#controller.site, told, signal);
  }

  async #anew(account: Address, signal: AbortSignal, waits: (words: string) => void): Promise<ContractCall> {
    const { inbox, keyring } = this.#controller;
    const { recipient, hybrid } = this.#found;
    const opened = this.#controller.opened(this.#shared.index);
    if (opened === undefined) throw new Error("The images are locked again.");
    const parties = { chainId: inbox.site.chainId, inbox: inbox.site.inbox, sender: account };
    const context = { ...parties, recipient: recipient.address };
    const target = { publicKey: recipient.publicKey, hybridRecipient: hybrid?.recipient ?? null };
    const { envelope, packet } = await keyring.reseal(opened, target, context);
    if (packet) await upload(packet, inbox.site, undefined, signal);
    const journal = await this.#journal;
    const { tag = "", since = 0 } = this.#place ?? {};
    const sealed = {
      ...{ kind: "share" as const, tag, since, at: Date.now(), ...context, keyVersion: recipient.keyVersion, envelope },
      ...{ cids: packet ? [packet.cid] : [], bytes: opened.size, signed: true },
    };
    this.#delivery = new Delivery(await journal.add(sealed), inbox, journal);
    await this.#kept(sealed, waits, signal);
    return this.#delivery.call();
  }

  async #waitForOther(journal: Journal, tag: string, waits: () => void): Promise<Release> {
    waits();
    return journal.hold(tag, this.#ended.signal);
  }

  /** The same for this message and this key, whichever account pays. */
  async #tag(journal: Journal): Promise<string> {
    const { chainId, inbox } = this.#controller.site;
    const { recipient, hybrid } = this.#found;
    return journal.tag({
      ...{ chainId, inbox, sender: this.#shared.owner, recipient: recipient.address },
      recipientKey: concat(recipient.publicKey, hybrid?.digest ?? new Uint8Array()),
      contents: toHex(await digestBytes(concat(DOMAIN, fromHex(this.#shared.cursor)))),
    });
  }
}

/** A transaction that came to nothing, which is looked at again. */
function onlyIfOver(error: unknown): void {
  if ([TransactionFailed, TransactionLost, TransactionReplaced].some((kind) => error instanceof kind)) return;
  throw error;
}
