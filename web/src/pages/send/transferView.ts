/** A transfer on screen: a row for each step, which shows how far it is and can be stopped. */

import { feeText } from "../../chain/ether.ts";
import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { about, amountOf, dayAndTime, heldWords, mailboxName, size } from "../../ui/format.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { type ProgressBar, progressBar, progressRow, type RowState, working } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import { BEING_WRITTEN, MAY_CLOSE, WALLET_MAY_HOLD } from "../../wallet/messages.ts";
import { stopButton, waiting } from "../../wallet/waiting.ts";
import { IN_ANOTHER_WINDOW, SAY_NO_TO_OLDER, SENT_BEFORE, transferWords, UNSIGNED } from "./messages.ts";
import { patientText } from "./patientStep.ts";
import {
  type Doing,
  type SentBefore,
  stepOf,
  STEPS,
  type TransferEvent,
  type TransferProblem,
  type TransferState,
  type TransferStep,
  wouldLose,
} from "./transfer.ts";

const ETA_AFTER = 5000; // ms, before which the speed is not known

export interface TransferActions {
  cancel: () => void;
  /** Leaves it at what was sent before. */
  leaveSent: () => void;
  /** Sends a second copy. */
  sendAgain: () => void;
  lockAgain: () => unknown;
  stopWaiting: () => void;
  uploadAgain: () => unknown;
  agreeAgain: () => unknown;
  startOver: () => void;
}

interface RowView {
  readonly state: RowState;
  readonly title: string;
  readonly body: Child;
}

const PLANNED: Readonly<Record<TransferStep, string>> = {
  lock: "Lock",
  upload: "Upload",
  agree: "Agree",
  deliver: "Deliver",
};

