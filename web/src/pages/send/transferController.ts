/**
 * What a transfer does: encrypts in the Worker, uploads, asks the wallet, waits for the chain. Before the wallet is
 * asked, the journal has it; what that has of the same study is gone on with, and not sent twice.
 */

import type { Address } from "viem";
import type { ContractCall, Inbox, Receipt } from "../../chain/inbox.ts";
import {
  ChainUnreachable,
  HomesError,
  InboxError,
  IpfsError,
  IpfsTooLarge,
  IpfsWrongCid,
  RegisterError,
  Rejected,
  StudyError,
} from "../../errors.ts";
import { concat, type Hex } from "../../formats/bytes.ts";
import type { Context } from "../../formats/context.ts";
import { type Held, keptByHomes } from "../../ipfs/homes.ts";
import { isKept } from "../../ipfs/kept.ts";
import { upload } from "../../ipfs/upload.ts";
import { Delivery, standingOf } from "../../outgoing/delivery.ts";
import { type Entry, type Journal, mayCome, type Release } from "../../outgoing/journal.ts";
import type { Progress } from "../../progress.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import type { WalletConnection } from "../../wallet/connection.ts";
import { transactionProblem } from "../../wallet/problem.ts";
import { transact } from "../../wallet/transaction.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import { waitFor } from "../../waiting.ts";
import { encryptStudy, release, seal } from "../../worker/encrypter.ts";
import type { Locked } from "../../worker/worker.ts";
import { inBundleOrder } from "./images.ts";
import { rememberAddress, senderLabel } from "./remember.ts";
import type { Delivered, Job, SentBefore, TransferEvent, TransferProblem, Unsigned, UploadKind } from "./transfer.ts";

/** What a person gave up, as it stood then. */
export type Cancelled = "sent-before" | "before-upload" | "during-upload";

export interface TransferListeners {
  dispatch: (event: TransferEvent) => void;
  /** Of locking, both times that the files are read, and of uploading. */
  progress: (done: number, total: number) => void;
  cancelled: (when: Cancelled, job: Job) => void;
  /** What the journal has is gone on with. */
  resumed: (entry: Entry) => void;
  /** What was given up may come all the same: the journal has it. */
  left: (entry: Entry) => void;
  delivered: (delivered: Delivered) => void;
}

/** Chooses a mailbox for what is sent. Throws InboxError, RegisterError, AbortError. */
export type ChooseMailbox = (job: Job, signal: AbortSignal) => Promise<Address>;

export class TransferController {
  readonly #inbox: Inbox;
  readonly #connection: WalletConnection;
  readonly #journal: Journal;
  readonly #chooseMailbox: ChooseMailbox;
  readonly #on: TransferListeners;
  #abort = new AbortController();
  /** Aborted when the person goes on without a signature, or waits for the wallet no longer. */
  #skip = new AbortController();
  /** Called when what was sent before is to be sent again. */
  #sendAgain: () => void = () => undefined;
  #job: Job | undefined;
  #locked: Locked | undefined;
  /** The locked copy is on IPFS. */
  #isUploaded = false;
  /** As many homes keep it as are to. */
  #isKeptByHomes = false;
  /** How the journal calls what is sent, and how many messages the inbox had. */
  #place: { tag: string; since: number } | undefined;
  /** Lets other windows send the same. */
  #release: Release = NOTHING_HELD;
  #delivery: Delivery | undefined;
  #hash: Hex | undefined;

  constructor(
    inbox: Inbox,
    connection: WalletConnection,
    journal: Journal,
    chooseMailbox: ChooseMailbox,
    on: TransferListeners,
  ) {
    this.#inbox = inbox;
    this.#connection = connection;
    this.#journal = journal;
    this.#chooseMailbox = chooseMailbox;
    this.#on = on;
  }

