/** The technologist's page: three steps, then a sending. */

import { Inbox } from "../../chain/inbox.ts";
import { InsufficientFundsError, ChainUnreachable } from "../../errors.ts";
import { loadSite, type Site } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { field } from "../../ui/field.ts";
import { feeText } from "../../chain/ether.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { mountShell, type Shell } from "../../ui/shell.ts";
import { alarm, say } from "../../ui/speech.ts";
import { step, stepList } from "../../ui/steps.ts";
import { CheckStep } from "./check.ts";
import { ImagesStep } from "./imagesView.ts";
import { type Images, nameOf } from "./model.ts";
import { type Patient } from "./model.ts";
import { PatientStep, patientText } from "./patient.ts";
import { Preview } from "./preview.ts";
import { forgetAddresses, pending, senderLabel, setPending, setSenderLabel } from "./remember.ts";
import { type Delivered, GOT_NOTHING, said, Sending } from "./sending.ts";
import { SentPanel } from "./sent.ts";
import { ConnectionPanel } from "../../wallet/connectionPanel.ts";
import * as messages from "../../wallet/messages.ts";
import { transactionProblem } from "../../wallet/transaction.ts";
import "./send.css"; // after the shell’s, which it changes

const TITLE = "Send images to a patient";

type View = 1 | 2 | 3 | "sending" | "sent";

class SendPage {
  readonly #shell: Shell;
  readonly #inbox: Inbox;
  readonly #wallet: ConnectionPanel;
  readonly #images: ImagesStep;
  readonly #patient: PatientStep;
  readonly #check: CheckStep;
  readonly #sending: Sending;
  readonly #sent: SentPanel;
  readonly #preview = new Preview();
  /** Notices about the page as a whole, and the wallet's words where no step has a place for them. */
  readonly #top = h("div", { class: "page-top" });
  readonly #walletTop = h("div");
  readonly #place = h("div", { class: "send-page" });
  #view: View = 1;
  /** What step 3 is about; another of either makes it ask anew. */
  #checked: { images: Images; patient: Patient } | undefined;
  #pricing = 0;
  #busy = false;

