/** Send images on screen: shows the state, and tells what was pressed to what does it. */

import type { Address } from "viem";
import { Inbox } from "../../chain/inbox.ts";
import { labelled, type Register, type RegisterState } from "../../contacts/register.ts";
import { toHex } from "../../formats/bytes.ts";
import { namedBy } from "../../formats/register.ts";
import { ENVELOPE_BYTES, PACKET_ENVELOPE_BYTES } from "../../formats/suite.ts";
import { type FoundRecipient, type LookupEvent, RecipientLookup } from "../../recipients/lookup.ts";
import type { Journal } from "../../outgoing/journal.ts";
import type { Site } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { isFocusLost } from "../../ui/focus.ts";
import { focusHeading } from "../../ui/notice.ts";
import type { Shell } from "../../ui/shell.ts";
import { alarm, say } from "../../ui/speech.ts";
import { ConnectionPanel } from "../../wallet/connectionPanel.ts";
import { transactionProblem } from "../../wallet/problem.ts";
import { CheckStep } from "./checkStep.ts";
import { ImagesChooser } from "./choosing.ts";
import { refusalNotice, registerLine } from "./contactNotices.ts";
import { foundWords, isRefusal, verdictOf } from "./contacts.ts";
import { destinationLine } from "./destinationLine.ts";
import { type Destination, destinationOf } from "./destination.ts";
import { chooseMailbox } from "./mailboxes.ts";
import type { Job } from "./transfer.ts";
import { contactsDialog } from "./contactsDialog.ts";
import { EarlierController } from "./earlierController.ts";
import { EarlierView } from "./earlierView.ts";
import { type Images, nameOf } from "./images.ts";
import { type ImagesActions, ImagesStep } from "./imagesStep.ts";
import type { Kept } from "./keepForm.ts";
import { menu } from "./menu.ts";
import { CANCELLED } from "./messages.ts";
import { PatientStep, patientText } from "./patientStep.ts";
import { Preview } from "./preview.ts";
import { signsLists, usedAddresses } from "./remember.ts";
import { retract } from "./retraction.ts";
import { SentPanel } from "./sentPanel.ts";
import { SiteNotices } from "./siteNotices.ts";
import { type Event, initial, next, ready, type State } from "./state.ts";
import { type StepBodies, stepsView } from "./stepsView.ts";
import { TransferController } from "./transferController.ts";
import { TransferView } from "./transferView.ts";
import type { WaitingStudy } from "./waiting.ts";
import { WaitingController } from "./waitingController.ts";
import { WaitingView } from "./waitingView.ts";

export const TITLE = "Send images to a patient";

export class SendPage {
  #state: State = initial();
  readonly #shell: Shell;
  readonly #inbox: Inbox;
  readonly #register: Register;
  readonly #wallet: ConnectionPanel;
  readonly #chooser: ImagesChooser;
  readonly #lookup: RecipientLookup;
  readonly #transfer: TransferController;
  readonly #imagesStep: ImagesStep;
  readonly #patientStep: PatientStep;
  readonly #checkStep: CheckStep;
  readonly #transferView: TransferView;
  readonly #sent: SentPanel;
  readonly #preview = new Preview();
  readonly #notices: SiteNotices;
  readonly #earlier: EarlierController;
  readonly #earlierView: EarlierView;
  readonly #waiting: WaitingController;
  readonly #waitingView: WaitingView;
  /** Place of the wallet's words where no step has one. */
  readonly #walletTop = h("div");
  readonly #place = h("div", { class: "send-page" });
  readonly #bodies: StepBodies;
  #pricing = 0;
  #isStarting = false;
  #retracting = new AbortController();