  async start(job: Job): Promise<void> {
    await this.forget();
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

  /** Sends a second copy of what was sent before. */
  sendAgain(): void {
    this.#sendAgain();
  }

  /** Drops the locked copy and its key, and what was to be sent; the journal keeps it if it may come all the same. */
  async forget(): Promise<void> {
    const [delivery, free] = [this.#delivery, this.#release];
    this.#job = undefined;
    if (this.#locked) release(this.#locked);
    this.#locked = undefined;
    this.#isUploaded = false;
    this.#isKeptByHomes = false;
    this.#place = undefined;
    this.#release = NOTHING_HELD;
    this.#delivery = undefined;
    await delivery?.giveUp();
    await free();
    if (delivery && delivery.entry.arrived === null && mayCome(delivery.entry)) this.#on.left(delivery.entry);
  }

  #fail(problem: TransferProblem): void {
    this.#on.dispatch({ type: "fail", problem });
  }

  #cancelled(when: Cancelled, job: Job): void {
    void this.forget();
    this.#on.cancelled(when, job);
  }

  // --- lock

  async #lock(job: Job): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let unsigned: Unsigned = job.sign ? "no-wallet" : "not-asked";
    const begun: { delivery?: Delivery | undefined } = {};
    const sign = async (text: string, contents: Hex): Promise<Hex | null> => {
      begun.delivery = await this.#recall(job, contents, signal);
      if (begun.delivery) throw new DOMException("What was begun is gone on with.", "AbortError");
      const wallet = this.#connection.ready;
      if (!wallet || !job.sign) return null;
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
      this.#locked = await encryptStudy(inBundleOrder(job.images), extras, job.toMailbox, sign, progress, signal);
    } catch (error) {
      if (begun.delivery) await this.#resume(job, begun.delivery);
      else if (signal.aborted) this.#cancelled(signal.reason === SENT_BEFORE ? "sent-before" : "before-upload", job);
      else this.#fail({ step: "lock", kind: lockKind(error), detail: textOf(error) });
      return;
    }
    this.#on.dispatch({ type: "upload", unsigned: this.#locked.signed ? null : unsigned });
    await this.#upload(job, this.#locked);
  }

  /** What the journal has of this study for this person, to be gone on with. Throws ChainUnreachable, AbortError. */
  async #recall(job: Job, contents: Hex, signal: AbortSignal): Promise<Delivery | undefined> {
    const { recipient } = job.patient;
    const parties = this.#parties(job, recipient.address); // whatever mailbox it goes into
    const tag = await this.#journal.tag({ ...parties, recipientKey: keyOf(job.patient), contents });
    this.#release = (await this.#journal.tryToHold(tag)) ?? (await this.#waitForOther(tag, signal));
    // A mailbox is not asked about before it is used: the node would know of one more.
    this.#place = { tag, since: job.toMailbox ? 0 : await this.#inbox.count(recipient.address) };
    const entry = await this.#journal.last(tag);
    return entry && (await this.#known(job, entry, signal));
  }

