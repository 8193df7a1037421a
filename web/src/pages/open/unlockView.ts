/** Before an inbox is open: the ways to unlock, and the questions that may come between. */

import type { Address } from "viem";
import type { WalletInfo } from "../../wallet/discovery.ts";
import type { Passkey } from "../../keys/passkeyStore.ts";
import { passkeyList } from "../../passkeys/list.ts";
import { shownFileName } from "../../formats/text.ts";
import { addressText, fullAddress } from "../../ui/address.ts";
import { button, link } from "../../ui/button.ts";
import { type Child, h, uniqueId } from "../../ui/dom.ts";
import { field, type FieldError, secretField } from "../../ui/field.ts";
import { type IconName } from "../../ui/icons.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { addingButtons, lookInWallet } from "../../wallet/connectionView.ts";
import * as messages from "../../wallet/messages.ts";
import { walletButtons } from "../../wallet/waiting.ts";
import type { LockReason, Locked, OtherInbox, UnlockProblem, Wait, Way } from "./state.ts";
import { OLDER_KEY, type Remedy, unlockWords } from "./messages.ts";
import { readTyped, typedKeyError } from "./typedKey.ts";

export interface UnlockActions {
  choose: (way: Way) => void;
  unlockWallet: (info: WalletInfo) => void;
  unlockPasskey: (passkey: Passkey) => void;
  unlockFile: (file: File, passphrase: string, inbox: string) => void;
  unlockTyped: (key: string, inbox: string) => void;
  stopWaiting: () => void;
  problems: (errors: readonly FieldError[]) => void;
  wallets: () => readonly WalletInfo[];
  /** Of this browser. */
  passkeys: () => readonly Passkey[];
  passkeysChanged: () => void;
}

const SEED_WORDS = 24;

const WAYS: readonly (readonly [Way, string, IconName])[] = [
  ["wallet", "Unlock with my wallet", "wallet"],
  ["file", "Use my key file", "file"],
  ["typed", "Type my key", "key"],
];

/** Before the others, where this browser has any. */
const BY_PASSKEY = ["passkey", "Open with this device’s passkey", "lock"] as const;

const WAY_OF: Readonly<Partial<Record<Remedy, Way>>> = { "key-file": "file", "typed-key": "typed", passkey: "passkey" };

const WALLET_KEY = "A wallet’s key is not safe from future quantum computers. A key file made here is.";

const WHY: Readonly<Record<LockReason, string>> = {
  idle: "Nobody was here for 15 minutes. We locked your images.",
  account: "Your wallet changed to another account. We locked your images.",
  disconnect: "Your wallet let go of this page. We locked your images.",
};

/** The page before an inbox is open; its forms keep what was typed while the rest changes around them. */
export class UnlockView {
  readonly #act: UnlockActions;
  readonly #file: Form;
  readonly #typed: Form;

  constructor(act: UnlockActions) {
    this.#act = act;
    this.#file = fileForm(act);
    this.#typed = typedForm(act);
  }

  view(state: Locked): HTMLElement[] {
    const way = (each: (typeof WAYS)[number]): HTMLElement => this.#way(state, ...each);
    const ways = this.#act.passkeys().length > 0 ? [BY_PASSKEY, ...WAYS] : WAYS;
    return [
      h(
        "div",
        { class: "unlock" },
        h("h1", { tabindex: -1 }, "Open your images"),
        h("p", { class: "lede" }, "Use the same way as when you made your key."),
        state.because !== null && notice({ tone: "info", text: WHY[state.because] }),
        h("div", { class: "card ways-in" }, h("h2", { class: "vh" }, "Ways to unlock"), ways.map(way)),
        h("p", { class: "no-key" }, "No key yet? ", link("Make a key", "./key.html")),
        h(
          "p",
          { class: "hint" },
          "Your key stays in this window. It is gone when you lock or close it, or after 15 minutes alone.",
        ),
      ),
    ];
  }

