/** Open images on screen: shows the state, and tells the controller what was pressed. */

import type { Address } from "viem";
import type { Inbox } from "../../chain/inbox.ts";
import { toHex } from "../../formats/bytes.ts";
import { parseClinicCard } from "../../formats/clinicCard.ts";
import type { Clinic } from "../../formats/clinics.ts";
import { clean } from "../../formats/text.ts";
import type { Keyring } from "../../keys/keyring.ts";
import { keptPasskeys } from "../../keys/passkeyStore.ts";
import { PasskeyPanel } from "../../passkeys/panel.ts";
import type { Progress } from "../../progress.ts";
import { shareCard } from "../../registration/card.ts";
import { registrationByWallet } from "../../registration/registration.ts";
import { offerRegistration } from "../../registration/registrationPanel.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { amountOf } from "../../ui/format.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { type ProgressBar, progressBar } from "../../ui/progress.ts";
import type { Shell } from "../../ui/shell.ts";
import { Quarters, say } from "../../ui/speech.ts";
import { whatHappens } from "../../ui/whatHappens.ts";
import { discoverWallets } from "../../wallet/discovery.ts";
import { moveFocus, speak } from "./announce.ts";
import { CarPanel } from "./carPanel.ts";
import { ClinicsPanel } from "./clinicsPanel.ts";
import * as dialogs from "./dialogs.ts";
import { type Watch, watchIdle } from "./idle.ts";
import { EarlyView } from "./earlyView.ts";
import { showHistory } from "./historyPanel.ts";
import { InboxController } from "./inboxController.ts";
import { Announcer } from "./announcer.ts";
import { type EmptyActions, emptyView } from "./emptyInbox.ts";
import { LockedAway } from "./lockedAway.ts";
import { MessageList } from "./messageList.ts";
import type { Remedy } from "./messages.ts";
import { backButton, type MessageActions, messageView, type Sender } from "./messageView.ts";
import { forgetAll, rename } from "./notes.ts";
import { receiptPanel } from "./receiptPanel.ts";
import { SharePanel } from "./sharePanel.ts";
import {
  type Event,
  type InboxMessage,
  isKnown,
  selectedOf,
  type State,
  type Unlocked,
  type Unregistered,
} from "./state.ts";
import { StudyView } from "./studyView.ts";
import { tellPanel } from "./tellPanel.ts";
import { otherView, unregisteredIntro, UnlockView } from "./unlockView.ts";

/** What is shown of a study that is on its way. */
interface Coming {
  readonly bar: ProgressBar;
  readonly quarters: Quarters;
  readonly early: EarlyView;
}

export const TITLE = "Open your images";

export class OpenPage {
  readonly #shell: Shell;
  readonly #controller: InboxController;
  readonly #unlock: UnlockView;
  readonly #studies = new Map<number, StudyView>();
  readonly #list: MessageList;
  readonly #announcer: Announcer;
  readonly #clinics: ClinicsPanel;
  readonly #car: CarPanel;
  readonly #dialogs = new LockedAway();
  /** A clinic's card that opened the page, and is asked about once an inbox is open. */
  #offered: Uint8Array | undefined;
  /** Messages that were opened with one press, and go on so after a failure. */
  readonly #whole = new Set<number>();
  readonly #bars = new Map<number, Coming>();
  /** The message that is shown, and what it looks like. */
  #opened: { readonly look: string; readonly element: HTMLElement } | undefined;
  #watch: Watch | undefined;
  #endPayment: (() => void) | undefined;
  #closeQuestion: (() => void) | undefined;
  #closePasskeys: (() => void) | undefined;

