/** Make a key on screen: shows the state, and makes, saves and prints the key. */

import { Inbox } from "../../chain/inbox.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import { keyCode } from "../../formats/keyCard.ts";
import { Keyring } from "../../keys/keyring.ts";
import { registrationByKey } from "../../registration/registration.ts";
import { PasskeyPanel } from "../../passkeys/panel.ts";
import { shareCard } from "../../registration/card.ts";
import { offerRegistration } from "../../registration/registrationPanel.ts";
import { loadSite } from "../../site.ts";
import { keyFileName } from "../../ui/address.ts";
import { button, link } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { saveBlob } from "../../ui/save.ts";
import type { Shell } from "../../ui/shell.ts";
import { say } from "../../ui/speech.ts";
import { stepList } from "../../ui/steps.ts";
import { discoverWallets, type WalletInfo } from "../../wallet/discovery.ts";
import { UNREACHABLE } from "../../wallet/messages.ts";
import type { Owner } from "../../worker/worker.ts";
import { addressCard, nameField } from "./addressCard.ts";
import { isGood } from "../../ui/passphrase.ts";
import { controlOf, problemText, wordField } from "./messages.ts";
import { askWhoLooks, showSecret } from "./secret.ts";
import { sheet } from "./sheet.ts";
import { firstWrong } from "./sheetLines.ts";
import { type Event, initial, isOnPaper, next, type State, wouldLose } from "./state.ts";
import { KeySteps } from "./steps.ts";

export const TITLE = "Make your key";

interface Made {
  readonly owner: Owner;
  readonly at: Date;
}

const CARD_TOO = "From this copy of Radiogram it is not: give the hospital your key card file too.";

