/** Make a key on screen: a passphrase, a file, a sheet, a check, and an address in the book for who wants that. */

import { discoverWallets, type WalletInfo } from "../../wallet/discovery.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import { Inbox } from "../../chain/inbox.ts";
import { Keyring } from "../../keys/keyring.ts";
import { loadSite } from "../../site.ts";
import type { Owner } from "../../worker/worker.ts";
import { registrationByKey } from "../../registration/registration.ts";
import { offerRegistration } from "../../registration/registrationPanel.ts";
import { UNREACHABLE } from "../../wallet/messages.ts";
import { saveBlob } from "../../ui/save.ts";
import { addressMore, addressText } from "../../ui/address.ts";
import { button, copyButton, link } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type Field, field } from "../../ui/field.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { qrCode } from "../../ui/qrcode.ts";
import type { Shell } from "../../ui/shell.ts";
import { say } from "../../ui/speech.ts";
import { step, stepList } from "../../ui/steps.ts";
import { isGood, strength, STRENGTH_WORDS } from "./passphrase.ts";
import { numbered, sheet } from "./sheet.ts";
import { isLastFour, lastLine } from "./sheet-lines.ts";
import { type Event, initial, next, type Place, type Problem, type State, wouldLose } from "./state.ts";

export const TITLE = "Make your key";
const SHOWN_FOR = 30; // seconds

interface Made {
  readonly owner: Owner;
  readonly secret: string;
  readonly at: Date;
}

const WORDS: Readonly<Record<Problem, string>> = {
  weak: "Choose a longer passphrase: 4 or more different words.",
  failed: "The key could not be made. Try again.",
  "not-saved": "Save the file first. You will need it.",
  empty: "Type the last 4 signs on the sheet.",
  "not-the-same": "Not the same. Look at line 3 of the sheet.",
};

