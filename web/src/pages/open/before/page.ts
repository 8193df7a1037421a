/** Open images on screen: shows the state that the desk is in, and tells the desk what was pressed. */

import type { Address } from "viem";
import { discoverWallets } from "../../../wallet/discovery.ts";
import type { Inbox } from "../../../chain/inbox.ts";
import type { Progress } from "../../../progress.ts";
import type { Site } from "../../../site.ts";
import { addressMore, fullAddress } from "../../../ui/address.ts";
import { copyButton } from "../../../ui/button.ts";
import { dialog } from "../../../ui/dialog.ts";
import { fill, h } from "../../../ui/dom.ts";
import { field } from "../../../ui/field.ts";
import { amountOf, counted } from "../../../ui/format.ts";
import { focusHeading } from "../../../ui/notice.ts";
import { type ProgressBar, progressBar } from "../../../ui/progress.ts";
import { qrCode } from "../../../ui/qrcode.ts";
import type { Shell } from "../../../ui/shell.ts";
import { Quarters, say } from "../../../ui/speech.ts";
import { Desk } from "./desk.ts";
import { type Watch, watchIdle } from "../idle.ts";
import { backButton, type LetterActions, letterView } from "./letter.ts";
import { emptyView, type ListActions, listView } from "./list.ts";
import { forgetAll, rename, senderName } from "./notes.ts";
import { sharePanel, tellPanel } from "./panels.ts";
import { registrationByWallet } from "../../../registration/registration.ts";
import { offerRegistration } from "../../../registration/registrationPanel.ts";
import { type Event, type Letter, listed, selectedOf, type State, type Unlisted, type Unlocked } from "./state.ts";
import { StudyView } from "./study.ts";
import { otherView, unlistedIntro, UnlockView } from "./unlock.ts";
import { type Ask } from "./messages.ts";
import { day } from "../../../ui/format.ts";

export const TITLE = "Open your images";

export class Page {
  readonly #shell: Shell;
  readonly #desk: Desk;
  readonly #unlock: UnlockView;
  readonly #studies = new Map<number, StudyView>();
  readonly #bars = new Map<number, { bar: ProgressBar; quarters: Quarters }>();
  #watch: Watch | undefined;
  #endPayment: (() => void) | undefined;
  #closeQuestion: (() => void) | undefined;