  /** Shows the problem of a form at its field, and in the summary. */
  showProblem(problem: UnlockProblem): boolean {
    const form = this.#formOf(problem);
    form?.fail(problem);
    return form !== null;
  }

  /** Nothing that was typed is left. */
  clear(): void {
    this.#file.clear();
    this.#typed.clear();
  }

  /** What is asked for has the focus; a file is asked for at once, by the press that chose this way. */
  focus(way: Way): void {
    if (way === "passkey") {
      document.querySelector<HTMLElement>(".way-body .passkey-list button")?.focus();
      return;
    }
    const input = (way === "file" ? this.#file : this.#typed).element.querySelector<HTMLElement>("input, textarea");
    input?.focus();
    const isFileAsked = input instanceof HTMLInputElement && input.type === "file" && input.files?.length === 0;
    if (isFileAsked && navigator.userActivation.isActive) input.click();
  }

  #formOf(problem: UnlockProblem): Form | null {
    switch (problem.kind) {
      case "passphrase":
      case "key-file":
        return this.#file;
      case "typed-key":
        return this.#typed;
      case "address":
        return this.#file.element.isConnected ? this.#file : this.#typed;
      default:
        return null;
    }
  }

  #way(state: Locked, way: Way, label: string, picture: IconName): HTMLElement {
    const open = state.way === way;
    const id = `way-${way}`;
    const first = this.#act.passkeys().length > 0 ? "passkey" : "wallet";
    const filled = way === first && (state.way === null || open) && state.wait === null && state.problem === null;
    const body = open ? this.#body(state, way) : null;
    const head = button(
      label,
      () => {
        this.#act.choose(way);
      },
      {
        kind: filled ? "go" : "plain",
        icon: picture,
        props: {
          class: "way",
          ...(way !== "wallet" && { "aria-expanded": String(open), "aria-controls": open ? id : null }),
        },
      },
    );
    const hint = way === "wallet" && h("p", { class: "hint" }, WALLET_KEY);
    return h(
      "div",
      { class: open ? "way-in now" : "way-in" },
      head,
      hint,
      body && h("div", { id, class: "way-body" }, body),
    );
  }

  #body(state: Locked, way: Way): Child {
    if (state.wait !== null && (way === "wallet" || way === "passkey" || state.wait === "registry")) {
      return this.#waiting(state.wait, way);
    }
    if (way === "passkey") return this.#passkeys(state.problem);
    const form = way === "file" ? this.#file : way === "typed" ? this.#typed : null;
    form?.busy(state.wait !== null);
    const problem =
      state.problem !== null && this.#formOf(state.problem) === null ? this.#problem(state.problem) : null;
    return [problem, form?.element];
  }

  #passkeys(problem: UnlockProblem | null): Child {
    const use = (passkey: Passkey): void => {
      this.#act.unlockPasskey(passkey);
    };
    const kept = this.#act.passkeys();
    return [problem && this.#problem(problem), passkeyList(kept, this.#act.passkeysChanged, use)];
  }

  #waiting(wait: Wait, way: Way): HTMLElement {
    const look = (text: string): HTMLElement => notice(lookInWallet(text, this.#act.stopWaiting));
    switch (wait) {
      case "choose":
        return notice({
          ...messages.CHOOSE_WALLET,
          buttons: walletButtons(this.#act.wallets(), this.#act.unlockWallet),
        });
      case "connect":
        return look(messages.ASKED_TO_CONNECT);
      case "sign":
        return look(messages.ASKED_TO_SIGN);
      case "sign-again":
        return look("It asks you to sign once more, to be sure that your key stays the same. This costs nothing.");
      default: {
        const opening = way === "passkey" ? "Your device asks for your face, finger or PIN…" : "Opening your key…";
        return h("p", { class: "wait" }, working(wait === "open" ? opening : "Looking up your address…"));
      }
    }
  }

  #problem(problem: UnlockProblem): HTMLElement {
    if (problem.kind === "no-wallet") {
      const added = (): void => {
        this.#act.choose("wallet");
      };
      return notice({ ...messages.noWallet(), buttons: addingButtons(added, false, true) });
    }
    const { tone, title, text, buttons } = unlockWords(problem);
    const ways = buttons.map(({ remedy, label }, place) => this.#button(remedy, label, place === 0));
    const details = problem.detail === undefined || problem.detail === "" ? undefined : problem.detail;
    return notice({ tone, title, text, buttons: ways, details });
  }

  #button(remedy: Remedy, label: string, first: boolean): HTMLElement {
    if (remedy === "make-key") return link(label, "./key.html", { class: "btn" });
    const way = WAY_OF[remedy] ?? "wallet";
    const press = (): void => {
      this.#act.choose(way);
    };
    return button(label, press, { kind: first ? "go" : "plain" });
  }
}