  async #waitForOther(tag: string, signal: AbortSignal): Promise<Release> {
    this.#on.dispatch({ type: "elsewhere" });
    const free = await this.#journal.hold(tag, signal);
    this.#on.dispatch({ type: "go-on-locking" });
    return free;
  }

  /** The same, if it can be gone on with, and is not to be sent again. */
  async #known({ patient, toMailbox }: Job, entry: Entry, signal: AbortSignal): Promise<Delivery | undefined> {
    const delivery = new Delivery(entry, this.#inbox, this.#journal);
    const standing = await standingOf(entry, this.#inbox);
    if (standing.at === "arrived") {
      const { index, sentAt, retracted } = standing.message;
      if (entry.arrived === null) return delivery;
      const mailbox = entry.mailbox ? entry.recipient : null;
      if (!retracted) await this.#askAgain({ index, at: sentAt, mailbox }, signal);
      return undefined;
    }
    const isInMailbox = entry.mailbox === true;
    const isLate = standing.at === "late";
    const isForKey = isInMailbox || entry.keyVersion === patient.recipient.keyVersion;
    const isSamePlace = isInMailbox === toMailbox;
    if (!isLate && isForKey && (mayCome(entry) || (isSamePlace && (await this.#isKept(entry, signal)))))
      return delivery;
    await delivery.giveUp();
    return undefined;
  }

  async #isKept({ cids }: Entry, signal: AbortSignal): Promise<boolean> {
    for (const cid of cids) if (!(await isKept(cid, this.#inbox.site.gateways, signal))) return false;
    return true;
  }

  /** Done when a second copy is to be sent. Throws AbortError. */
  async #askAgain(before: SentBefore, signal: AbortSignal): Promise<void> {
    const agreed = new Promise<void>((resolve) => {
      this.#sendAgain = resolve;
    });
    this.#on.dispatch({ type: "known", before });
    await waitFor(agreed, signal);
    this.#on.dispatch({ type: "go-on-locking" });
  }

  /** Leaves it at what was sent before. */
  leaveSent(): void {
    this.#abort.abort(SENT_BEFORE);
  }

  async #resume(job: Job, delivery: Delivery): Promise<void> {
    const { at, bytes, signed } = delivery.entry;
    this.#delivery = delivery;
    this.#on.resumed(delivery.entry);
    const isToMailbox = delivery.entry.mailbox === true;
    this.#on.dispatch({ type: "resume", at: new Date(at), bytes, signed, isToMailbox });
    await this.#goOn(job, delivery);
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

  /** Begins anew, as nothing was locked. */
  async lockAgain(): Promise<void> {
    if (this.#job) await this.start(this.#job);
  }

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
    let delivery: Delivery;
    try {
      if (!this.#isUploaded) await upload(locked, this.#inbox.site, progress, signal);
      this.#isUploaded = true;
      const mailbox = job.toMailbox ? await this.#chooseMailbox(job, signal) : undefined;
      delivery = await this.#seal(job, locked, mailbox, signal);
    } catch (error) {
      if (signal.aborted) this.#cancelled("during-upload", job);
      else if (error instanceof InboxError || error instanceof RegisterError) {
        this.#on.dispatch({ type: "check-fee", bytes: locked.size });
        this.#fail({ step: "agree", kind: "transaction", problem: transactionProblem(error) });
      } else {
        const detail = error instanceof IpfsError ? error.message : String(error);
        this.#fail({ step: "upload", kind: uploadKind(error), detail });
      }
      return;
    }
    this.#delivery = delivery;
    this.#on.dispatch({ type: "check-fee", bytes: locked.size });
    await this.#agree(job, delivery);
  }

  /** The envelope, in the journal. What it leads to is on IPFS then, the key packet too. */
  async #seal(job: Job, locked: Locked, mailbox: Address | undefined, signal: AbortSignal): Promise<Delivery> {
    const { address, publicKey, keyVersion } = job.patient.recipient;
    const parties = this.#parties(job, mailbox ?? address);
    const target = { publicKey, hybridRecipient: job.patient.hybrid?.recipient ?? null };
    const { envelope, packet } = await seal(locked, target, parties);
    if (packet) await upload(packet, this.#inbox.site, undefined, signal);
    const { tag = "", since = 0 } = this.#place ?? {};
    const entry = await this.#journal.add({
      tag,
      since,
      at: Date.now(),
      ...parties,
      ...(mailbox !== undefined && { mailbox: true }),
      keyVersion: mailbox === undefined ? keyVersion : 0, // a mailbox has registered none
      envelope,
      cids: [locked.cid, ...(packet ? [packet.cid] : [])],
      bytes: locked.size,
      signed: locked.signed,
    });
    return new Delivery(entry, this.#inbox, this.#journal);
  }

  #parties({ account }: Job, recipient: Address): Context {
    const { chainId, inbox } = this.#inbox.site;
    return { chainId, inbox, sender: account, recipient };
  }

  // --- agree

  async agreeAgain(): Promise<void> {
    if (!this.#delivery) {
      await this.uploadAgain(); // no mailbox could be chosen
      return;
    }
    if (!this.#job) return;
    this.#on.dispatch({ type: "check-fee-again" });
    await this.#goOn(this.#job, this.#delivery);
  }

  /** Looks what became of it, and asks the wallet if nothing is on its way. */
  async #goOn(job: Job, delivery: Delivery): Promise<void> {
    this.#skip = new AbortController();
    const { signal } = this.#skip;
    const hold = (): void => {
      this.#on.dispatch({ type: "hold" });
    };
    try {
      const standing = await delivery.look(hold, signal);
      if (standing.at === "arrived") await this.#done(job, delivery, standing.message.index, null);
      else if (standing.at === "late") await this.start(job);
      else if (standing.at === "pending") void this.#deliver(job, delivery, standing.hash);
      else await this.#agree(job, delivery);
    } catch (error) {
      if (signal.aborted) this.#fail({ step: "agree", kind: "stopped-waiting" });
      else this.#fail({ step: "agree", kind: "transaction", problem: transactionProblem(error) });
    }
  }

  /** Asks the wallet, if it is still that of the beginning. */
  async #agree(job: Job, delivery: Delivery): Promise<void> {
    if (!(await this.#keep(job, delivery))) return;
    const { ready } = this.#connection;
    if (!ready) {
      this.#fail({ step: "agree", kind: "not-ready" });
      await this.#connection.insist();
    } else if (ready.account !== job.account) this.#fail({ step: "agree", kind: "other-account" });
    else await this.#ask(job, delivery, ready);
  }

  /** Whether as many homes keep what the envelope leads to as are to, and the site knows. The journal has it by now. */
  async #keep(job: Job, { entry }: Delivery): Promise<boolean> {
    const { site } = this.#inbox;
    if (this.#isKeptByHomes || site.homes === null) return true;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const told = (held: Held): void => {
      this.#on.dispatch({ type: "keep", held });
    };
    if (site.homes.wanted > 1) told({ held: 0, wanted: site.homes.wanted, missing: [] });
    try {
      const held = await keptByHomes(entry, site, told, signal);
      this.#isKeptByHomes = true;
      if (held) this.#on.dispatch({ type: "kept", held });
      return true;
    } catch (error) {
      if (signal.aborted) this.#cancelled("during-upload", job);
      else {
        const kind = error instanceof HomesError ? "homes" : "not-kept";
        this.#fail({ step: "upload", kind, detail: error instanceof IpfsError ? error.message : String(error) });
      }
      return false;
    }
  }

  async #ask(job: Job, delivery: Delivery, wallet: Wallet): Promise<void> {
    this.#skip = new AbortController();
    const { signal } = this.#skip;
    const prepare = (): Promise<ContractCall> => Promise.resolve(delivery.call());
    const order = { inbox: this.#inbox, wallet, prepare, record: delivery };
    const late = (hash: Hex): void => {
      if (this.#job === job) void this.#deliver(job, delivery, hash);
      else this.#on.left(delivery.entry);
    };
    try {
      for await (const step of transact(order, signal, late)) {
        if (step.at === "agree") this.#on.dispatch({ type: "agree", fee: step.fee });
        if (step.at === "confirming") {
          void this.#deliver(job, delivery, step.hash);
          return;
        }
      }
    } catch (error) {
      if (this.#hash !== undefined) return; // an earlier question was answered late
      if (signal.aborted) this.#fail({ step: "agree", kind: "stopped-waiting" });
      else this.#fail({ step: "agree", kind: "transaction", problem: transactionProblem(error) });
    }
  }

  // --- deliver

  async #deliver(job: Job, delivery: Delivery, hash: Hex): Promise<void> {
    if (this.#hash !== undefined) return; // an earlier question was answered late, and this one too
    this.#hash = hash;
    this.#on.dispatch({ type: "confirm", hash });
    try {
      const receipt = await delivery.receipt(hash);
      await this.#done(job, delivery, receipt.index, receipt);
    } catch (error) {
      this.#hash = undefined;
      this.#fail({ step: "deliver", kind: "transaction", problem: transactionProblem(error), hash });
    }
  }

  async #done(job: Job, delivery: Delivery, index: number | undefined, receipt: Receipt | null): Promise<void> {
    const { signed, recipient, mailbox } = delivery.entry;
    if (!mailbox) rememberAddress(recipient); // that something went to them into a mailbox, nobody is to see
    await this.forget();
    this.#on.delivered({ job, recipient, isInMailbox: mailbox === true, index, receipt, signed });
  }
}

const NOTHING_HELD: Release = () => Promise.resolve();

/** Why locking is given up: what was sent before is enough. */
const SENT_BEFORE = new DOMException("It was sent before.", "AbortError");

/** What is sealed to. */
function keyOf({ recipient, hybrid }: FoundRecipient): Uint8Array {
  return concat(recipient.publicKey, hybrid?.digest ?? new Uint8Array());
}

function lockKind(error: unknown): Extract<TransferProblem, { step: "lock" }>["kind"] {
  if (error instanceof StudyError) return "study";
  return error instanceof ChainUnreachable ? "unreachable" : "other";
}

function uploadKind(error: unknown): UploadKind {
  if (error instanceof IpfsTooLarge) return "too-large";
  return error instanceof IpfsWrongCid ? "wrong-cid" : "other";
}

function textOf(error: unknown): string {
  return error instanceof StudyError ? error.message : String(error);
}