  constructor(shell: Shell, inbox: Inbox) {
    this.#shell = shell;
    this.#controller = new InboxController(inbox, {
      changed: (state, event) => {
        this.#changed(state, event);
      },
      progress: (index, progress) => {
        this.#progress(index, progress);
      },
      early: (index, early) => {
        this.#bar(index).early.take(early);
      },
    });
    this.#clinics = new ClinicsPanel(this.#controller, this.#dialogs);
    this.#car = new CarPanel(this.#controller, (index) => {
      this.#controller.dispatch({ type: "select", index });
      void this.#open(index);
    });
    this.#announcer = new Announcer((index) => this.#controller.announce(index));
    this.#list = this.#makeList();
    const { unlocker } = this.#controller;
    this.#unlock = new UnlockView({
      choose: (way) => {
        unlocker.choose(way);
      },
      unlockWallet: (info) => void unlocker.byWallet(info),
      unlockPasskey: (passkey) => void unlocker.byPasskey(passkey),
      unlockFile: (file, passphrase, wanted) => void unlocker.byKeyFile(file, passphrase, wanted),
      unlockTyped: (key, wanted) => void unlocker.byTypedKey(key, wanted),
      stopWaiting: () => {
        unlocker.stopWaiting();
      },
      problems: (errors) => {
        this.#shell.problems(errors);
      },
      wallets: () => unlocker.wallets,
      passkeys: () => unlocker.passkeys,
      passkeysChanged: () => void this.#lookForPasskeys(),
    });
    void this.#lookForPasskeys();
    discoverWallets((wallets) => {
      unlocker.wallets = wallets;
    });
    // A page that is put aside, for the back button or for good, holds no key.
    addEventListener("pagehide", () => {
      if (this.#controller.state.at !== "locked") this.#controller.lock();
    });
    this.#show(this.#controller.state);
  }

  /** A clinic's card, of the link that opened the page. */
  offerClinic(code: string): void {
    this.#offered = new TextEncoder().encode(code);
    if (this.#controller.state.at === "unlocked") void this.#askForClinic();
    else this.#show(this.#controller.state);
  }

  async #askForClinic(): Promise<void> {
    const offered = this.#offered;
    this.#offered = undefined;
    if (offered === undefined) return;
    const words = await this.#clinics.ask(offered);
    if (words !== null && this.#controller.state.at === "unlocked") await this.#clinics.show(words);
    // No press in this page has opened the dialogs, to which the focus could go back.
    if (document.activeElement === document.body) focusHeading(this.#shell.main);
  }

  async #lookForPasskeys(): Promise<void> {
    const { unlocker } = this.#controller;
    const before = unlocker.passkeys;
    unlocker.passkeys = await keptPasskeys();
    const { state } = this.#controller;
    if (state.at === "locked" && (before.length > 0 || unlocker.passkeys.length > 0)) this.#show(state);
  }

  // --- what has changed

  #changed(state: State, event: Event): void {
    this.#shell.problems([]);
    if (event.type === "look") this.#announcer.again();
    this.#show(state);
    speak(state, event);
    if (event.type === "arrive") void this.#controller.lookForApprovals();
    moveFocus(state, event, this.#shell.main, this.#unlock);
    if (event.type === "clinics" || event.type === "no-clinics" || (event.type === "arrive" && event.fresh))
      void this.#controller.lookForMail();
    if (event.type === "clinics" || event.type === "no-clinics") void this.#askForClinic();
    this.#followCar(event);
  }

  #followCar({ type }: Event): void {
    if (type === "lock") this.#car.clear();
    if (type === "unlock" || type === "another-key") this.#car.again();
    if (type === "arrive" || type === "mail" || type === "sought" || type === "read-no-further") void this.#car.seek();
  }

  #show(state: State): void {
    const { main } = this.#shell;
    const { unlocker } = this.#controller;
    this.#keepWatch(state);
    this.#pill(state);
    if (state.at !== "unlocked") this.#dialogs.close();
    this.#endPayment?.();
    this.#endPayment = undefined;
    switch (state.at) {
      case "locked":
        this.#clear();
        this.#shell.setTitle(TITLE);
        fill(
          main,
          h(
            "div",
            { class: "beside" },
            h(
              "div",
              { class: "unlocking" },
              this.#offered && clinicWaits(this.#offered),
              this.#unlock.view(state),
              this.#car.element,
            ),
            whatHappens("First unlock with your key."),
          ),
        );
        break;
      case "other": {
        const open = (): void => void unlocker.openOwn();
        const another = (): void => {
          this.#controller.useAnotherKey();
        };
        const older = (): void => void unlocker.openExpected();
        fill(main, otherView(state, open, another, older));
        break;
      }
      case "unregistered":
        this.#unregistered(state);
        break;
      case "unlocked":
        this.#unlock.clear();
        this.#unlocked(state);
    }
  }

  /** The message beside the list; what is shown of it stays where it is while nothing of it changes. */
  #unlocked(state: Unlocked): void {
    const { main } = this.#shell;
    if (state.messages.length === 0 && state.mail.length === 0) {
      const nothing = h("div", { class: "nothing" }, emptyView(state, this.#empty), this.#car.element);
      fill(main, h("div", { class: "beside" }, nothing, whatHappens("Your images will be here.")));
      return;
    }
    const message = selectedOf(state);
    const { column: list, announceable } = this.#list.view(state, this.#controller.nameOf);
    this.#announcer.want(announceable);
    const study = message === null ? null : this.#study(message, state.inbox);
    const article = this.#article(message, study);
    const inbox = main.querySelector(".two > .inbox");
    if (inbox?.parentElement?.contains(article)) fill(inbox, list);
    else {
      const column = h("section", { class: "inbox", "aria-labelledby": "inbox" }, list);
      fill(main, h("div", { class: message ? "two has-open" : "two" }, column, article, this.#car.element));
    }
    this.#shell.setTitle(study?.title ?? (message ? "Locked images" : "Your inbox"));
  }

  /** The element that is there already, if it would look the same. A study changes by itself. */
  #article(message: InboxMessage | null, study: StudyView | null): HTMLElement {
    const name = message && this.#controller.nameOf(message.sender);
    const { state } = this.#controller;
    const known = message !== null && state.at === "unlocked" && isKnown(state, message, name);
    const look = JSON.stringify(study === null ? [message, name, known] : message?.index);
    if (this.#opened?.look !== look) this.#opened = { look, element: this.#drawArticle(message, name, known, study) };
    return this.#opened.element;
  }

  #drawArticle(
    message: InboxMessage | null,
    name: string | null,
    known: boolean,
    study: StudyView | null,
  ): HTMLElement {
    if (message === null) {
      return h("div", { class: "opened none" }, whatHappens("Choose a letter, and press Open."));
    }
    const inner = study === null ? this.#messageView(message, { name, known }) : study.element;
    return h("article", { class: "opened" }, backButton(this.#message), inner);
  }

  #messageView(message: InboxMessage, sender: Sender): Child[] {
    const { bar, early } = this.#bar(message.index);
    return messageView(message, sender, bar, early, this.#message);
  }

  #study(message: InboxMessage, owner: Address): StudyView | null {
    const { index, mailbox } = message;
    const open = this.#controller.openStudy(index);
    if (open === null || message.steps.done < 3 || message.retracted) return null;
    const before = this.#studies.get(index);
    if (before !== undefined) {
      before.update(message);
      return before;
    }
    const { sent } = open;
    const { early } = this.#bar(index);
    const made = new StudyView(open, message, early, {
      name: (sender) => this.#controller.nameOf(sender),
      clinic: (sender) => clinicOf(this.#controller.state, sender),
      rename: (sender, name) => {
        rename(sender, name);
        this.#show(this.#controller.state);
      },
      tell: (host, close) =>
        mailbox === null
          ? tellPanel(this.#controller, sent, host, close)
          : receiptPanel(this.#controller, { sent, name: mailbox, owner }, host, close),
      share: (host, close) => {
        const { problems } = this.#shell;
        const shared = { owner, index, cursor: sent.cursor };
        const panel = new SharePanel(this.#controller, shared, host, { close, problems });
        return () => {
          panel.end();
        };
      },
      alive: () => this.#watch?.stay(),
      titled: (name) => {
        this.#controller.dispatch({ type: "named", index, name });
      },
    });
    this.#studies.set(index, made);
    return made;
  }

  /** What the page itself kept of what was open. */
  #clear(): void {
    for (const study of this.#studies.values()) study.dispose();
    this.#studies.clear();
    for (const { early } of this.#bars.values()) early.dispose();
    this.#bars.clear();
    this.#whole.clear();
    this.#list.clear();
    this.#announcer.clear();
    this.#opened = undefined;
  }

  #unregistered({ account }: Unregistered): void {
    const host = h("div");
    const card = h("div", { class: "card ask" }, h("h2", {}, "Put it in the book"), host);
    fill(this.#shell.main, h("div", { class: "unlock" }, unregisteredIntro(account), card));
    const { owner, wallet, inbox, unlocker } = this.#controller;
    if (owner === null || wallet === null) return;
    this.#endPayment = offerRegistration(host, registrationByWallet(inbox, wallet, owner.publicKey), {
      wallet,
      wallets: () => unlocker.wallets,
      goOn: (isRegistered) => {
        unlocker.enterUnregistered(isRegistered ? 1 : 0);
      },
    });
  }

  // --- top bar, idle watch, progress

  #pill(state: State): void {
    if (state.at !== "unlocked") {
      this.#shell.setPill(null);
      return;
    }
    const forget = (): void => {
      forgetAll();
      say("Names and marks forgotten");
      this.#show(this.#controller.state);
    };
    const lock = (): void => {
      this.#controller.lock();
    };
    const items = [
      { label: state.inbox === state.own ? "Share my card" : "Show code", press: () => this.#shareCard() },
      { label: "Clinics I have checked", press: () => this.#clinics.show() },
      { label: "History", press: () => showHistory(this.#controller, this.#dialogs) },
      ...(state.hybrid ? [{ label: "Make a passkey", press: () => this.#makePasskey() }] : []),
      { label: "Show full address", press: () => dialogs.showFullAddress(state.inbox) },
      { label: "Forget names and marks", press: forget },
      { label: "Lock now", press: lock },
    ];
    this.#shell.setPill({ word: "Unlocked", address: state.inbox, whose: "Your address", items });
  }

  #keepWatch(state: State): void {
    if (state.at === "locked") {
      this.#watch?.end();
      this.#watch = undefined;
      this.#closeQuestion?.();
      this.#closePasskeys?.();
    } else {
      this.#watch ??= watchIdle(
        () => void this.#askWhetherThere(),
        () => {
          this.#controller.lock("idle");
        },
      );
    }
  }

  async #askWhetherThere(): Promise<void> {
    const answer = await dialogs.askWhetherThere((close) => {
      this.#closeQuestion = close;
    });
    this.#closeQuestion = undefined;
    if (answer === "lock") this.#controller.lock();
    else this.#watch?.stay();
  }

  #bar(index: number): Coming {
    const known = this.#bars.get(index);
    if (known !== undefined) return known;
    const made = { bar: progressBar("Bringing your images"), quarters: new Quarters(), early: new EarlyView() };
    this.#bars.set(index, made);
    return made;
  }

  #progress(index: number, { done, total }: Progress): void {
    this.#watch?.stay();
    const { bar, quarters } = this.#bar(index);
    bar.set(done, total, amountOf(done, total));
    quarters.report(done, total, (percent) => `${String(percent)} percent of your images are here`);
  }

  // --- what was pressed

  #makeList(): MessageList {
    const dispatching = (event: Event) => (): void => {
      this.#controller.dispatch(event);
    };
    return new MessageList({
      select: (index) => {
        this.#controller.dispatch({ type: "select", index });
      },
      look: () => void this.#controller.look(),
      readOn: () => void this.#controller.readOn(),
      search: (text) => {
        this.#controller.dispatch({ type: "search", text });
      },
      foldStrangers: (folded) => {
        this.#controller.dispatch({ type: "fold-strangers", folded });
      },
      moreCards: dispatching({ type: "more-cards" }),
      moreStrangerCards: dispatching({ type: "more-stranger-cards" }),
      showHidden: dispatching({ type: "show-hidden" }),
      clinics: () => void this.#clinics.show(),
      history: () => void showHistory(this.#controller, this.#dialogs),
    });
  }

  readonly #empty: EmptyActions = {
    look: () => void this.#controller.look(),
    shareCard: () => void this.#shareCard(),
    publicKey: () => toHex(this.#controller.owner?.publicKey ?? new Uint8Array()),
    otherInbox: () => void this.#openOtherInbox(),
    clinics: () => void this.#clinics.show(),
  };

  readonly #message: MessageActions = {
    back: () => {
      const { state } = this.#controller;
      const index = state.at === "unlocked" ? state.selected : null;
      this.#controller.dispatch({ type: "select", index: null });
      document.getElementById(`message-${String(index)}`)?.focus();
    },
    open: (index) => void this.#open(index),
    welcome: (index) => {
      this.#controller.dispatch({ type: "welcome", index });
    },
    hide: (index) => {
      this.#controller.hide(index, true);
    },
    getHash: (index) => {
      this.#whole.delete(index);
      void this.#controller.getHash(index);
    },
    decrypt: (index) => {
      this.#whole.delete(index);
      void this.#controller.decrypt(index);
    },
    getImage: (index) => {
      this.#whole.delete(index);
      void this.#getImage(index);
    },
    stop: (index) => {
      this.#controller.stop(index);
    },
    clinics: () => void this.#clinics.show(),
    remedy: (remedy, message) => void this.#remedy(remedy, message),
  };

  /** One press for all three steps. Whoever presses it wants the message, be the sender a stranger. */
  async #open(index: number, gateways?: string[]): Promise<void> {
    this.#whole.add(index);
    this.#forgetComing(index);
    this.#controller.dispatch({ type: "welcome", index });
    await this.#controller.open(index, gateways);
  }

  async #getImage(index: number, gateways?: string[]): Promise<void> {
    this.#forgetComing(index);
    await this.#controller.getImage(index, gateways);
  }

  #forgetComing(index: number): void {
    this.#bars.get(index)?.early.dispose();
    this.#bars.delete(index);
  }

  async #remedy(remedy: Remedy, message: InboxMessage): Promise<void> {
    const { index, steps } = message;
    switch (remedy) {
      case "another-key":
        this.#controller.useAnotherKey();
        break;
      case "hide":
        this.#controller.hide(index, true);
        break;
      case "try-again":
        await this.#again(index, steps.done);
        break;
      case "another-place": {
        const gateway = await dialogs.askForGateway();
        if (gateway !== null) await this.#again(index, steps.done, [gateway]);
        break;
      }
      case "without-file":
        this.#controller.readFromCar(index, false);
        await this.#again(index, steps.done);
        break;
      case "help":
        await dialogs.showKeyHelp();
        break;
      case "tell":
        await dialogs.showWordsForSender(message);
        break;
      default:
    }
  }

  /** The step that failed, and those after it if one press was to do them all. */
  async #again(index: number, done: number, gateways?: string[]): Promise<void> {
    if (this.#whole.has(index)) await this.#open(index, gateways);
    else if (done === 0) await this.#controller.getHash(index);
    else if (done === 1) await this.#controller.decrypt(index, gateways);
    else await this.#getImage(index, gateways);
  }

  /** An inbox that is not the key’s own needs no more than its address: its key is in the book. */
  async #shareCard(): Promise<void> {
    const { state, owner, site } = this.#controller;
    if (state.at !== "unlocked" || owner === null) return;
    if (state.inbox === state.own) await shareCard(owner, () => Promise.resolve(site));
    else await dialogs.showCode(state.inbox, state.inbox);
  }

  async #makePasskey(): Promise<void> {
    const { owner } = this.#controller;
    if (owner === null) return;
    const keyring = (): Keyring | null => (this.#controller.owner === null ? null : this.#controller.keyring);
    await dialogs.askForPasskey(new PasskeyPanel({ keyring, owner, askForPaper: true }).element, (close) => {
      this.#closePasskeys = close;
    });
    this.#closePasskeys = undefined;
    await this.#lookForPasskeys();
  }

  async #openOtherInbox(): Promise<void> {
    const wanted = await dialogs.askForInbox();
    if (wanted !== null) await this.#controller.unlocker.openOther(wanted);
  }
}

/** Above the ways to unlock: what is asked once an inbox is open. */
function clinicWaits(raw: Uint8Array): HTMLElement {
  let label: string;
  try {
    label = parseClinicCard(raw).label;
  } catch (error) {
    const text = error instanceof Error ? error.message : "";
    return notice({ level: 2, tone: "err", title: "This link holds no clinic’s card.", text });
  }
  return notice({
    level: 2,
    tone: "info",
    title: "You have opened a clinic’s card",
    text: `It says it is of “${clean(label)}”. Unlock your inbox: then we ask how you know the clinic.`,
  });
}

function clinicOf(state: State, sender: Address): Clinic | null {
  if (state.at !== "unlocked") return null;
  return state.clinics.find(({ card }) => card.address === sender) ?? null;
}