interface Form {
  readonly element: HTMLFormElement;
  busy: (on: boolean) => void;
  fail: (problem: UnlockProblem) => void;
  clear: () => void;
}

function fileForm(act: UnlockActions): Form {
  const chosen = h("input", {
    type: "file",
    id: "key-file",
    accept: ".txt,.age,.json,text/plain,application/json,*/*",
  });
  const file = h("div", { class: "field" }, h("label", { class: "label", for: "key-file" }, "Key file"), chosen);
  const fileError = h("p", { class: "field-error", id: "key-file-error", hidden: true });
  chosen.before(fileError);
  const passphrase = secretField({ id: "passphrase", label: "Passphrase" }, "your passphrase");
  chosen.addEventListener("change", () => {
    if (chosen.files?.length === 1) passphrase.input.focus();
  });
  const other = otherInbox("file-inbox");
  const setFileError = (text: string | null): void => {
    fileError.hidden = text === null;
    fileError.textContent = text ?? "";
    file.classList.toggle("has-error", text !== null);
    if (text === null) chosen.removeAttribute("aria-describedby");
    else chosen.setAttribute("aria-describedby", fileError.id);
  };
  const errorsAt = (errors: readonly FieldError[]): void => {
    const of = (id: string): string | null => errors.find((each) => each.field === id)?.text ?? null;
    setFileError(of("key-file"));
    passphrase.setError(of("passphrase"));
    other.setError(of("file-inbox"));
    act.problems(errors);
  };
  return form(
    "Choose your key file, then type your passphrase.",
    [file, passphrase.element, other.element],
    () => {
      const picked = chosen.files?.[0];
      const errors: FieldError[] = [];
      if (picked === undefined) errors.push({ field: "key-file", text: "Choose your key file." });
      errorsAt(errors);
      if (picked !== undefined) act.unlockFile(picked, passphrase.input.value, other.input.value);
    },
    (problem) => {
      const id = { passphrase: "passphrase", address: "file-inbox" }[problem.kind as string] ?? "key-file";
      const words = problem.detail ?? unlockWords(problem).text;
      errorsAt([{ field: id, text: addressWords(problem) ?? aboutFile(chosen, words) }]);
      if (problem.kind === "address") other.show();
    },
    () => {
      chosen.value = "";
      passphrase.input.value = "";
      other.input.value = "";
      setFileError(null);
      passphrase.setError(null);
    },
  );
}

/** With the name of the file, which may be one of several. */
function aboutFile({ files }: HTMLInputElement, words: string): string {
  const name = files?.[0]?.name;
  return name === undefined ? words : `${shownFileName(name)}: ${words}`;
}

