/** What a transfer does: encrypts in the Worker, uploads, asks the wallet, waits for the chain. */

import type { ContractCall, Inbox } from "../../chain/inbox.ts";
import { IpfsError, IpfsTooLarge, IpfsWrongCid, Rejected, StudyError } from "../../errors.ts";
import type { Hex } from "../../formats/bytes.ts";
import { upload } from "../../ipfs/upload.ts";
import type { Progress } from "../../progress.ts";
import type { WalletConnection } from "../../wallet/connection.ts";
import { transactionProblem } from "../../wallet/problem.ts";
import { transact } from "../../wallet/transaction.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import { encryptStudy, release, seal } from "../../worker/encrypter.ts";
import type { Locked } from "../../worker/worker.ts";
import { rememberAddress, senderLabel, setPending } from "./remember.ts";
import type { Delivered, Job, TransferEvent, TransferProblem, Unsigned, UploadKind } from "./transfer.ts";

/** What a person gave up, as it stood then. */
export type Cancelled = "before-upload" | "during-upload";

export interface TransferListeners {
  dispatch: (event: TransferEvent) => void;
  /** Of locking, both times that the files are read, and of uploading. */
  progress: (done: number, total: number) => void;
  cancelled: (when: Cancelled) => void;
  /** The wallet agreed after all to what was given up. */
  late: (hash: Hex) => void;
  delivered: (delivered: Delivered) => void;
}

export class TransferController {
  readonly #inbox: Inbox;
  readonly #connection: WalletConnection;
  readonly #on: TransferListeners;
  #abort = new AbortController();
  /** Aborted when the person goes on without a signature, or waits for the wallet no longer. */
  #skip = new AbortController();
  #job: Job | undefined;
  #locked: Locked | undefined;
  /** The locked copy is on IPFS. */
  #isUploaded = false;
  #envelope: Uint8Array | undefined;
  #hash: Hex | undefined;

  constructor(inbox: Inbox, connection: WalletConnection, on: TransferListeners) {
    this.#inbox = inbox;
    this.#connection = connection;
    this.#on = on;
  }

  async start(job: Job): Promise<void> {
    this.forget();
    this.#job = job;
    this.#hash = undefined;
    this.#on.dispatch({ type: "lock", job });
    await this.#lock(job);
  }

  /** Stops locking or uploading. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Goes on without what the wallet is asked. */
  stopWaiting(): void {
    this.#skip.abort();
  }

  /** Drops the locked copy and its key, and what was to be sent. */
  forget(): void {
    this.#job = undefined;
    if (this.#locked) release(this.#locked);
    this.#locked = undefined;
    this.#isUploaded = false;
    this.#envelope = undefined;
  }

  #fail(problem: TransferProblem): void {
    this.#on.dispatch({ type: "fail", problem });
  }

