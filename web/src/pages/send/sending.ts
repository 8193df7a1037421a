/** Lock, upload, agree, deliver: each step shows how far it is, can be stopped, and says what is left behind. */

import { feeText } from "../../chain/ether.ts";
import { IpfsError, IpfsTooLarge, Rejected, StudyError } from "../../errors.ts";
import type { Hex } from "../../formats/bytes.ts";
import { encryptStudy, release, seal } from "../../worker/encrypter.ts";
import type { Inbox, Receipt, ContractCall } from "../../chain/inbox.ts";
import type { Locked } from "../../worker/worker.ts";
import type { Progress } from "../../progress.ts";
import { upload } from "../../ipfs/upload.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import { button } from "../../ui/button.ts";
import { h } from "../../ui/dom.ts";
import { about, amountOf, size } from "../../ui/format.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { progressBar, type Row, progressRow } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import type { Images, Patient } from "./model.ts";
import { patientText } from "./patient.ts";
import { rememberAddress, senderLabel, setPending } from "./remember.ts";
import type { WalletConnection } from "../../wallet/connection.ts";
import * as messages from "../../wallet/messages.ts";
import { transact, transactionProblem } from "../../wallet/transaction.ts";
import { stopButton, waiting } from "../../wallet/waiting.ts";

const ETA_AFTER = 5000; // ms, before which the speed is not known
const SENDING = "sending";

/** What is to be sent, and by whom. */
export interface Job {
  images: Images;
  patient: Patient;
  account: `0x${string}`;
}

export interface Delivered {
  job: Job;
  receipt: Receipt;
  signed: boolean;
}

export interface SendingEvents {
  /** Stopped before anything was sent, and why. */
  stopped(words: string): void;
  startOver(): void;
  /** The wallet agreed after all to what was given up. */
  late(hash: string): void;
  delivered(sent: Delivered): void;
}