  /** `secret`: what shows the outbox of the computer that the page comes from; null: the page was opened without. */
  constructor(shell: Shell, site: Site, journal: Journal, register: Register, secret: string | null = null) {
    this.#shell = shell;
    this.#register = register;
    this.#inbox = new Inbox(site);
    this.#wallet = new ConnectionPanel(
      shell,
      site,
      () => {
        this.#showPress();
        this.#showDestination();
        void this.#price();
      },
      menu(journal),
    );
    this.#chooser = new ImagesChooser(
      site,
      (event) => {
        this.#dispatch({ type: "choosing", event });
        return this.#state.choosing;
      },
      (done, total) => {
        this.#imagesStep.progress(done, total);
      },
    );
    this.#lookup = new RecipientLookup(
      this.#inbox,
      () => ({ own: this.#wallet.connection.wallet?.account, used: [...usedAddresses(), ...this.#contactAddresses()] }),
      (event) => {
        this.#dispatch({ type: "lookup", event });
        this.#goOnIfKnown();
      },
    );
    const choose = (job: Job, signal: AbortSignal): Promise<Address> =>
      chooseMailbox(job, { inbox: this.#inbox, journal, register }, signal);
    this.#transfer = new TransferController(this.#inbox, this.#wallet.connection, journal, choose, {
      dispatch: (event) => {
        this.#dispatch({ type: "transfer", event });
      },
      progress: (done, total) => {
        if (this.#state.transfer) this.#transferView.progress(this.#state.transfer, done, total);
      },
      cancelled: (when, { images }) => {
        if (when === "sent-before") void this.#waiting.sent(images.files);
        this.#dispatch({ type: "cancelled", when });
      },
      resumed: (entry) => {
        this.#earlier.close(entry);
      },
      left: (entry) => {
        void this.#earlier.list(entry);
      },
      delivered: (delivered) => {
        this.#dispatch({ type: "delivered", delivered });
        void this.#waiting.sent(delivered.job.images.files);
      },
    });
    this.#waiting = new WaitingController(site.outbox, secret, (event) => {
      this.#dispatch({ type: "waiting", event });
    });
    this.#waitingView = this.#makeWaitingView();
    this.#imagesStep = this.#makeImagesStep();
    this.#patientStep = this.#makePatientStep();
    this.#checkStep = new CheckStep({
      send: () => this.#send(),
      priceAgain: async () => {
        if (await this.#price(true)) this.#checkStep.focusSend();
      },
      changeImages: () => {
        this.#change(1);
      },
      changePatient: () => {
        this.#change(2);
      },
    });
    this.#bodies = { 1: this.#imagesStep.body, 2: this.#patientStep.body, 3: this.#checkStep.body };
    this.#transferView = this.#makeTransferView();
    this.#sent = this.#makeSentPanel();
    this.#notices = new SiteNotices(this.#inbox, shell.main);
    journal.lost = () => {
      this.#notices.tellNotKept();
    };
    if (!journal.isKept) journal.lost();
    this.#earlier = new EarlierController(this.#inbox, journal, (event) => {
      this.#dispatch({ type: "earlier", event });
    });
    this.#earlierView = this.#makeEarlierView();
    fill(
      shell.main,
      h("h1", { tabindex: -1 }, TITLE),
      h("p", { class: "lede" }, "Only the patient can open them."),
      this.#notices.site,
      this.#notices.kept,
      this.#earlierView.element,
      this.#walletTop,
      this.#place,
    );
    this.#state = next(this.#state, { type: "register", register: register.state });
    register.changed = () => {
      this.#dispatch({ type: "register", register: register.state });
      this.#goOnIfKnown();
    };
    this.#imagesStep.update(this.#state.choosing);
    this.#updatePatient();
    this.#draw();
    void this.#notices.checkSite();
    void this.#earlier.list();
    void this.#waiting.watch();
  }

  /** The card of a link that opened this page: its key is looked up, in the step of the patient. Not while it sends. */
  takeCard(text: string): void {
    if (typeof this.#state.at !== "number") return;
    this.#dispatch({ type: "go", to: 2 });
    this.#patientStep.take(text);
  }

  #makeWaitingView(): WaitingView {
    return new WaitingView({
      choose: (study) => this.#chooseWaiting(study),
      forget: ({ id }) => this.#waiting.forget(id),
      forgetRefused: () => this.#waiting.forgetRefused(),
    });
  }

  /** As though its files had been picked, unless others were meanwhile. */
  async #chooseWaiting({ id }: WaitingStudy): Promise<void> {
    const before = this.#state.choosing;
    const files = await this.#waiting.choose(id);
    if (files && this.#state.at === 1 && this.#state.choosing === before) await this.#chooser.read(files);
    else if (isFocusLost()) this.#waitingView.focus();
  }

  #makeImagesStep(): ImagesStep {
    const act: ImagesActions = {
      read: (files) => this.#chooser.read(files),
      stop: () => {
        this.#chooser.stop();
      },
      keep: (files, metadata, person) => this.#chooser.keep(files, metadata, person),
      take: (files, metadata) => {
        this.#chooser.take(files, metadata);
      },
      unreadable: (names) => {
        this.#chooser.unreadable(names);
      },
      goOn: () => {
        this.#dispatch({ type: "go", to: this.#state.patient ? 3 : 2 });
      },
      welcome: () => typeof this.#state.at === "number",
    };
    return new ImagesStep(act, this.#waitingView.element);
  }

  #makePatientStep(): PatientStep {
    return new PatientStep({
      submit: (text) => this.#lookUp(text),
      choose: (contact) => this.#lookUp(contact.label),
      accept: () => {
        this.#lookup.accept();
      },
      agree: async (patient, keep) => {
        if (keep) await this.#keep(keep);
        const { lookup } = this.#state;
        const isShown = lookup.at === "found" && lookup.found === patient; // not gone on with, nor given up, meanwhile
        if (isShown) this.#dispatch({ type: "agree-on-words", patient });
      },
      problems: (errors) => {
        this.#shell.problems(errors);
      },
      unlock: async (passphrase) => {
        await this.#register.unlock(passphrase);
        if (this.#state.at === 2) this.#patientStep.focus(this.#state.lookup);
      },
      withoutRegister: () => {
        this.#dispatch({ type: "skip-register" });
      },
      contacts: () => this.#contacts(),
      changeImages: () => {
        this.#change(1);
      },
      another: () => {
        this.#dispatch({ type: "another-patient" });
      },
      goOn: () => {
        this.#dispatch({ type: "go", to: this.#state.choosing.images ? 3 : 1 });
      },
    });
  }

  #makeTransferView(): TransferView {
    return new TransferView({
      cancel: () => {
        this.#transfer.cancel();
      },
      leaveSent: () => {
        this.#transfer.leaveSent();
      },
      sendAgain: () => {
        this.#transfer.sendAgain();
      },
      lockAgain: () => this.#transfer.lockAgain(),
      stopWaiting: () => {
        this.#transfer.stopWaiting();
      },
      uploadAgain: () => this.#transfer.uploadAgain(),
      agreeAgain: () => this.#transfer.agreeAgain(),
      startOver: () => {
        void this.#transfer.forget();
        this.#startOver();
      },
    });
  }

  #makeSentPanel(): SentPanel {
    return new SentPanel({
      another: () => {
        this.#startOver();
      },
      retract: () => this.#retract(),
      stopWaiting: () => {
        this.#retracting.abort();
      },
    });
  }

  #makeEarlierView(): EarlierView {
    return new EarlierView(this.#inbox, {
      lookAgain: (entry) => void this.#earlier.look(entry),
      forget: (entry) => void this.#earlier.forget(entry),
      close: (entry) => {
        this.#earlier.close(entry);
      },
      order: (entry) => this.#earlier.order(entry),
      wallet: () => ({ wallet: this.#wallet.connection.wallet, wallets: () => this.#wallet.connection.wallets }),
    });
  }

  // --- what has changed

  #dispatch(event: Event): void {
    const before = this.#state;
    this.#state = next(before, event);
    this.#update(event, before);
    const { at, choosing, patient, register } = before;
    const isLaidOut =
      at === this.#state.at &&
      choosing.images === this.#state.choosing.images &&
      patient === this.#state.patient &&
      register === this.#state.register;
    if (!isLaidOut) this.#draw();
    this.#focus(event, before);
  }

  /** The parts that `event` is about. */
  #update(event: Event, before: State): void {
    const state = this.#state;
    this.#updateSteps(event, before);
    if (event.type === "transfer" && state.transfer) this.#transferView.update(state.transfer, event.event);
    if (event.type === "delivered") {
      const { job } = event.delivered;
      this.#sent.show(event.delivered, whoIs(job.images, job.patient), this.#inbox.site);
    }
    if (event.type === "retraction") this.#sent.update(state.retraction);
    if (state.earlier !== before.earlier) this.#earlierView.update(state.earlier);
    const isWaitingSame = state.waiting === before.waiting && hasSameContacts(state.register, before.register);
    if (!isWaitingSame) this.#waitingView.update(state.waiting, state.register);
  }

  #updateSteps(event: Event, before: State): void {
    const { choosing, lookup, patient, fee, problem, register, isRegisterSkipped } = this.#state;
    const { isMailboxDeclined } = this.#state;
    if (choosing !== before.choosing) {
      this.#imagesStep.update(choosing, event.type === "choosing" ? event.event : undefined);
    }
    const isRegisterSame = hasSameContacts(register, before.register) && isRegisterSkipped === before.isRegisterSkipped;
    const isSame = lookup === before.lookup && patient === before.patient && choosing.images === before.choosing.images;
    if (!isSame || !isRegisterSame) this.#updatePatient();
    if (choosing.images !== before.choosing.images) void this.#preview.show(choosing.images ?? undefined);
    const [was, is] = [ready(before), ready(this.#state)];
    if (is && (was?.images !== is.images || was.patient !== is.patient || !isRegisterSame)) {
      this.#showCheck(is.images, is.patient);
    }
    if (isMailboxDeclined !== before.isMailboxDeclined || register !== before.register) this.#showDestination();
    this.#checkStep.setFee(fee);
    if (problem !== before.problem) this.#checkStep.setProblem(problem);
  }

  #updatePatient(): void {
    const { lookup, patient, register, isRegisterSkipped, choosing } = this.#state;
    this.#patientStep.update(lookup, patient, { register, isRegisterSkipped, images: choosing.images });
  }

  #showCheck(images: Images, patient: FoundRecipient): void {
    const { register, isRegisterSkipped } = this.#state;
    const verdict = verdictOf(register, images, patient);
    const refusal = isRefusal(verdict) ? refusalNotice(verdict, foundWords(patient), this.#waysBack()) : null;
    const line = registerLine(verdict, register, isRegisterSkipped);
    this.#checkStep.show(images, whoIs(images, patient), patient.hybrid !== null, line, refusal);
    this.#showDestination();
    this.#showPress();
  }

  /** Undefined: there is nobody yet. */
  #destination(): Destination | undefined {
    const { patient, ...state } = this.#state;
    return patient ? destinationOf(patient, { ...state, account: this.#wallet.connection.wallet?.account }) : undefined;
  }

  #showDestination(): void {
    const destination = this.#destination();
    const line =
      destination &&
      destinationLine(destination, {
        decline: (isDeclined) => {
          this.#dispatch({ type: "decline-mailbox", isDeclined });
        },
        setUp: () => this.#contacts("card"),
      });
    this.#checkStep.setDestination(line ?? null);
    if (this.#state.transfer === null) this.#planTransfer();
  }

  #planTransfer(): void {
    this.#transferView.plan(this.#state.choosing.images?.bytes, this.#destination()?.to === "mailbox");
  }

  #waysBack(): HTMLElement[] {
    return [
      button("Change images", () => {
        this.#change(1);
      }),
      button("Change patient", () => {
        this.#change(2);
      }),
      button("Your register", () => this.#contacts()),
    ];
  }

  #draw(): void {
    const { at, transfer } = this.#state;
    if (at === "sent") {
      fill(this.#sent.wallet, this.#wallet.element);
      fill(this.#place, this.#sent.element);
      return;
    }
    const isSending = at === "sending";
    if (transfer === null) this.#planTransfer();
    const change = (to: 1 | 2): void => {
      this.#change(to);
    };
    const path = h(
      "div",
      { class: "path" },
      stepsView(this.#state, this.#bodies, change),
      isSending && this.#transferView.element,
    );
    const planned = isSending ? null : this.#transferView.element;
    const side = h("aside", { class: "side", "aria-label": "About this sending" }, this.#preview.element, planned);
    fill(
      at === 3 ? this.#checkStep.wallet : isSending ? this.#transferView.wallet : this.#walletTop,
      this.#wallet.element,
    );
    fill(this.#place, h("div", { class: isSending ? "cols sending" : "cols" }, path, side));
  }

  /** What a person caused moves the focus; what comes by itself is said. */
  #focus(event: Event, before: State): void {
    const { at, choosing, transfer } = this.#state;
    switch (event.type) {
      case "choosing":
        if (event.event.type === "take" && at !== before.at) this.#enterStep();
        else this.#imagesStep.focus(choosing, event.event);
        break;
      case "lookup":
        this.#focusLookup(event.event);
        break;
      case "agree-on-words":
      case "go":
      case "start-over":
        this.#enterStep();
        break;
      case "skip-register":
        this.#patientStep.focus(this.#state.lookup);
        break;
      case "decline-mailbox":
        this.#checkStep.focusDestination();
        void this.#price();
        break;
      case "check-address":
        focusHeading(this.#patientStep.body);
        break;
      case "cannot-pay":
        this.#wallet.connection.moveOn();
        if (event.asked) this.#checkStep.focusProblem();
        else alarm("This cannot be sent yet.");
        break;
      case "transfer":
        if (transfer) this.#transferView.focus(transfer, event.event);
        break;
      case "cancelled":
        say(CANCELLED[event.when]);
        this.#checkStep.focusSend();
        break;
      case "delivered":
        focusHeading(this.#sent.element);
        break;
      default:
    }
  }

  #focusLookup(event: LookupEvent): void {
    const { lookup } = this.#state;
    const errors = this.#patientStep.errors(lookup);
    this.#shell.problems(errors);
    if (event.type !== "ask" && errors.length === 0) this.#patientStep.focus(lookup);
  }

  /** The step that is open has just been opened. */
  #enterStep(): void {
    this.#shell.problems([]);
    this.#wallet.connection.moveOn();
    const now = this.#place.querySelector<HTMLElement>(".step.now");
    if (now) focusHeading(now);
    if (this.#state.at === 3) void this.#price();
  }

  #change(to: 1 | 2): void {
    if (to === 1) this.#dispatch({ type: "choosing", event: { type: "reopen" } });
    else this.#lookup.ask();
    this.#dispatch({ type: "go", to });
  }

  // --- the register of contacts

  /** By its label a contact, or what was typed. Another window may have changed the register. */
  async #lookUp(text: string): Promise<void> {
    await this.#register.look().catch(() => undefined); // what was read before is held against
    const { register } = this.#state;
    const contact = register.at === "open" ? labelled(register.contacts, text) : undefined;
    await (contact ? this.#lookup.find(namedBy(contact)) : this.#lookup.submit(text));
  }

  async #keep({ contact, passphrase }: Kept): Promise<void> {
    if (passphrase === null) await this.#register.add(contact);
    else await this.#register.create(passphrase, [contact]);
  }

  /** Words that were compared once need not be again. */
  #goOnIfKnown(): void {
    const { at, lookup, register, choosing } = this.#state;
    if (at !== 2 || lookup.at !== "found") return;
    const verdict = verdictOf(register, choosing.images, lookup.found);
    if (verdict?.kind !== "known" || verdict.contact.comparedBy === "") return;
    this.#dispatch({ type: "agree-on-words", patient: lookup.found });
  }

  async #contacts(at: "contacts" | "card" = "contacts"): Promise<void> {
    await contactsDialog(this.#register, { inbox: this.#inbox, connection: this.#wallet.connection }, at);
    if (isFocusLost()) this.#checkStep.focusDestination(); // what opened it is over
  }

  #contactAddresses(): string[] {
    const { register } = this.#state;
    return register.at === "open" ? register.contacts.map(({ address }) => address) : [];
  }

  // --- sending

  async #send(): Promise<void> {
    const part = ready(this.#state);
    if (!part || this.#isStarting || !this.#isChecked()) return;
    this.#dispatch({ type: "send" });
    if (this.#isRisky(part.patient)) return;
    this.#isStarting = true;
    try {
      const said = this.#destination();
      await this.#register.look().catch(() => undefined);
      const account = await this.#payer();
      const now = ready(this.#state);
      const isSame = this.#state.at === 3 && now?.images === part.images && now.patient === part.patient;
      if (!account || !isSame || !this.#isChecked() || this.#isRisky(part.patient)) return;
      const destination = this.#destination();
      if (destination?.to !== said?.to) {
        alarm("The images would go elsewhere than was said. Nothing was sent.");
        this.#checkStep.focusDestination();
      } else {
        const toMailbox = destination?.to === "mailbox";
        await this.#transfer.start({ ...part, account, sign: signsLists(), toMailbox });
      }
    } finally {
      this.#isStarting = false;
      this.#showPress();
    }
  }

  /** Whether the address has a risk that was not looked at, such as to be that of a wallet that has just come; it is shown. */
  #isRisky(patient: FoundRecipient): boolean {
    if (!this.#lookup.hasRisk(patient)) return false;
    this.#lookup.weigh(patient);
    this.#dispatch({ type: "check-address" });
    return true;
  }

  /** The button says what its press waits for. */
  #showPress(): void {
    const { connection } = this.#wallet;
    this.#checkStep.setPress(connection.wallet ? "send" : this.#isStarting ? "waiting" : "connect");
  }

  /** Whether the person was checked; otherwise it is said what is missing. */
  #isChecked(): boolean {
    const refusal = this.#checkStep.refusal();
    this.#shell.problems(refusal === undefined || refusal === "differs" ? [] : [refusal]);
    if (refusal === "differs") this.#checkStep.refusal(); // the summary is gone: the focus is the notice's again
    return refusal === undefined;
  }

  /** The account of a wallet that can pay; otherwise the person is told what to do. */
  async #payer(): Promise<`0x${string}` | undefined> {
    const { connection } = this.#wallet;
    if (!connection.ready) {
      this.#showPress();
      await connection.insist();
    }
    const wallet = connection.ready;
    return wallet && (await this.#price(true)) ? wallet.account : undefined;
  }

  /** Says the fee, or why it can't be paid. `asked`: the person pressed something, and waits for the answer. */
  async #price(asked = false): Promise<boolean> {
    const { patient, at } = this.#state;
    const wallet = this.#wallet.connection.ready;
    this.#pricing += 1;
    const pricing = this.#pricing;
    const isLast = (): boolean => pricing === this.#pricing || asked;
    if (!patient || !wallet || at !== 3) {
      if (at === 3) this.#dispatch({ type: "price", fee: null });
      return false;
    }
    const size = patient.hybrid ? PACKET_ENVELOPE_BYTES : ENVELOPE_BYTES;
    try {
      const isToMailbox = this.#destination()?.to === "mailbox";
      const recipient = isToMailbox ? { ...patient.recipient, ...nobody() } : patient.recipient;
      const fee = await this.#inbox.sendFee(recipient, wallet.account, size);
      if (!isLast()) return false;
      this.#dispatch({ type: "price", fee });
      return true;
    } catch (error) {
      if (isLast()) this.#dispatch({ type: "cannot-pay", problem: transactionProblem(error), asked });
      return false;
    }
  }

  async #retract(): Promise<void> {
    const { delivered } = this.#state;
    const wallet = this.#wallet.connection.ready;
    if (!delivered) return;
    if (!wallet) {
      this.#dispatch({ type: "retraction", event: { type: "reset" } });
      await this.#wallet.connection.insist();
      return;
    }
    this.#retracting = new AbortController();
    const dispatch = (event: Extract<Event, { type: "retraction" }>["event"]): void => {
      this.#dispatch({ type: "retraction", event });
    };
    await retract(delivered, { inbox: this.#inbox, wallet }, dispatch, this.#retracting.signal);
  }

  #startOver(): void {
    this.#patientStep.clear();
    this.#dispatch({ type: "start-over" });
    this.#sent.clear();
  }

  /** Nothing of the patient stays in a page that was left, not even for the Back button. */
  leave(): void {
    this.#chooser.stop();
    document.querySelector("dialog")?.close(); // which may show the register
    this.#register.lock();
    this.#register.changed = () => undefined;
    this.#earlier.leave();
    this.#waiting.leave();
    this.#startOver();
    this.#place.replaceChildren();
  }
}

/** No mailbox is named before it is used: any empty inbox costs the same. */
function nobody(): { address: Address; keyVersion: number } {
  return { address: toHex(crypto.getRandomValues(new Uint8Array(20))), keyVersion: 0 };
}

/** Whether all that is held against them is as before: a card of one’s own may be new. */
function hasSameContacts(one: RegisterState, other: RegisterState): boolean {
  return one === other || (one.at === "open" && other.at === "open" && one.contacts === other.contacts);
}

function whoIs(images: Images, patient: FoundRecipient): Child {
  return nameOf(images) ?? patientText(patient);
}
