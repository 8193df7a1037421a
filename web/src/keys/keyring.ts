/** The key of whoever opens images, in a Worker of its own; nothing of it is left when that ends. */

import * as Comlink from "comlink";
import type { Address } from "viem";
import type { Act } from "../formats/signedAct.ts";
import type { Share } from "../formats/signedShare.ts";
import type { Bytes, Hex } from "../formats/bytes.ts";
import type { Clinic } from "../formats/clinics.ts";
import type { Context } from "../formats/context.ts";
import type { Sighting } from "../formats/mailbox.ts";
import type { Arrival } from "../formats/receipt.ts";
import type { KeptLog } from "../formats/senderLogs.ts";
import type { Early, Study } from "../worker/fetchStudy.ts";
import type { Sealed, SealTarget } from "../worker/seal.ts";
import type { Message } from "../chain/inbox.ts";
import type { Manifest } from "../formats/manifest.ts";
import type { Progress } from "../progress.ts";
import { WorkerClient } from "../worker/workerClient.ts";
import type { UnwrapFileKey, WrapFileKey } from "../formats/passkeyFile.ts";
import type { Site } from "../site.ts";
import type { CarIndex } from "../ipfs/car.ts";
import type { Api, From, Opened, Owner } from "../worker/worker.ts";
import workerUrl from "../worker/worker.ts?worker&url";

const WIPE = 200; // milliseconds that the worker has to overwrite its keys

/** All throw KeyFormatError while locked, and an AbortError when it is locked meanwhile. */
export class Keyring {
  /** Whose key is unlocked; undefined for none. */
  owner: Owner | undefined;
  readonly #worker = new WorkerClient<Api>(workerUrl);

  private constructor() {
    // only by `open`
  }

  /** Starts the worker. */
  static async open(): Promise<Keyring> {
    const keyring = new Keyring();
    await keyring.#worker.call((api) => api.cancel(0)); // it has loaded
    return keyring;
  }

  /** From any kind of key file. Throws PassphraseError, KeyFormatError. */
  unlockKeyFile(text: string, passphrase: string): Promise<Owner> {
    return this.#unlock(this.#worker.call((api) => api.unlockKeyFile(text, passphrase)));
  }

  /** From 24 words. Throws KeyFormatError. */
  unlockSeed(words: string): Promise<Owner> {
    return this.#unlock(this.#worker.call((api) => api.unlockSeed(words)));
  }

  /** From 64 hex digits, with or without 0x. Throws KeyFormatError. */
  unlockPrivateKey(text: string): Promise<Owner> {
    return this.#unlock(this.#worker.call((api) => api.unlockPrivateKey(text)));
  }

  /** From an account's signature over keyRequest(account), as `walletSignature` gets it. Throws NotDerivable. */
  unlockWallet(signature: Hex, account: Address, number = 1): Promise<Owner> {
    return this.#unlock(this.#worker.call((api) => api.unlockWallet(signature, account, number)));
  }

  /** A fresh key, from 24 fresh words. */
  makeKey(): Promise<Owner> {
    return this.#unlock(this.#worker.call((api) => api.makeKey()));
  }

  /** The 24 words, for the printed sheet and nothing else. Throws KeyFormatError for a key that is not from words. */
  seed(): Promise<string> {
    return this.#worker.call((api) => api.seed());
  }

  /** The key file, with the words under a passphrase (age, in ASCII armour); takes a second or two. */
  keyFile(passphrase: string): Promise<string> {
    return this.#worker.call((api) => api.keyFile(passphrase));
  }