function typedForm(act: UnlockActions): Form {
  const key = secretField(
    {
      id: "typed-key",
      label: "Your key",
      hint: "On your sheet, below the fold: 24 words. Older sheets have 64 signs instead.",
      tag: "textarea",
      props: { autocorrect: "off" },
    },
    "your key",
  );
  key.input.addEventListener("keydown", (event) => {
    const typed = readTyped(key.input.value);
    const isUnfinished = "words" in typed && typed.words.split(" ").length < SEED_WORDS; // Enter begins a line then
    if ((event as KeyboardEvent).key !== "Enter" || isUnfinished) return;
    event.preventDefault();
    key.input.form?.requestSubmit();
  });
  const other = otherInbox("typed-inbox");
  const errorsAt = (errors: readonly FieldError[]): void => {
    const of = (id: string): string | null => errors.find((each) => each.field === id)?.text ?? null;
    key.setError(of("typed-key"));
    other.setError(of("typed-inbox"));
    act.problems(errors);
  };
  return form(
    null,
    [key.element, other.element],
    () => {
      const wrong = typedKeyError(key.input.value);
      errorsAt(wrong === null ? [] : [{ field: "typed-key", text: wrong }]);
      if (wrong === null) act.unlockTyped(key.input.value, other.input.value);
    },
    (problem) => {
      const id = problem.kind === "address" ? "typed-inbox" : "typed-key";
      errorsAt([{ field: id, text: problem.detail ?? unlockWords(problem).text }]);
      if (problem.kind === "address") other.show();
    },
    () => {
      key.input.value = "";
      other.input.value = "";
      key.setError(null);
    },
  );
}

function addressWords(problem: UnlockProblem): string | null {
  return problem.kind === "address" ? (problem.detail ?? null) : null;
}

function form(
  intro: string | null,
  fields: readonly HTMLElement[],
  submit: () => void,
  fail: (problem: UnlockProblem) => void,
  clear: () => void,
): Form {
  const words = h("span", {}, "Unlock");
  const press = h("button", { type: "submit", class: "btn go" }, words);
  let isBusy = false;
  const element = h(
    "form",
    {
      class: "form",
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          if (!isBusy) submit();
        },
      },
    },
    intro !== null && h("p", {}, intro),
    fields,
    h("div", { class: "ways" }, press),
  );
  return {
    element,
    fail,
    clear,
    busy: (on) => {
      isBusy = on;
      words.replaceChildren(on ? working("Opening your key…") : "Unlock");
    },
  };
}

/** For keys that another address has in the book as its own. */
function otherInbox(id: string): ReturnType<typeof field> & { show: () => void } {
  const made = field({ id, label: "Inbox address", hint: "Only if your wallet’s address uses this key." });
  const details = h("details", { class: "more" }, h("summary", {}, "My images are at another address"), made.element);
  return {
    element: details,
    input: made.input,
    setError: (text) => {
      made.setError(text);
    },
    show: () => {
      details.open = true;
    },
  };
}

/** The key's own inbox is not the one that was expected. */
export function otherView(state: OtherInbox, open: () => void, another: () => void, older: () => void): HTMLElement[] {
  const id = uniqueId("both");
  const both = h(
    "dl",
    { class: "compare", id },
    h("div", {}, h("dt", {}, "This key’s inbox"), h("dd", {}, fullAddress(state.own, state.expected))),
    h("div", {}, h("dt", {}, "The inbox you asked for"), h("dd", {}, fullAddress(state.expected, state.own))),
  );
  return [
    h(
      "div",
      { class: "unlock" },
      h("h1", { tabindex: -1 }, "This key opens a different inbox."),
      h("p", { class: "lede" }, "It belongs to ", addressText(state.own, "That inbox’s address"), "."),
      h(
        "div",
        { class: "card ask" },
        h(
          "div",
          { class: "ways" },
          button("Open that inbox", open, { kind: "go", icon: "letter" }),
          button("Use another key", another, { icon: "key" }),
        ),
        button("It is an older key of the inbox I asked for", older, { kind: "link" }),
        h("details", { class: "details" }, h("summary", {}, "Show both addresses"), both),
      ),
    ),
  ];
}

export function unregisteredIntro(account: Address): HTMLElement[] {
  return [
    h("h1", { tabindex: -1 }, "Your key is not in the book yet"),
    h(
      "p",
      { class: "lede" },
      "Put your address, ",
      addressText(account, "your wallet"),
      ", in the book so hospitals can find it.",
    ),
    h("p", { class: "hint" }, "The book is public. It says that this address gets images, not who you are."),
    quantumSafe(false, OLDER_KEY),
  ];
}