export class KeyPage {
  #state: State = initial();
  readonly #shell: Shell;
  readonly #path = h("div", { class: "path" });
  readonly #side = h("aside", { class: "side", "aria-label": "Your address" });
  readonly #paper = h("div", { class: "paper" });
  readonly #passphrase: Field;
  readonly #last: Field;
  readonly #meter = h("span", { class: "strength", role: "status" });
  #wallets: readonly WalletInfo[] = [];
  #keyring: Keyring | null = null;
  #made: Made | null = null;
  #file = "";
  #endPayment: (() => void) | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#passphrase = this.#passphraseField();
    this.#last = field({
      id: "last-four",
      label: "Last 4 signs of the secret key on the sheet",
      hint: "They are at the end of line 3, below the fold.",
      props: { maxlength: 9, class: "w4" },
    });
    this.#last.element.classList.add("code");
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
      this.#clearPaper();
    });
    addEventListener("pagehide", () => {
      this.#forget();
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
    this.#show();
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
    this.#endPayment?.();
    this.#endPayment = undefined;
    fill(this.#side, this.#aside());
    if (at === "done" || at === "book") fill(this.#path, at === "done" ? this.#done() : this.#book());
    else fill(this.#path, this.#warning(), stepList(this.#first(), this.#second(), this.#third()));
    this.#showProblem();
  }

  #warning(): Child {
    return notice({ tone: "info", text: "If you lose your key, nobody can open your images. Not even us." });
  }

  #first(): HTMLLIElement {
    const { at } = this.#state;
    const state = at === "passphrase" || at === "making" ? "now" : "done";
    const change = {
      press: () => {
        this.#dispatch({ type: "change" });
      },
      more: " passphrase",
    };
    const body = at === "making" ? h("p", { class: "wait" }, working("Making your key…")) : this.#passphraseForm();
    return step(
      { number: 1, title: "Choose a passphrase", state, line: "Chosen", change: state === "done" ? change : undefined },
      body,
    );
  }

  #passphraseForm(): HTMLElement {
    const label = this.#made === null ? "Make my key" : "Use this passphrase";
    return h(
      "form",
      {
        class: "form step-body",
        novalidate: true,
        on: {
          submit: (event) => {
            event.preventDefault();
            void this.#make();
          },
        },
      },
      this.#passphrase.element,
      h("div", { class: "ways" }, h("button", { type: "submit", class: "btn go" }, label)),
    );
  }

  #passphraseField(): Field {
    const show = button(
      "Show",
      () => {
        toggle();
      },
      { props: { "aria-pressed": "false", "aria-label": "Show passphrase" } },
    );
    const made = field({
      id: "passphrase",
      label: "Passphrase",
      hint: "4 or more words that do not belong together. You type it each time you use the key file.",
      props: { type: "password", autocomplete: "new-password" },
      beside: show,
    });
    made.element.append(this.#meter);
    made.input.addEventListener("input", () => {
      this.#meter.textContent = STRENGTH_WORDS[strength(made.input.value)];
    });
    const toggle = (): void => {
      const on = made.input.getAttribute("type") === "password";
      made.input.setAttribute("type", on ? "text" : "password");
      show.setAttribute("aria-pressed", String(on));
      show.textContent = on ? "Hide" : "Show";
    };
    return made;
  }

  #second(): HTMLLIElement {
    const { at, saved, printed } = this.#state;
    const state = at === "save" ? "now" : at === "check" ? "done" : "later";
    const change = {
      press: () => {
        this.#dispatch({ type: "back" });
      },
      more: " saving",
      label: "Back",
    };
    const line =
      state === "done"
        ? `Key file saved${printed ? ", sheet printed" : ""}`
        : "A file for your devices, a sheet for your drawer.";
    return step(
      { number: 2, title: "Save it and print it", state, line, change: state === "done" ? change : undefined },
      h(
        "div",
        { class: "step-body" },
        h(
          "p",
          {},
          "Save the key file where you keep what matters. Print the sheet: it opens your images even without the file and the passphrase.",
        ),
        h(
          "div",
          { class: "ways" },
          button(
            saved ? "Save key file again" : "Save key file",
            () => {
              this.#save();
            },
            { kind: saved ? "plain" : "go", icon: "download", props: { id: "save-file" } },
          ),
          button("Print the sheet", () => this.#print(), { icon: "print", props: { id: "print" } }),
        ),
        saved && h("p", { class: "says" }, `Saved as ${this.#fileName()}.`),
        h(
          "p",
          { class: "hint" },
          "No printer? ",
          button("Show secret code", () => this.#showSecret(), { kind: "link", props: { id: "show-secret" } }),
          " and write it down.",
        ),
        h(
          "div",
          { class: "ways" },
          button(
            "Continue",
            () => {
              this.#dispatch({ type: "go-on" });
            },
            { kind: saved ? "go" : "plain", props: { id: "go-on" } },
          ),
        ),
      ),
    );
  }

  #third(): HTMLLIElement {
    const state = this.#state.at === "check" ? "now" : "later";
    return step(
      { number: 3, title: "Check your sheet", state, line: "Type its last 4 signs." },
      h(
        "form",
        {
          class: "form step-body",
          novalidate: true,
          on: {
            submit: (event) => {
              event.preventDefault();
              this.#check();
            },
          },
        },
        this.#last.element,
        h(
          "div",
          { class: "ways" },
          h("button", { type: "submit", class: "btn go" }, "Finish"),
          button("Print the sheet", () => this.#print(), { icon: "print" }),
          button("Show secret code", () => this.#showSecret(), { kind: "link" }),
        ),
      ),
    );
  }

  #aside(): Child {
    const made = this.#made;
    if (made === null) {
      return h(
        "section",
        { class: "card next" },
        h("h2", {}, "Your address"),
        h("p", { class: "small muted" }, "Comes with your key. You give it to the hospital; the key stays with you."),
      );
    }
    const { address, publicKey } = made.owner;
    const key = hex(publicKey);
    return h(
      "section",
      { class: "card next" },
      h("h2", {}, "Your address"),
      h("p", {}, addressText(address, "Your address")),
      h("p", { class: "small muted" }, "Give this to the hospital. It holds no secret."),
      h(
        "div",
        { class: "ways" },
        copyButton(() => address, { label: "Copy address", said: "Address copied" }),
        button("Show code", () => this.#showCode(), { icon: "camera", props: { id: "show-code" } }),
      ),
      h(
        "p",
        { class: "small muted" },
        "As long as the address is not in the book, the hospital needs the code or the public key too.",
      ),
      addressMore(key, "public key"),
      h("h3", {}, "Words to compare"),
      h("p", { class: "words small" }, fingerprint(publicKey).join(" ")),
      h("p", { class: "small muted" }, "The hospital sees the same words when it has your key right."),
    );
  }

  /** After the check: the address in the book, so that the address alone is enough. Nobody has to. */
  #book(): Child {
    const host = h("div");
    const card = h(
      "section",
      { class: "card ask" },
      h("h2", { tabindex: -1 }, "Put your address in the book so hospitals can find it."),
      h(
        "p",
        {},
        "Then your address alone is enough. The book is public: it says that this address gets images, not who you are.",
      ),
      host,
    );
    void this.#offer(host);
    return card;
  }

  async #offer(host: HTMLElement): Promise<void> {
    const keyring = this.#keyring;
    const made = this.#made;
    if (keyring === null || made === null) return;
    const end = (): void => {
      this.#end();
    };
    try {
      const inbox = new Inbox(await loadSite());
      if (this.#state.at !== "book") return;
      this.#endPayment = offerRegistration(host, registrationByKey(inbox, keyring, made.owner), {
        wallet: null,
        wallets: () => this.#wallets,
        goOn: end,
      });
    } catch (error) {
      const details = error instanceof Error ? error.message : undefined;
      fill(
        host,
        notice({
          tone: "warn",
          title: UNREACHABLE,
          text: "Your key is ready all the same.",
          buttons: [button("Go on", end, { kind: "go" })],
          details,
        }),
      );
    }
  }

  #done(): Child {
    return h(
      "section",
      { class: "card ask ready" },
      h("h2", { tabindex: -1 }, "Your key is ready."),
      h("p", {}, "Put the sheet where you keep your passport."),
      h(
        "p",
        {},
        "What happens next: give the hospital your address or your code. When it has sent your images, open them here.",
      ),
      h("div", { class: "ways" }, link("Open your images", "./index.html", { class: "btn go" })),
    );
  }

  #showProblem(): void {
    const { problem } = this.#state;
    this.#passphrase.setError(problem === "weak" || problem === "failed" ? WORDS[problem] : null);
    const text =
      problem === "not-the-same" && this.#made !== null
        ? `Not the same. Look at line ${String(lastLine(this.#made.secret))} of the sheet.`
        : WORDS.empty;
    this.#last.setError(problem === "empty" || problem === "not-the-same" ? text : null);
    if (problem === null) this.#shell.problems([]);
    else if (problem === "not-saved") this.#shell.problems([{ field: "save-file", text: WORDS["not-saved"] }]);
    else if (problem === "weak" || problem === "failed")
      this.#shell.problems([{ field: "passphrase", text: WORDS[problem] }]);
    else this.#shell.problems([{ field: "last-four", text }]);
  }

  #focus(before: State): void {
    const { at, problem } = this.#state;
    if (problem !== null) return;
    const isNew = (place: Place): boolean => at === place && before.at !== place;
    if (isNew("making")) say("Making your key…");
    if (at === before.at) {
      document.getElementById(this.#state.saved && !before.saved ? "print" : "go-on")?.focus();
      return;
    }
    const target = this.#path.querySelector<HTMLElement>(".step.now, .card.ask");
    if (target) focusHeading(target);
  }

  // --- what is done

  async #make(): Promise<void> {
    const passphrase = this.#passphrase.input.value;
    if (!isGood(passphrase)) {
      this.#dispatch({ type: "weak" });
      return;
    }
    this.#dispatch({ type: "make" });
    try {
      this.#keyring ??= await Keyring.open();
      if (this.#made === null) {
        const { secret, ...owner } = await this.#keyring.makeKey();
        this.#made = { owner, secret, at: new Date() };
      }
      this.#file = await this.#keyring.keyFile(passphrase);
      this.#passphrase.input.value = "";
      this.#meter.textContent = "";
      this.#dispatch({ type: "made" });
      say("Your key is made");
    } catch {
      this.#dispatch({ type: "failed" });
    }
  }

  #fileName(): string {
    const address = this.#made?.owner.address ?? "";
    return `radiogram-key-${address.slice(2, 6)}-${address.slice(-4)}.json`;
  }

  #save(): void {
    saveBlob(new Blob([this.#file]), this.#fileName(), "application/json");
    say("Key file saved");
    this.#dispatch({ type: "saved" });
  }

  async #print(): Promise<void> {
    await this.#fillPaper();
    window.print();
    this.#dispatch({ type: "printed" });
  }

  /** The secret is in the document only while it is printed. */
  async #fillPaper(): Promise<void> {
    const made = this.#made;
    if (made === null) return;
    const { address, publicKey } = made.owner;
    const site = new URL("./", location.href).href.replace(/\/$/u, "");
    const words = fingerprint(publicKey);
    fill(
      this.#paper,
      await sheet({ address, publicKey: hex(publicKey), secret: made.secret, words, made: made.at, site }),
    );
  }

  #clearPaper(): void {
    fill(this.#paper);
  }

  async #showSecret(): Promise<void> {
    const ask = await dialog({
      title: "Is anyone looking?",
      body: h("p", {}, "Whoever sees the secret code can open your images. Look over your shoulder, and mind cameras."),
      buttons: [
        { label: `Show for ${String(SHOWN_FOR)} seconds`, value: "show" },
        { label: "Not now", value: "no" },
      ],
    });
    const made = this.#made;
    if (ask !== "show" || made === null) return;
    const left = h("p", { class: "hint" });
    const code = numbered(made.secret);
    let timer = 0;
    await dialog({
      title: "Your secret code",
      body: [code, left],
      buttons: [{ label: "Hide it", value: undefined }],
      opened: (close) => {
        const until = Date.now() + SHOWN_FOR * 1000;
        const tick = (): void => {
          const seconds = Math.ceil((until - Date.now()) / 1000);
          left.textContent = `Hidden again in ${String(seconds)} s. Write every sign; gaps do not matter.`;
          if (seconds <= 0) close();
        };
        tick();
        timer = window.setInterval(tick, 1000);
      },
    });
    clearInterval(timer);
    fill(code);
  }

  async #showCode(): Promise<void> {
    const made = this.#made;
    if (made === null) return;
    const code = await qrCode(hex(made.owner.publicKey), "Code of your address");
    await dialog({
      title: "Your code",
      body: [h("p", {}, "Let the hospital scan this. It holds no secret."), code],
      buttons: [{ label: "Close", value: undefined }],
    });
  }

  #check(): void {
    const typed = this.#last.input.value.trim();
    const same = this.#made !== null && isLastFour(this.#made.secret, typed);
    this.#dispatch({ type: "finish", typed: same ? "same" : typed === "" ? "nothing" : "other" });
  }

  /** The page needs the key no more. */
  #end(): void {
    this.#keyring?.lock();
    this.#keyring = null;
    if (this.#made !== null) this.#made = { ...this.#made, secret: "" };
    this.#file = "";
    this.#last.input.value = "";
    this.#dispatch({ type: "end" });
  }

  #forget(): void {
    this.#keyring?.lock();
    this.#clearPaper();
  }
}

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