export class Sending {
  readonly element: HTMLElement;
  /** Place of the wallet's words while sending. */
  readonly wallet = h("div");
  readonly #heading = h("h2");
  readonly #rows = {
    lock: progressRow("lock", "Lock"),
    upload: progressRow("upload", "Upload"),
    agree: progressRow("wallet", "Agree"),
    deliver: progressRow("letter", "Deliver"),
  };
  readonly #inbox: Inbox;
  readonly #connection: WalletConnection;
  readonly #events: SendingEvents;
  #abort = new AbortController();
  #locked: Locked | undefined;
  #cid = "";
  #hash: string | undefined;
  #job: Job | undefined;

  constructor(inbox: Inbox, connection: WalletConnection, events: SendingEvents) {
    this.#inbox = inbox;
    this.#connection = connection;
    this.#events = events;
    const { lock, upload: up, agree, deliver } = this.#rows;
    const list = h(
      "ol",
      { class: "rows" },
      [lock, up, agree, deliver].map((row) => row.element),
    );
    this.element = h("section", { class: "card next" }, this.#heading, this.wallet, list);
    this.plan();
  }

  /** What will happen, before it does. */
  plan(bytes?: number): void {
    const { lock, upload: up, agree, deliver } = this.#rows;
    this.#heading.textContent = "When you press send";
    this.element.classList.remove("live");
    const amount = bytes === undefined ? "" : `, ${size(bytes)}`;
    reset(lock, "Lock", "(encrypt) on this computer");
    reset(up, "Upload", `the locked copy${amount}`);
    reset(agree, "Agree", "in your wallet");
    reset(deliver, "Deliver", "to the patient’s inbox");
  }

  async start(job: Job): Promise<void> {
    this.#forget();
    this.#job = job;
    this.plan(job.images.bytes);
    this.#heading.textContent = "Sending";
    this.element.classList.add("live");
    this.#abort = new AbortController();
    this.#hash = undefined;
    await this.#lock(job);
  }

  /** Drops the locked copy and its key, and what was to be sent. */
  #forget(): void {
    this.#job = undefined;
    if (this.#locked) release(this.#locked);
    this.#locked = undefined;
    this.#cid = "";
  }

  // ---- lock

  async #lock(job: Job): Promise<void> {
    const { lock } = this.#rows;
    const { signal } = this.#abort;
    const bar = progressBar("Locking");
    const quarters = new Quarters();
    let signing = "";
    const show = (): void => {
      lock.set("now", bar.element, h("p", {}, "Stay on this page."), h("div", { class: "ways" }, this.#cancel()));
    };
    const report = ({ stage, done, total }: Progress): void => {
      if (stage === "sign") return;
      const [shown, all] = stage === "digest" ? [done, 2 * total] : [total + done, 2 * total]; // read twice
      bar.set(shown, all);
      quarters.report(shown, all, (percent) => `${percent} percent locked`);
    };
    const sign = async (text: string): Promise<`0x${string}` | null> => {
      const wallet = this.#connection.ready;
      const [signature, words] = wallet ? await this.#sign(wallet, text, signal) : [null, "No wallet signed it."];
      signing = words;
      if (!signal.aborted) show();
      return signature;
    };
    lock.rename("Locking the images");
    show();
    focusHeading(lock.heading);
    warnBeforeLeaving(SENDING, true);
    say("Locking the images");
    try {
      const extras = { studies: job.images.facts.studies, ...(senderLabel() && { senderLabel: senderLabel() }) };
      this.#locked = await encryptStudy([...job.images.files], extras, sign, report, signal);
    } catch (error) {
      if (signal.aborted) this.#stop("Stopped. Nothing left this computer.");
      else this.#notLocked(error);
      return;
    }
    lock.rename("Locked");
    this.#moveOn(lock, this.#rows.upload, this.#locked.signed ? "Signed by your wallet." : `Not signed. ${signing}`);
    await this.#upload(job);
  }

  /** The wallet's signature over the list of files, or null: a study may go unsigned. */
  async #sign(wallet: Wallet, text: string, signal: AbortSignal): Promise<[`0x${string}` | null, string]> {
    const skip = new AbortController();
    const without = button("Go on without", () => {
      skip.abort();
    });
    const asked = h("b", { tabindex: -1 }, "Sign the list of images in your wallet.");
    const words = [asked, " It shows that they come from you. There is no fee."];
    this.#rows.lock.set("now", waiting(words, without, this.#cancel()));
    asked.focus();
    say("Sign the list of images in your wallet. There is no fee.");
    try {
      return [await wallet.signText(text, AbortSignal.any([signal, skip.signal])), ""];
    } catch (error) {
      signal.throwIfAborted();
      if (skip.signal.aborted) return [null, "You went on without."];
      return [null, error instanceof Rejected ? "You said no to signing." : "Your wallet could not sign it."];
    }
  }

  #notLocked(error: unknown): void {
    const text =
      error instanceof StudyError ? error.message : "There may be too little room on this computer. Nothing left it.";
    this.#fail(this.#rows.lock, {
      tone: "err",
      title: "The images could not be locked.",
      text,
      buttons: [this.#startOver()],
      details: error instanceof StudyError ? undefined : String(error),
    });
  }

  // ---- upload

  async #upload(job: Job): Promise<void> {
    const locked = this.#locked;
    if (!locked) return;
    const { upload: row, agree } = this.#rows;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const bar = progressBar("Uploading");
    const quarters = new Quarters();
    const began = performance.now();
    const report = ({ done, total }: Progress): void => {
      const spent = performance.now() - began;
      const left = done > 0 && spent > ETA_AFTER ? (spent * (total - done)) / done / 1000 : 0;
      bar.set(done, total, `${amountOf(done, total)}${left > 0 ? `, ${about(left)} left` : ""}`);
      quarters.report(done, total, (percent) => `${percent} percent uploaded`);
    };
    row.rename("Uploading");
    row.set("now", bar.element, h("div", { class: "ways" }, this.#cancel()));
    report({ stage: "upload", done: 0, total: locked.size });
    warnBeforeLeaving(SENDING, true);
    say("Uploading");
    try {
      this.#cid = (await upload(locked, this.#inbox.site, report, signal)).cid;
    } catch (error) {
      if (signal.aborted) this.#stop("Stopped. A locked part may stay online. Nobody can open it.");
      else this.#notUploaded(job, error);
      return;
    }
    row.rename("Uploaded");
    this.#moveOn(row, agree, `The locked copy is online, ${size(locked.size)}.`);
    await this.#agree(job);
  }

  #notUploaded(job: Job, error: unknown): void {
    const isTooLarge = error instanceof IpfsTooLarge;
    const again = button("Try again", () => this.#again(this.#rows.upload, () => this.#upload(job)));
    this.#fail(this.#rows.upload, {
      tone: "warn",
      title: "The upload stopped.",
      text: isTooLarge
        ? "The storage does not take so many images at once. Send them in parts."
        : "The storage did not answer. The locked copy is still here.",
      buttons: isTooLarge ? [this.#startOver()] : [again, this.#startOver()],
      details: error instanceof IpfsError ? error.message : String(error),
    });
  }

  // ---- agree

  async #agree(job: Job): Promise<void> {
    const { agree } = this.#rows;
    agree.rename("Agree in your wallet");
    agree.set("now", h("p", {}, "Checking the fee…"));
    const wallet = await this.#sameWallet(job);
    if (wallet) await this.#ask(job, wallet);
  }

  /** The wallet, if it is still that of the beginning; otherwise says what to do. */
  async #sameWallet(job: Job): Promise<Wallet | undefined> {
    if (!this.#connection.ready) {
      this.#askAgain(job, "Your wallet is not ready.", "The images were not sent. The locked copy is still here.");
      await this.#connection.insist();
      return undefined;
    }
    if (this.#connection.ready.account === job.account) return this.#connection.ready;
    this.#askAgain(
      job,
      messages.OTHER_ACCOUNT,
      "The images were not sent. Change it back to the account that you began with, or start over.",
    );
    return undefined;
  }

  async #ask(job: Job, wallet: Wallet): Promise<void> {
    const stop = new AbortController();
    const order = { inbox: this.#inbox, wallet, prepare: () => this.#request(job) };
    const late = (hash: Hex): void => {
      if (this.#job === job) void this.#deliver(job, hash);
      else this.#events.late(hash);
    };
    try {
      for await (const step of transact(order, stop.signal, late)) {
        if (step.at === "agree") this.#wait(job, step.fee, stop);
        if (step.at === "confirming") {
          void this.#deliver(job, step.hash);
          return;
        }
      }
    } catch (error) {
      if (stop.signal.aborted) {
        const text =
          "If you still agree to this in your wallet, the images are sent. To ask again, first say no to it there.";
        this.#askAgain(job, messages.STOPPED_WAITING, text);
      } else this.#notAgreed(job, error);
    }
  }

  async #request({ account, patient: { recipient } }: Job): Promise<ContractCall> {
    const { chainId, inbox } = this.#inbox.site;
    if (!this.#locked) throw new DOMException("The locked copy was given up.", "AbortError");
    const context = { chainId, inbox, sender: account, recipient: recipient.address };
    return this.#inbox.sendCall(recipient, await seal(this.#locked, this.#cid, recipient.publicKey, context));
  }

  #wait(job: Job, fee: bigint, stop: AbortController): void {
    const words = [`Fee about ${feeText(fee)}. Sending to `, patientText(job.patient.recipient), "."];
    const stopWaiting = stopButton(() => {
      stop.abort();
    });
    this.#rows.agree.set("now", waiting(words, stopWaiting));
    warnBeforeLeaving(SENDING, true);
    say("Agree in your wallet");
  }

  #notAgreed(job: Job, error: unknown): void {
    const again = (label: string): HTMLElement =>
      button(label, () => this.#again(this.#rows.agree, () => this.#agree(job)));
    const { kind, detail, missing } = transactionProblem(error);
    if (kind === "said-no") {
      this.#askAgain(job, messages.SAID_NO, "The images were not sent.");
    } else if (kind === "too-little") {
      const buttons = [again("Check again"), this.#startOver()];
      this.#fail(this.#rows.agree, { ...messages.tooLittle(missing), buttons });
    } else {
      this.#fail(this.#rows.agree, {
        tone: "warn",
        title: kind === "unreachable" ? messages.UNREACHABLE : "It was not sent.",
        text: kind === "unreachable" ? "The locked copy is still here. Check your connection." : detail,
        buttons: [again("Ask again"), this.#startOver()],
      });
    }
  }

  #askAgain(job: Job, title: string, text: string): void {
    const ask = button("Ask again", () => this.#again(this.#rows.agree, () => this.#agree(job)), { kind: "go" });
    this.#fail(this.#rows.agree, { tone: "warn", title, text, buttons: [ask, this.#startOver()] });
  }

  // ---- deliver

  async #deliver(job: Job, hash: string): Promise<void> {
    if (this.#hash !== undefined) return; // an earlier question was answered late, and this one too
    this.#hash = hash;
    const { agree, deliver } = this.#rows;
    setPending(hash);
    warnBeforeLeaving(SENDING, false);
    agree.rename("Agreed");
    deliver.rename("On its way");
    deliver.set("now", h("p", {}, `${messages.BEING_WRITTEN} ${messages.MAY_CLOSE}`));
    this.#moveOn(agree, deliver, "in your wallet");
    say("On its way. You can close this page.");
    try {
      const receipt = await this.#inbox.receipt(hash as `0x${string}`);
      setPending(null);
      rememberAddress(job.patient.recipient.address);
      const signed = this.#locked?.signed ?? false;
      this.#forget();
      this.#events.delivered({ job, receipt, signed });
    } catch (error) {
      setPending(null);
      this.#notDelivered(job, hash, error);
    }
  }

  #notDelivered(job: Job, hash: string, error: unknown): void {
    this.#hash = undefined;
    const again = async (): Promise<void> => {
      const { agree, deliver } = this.#rows;
      reset(deliver, "Deliver", "to the patient’s inbox");
      focusHeading(agree.heading);
      await this.#agree(job);
    };
    this.#fail(this.#rows.deliver, {
      ...messages.notAccepted(transactionProblem(error).kind, GOT_NOTHING),
      buttons: [button("Send again", again, { kind: "go" }), this.#startOver()],
      details: `${hash}\n${said(error)}`,
    });
  }

  // ---- all of them

  #cancel(): HTMLElement {
    return button("Cancel", () => {
      this.#abort.abort();
    });
  }

  #startOver(): HTMLElement {
    return button("Start over", () => {
      this.#forget();
      this.#events.startOver();
    });
  }

  #stop(words: string): void {
    warnBeforeLeaving(SENDING, false);
    this.#forget();
    this.plan();
    this.#events.stopped(words);
  }

  #fail(row: Row, words: NoticeWords): void {
    warnBeforeLeaving(SENDING, false);
    const box = notice(words);
    row.rename(this.#title(row));
    row.set("failed", box);
    focusHeading(box);
  }

  async #again(row: Row, act: () => Promise<void>): Promise<void> {
    focusHeading(row.heading);
    await act();
  }

  #title(row: Row): string {
    const { lock, upload: up, agree } = this.#rows;
    return row === lock ? "Lock" : row === up ? "Upload" : row === agree ? "Agree" : "Deliver";
  }

  /** `from` is done. If the focus was in it, it goes on to the next row; elsewhere it stays. */
  #moveOn(from: Row, to: Row, words: string): void {
    const held = from.element.contains(document.activeElement);
    from.set("done", h("p", {}, words));
    if (held) focusHeading(to.heading);
  }
}

function reset(row: Row, title: string, words: string): void {
  row.rename(title);
  row.set("later", h("p", {}, words));
}

/** Of a transaction that came to nothing. */
export const GOT_NOTHING = "The patient got nothing.";

export const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