export class KeyPage {
  #state: State = initial();
  readonly #shell: Shell;
  readonly #path = h("div", { class: "path" });
  readonly #side = h("aside", { class: "side", "aria-label": "Your key card" });
  readonly #paper = h("div", { class: "paper" });
  readonly #steps: KeySteps;
  readonly #cardName = nameField();
  #wallets: readonly WalletInfo[] = [];
  #passkeys: PasskeyPanel | null = null;
  #keyring: Keyring | null = null;
  #made: Made | null = null;
  /** Place of the word that is missing or wrong. */
  #wrong = 0;
  #endRegistration: (() => void) | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#steps = this.#makeSteps();
    fill(
      shell.main,
      h("h1", { tabindex: -1 }, TITLE),
      h("p", { class: "lede" }, "It opens your images. Only you have it."),
      h("div", { class: "cols" }, this.#path, this.#side),
    );
    document.body.append(this.#paper);
    discoverWallets((wallets) => {
      this.#wallets = wallets;
    });
    addEventListener("afterprint", () => {
      fill(this.#paper);
    });
    addEventListener("pagehide", () => {
      this.#keyring?.lock();
      fill(this.#paper);
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
    this.#show();
  }

  #makeSteps(): KeySteps {
    const dispatching = (event: Event) => (): void => {
      this.#dispatch(event);
    };
    return new KeySteps({
      make: () => this.#make(),
      print: () => this.#print(),
      showSecret: () => this.#showSecret(),
      backToPaper: dispatching({ type: "back" }),
      check: () => this.#check(),
      save: () => this.#save(),
      withoutFile: dispatching({ type: "without-file" }),
      words: () => this.#words(),
    });
  }

  #dispatch(event: Event): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;
    warnBeforeLeaving("key", wouldLose(this.#state));
    this.#show();
    this.#focus(before);
  }

  // --- what is shown

  #show(): void {
    const { at } = this.#state;
    this.#endRegistration?.();
    this.#endRegistration = undefined;
    fill(this.#side, addressCard(isOnPaper(this.#state) ? (this.#made?.owner ?? null) : null, this.#cardName));
    if (at === "done") fill(this.#path, this.#ready());
    else if (at === "registration") fill(this.#path, this.#ready(), this.#withPasskey(), this.#registration());
    else fill(this.#path, warning(), stepList(...this.#steps.view(this.#state)));
    this.#showProblem();
  }

  #showProblem(): void {
    const { problem } = this.#state;
    const [place, number] = [this.#wrong, this.#wrong + 1];
    this.#steps.showProblem(this.#state, place, number);
    const errors = problem && [{ field: controlOf(problem, place), text: problemText(problem, number) }];
    this.#shell.problems(errors ?? []);
  }

  #focus(before: State): void {
    const { at, problem } = this.#state;
    if (problem !== null || at === before.at) return;
    if (at === "making") say("Making your key…");
    if (at === "locking") say("Making your key file…");
    if (at === "check" && before.at === "sheet") {
      document.getElementById(wordField(0))?.focus();
      return;
    }
    const target = this.#path.querySelector<HTMLElement>(".step.now, .card.ask");
    if (target) focusHeading(target);
  }

  /** After the check: the card is all that the hospital needs. */
  #ready(): HTMLElement {
    const owner = this.#made?.owner;
    const name = (): string => this.#cardName.input.value.trim();
    const share =
      owner && button("Share my card", () => shareCard(owner, loadSite, name()), { kind: "go", icon: "share" });
    return h(
      "section",
      { class: "card ask ready" },
      h("h2", { tabindex: -1 }, "Your key is ready."),
      h("p", {}, "Put the sheet where you keep your passport."),
      this.#fileLine(),
      h("p", {}, "What happens next: give the hospital your key card. When it has sent your images, open them here."),
      h("div", { class: "ways" }, share, link("Open your images", "./index.html", { class: "btn" })),
    );
  }

  /** Whether there is a key file, and the way to another one while the key is here. */
  #fileLine(): HTMLElement {
    const { at, saved } = this.#state;
    const said = saved ? `The key file was saved as ${this.#fileName()}. ` : "There is no key file. ";
    const press = (): void => {
      this.#dispatch({ type: "another-file" });
    };
    const again = button(saved ? "Save it again" : "Save a key file", press, { kind: "link" });
    return h("p", { class: "hint" }, said, at === "registration" && again);
  }

  /** After the check, as the words are on paper by then. */
  #withPasskey(): Child {
    const owner = this.#made?.owner;
    if (owner === undefined) return null;
    this.#passkeys ??= new PasskeyPanel({ keyring: () => this.#keyring, owner, askForPaper: false });
    return h(
      "section",
      { class: "card ask" },
      h("h2", { tabindex: -1 }, "Open with this device’s passkey"),
      h("p", {}, "Your face, your finger or a PIN opens your images here, without file and passphrase. You need not."),
      this.#passkeys.element,
    );
  }

  /** After the check: the key is registered, so that the address alone is enough. Nobody has to. */
  #registration(): Child {
    const host = h("div");
    void this.#offerRegistration(host);
    return h(
      "section",
      { class: "card ask" },
      h("h2", { tabindex: -1 }, "Put your address in the book so hospitals can find it."),
      h(
        "p",
        {},
        "You need not: your card is enough. With it, your address alone is. The book is public: it says that this address gets images, not who you are.",
      ),
      host,
    );
  }

  async #offerRegistration(host: HTMLElement): Promise<void> {
    const [keyring, made] = [this.#keyring, this.#made];
    if (keyring === null || made === null) return;
    const goOn = (): void => {
      this.#end();
    };
    try {
      const inbox = new Inbox(await loadSite());
      if (this.#state.at !== "registration") return;
      if (made.owner.hybrid && inbox.site.upload === null) host.before(h("p", {}, CARD_TOO));
      const wallets = (): readonly WalletInfo[] => this.#wallets;
      const offer = { wallet: null, wallets, goOn, kind: "plain" } as const;
      this.#endRegistration = offerRegistration(host, registrationByKey(inbox, keyring, made.owner), offer);
    } catch (error) {
      const words = {
        tone: "warn",
        title: UNREACHABLE,
        text: "Your key is ready all the same.",
        details: error instanceof Error ? error.message : undefined,
      } as const;
      fill(host, notice({ ...words, buttons: [button("Go on", goOn, { kind: "go" })] }));
    }
  }

  // --- what is done

  async #make(): Promise<void> {
    this.#dispatch({ type: "make" });
    try {
      this.#keyring ??= await Keyring.open();
      this.#made ??= { owner: await this.#keyring.makeKey(), at: new Date() };
      this.#dispatch({ type: "made" });
      say("Your key is made");
    } catch {
      this.#dispatch({ type: "failed" });
    }
  }

  async #words(): Promise<string[]> {
    return (await this.#keyring?.seed())?.split(" ") ?? [];
  }

  #fileName(): string {
    return keyFileName(this.#made?.owner.address ?? "");
  }

  async #save(): Promise<void> {
    const { passphrase } = this.#steps;
    const problem = isGood(passphrase) ? (this.#steps.isTypedTwice ? null : "differs") : "weak";
    if (problem !== null || this.#keyring === null) {
      if (problem !== null) this.#dispatch({ type: "refuse", problem });
      return;
    }
    this.#dispatch({ type: "lock" });
    try {
      const file = await this.#keyring.keyFile(passphrase);
      saveBlob(new Blob([file]), this.#fileName(), "text/plain");
      this.#steps.clearPassphrase();
      this.#dispatch({ type: "saved" });
      say("Key file saved");
    } catch {
      this.#dispatch({ type: "no-file" });
    }
  }

  /** The words are in the document only while they are printed. */
  async #print(): Promise<void> {
    if (this.#made !== null && this.#keyring !== null) {
      const { owner, at: made } = this.#made;
      const { address, publicKey, hybrid } = owner;
      const seed = await this.#keyring.seed();
      const site = new URL("./", location.href).href.replace(/\/$/u, "");
      const words = fingerprint(publicKey, hybrid?.digest);
      fill(this.#paper, await sheet({ address, keyCode: keyCode(publicKey, hybrid), seed, words, made, site }));
    }
    window.print();
    this.#dispatch({ type: "paper", how: "printed" });
  }

  async #showSecret(): Promise<void> {
    if (!(await askWhoLooks()) || this.#keyring === null) return;
    await showSecret(await this.#keyring.seed());
    this.#dispatch({ type: "paper", how: "written" });
  }

  async #check(): Promise<void> {
    if (this.#keyring === null) return;
    const { words } = this.#steps;
    const wrong = firstWrong(await this.#words(), words.typed);
    this.#wrong = Math.max(wrong, 0);
    await words.judgeAll();
    const missing = words.typed[wrong] === "";
    this.#dispatch({ type: "check", typed: wrong < 0 ? "same" : missing ? "nothing" : "other" });
    if (wrong < 0) words.clear();
  }

  /** The page needs the key no more. */
  #end(): void {
    this.#keyring?.lock();
    this.#keyring = null;
    this.#dispatch({ type: "end" });
  }
}

function warning(): HTMLElement {
  return notice({ tone: "info", text: "If you lose your key, nobody can open your images. Not even us." });
}