  /** The words as an age file to what `wrap` makes of its file key: docs/format.md, Passkey file. Throws what it throws. */
  passkeyFile(wrap: WrapFileKey): Promise<string> {
    return throughProxy(wrap, (proxy) => this.#worker.call((api) => api.passkeyFile(proxy)));
  }

  /** The way back: `unwrap` gives the file key, or null. Throws what it throws, and KeyFormatError. */
  unlockPasskeyFile(file: string, unwrap: UnwrapFileKey): Promise<Owner> {
    return this.#unlock(
      throughProxy(unwrap, (proxy) => this.#worker.call((api) => api.unlockPasskeyFile(file, proxy))),
    );
  }

  /** A CAR file to read from, in place of any other; null: none. */
  useCar(index: CarIndex | null): Promise<void> {
    return this.#worker.call((api) => api.useCar(index));
  }

  /** Whether the study's first block is in that file. */
  isInCar({ handle }: Opened): Promise<boolean> {
    return this.#worker.call((api) => api.isInCar(handle));
  }

  /**
   * What the message's envelope says, and its key packet in suite 2, which is fetched. Throws WrongKeyError,
   * NoHybridKeyError, KeyPacketError, WrongContextError, EnvelopeError, IpfsError, AbortError.
   */
  open(message: Message, site: Site, from: From = site.gateways, signal?: AbortSignal): Promise<Opened> {
    const { envelope, sender, recipient } = message;
    const context = { chainId: site.chainId, inbox: site.inbox, sender, recipient };
    return this.#worker.job(signal, (api, job) => api.open(job, envelope, context, from));
  }

  /** Forgets what an envelope said. */
  async close({ handle }: Opened): Promise<void> {
    await this.#worker.call((api) => api.release(handle));
  }

  /**
   * The list of files, for a list of studies: only the ciphertext's beginning is fetched, and only that is checked.
   * Throws IpfsError, CiphertextError, BundleError, AbortError.
   */
  manifest({ handle }: Opened, from: From, signal?: AbortSignal): Promise<Manifest> {
    return this.#worker.job(signal, (api, job) => api.manifest(job, handle, from));
  }

  /**
   * All files, each checked, or none; `onEarly` hears of the first ones as they come, to show them. Throws IpfsError,
   * CiphertextError, BundleError, AbortError; `tries` of the first three says which gateways were asked, so that another
   * can be.
   */
  retrieve(
    { handle }: Opened,
    from: From,
    onProgress: (progress: Progress) => void = () => undefined,
    onEarly: (early: Early) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<Study> {
    const [progress, early] = [Comlink.proxy(onProgress), Comlink.proxy(onEarly)];
    return this.#worker.job(signal, (api, job) => api.retrieve(job, handle, from, progress, early));
  }

  /** A new envelope of the same contents, to hand a study on, and the key packet that it names in suite 2. */
  reseal({ handle }: Opened, target: SealTarget, context: Context): Promise<Sealed> {
    return this.#worker.call((api) => api.reseal(handle, target, context));
  }

  /** The key's own signature over an act of the account `owner.address`, for another to relay. Throws ActError. */
  signAct(act: Act): Promise<Hex> {
    return this.#worker.call((api) => api.signAct(act));
  }

  /** The same over an envelope that the account hands on through another's. Throws ActError. */
  signShare(share: Share): Promise<Hex> {
    return this.#worker.call((api) => api.signShare(share));
  }

  /** The same over the receipt of a message that the account got. Throws ActError. */
  signArrival(arrival: Arrival): Promise<Hex> {
    return this.#worker.call((api) => api.signArrival(arrival));
  }

  /** Which of `events`, all of one sender with that mailbox key (33 bytes), lie in mailboxes for this key: their numbers. */
  inMailboxes(events: readonly Sighting[], mailboxKey: Uint8Array, { chainId, inbox }: Site): Promise<number[]> {
    return this.#worker.call((api) => api.inMailboxes(events, mailboxKey, { chainId, inbox }));
  }

  /** The list of clinics in a file that this key alone opens. Throws RegisterError. */
  openClinics(file: Uint8Array): Promise<Clinic[]> {
    return this.#worker.call((api) => api.openClinics(file));
  }

  /** That file. */
  sealClinics(clinics: readonly Clinic[]): Promise<Bytes> {
    return this.#worker.call((api) => api.sealClinics(clinics));
  }

  /** What is kept of mailboxes. Throws RegisterError. */
  openSenderLogs(file: Uint8Array): Promise<KeptLog[]> {
    return this.#worker.call((api) => api.openSenderLogs(file));
  }

  /** As a file that this key alone opens. */
  sealSenderLogs(logs: readonly KeptLog[]): Promise<Bytes> {
    return this.#worker.call((api) => api.sealSenderLogs(logs));
  }

  /** Ends the worker: nothing is left of the key. What is under way fails with an AbortError. */
  lock(): void {
    this.owner = undefined;
    this.#worker.end(new DOMException("Radiogram was locked.", "AbortError"), (api) => api.wipe(), WIPE);
  }

  async #unlock(owner: Promise<Owner>): Promise<Owner> {
    this.owner = await owner;
    return this.owner;
  }
}

/** Lets the worker call `ask`, which only the page can; an error of it comes back as it was. */
async function throughProxy<A, B, R>(
  ask: (given: A) => Promise<B>,
  use: (proxy: ((given: A) => Promise<B>) & Comlink.ProxyMarked) => Promise<R>,
): Promise<R> {
  const failed: { why?: unknown } = {};
  const asking = async (given: A): Promise<B> => {
    try {
      return await ask(given);
    } catch (error) {
      failed.why = error;
      throw error;
    }
  };
  try {
    return await use(Comlink.proxy(asking));
  } catch (error) {
    throw failed.why ?? error;
  }
}