export class TransferView {
  readonly element: HTMLElement;
  /** Place of the wallet's words meanwhile. */
  readonly wallet = h("div");
  readonly #act: TransferActions;
  readonly #heading = h("h2");
  readonly #rows = {
    lock: progressRow("lock", PLANNED.lock),
    upload: progressRow("upload", PLANNED.upload),
    agree: progressRow("wallet", PLANNED.agree),
    deliver: progressRow("letter", PLANNED.deliver),
  };
  #bar: ProgressBar | undefined;
  #quarters = new Quarters();
  #began = 0;
  /** The row that had the focus before the last change. */
  #held: TransferStep | undefined;

  constructor(act: TransferActions) {
    this.#act = act;
    const rows = STEPS.map((step) => this.#rows[step].element);
    this.element = h("section", { class: "card next" }, this.#heading, this.wallet, h("ol", { class: "rows" }, rows));
    this.plan();
  }

  /** What will happen, before it does. */
  plan(bytes?: number, toMailbox = false): void {
    warnBeforeLeaving("transfer", false);
    this.#heading.textContent = "When you press send";
    this.element.classList.remove("live");
    for (const step of STEPS) this.#set(step, planned(step, bytes, toMailbox));
  }

  /** What has changed by `event`. */
  update(state: TransferState, event: TransferEvent): void {
    this.#held = STEPS.find((step) => this.#rows[step].element.contains(document.activeElement));
    warnBeforeLeaving("transfer", wouldLose(state));
    this.#heading.textContent = "Sending";
    this.element.classList.add("live");
    const now = stepOf(state.doing);
    if (event.type === "lock") this.#start("Locking");
    if (state.doing.kind === "uploading") this.#start("Uploading");
    for (const step of changedBy(event, now)) this.#set(step, this.#view(step, state));
    this.#speak(event);
  }

  progress({ doing }: TransferState, done: number, total: number): void {
    if (doing.kind === "uploading") this.#bar?.set(done, total, `${amountOf(done, total)}${this.#left(done, total)}`);
    else this.#bar?.set(done, total);
    const word = doing.kind === "uploading" ? "uploaded" : "locked";
    this.#quarters.report(done, total, (percent) => `${percent} percent ${word}`);
  }

  #left(done: number, total: number): string {
    const spent = performance.now() - this.#began;
    const seconds = done > 0 && spent > ETA_AFTER ? (spent * (total - done)) / done / 1000 : 0;
    return seconds > 0 ? `, ${about(seconds)} left` : "";
  }

  #start(name: string): void {
    this.#bar = progressBar(name);
    this.#quarters = new Quarters();
    this.#began = performance.now();
  }

  #set(step: TransferStep, { state, title, body }: RowView): void {
    this.#rows[step].rename(title);
    this.#rows[step].set(state, body);
  }

  #view(step: TransferStep, state: TransferState): RowView {
    const [place, now] = [STEPS.indexOf(step), STEPS.indexOf(stepOf(state.doing))];
    if (place < now) return finished(step, state);
    return place > now ? planned(step, state.job.images.bytes, state.isToMailbox) : this.#now(state.doing, state);
  }

  #now(doing: Doing, { job, resumed, isToMailbox }: TransferState): RowView {
    const state = "now";
    const cancel = button("Cancel", this.#act.cancel);
    switch (doing.kind) {
      case "locking":
        return {
          state,
          title: "Locking the images",
          body: [this.#bar?.element, h("p", {}, "Stay on this page."), h("div", { class: "ways" }, cancel)],
        };
      case "elsewhere":
        return {
          state,
          title: "Locking the images",
          body: [h("p", {}, IN_ANOTHER_WINDOW), h("div", { class: "ways" }, cancel)],
        };
      case "known":
        return { state: "failed", title: PLANNED.lock, body: this.#known(doing.before) };
      case "signing": {
        const asked = h("b", { tabindex: -1 }, "Sign the list of images in your wallet.");
        const words = [asked, " It shows that they come from you. There is no fee."];
        const without = button("Go on without", this.#act.stopWaiting);
        return { state, title: "Locking the images", body: waiting(words, without, cancel) };
      }
      case "uploading":
        return { state, title: "Uploading", body: [this.#bar?.element, h("div", { class: "ways" }, cancel)] };
      case "keeping": {
        const words = h("p", {}, working(heldWords(doing.held)));
        return { state, title: "Keeping it safe", body: [words, h("div", { class: "ways" }, cancel)] };
      }
      case "checking-fee":
        return { state, title: "Agree in your wallet", body: h("p", {}, "Checking the fee…") };
      case "held":
        return { state, title: "Looking for it", body: waiting(WALLET_MAY_HOLD, stopButton(this.#act.stopWaiting)) };
      case "agreeing": {
        const words = [
          `Fee about ${feeText(doing.fee)}. Sending to `,
          patientText(job.patient),
          isToMailbox ? ", into a mailbox." : job.toMailbox ? ", into their inbox: it was begun so." : ".",
          resumed && ` ${SAY_NO_TO_OLDER}`,
        ];
        const body = waiting(words, stopButton(this.#act.stopWaiting));
        return { state, title: "Agree in your wallet", body };
      }
      case "confirming":
        return { state, title: "On its way", body: h("p", {}, `${BEING_WRITTEN} ${MAY_CLOSE}`) };
      case "failed":
        return { state: "failed", title: PLANNED[doing.problem.step], body: this.#problem(doing.problem) };
    }
  }

  #known({ at, index, mailbox }: SentBefore): HTMLElement {
    return notice({
      tone: "info",
      title: SENT_BEFORE,
      text: `On ${dayAndTime(at)}, ${mailbox ? `into mailbox ${mailboxName({ recipient: mailbox, index })}` : `as message ${index}`}.`,
      buttons: [
        button("Leave it at that", this.#act.leaveSent, { kind: "go" }),
        button("Send a second copy", this.#act.sendAgain),
      ],
    });
  }

  #problem(problem: TransferProblem): HTMLElement {
    const startOver = button("Start over", this.#act.startOver);
    return notice({ ...transferWords(problem), buttons: [...this.#again(problem), startOver] });
  }

  #again(problem: TransferProblem): HTMLElement[] {
    switch (problem.step) {
      case "lock":
        return problem.kind === "unreachable" ? [button("Try again", this.#act.lockAgain)] : [];
      case "upload":
        if (problem.kind === "homes" || problem.kind === "not-kept")
          return [button("Try again", this.#act.agreeAgain, { kind: "go" })]; // it is in the journal
        return problem.kind === "too-large" ? [] : [button("Try again", this.#act.uploadAgain)];
      case "agree": {
        const kind = problem.kind === "transaction" ? problem.problem.kind : "said-no";
        if (kind === "too-little") return [button("Check again", this.#act.agreeAgain)];
        return [button("Ask again", this.#act.agreeAgain, { kind: kind === "said-no" ? "go" : "plain" })];
      }
      case "deliver":
        return [button("Send again", this.#act.agreeAgain, { kind: "go" })];
    }
  }

  #speak(event: TransferEvent): void {
    const words = {
      lock: "Locking the images",
      elsewhere: IN_ANOTHER_WINDOW,
      resume: "Going on with what was begun before. Nothing is uploaded again.",
      hold: WALLET_MAY_HOLD,
      known: null,
      "go-on-locking": null,
      sign: "Sign the list of images in your wallet. There is no fee.",
      upload: "Uploading",
      "upload-again": "Uploading",
      keep: event.type === "keep" ? heldWords(event.held) : null,
      kept: event.type === "kept" ? heldWords(event.held) : null,
      agree: "Agree in your wallet",
      confirm: "On its way. You can close this page.",
      answered: null,
      "check-fee": null,
      "check-fee-again": null,
      fail: null,
    }[event.type];
    if (words !== null) say(words);
  }

  /** A step that is done hands the focus on, if it had it; what a person asked for, and what failed, takes it. */
  focus({ doing }: TransferState, event: TransferEvent): void {
    const now = stepOf(doing);
    const row = this.#rows[now];
    if (event.type === "sign") row.element.querySelector<HTMLElement>("b")?.focus();
    else if (event.type === "fail" || event.type === "known")
      focusHeading(row.element.querySelector<HTMLElement>(".notice") ?? row.element);
    else if (event.type === "lock" || event.type.endsWith("-again")) focusHeading(row.heading);
    else if (this.#held !== undefined && this.#held !== now) focusHeading(row.heading);
  }
}

/** The rows that look otherwise after an event; what has the focus in the others keeps it. */
function changedBy(event: TransferEvent, now: TransferStep): readonly TransferStep[] {
  switch (event.type) {
    case "lock":
      return STEPS;
    case "upload":
      return ["lock", "upload"];
    case "resume":
      return ["lock", "upload", "agree"];
    case "check-fee":
    case "kept":
      return ["upload", "agree"];
    case "keep":
      return ["upload", "agree", "deliver"];
    case "check-fee-again":
      return ["upload", "agree", "deliver"];
    case "confirm":
      return ["agree", "deliver"];
    default:
      return [now];
  }
}

function planned(step: TransferStep, bytes?: number, toMailbox = false): RowView {
  const amount = bytes === undefined ? "" : `, ${size(bytes)}`;
  const words = {
    lock: "(encrypt) on this computer",
    upload: `the locked copy${amount}`,
    agree: "in your wallet",
    deliver: toMailbox ? "into a mailbox of the patient’s" : "to the patient’s inbox",
  }[step];
  return { state: "later", title: PLANNED[step], body: h("p", {}, words) };
}

function finished(step: TransferStep, { unsigned, uploaded, resumed, homes }: TransferState): RowView {
  const when = resumed ? `On ${dayAndTime(resumed)}. ` : "";
  const words: Readonly<Record<TransferStep, readonly [title: string, line: string]>> = {
    lock: ["Locked", when + (unsigned ? `Not signed. ${UNSIGNED[unsigned]}` : "Signed by your wallet.")],
    upload: ["Uploaded", `The locked copy is online, ${size(uploaded ?? 0)}.${homes ? ` ${heldWords(homes)}` : ""}`],
    agree: ["Agreed", "in your wallet"],
    deliver: ["Delivered", ""],
  };
  const [title, line] = words[step];
  return { state: "done", title, body: h("p", {}, line) };
}