  #cancelled(when: Cancelled): void {
    this.forget();
    this.#on.cancelled(when);
  }

  // --- lock

  async #lock(job: Job): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let unsigned: Unsigned = "no-wallet";
    const sign = async (text: string): Promise<Hex | null> => {
      const wallet = this.#connection.ready;
      if (!wallet) return null;
      const answer = await this.#sign(wallet, text, signal);
      unsigned = answer.unsigned;
      return answer.signature;
    };
    const progress = ({ stage, done, total }: Progress): void => {
      if (stage !== "sign") this.#on.progress(stage === "digest" ? done : total + done, 2 * total); // read twice
    };
    try {
      const label = senderLabel();
      const extras = { studies: job.images.metadata.studies, ...(label && { senderLabel: label }) };
      this.#locked = await encryptStudy([...job.images.files], extras, sign, progress, signal);
    } catch (error) {
      if (signal.aborted) this.#cancelled("before-upload");
      else this.#fail({ step: "lock", kind: error instanceof StudyError ? "study" : "other", detail: textOf(error) });
      return;
    }
    this.#on.dispatch({ type: "upload", unsigned: this.#locked.signed ? null : unsigned });
    await this.#upload(job, this.#locked);
  }

  /** The wallet's signature over the list of files, or why there is none: a study may go unsigned. */
  async #sign(
    wallet: Wallet,
    text: string,
    signal: AbortSignal,
  ): Promise<{ signature: Hex | null; unsigned: Unsigned }> {
    this.#skip = new AbortController();
    const skip = this.#skip.signal;
    this.#on.dispatch({ type: "sign" });
    try {
      const signature = await wallet.signText(text, AbortSignal.any([signal, skip]));
      return { signature, unsigned: "nobodys" };
    } catch (error) {
      signal.throwIfAborted();
      const unsigned = skip.aborted ? "skipped" : error instanceof Rejected ? "said-no" : "failed";
      return { signature: null, unsigned };
    } finally {
      if (!signal.aborted) this.#on.dispatch({ type: "answered" });
    }
  }

  // --- upload

  async uploadAgain(): Promise<void> {
    if (!this.#job || !this.#locked) return;
    this.#on.dispatch({ type: "upload-again" });
    await this.#upload(this.#job, this.#locked);
  }

  async #upload(job: Job, locked: Locked): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const progress = ({ done, total }: Progress): void => {
      this.#on.progress(done, total);
    };
    try {
      if (!this.#isUploaded) await upload(locked, this.#inbox.site, progress, signal);
      this.#isUploaded = true;
      this.#envelope = await this.#seal(job, locked, signal);
    } catch (error) {
      if (signal.aborted) this.#cancelled("during-upload");
      else {
        const detail = error instanceof IpfsError ? error.message : String(error);
        this.#fail({ step: "upload", kind: uploadKind(error), detail });
      }
      return;
    }
    this.#on.dispatch({ type: "check-fee", bytes: locked.size });
    await this.#agree(job);
  }

  /** The envelope. What it leads to is on IPFS then, the key packet too. */
  async #seal({ account, patient }: Job, locked: Locked, signal: AbortSignal): Promise<Uint8Array> {
    const { chainId, inbox } = this.#inbox.site;
    const { address, publicKey } = patient.recipient;
    const context = { chainId, inbox, sender: account, recipient: address };
    const target = { publicKey, hybridRecipient: patient.hybrid?.recipient ?? null };
    const { envelope, packet } = await seal(locked, target, context);
    if (packet) await upload(packet, this.#inbox.site, undefined, signal);
    return envelope;
  }

  // --- agree

  async agreeAgain(): Promise<void> {
    if (!this.#job) return;
    this.#on.dispatch({ type: "check-fee-again" });
    await this.#agree(this.#job);
  }

  /** Asks the wallet, if it is still that of the beginning. */
  async #agree(job: Job): Promise<void> {
    const { ready } = this.#connection;
    if (!ready) {
      this.#fail({ step: "agree", kind: "not-ready" });
      await this.#connection.insist();
    } else if (ready.account !== job.account) this.#fail({ step: "agree", kind: "other-account" });
    else await this.#ask(job, ready);
  }

  async #ask(job: Job, wallet: Wallet): Promise<void> {
    this.#skip = new AbortController();
    const { signal } = this.#skip;
    const order = { inbox: this.#inbox, wallet, prepare: () => Promise.resolve(this.#call(job)) };
    const late = (hash: Hex): void => {
      if (this.#job === job) void this.#deliver(job, hash);
      else this.#on.late(hash);
    };
    try {
      for await (const step of transact(order, signal, late)) {
        if (step.at === "agree") this.#on.dispatch({ type: "agree", fee: step.fee });
        if (step.at === "confirming") {
          void this.#deliver(job, step.hash);
          return;
        }
      }
    } catch (error) {
      if (this.#hash !== undefined) return; // an earlier question was answered late
      if (signal.aborted) this.#fail({ step: "agree", kind: "stopped-waiting" });
      else this.#fail({ step: "agree", kind: "transaction", problem: transactionProblem(error) });
    }
  }

  #call({ patient: { recipient } }: Job): ContractCall {
    if (!this.#envelope) throw new DOMException("The locked copy was given up.", "AbortError");
    return this.#inbox.sendCall(recipient, this.#envelope);
  }

  // --- deliver

  async #deliver(job: Job, hash: Hex): Promise<void> {
    if (this.#hash !== undefined) return; // an earlier question was answered late, and this one too
    this.#hash = hash;
    setPending(hash);
    this.#on.dispatch({ type: "confirm", hash });
    try {
      const receipt = await this.#inbox.receipt(hash);
      setPending(null);
      rememberAddress(job.patient.recipient.address);
      const signed = this.#locked?.signed ?? false;
      this.forget();
      this.#on.delivered({ job, receipt, signed });
    } catch (error) {
      setPending(null);
      this.#hash = undefined;
      this.#fail({ step: "deliver", kind: "transaction", problem: transactionProblem(error), hash });
    }
  }
}

function uploadKind(error: unknown): UploadKind {
  if (error instanceof IpfsTooLarge) return "too-large";
  return error instanceof IpfsWrongCid ? "wrong-cid" : "other";
}

function textOf(error: unknown): string {
  return error instanceof StudyError ? error.message : String(error);
}