  constructor(shell: Shell, site: Site, inbox: Inbox) {
    this.#shell = shell;
    this.#desk = new Desk(site, inbox, {
      changed: (state, event) => {
        this.#changed(state, event);
      },
      progress: (index, progress) => {
        this.#progress(index, progress);
      },
    });
    this.#unlock = new UnlockView({
      choose: (way) => {
        this.#desk.choose(way);
      },
      unlockWallet: (info) => void this.#desk.unlockWallet(info),
      unlockFile: (file, passphrase, wanted) => void this.#desk.unlockFile(file, passphrase, wanted),
      unlockTyped: (key, wanted) => void this.#desk.unlockTyped(key, wanted),
      stopWaiting: () => {
        this.#desk.stopWaiting();
      },
      problems: (errors) => {
        this.#shell.problems(errors);
      },
      wallets: () => this.#desk.wallets,
    });
    discoverWallets((wallets) => {
      this.#desk.wallets = wallets;
    });
    // A page that is put aside, for the back button or for good, holds no key.
    addEventListener("pagehide", () => {
      if (this.#desk.state.at !== "locked") this.#desk.lock();
    });
    this.#show(this.#desk.state);
  }

  // --- what has changed

  #changed(state: State, event: Event): void {
    this.#shell.problems([]);
    this.#show(state);
    this.#speak(state, event);
    this.#focus(state, event);
  }

  #show(state: State): void {
    this.#keepWatch(state);
    this.#pill(state);
    this.#endPayment?.();
    this.#endPayment = undefined;
    switch (state.at) {
      case "locked":
        this.#clear();
        this.#shell.setTitle(TITLE);
        fill(this.#shell.main, this.#unlock.view(state));
        break;
      case "other":
        fill(
          this.#shell.main,
          otherView(
            state,
            () => void this.#desk.openOwn(),
            () => {
              this.#desk.anotherKey();
            },
            () => void this.#desk.openExpected(),
          ),
        );
        break;
      case "unlisted":
        this.#unlisted(state);
        break;
      case "unlocked":
        this.#unlock.clear();
        this.#unlocked(state);
    }
  }

  /** The letter beside the list; while a study is open its node stays where it is, so that its picture does. */
  #unlocked(state: Unlocked): void {
    const place = this.#shell.main;
    if (listed(state).length === 0 && state.letters.length === 0) {
      fill(place, h("div", { class: "nothing" }, emptyView(state, this.#list)));
      return;
    }
    const active = document.activeElement?.id ?? "";
    const letter = selectedOf(state);
    const old = place.querySelector(".two");
    const list = listView(state, this.#list);
    const isSame = old?.getAttribute("data-letter") === String(letter?.index ?? "none");
    const study = letter === null ? null : this.#study(letter);
    if (old !== null && isSame && study !== null && old.contains(study.element)) {
      old.querySelector(".inbox")?.replaceWith(list);
    } else {
      const two = h(
        "div",
        { class: letter ? "two has-open" : "two", "data-letter": letter?.index ?? "none" },
        list,
        this.#article(letter, study),
      );
      fill(place, two);
    }
    this.#shell.setTitle(study?.title ?? (letter ? "Locked images" : "Your inbox"));
    if (active !== "" && document.activeElement === document.body) document.getElementById(active)?.focus();
  }

  #article(letter: Letter | null, study: StudyView | null): HTMLElement {
    if (letter === null) {
      return h("div", { class: "opened none" }, h("p", { class: "muted" }, "Choose a letter to open it."));
    }
    const name = senderName(letter.sender, this.#desk.site);
    const inner = study === null ? letterView(letter, name, this.#bar(letter.index).bar, this.#letter) : study.element;
    return h("article", { class: "opened" }, backButton(this.#letter), inner);
  }

  #study(letter: Letter): StudyView | null {
    const open = this.#desk.open(letter.index);
    if (open === null || letter.steps.done < 3 || letter.retracted) return null;
    const before = this.#studies.get(letter.index);
    if (before !== undefined) {
      before.update(letter);
      return before;
    }
    const { index } = letter;
    const made = new StudyView(open, letter, {
      name: (sender) => senderName(sender, this.#desk.site),
      rename: (sender, name) => {
        rename(sender, name);
        this.#show(this.#desk.state);
      },
      tell: (host, close) => tellPanel(this.#desk, index, open.message.recipient, host, close),
      share: (host, close) =>
        sharePanel(
          this.#desk,
          index,
          open.message.recipient,
          (errors) => {
            this.#shell.problems(errors);
          },
          host,
          close,
        ),
      titled: (name) => {
        this.#desk.dispatch({ type: "named", index, name });
      },
    });
    this.#studies.set(index, made);
    return made;
  }

  /** What the page itself kept of what was open. */
  #clear(): void {
    for (const study of this.#studies.values()) study.dispose();
    this.#studies.clear();
    this.#bars.clear();
  }

  #unlisted({ account }: Unlisted): void {
    const host = h("div");
    const card = h("div", { class: "card ask" }, h("h2", {}, "Put it in the book"), host);
    fill(this.#shell.main, h("div", { class: "unlock" }, unlistedIntro(account), card));
    const { owner, wallet, inbox } = this.#desk;
    if (owner === null || wallet === null) return;
    this.#endPayment = offerRegistration(host, registrationByWallet(inbox, wallet, owner.publicKey), {
      wallet,
      wallets: () => this.#desk.wallets,
      goOn: (isRegistered) => {
        this.#desk.enterUnlisted(isRegistered ? 1 : 0);
      },
    });
  }

  // --- top bar, idle watch

  #pill(state: State): void {
    if (state.at !== "unlocked") {
      this.#shell.setPill(null);
      return;
    }
    const items = [
      { label: "Show full address", press: () => this.#fullAddress(state.inbox) },
      {
        label: "Forget names and marks",
        press: () => {
          this.#forget();
        },
      },
      {
        label: "Lock now",
        press: () => {
          this.#desk.lock();
        },
      },
    ];
    this.#shell.setPill({ word: "Unlocked", address: state.inbox, whose: "Your address", items });
  }

  #forget(): void {
    forgetAll();
    say("Names and marks forgotten");
    this.#show(this.#desk.state);
  }

  async #fullAddress(inbox: Address): Promise<void> {
    const full = fullAddress(inbox);
    const copy = copyButton(() => inbox, { label: "Copy address", said: "Address copied", source: () => full });
    await dialog({ title: "Your address", body: [full, copy], buttons: [{ label: "Close", value: undefined }] });
  }

  #keepWatch(state: State): void {
    if (state.at === "locked") {
      this.#watch?.end();
      this.#watch = undefined;
      this.#closeQuestion?.();
    } else {
      this.#watch ??= watchIdle(
        () => void this.#askIdle(),
        () => {
          this.#desk.lock("idle");
        },
      );
    }
  }

  async #askIdle(): Promise<void> {
    const answer = await dialog<"stay" | "lock">({
      title: "Still there?",
      body: h("p", {}, "We lock your images in one minute."),
      buttons: [
        { label: "Stay", value: "stay" },
        { label: "Lock now", value: "lock" },
      ],
      opened: (close) => {
        this.#closeQuestion = close;
      },
    });
    this.#closeQuestion = undefined;
    if (answer === "lock") this.#desk.lock();
    else this.#watch?.stay();
  }

  // --- progress, speech, focus

  #bar(index: number): { bar: ProgressBar; quarters: Quarters } {
    const known = this.#bars.get(index);
    if (known !== undefined) return known;
    const made = { bar: progressBar("Bringing your images"), quarters: new Quarters() };
    this.#bars.set(index, made);
    return made;
  }

  #progress(index: number, { done, total }: Progress): void {
    this.#watch?.stay();
    const { bar, quarters } = this.#bar(index);
    bar.set(done, total, amountOf(done, total));
    quarters.report(done, total, (percent) => `${String(percent)} percent of your images are here`);
  }

  #speak(state: State, event: Event): void {
    switch (event.type) {
      case "arrive": {
        if (state.at !== "unlocked") break;
        const fresh = state.letters.filter((letter) => !letter.opened && !letter.retracted && !letter.hidden).length;
        say(`${counted(state.letters.length, "letter")}, ${String(fresh)} new`);
        break;
      }
      case "slow":
        say("The network is slow. Still looking.");
        break;
      case "found":
        say("Found your images");
        break;
      case "fits":
        say("Your key fits");
        break;
      case "checking":
        say("Checking that nothing has changed…");
        break;
      case "got":
        say("Your images are here, not changed since they were sent.");
        break;
      case "stop":
        say("Stopped. Nothing was kept.");
        break;
      case "lock":
        say("Locked");
        break;
      default:
    }
  }

  /** What a person caused moves the focus to its heading; what comes by itself does not. */
  #focus(state: State, event: Event): void {
    const { main } = this.#shell;
    switch (event.type) {
      case "choose":
        if (event.way === "wallet") break;
        this.#unlock.focus(event.way);
        break;
      case "refuse":
        if (!this.#unlock.showProblem(event.problem)) this.#focusIn(main.querySelector(".notice"));
        break;
      case "wait":
        this.#focusIn(main.querySelector(".way-body .notice, .way-body .wait"));
        break;
      case "stop-waiting":
        main.querySelector<HTMLElement>(".now .way")?.focus();
        break;
      case "found":
      case "fits":
        this.#focusIn(main.querySelector(".step.now") ?? main.querySelector(".opened"));
        break;
      case "fail":
        this.#focusIn(main.querySelector(".step .notice") ?? main.querySelector(".opened"));
        break;
      case "work":
        this.#focusIn(main.querySelector(".step.now"));
        break;
      case "stop":
        document.getElementById("next-step")?.focus();
        break;
      case "got":
      case "select":
      case "welcome":
      case "hide":
        this.#focusIn(main.querySelector("h1"));
        break;
      case "arrive":
        if (state.at === "unlocked" && document.activeElement === document.body)
          this.#focusIn(main.querySelector("h1"));
        break;
      case "lock":
      case "other":
      case "unlisted":
      case "unlock":
      case "another-key":
        this.#focusIn(main.querySelector("h1"));
        break;
      default:
    }
  }

  #focusIn(element: Element | null): void {
    if (element instanceof HTMLElement) focusHeading(element);
  }

  // --- what was pressed

  readonly #list: ListActions = {
    name: (letter) => senderName(letter.sender, this.#desk.site),
    select: (index) => {
      this.#desk.dispatch({ type: "select", index });
    },
    look: () => void this.#desk.look(),
    more: () => void this.#desk.more(),
    showHidden: () => {
      this.#desk.dispatch({ type: "show-hidden" });
    },
    showCode: () => void this.#showCode(),
    publicKey: () => this.#publicKey(),
    otherInbox: () => void this.#otherInbox(),
  };

  readonly #letter: LetterActions = {
    back: () => {
      const { state } = this.#desk;
      const index = state.at === "unlocked" ? state.selected : null;
      this.#desk.dispatch({ type: "select", index: null });
      document.getElementById(`letter-${String(index)}`)?.focus();
    },
    welcome: (index) => {
      this.#desk.dispatch({ type: "welcome", index });
    },
    hide: (index) => {
      this.#desk.hide(index, true);
    },
    getHash: (index) => void this.#desk.getHash(index),
    decrypt: (index) => void this.#desk.decrypt(index),
    getImage: (index) => void this.#getImage(index),
    stop: (index) => {
      this.#desk.stop(index);
    },
    ask: (ask, letter) => void this.#ask(ask, letter),
  };

  async #getImage(index: number, gateways?: string[]): Promise<void> {
    this.#bars.delete(index);
    await this.#desk.getImage(index, gateways);
  }

  async #ask(ask: Ask, letter: Letter): Promise<void> {
    switch (ask) {
      case "another-key":
        this.#desk.anotherKey();
        break;
      case "hide":
        this.#desk.hide(letter.index, true);
        break;
      case "try-again":
        await (letter.steps.done === 0 ? this.#desk.getHash(letter.index) : this.#getImage(letter.index));
        break;
      case "another-place":
        await this.#anotherPlace(letter.index);
        break;
      case "help":
        await help();
        break;
      case "tell":
        await this.#tellSender(letter);
        break;
      default:
    }
  }

  /** Another IPFS gateway, of which the sender or anybody may know; what it brings is checked all the same. */
  async #anotherPlace(index: number): Promise<void> {
    const place = field({
      id: "place",
      label: "Web address of the place",
      hint: "Ask the sender where else the images are kept. It starts with https:// and often ends with /ipfs/.",
      props: { type: "url", inputmode: "url" },
    });
    const answer = await dialog({
      title: "Try another place",
      body: [h("p", {}, "Wherever the images come from, we check that nothing has changed."), place.element],
      buttons: [
        { label: "Try this place", value: "try" },
        { label: "Not now", value: "no" },
      ],
    });
    const gateway = answer === "try" ? gatewayOf(place.input.value) : null;
    if (gateway === null) {
      if (answer === "try") say("That is not a web address.");
      return;
    }
    await this.#getImage(index, [gateway]);
  }

  async #tellSender(letter: Letter): Promise<void> {
    const text = `The images that you sent me on ${day(letter.sentAt)} (letter ${String(letter.index)}) arrived changed. Please send them again.`;
    const words = h("p", { class: "quote" }, text);
    await dialog({
      title: "Tell the sender",
      body: [
        h("p", {}, "Call them, or send them these words:"),
        words,
        copyButton(() => text, { label: "Copy words", said: "Words copied", source: () => words }),
      ],
      buttons: [{ label: "Close", value: undefined }],
    });
  }

  #publicKey(): string {
    const bytes = this.#desk.owner?.publicKey ?? new Uint8Array();
    return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }

  async #showCode(): Promise<void> {
    const { state } = this.#desk;
    if (state.at !== "unlocked") return;
    const isOwn = state.inbox === state.own;
    const code = await qrCode(isOwn ? this.#publicKey() : state.inbox, "Code of your address");
    await dialog({
      title: "Your code",
      body: [h("p", {}, "Let the hospital scan this. It holds no secret."), code, addressMore(state.inbox)],
      buttons: [{ label: "Close", value: undefined }],
    });
  }

  /** The same key, for the address that has it in the book. */
  async #otherInbox(): Promise<void> {
    const wanted = field({
      id: "other-address",
      label: "Inbox address",
      hint: "The address that you gave the hospital.",
    });
    const problem = h("p", { class: "field-error" });
    const answer = await dialog({
      title: "Open another address",
      body: [h("p", {}, "This works if that address has your key in the book."), wanted.element, problem],
      buttons: [
        { label: "Open it", value: "open" },
        { label: "Not now", value: "no" },
      ],
    });
    if (answer === "open") await this.#desk.openOther(wanted.input.value);
  }
}

function gatewayOf(text: string): string | null {
  try {
    const url = new URL(text.trim(), location.href);
    if (text.trim() === "" || !/^https?:$/u.test(url.protocol)) return null;
    return url.href.endsWith("/") ? url.href : `${url.href}/`;
  } catch {
    return null;
  }
}

async function help(): Promise<void> {
  await dialog({
    title: "Which key do I need?",
    body: h(
      "ul",
      { class: "bullets" },
      h("li", {}, "The key whose address, public key or code you gave this hospital."),
      h("li", {}, "If you have several key files, try each. The last four signs of its address are in a file’s name."),
      h("li", {}, "If you opened images with a wallet before, unlock with that wallet."),
      h(
        "li",
        {},
        "If the key is lost, nobody can open these images. Make a new key, and ask the hospital to send again.",
      ),
    ),
    buttons: [{ label: "Close", value: undefined }],
  });
}