  constructor(shell: Shell, site: Site) {
    this.#shell = shell;
    this.#inbox = new Inbox(site);
    this.#wallet = new ConnectionPanel(shell, site, () => void this.#price(), [
      { label: "Name shown to patients", press: editLabel },
      { label: "Forget used addresses", press: forgetUsed },
    ]);
    this.#images = new ImagesStep(site, {
      done: () => {
        this.#go(this.#patient.patient ? 3 : 2);
      },
      changed: () => {
        this.#draw();
        void this.#preview.show(this.#images.images);
      },
      welcome: () => typeof this.#view === "number",
    });
    this.#patient = new PatientStep(this.#inbox, {
      done: () => {
        this.#go(this.#images.images ? 3 : 1);
      },
      changed: () => {
        this.#draw();
      },
      own: () => this.#wallet.connection.wallet?.account,
      problems: shell.problems,
    });
    this.#check = new CheckStep({
      send: () => this.#send(),
      changeImages: () => {
        this.#change(1);
      },
      changePatient: () => {
        this.#change(2);
      },
    });
    this.#sending = new Sending(this.#inbox, this.#wallet.connection, {
      stopped: (words) => {
        this.#stopped(words);
      },
      startOver: () => {
        this.#startOver();
      },
      late: (hash) => {
        setPending(hash);
        void this.#returning();
      },
      delivered: (sent) => {
        this.#delivered(sent);
      },
    });
    this.#sent = new SentPanel(this.#inbox, this.#wallet, () => {
      this.#startOver();
    });
    fill(
      shell.main,
      h("h1", { tabindex: -1 }, TITLE),
      h("p", { class: "lede" }, "Only the patient can open them."),
      this.#top,
      this.#walletTop,
      this.#place,
    );
    this.#draw();
    void this.#connected();
    void this.#returning();
  }

  // ---- what is on screen

  #go(view: View): void {
    this.#view = view;
    this.#shell.problems([]);
    this.#draw();
    const now = this.#place.querySelector<HTMLElement>(".step.now");
    if (now) focusHeading(now);
    if (view === 3) void this.#price();
  }

  #change(view: 1 | 2): void {
    if (view === 1) this.#images.reopen();
    else this.#patient.ask();
    this.#go(view);
  }

  #draw(): void {
    const { images } = this.#images;
    const { patient } = this.#patient;
    if (this.#view === "sent") {
      fill(this.#place, this.#sent.element);
      return;
    }
    this.#refreshCheck(images, patient);
    const state = (number: 1 | 2 | 3, done: boolean): "done" | "now" | "later" =>
      this.#view === number ? "now" : done ? "done" : "later";
    const isSending = this.#view === "sending";
    const changes = (view: 1 | 2, more: string, shown: boolean): { press: () => void; more: string } | undefined =>
      shown && !isSending
        ? {
            press: () => {
              this.#change(view);
            },
            more,
          }
        : undefined;
    const steps = stepList(
      step(
        {
          number: 1,
          title: "Images",
          state: state(1, images !== undefined),
          line: this.#images.line(),
          change: changes(1, " images", images !== undefined && this.#view !== 1),
        },
        this.#images.body,
      ),
      step(
        {
          number: 2,
          title: "Patient",
          state: state(2, patient !== undefined),
          line: this.#patient.line(),
          change: changes(2, " patient", this.#view !== 2 && (patient !== undefined || images !== undefined)),
        },
        this.#patient.body,
      ),
      step(
        {
          number: 3,
          title: "Check the person",
          state: state(3, isSending),
          line: isSending && images ? (nameOf(images) ?? "Checked") : undefined,
        },
        this.#check.body,
      ),
    );
    const planned = isSending ? null : this.#sending.element;
    const path = h("div", { class: "path" }, steps, isSending && this.#sending.element);
    const side = h("aside", { class: "side", "aria-label": "About this sending" }, this.#preview.element, planned);
    fill(this.#place, h("div", { class: isSending ? "cols sending" : "cols" }, path, side));
    const home = this.#view === 3 ? this.#check.wallet : isSending ? this.#sending.wallet : this.#walletTop;
    home.append(this.#wallet.element);
  }

  #refreshCheck(images: Images | undefined, patient: Patient | undefined): void {
    if (!images || !patient) this.#checked = undefined;
    else if (this.#checked?.images !== images || this.#checked.patient !== patient) {
      this.#checked = { images, patient };
      this.#check.show(images, whoIs(images, patient));
      this.#check.setFee(undefined);
    }
    if (this.#view !== "sending") this.#sending.plan(images?.bytes);
  }

  // ---- sending

  async #send(): Promise<void> {
    const { images } = this.#images;
    const { patient } = this.#patient;
    if (!images || !patient || this.#busy) return;
    const refusal = this.#check.refusal();
    if (refusal === "differs") this.#shell.problems([]);
    if (refusal !== undefined && refusal !== "differs") this.#shell.problems([refusal]);
    if (refusal === "differs") this.#check.refusal(); // the summary is gone: the focus is the notice's again
    if (refusal !== undefined) return;
    this.#shell.problems([]);
    if (this.#patient.unchecked()) {
      this.#patient.lookAgain();
      this.#view = 2;
      this.#draw();
      focusHeading(this.#patient.body);
      return;
    }
    this.#busy = true;
    try {
      if (await this.#ready()) await this.#start(images, patient);
    } finally {
      this.#busy = false;
    }
  }

  async #start(images: Images, patient: Patient): Promise<void> {
    const account = this.#wallet.connection.ready?.account;
    if (!account) return;
    this.#view = "sending";
    this.#draw();
    await this.#sending.start({ images, patient, account });
  }

  /** A wallet that can pay; otherwise the person is told what to do. */
  async #ready(): Promise<boolean> {
    if (!this.#wallet.connection.ready) {
      const ready = await this.#wallet.connection.insist();
      if (ready) this.#check.focusSend();
      return false;
    }
    return this.#price(true);
  }

  /** Says the fee, or why it can't be paid. `asked`: the person pressed something and waits for the answer. */
  async #price(asked = false): Promise<boolean> {
    const { patient } = this.#patient;
    const wallet = this.#wallet.connection.ready;
    this.#pricing += 1;
    const pricing = this.#pricing;
    if (!patient || !wallet || this.#view !== 3) {
      if (this.#view === 3) this.#check.setFee(undefined);
      return false;
    }
    try {
      const fee = await this.#inbox.sendFee(patient.recipient, wallet.account);
      if (pricing !== this.#pricing && !asked) return false;
      this.#check.setFee(feeText(fee));
      this.#check.tell(null);
      return true;
    } catch (error) {
      if (pricing === this.#pricing || asked) this.#cannotPay(error, asked);
      return false;
    }
  }

  #cannotPay(error: unknown, asked: boolean): void {
    const again = (label: string): HTMLElement =>
      button(label, async () => {
        if (await this.#price(true)) this.#check.focusSend();
      });
    const words =
      error instanceof InsufficientFundsError
        ? { ...messages.tooLittle(error.fee - error.balance), buttons: [again("Check again")] }
        : error instanceof ChainUnreachable
          ? { ...UNREACHABLE, buttons: [again("Try again")] }
          : {
              tone: "warn" as const,
              title: "This cannot be sent.",
              text: said(error),
              buttons: [
                again("Try again"),
                button("Change patient", () => {
                  this.#change(2);
                }),
              ],
            };
    const box = notice(words);
    this.#check.tell(box);
    if (asked) focusHeading(box);
    else alarm("This cannot be sent yet.");
  }

  #stopped(words: string): void {
    this.#view = 3;
    this.#draw();
    this.#check.tell(notice({ tone: "info", text: words }));
    say(words);
    this.#check.focusSend();
  }

  #delivered(sent: Delivered): void {
    this.#view = "sent";
    this.#draw();
    this.#sent.show(sent, whoIs(sent.job.images, sent.job.patient));
  }

  #startOver(): void {
    this.#images.clear();
    this.#patient.clear();
    this.#checked = undefined;
    this.#sent.element.replaceChildren();
    this.#sent.element.classList.remove("taken");
    void this.#preview.show(undefined);
    this.#go(1);
  }

  /** Nothing of the patient stays in a page that was left, not even for the Back button. */
  leave(): void {
    this.#images.clear();
    this.#patient.clear();
    this.#place.replaceChildren();
  }

  // ---- the page as a whole

  async #connected(): Promise<void> {
    const held = this.#top.contains(document.activeElement);
    try {
      await this.#inbox.check();
      fill(this.#top);
      if (held) focusHeading(this.#shell.main);
    } catch (error) {
      const words =
        error instanceof ChainUnreachable
          ? UNREACHABLE
          : { tone: "err" as const, title: "Nothing can be sent from here.", text: said(error) };
      const again = button("Try again", () => this.#connected());
      fill(this.#top, notice({ ...words, level: 2, buttons: [again] }));
      alarm(words.title);
    }
  }

  /** What was on its way when the page was left. */
  async #returning(): Promise<void> {
    const hash = pending();
    if (!hash) return;
    const place = h("div", { class: "page-top" });
    this.#top.before(place);
    const close = (): HTMLElement =>
      button("Close", () => {
        place.remove();
      });
    fill(
      place,
      notice({
        level: 2,
        tone: "info",
        busy: true,
        title: "Your last sending is on its way",
        text: messages.BEING_WRITTEN,
      }),
    );
    try {
      const { index } = await this.#inbox.receipt(hash);
      fill(
        place,
        notice({
          level: 2,
          tone: "ok",
          title: "Your last sending arrived.",
          text: index === undefined ? "" : `Its message index is ${index}.`,
          buttons: [close()],
          details: hash,
        }),
      );
      say("Your last sending arrived.");
    } catch (error) {
      fill(
        place,
        notice({
          ...messages.notAccepted(transactionProblem(error).kind, GOT_NOTHING),
          level: 2,
          buttons: [close()],
          details: hash,
        }),
      );
      alarm("Your last sending did not arrive.");
    }
    if (pending() === hash) setPending(null);
  }
}

const UNREACHABLE = {
  tone: "warn" as const,
  title: messages.UNREACHABLE,
  text: "Nothing is lost. Check your connection.",
};

function whoIs(images: Images, patient: Patient): Child {
  return nameOf(images) ?? patientText(patient.recipient);
}

async function editLabel(): Promise<void> {
  const { element, input } = field({
    id: "sender-label",
    label: "Your name or your hospital’s",
    hint: "Patients see it beside your images, as what you say of yourself. This browser remembers it.",
    props: { maxlength: 100, value: senderLabel(), autocomplete: "organization", autocapitalize: "words" },
  });
  const saved = await dialog({
    title: "Name shown to patients",
    body: element,
    buttons: [
      { label: "Save", value: true },
      { label: "Cancel", value: false },
    ],
    opened: (close) => {
      input.addEventListener("keydown", (event) => {
        if ((event as KeyboardEvent).key === "Enter") close(true);
      });
    },
  });
  if (!saved) return;
  setSenderLabel(input.value.trim());
  say("Saved");
}

function forgetUsed(): void {
  forgetAddresses();
  say("Used addresses forgotten");
}

async function begin(): Promise<void> {
  const shell = mountShell("send", TITLE);
  try {
    const page = new SendPage(shell, await loadSite());
    addEventListener("pagehide", () => {
      page.leave();
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  } catch (error) {
    const reload = button("Load again", () => {
      location.reload();
    });
    const box = notice({
      level: 2,
      tone: "err",
      title: "This copy of Radiogram is not set up.",
      text: said(error),
      buttons: [reload],
    });
    fill(shell.main, h("h1", {}, TITLE), box);
  }
}

void begin();
