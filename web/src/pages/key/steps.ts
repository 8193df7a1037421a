/** The three steps of Make a key: words on paper, the same words typed back, a key file. */

import { SEED_WORDS } from "../../formats/seedWord.ts";
import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { type Field, secretField } from "../../ui/field.ts";
import { working } from "../../ui/progress.ts";
import { step } from "../../ui/steps.ts";
import { strength, STRENGTH_WORDS } from "../../ui/passphrase.ts";
import { controlOf, problemText } from "./messages.ts";
import type { State } from "./state.ts";
import { suggestion } from "./suggestion.ts";
import { TypedWords } from "./typedWords.ts";

export interface StepActions {
  make: () => unknown;
  print: () => unknown;
  showSecret: () => unknown;
  backToPaper: () => void;
  check: () => unknown;
  /** Locks the words with the passphrase, and saves that. */
  save: () => unknown;
  withoutFile: () => void;
  /** Of the sheet. */
  words: () => Promise<readonly string[]>;
}

const PAPER = { printed: "Printed", written: "Written down" } as const;

export class KeySteps {
  readonly words: TypedWords;
  readonly #act: StepActions;
  readonly #passphrase: Field;
  readonly #again: Field;
  readonly #meter = h("span", { class: "strength", role: "status" });

  constructor(act: StepActions) {
    this.#act = act;
    this.words = new TypedWords(SEED_WORDS, act.words);
    const props = { autocomplete: "new-password" };
    const hint = "4 or more words that do not belong together. You type it each time you use the key file.";
    this.#passphrase = secretField({ id: "passphrase", label: "Passphrase", hint, props }, "passphrase");
    const again = { id: "passphrase-again", label: "The same passphrase again", props };
    this.#again = secretField(again, "the second passphrase");
    this.#passphrase.element.append(this.#meter);
    this.#passphrase.input.addEventListener("input", () => {
      this.#measure();
    });
  }

  /** As typed. */
  get passphrase(): string {
    return this.#passphrase.input.value;
  }

  get isTypedTwice(): boolean {
    return this.passphrase === this.#again.input.value;
  }

  clearPassphrase(): void {
    this.#passphrase.input.value = "";
    this.#again.input.value = "";
    this.#measure();
  }

  view(state: State): HTMLLIElement[] {
    return [this.#paper(state), this.#typed(state), this.#file(state)];
  }

  /** At the fields. `place` and `number`: of the word that it is about; that is named at its own field. */
  showProblem({ problem }: State, place: number, number: number): void {
    for (const each of [this.#passphrase, this.#again]) {
      const isHere = problem !== null && controlOf(problem, place) === each.input.id;
      each.setError(isHere ? problemText(problem, number) : null);
    }
  }

  #paper({ at, paper }: State): HTMLLIElement {
    const isNow = at === "start" || at === "making" || at === "sheet";
    const back = at === "check" ? { press: this.#act.backToPaper, more: " to the words", label: "Back" } : undefined;
    const line = paper === null ? undefined : PAPER[paper];
    const title = "Put your 24 words on paper";
    return step(
      { number: 1, title, state: isNow ? "now" : "done", ...(line && { line }), change: back },
      this.#paperBody(at),
    );
  }

  #paperBody(at: State["at"]): Child {
    if (at === "making") return h("p", { class: "wait" }, working("Making your key…"));
    if (at === "start") {
      const make = button("Make my key", this.#act.make, { kind: "go", props: { id: "make-key" } });
      const words = "Your key is 24 words. Have a printer ready, or pen and paper. It takes about five minutes.";
      return h("div", { class: "step-body" }, h("p", {}, words), h("div", { class: "ways" }, make));
    }
    const print = button("Print the sheet", this.#act.print, { kind: "go", icon: "print", props: { id: "print" } });
    const show = button("Show the 24 words", this.#act.showSecret, { props: { id: "show-secret" } });
    return h(
      "div",
      { class: "step-body" },
      h("p", {}, "They open your images on any device, without a file and without a passphrase."),
      h("div", { class: "ways" }, print, show),
      h("p", { class: "hint" }, "No printer? Show them, and write each one down with its number."),
    );
  }

  #typed({ at }: State): HTMLLIElement {
    const state = at === "check" ? "now" : at === "start" || at === "making" || at === "sheet" ? "later" : "done";
    const print = button("Print the sheet", this.#act.print, { icon: "print" });
    const showSecret = button("Show the 24 words", this.#act.showSecret, { kind: "link" });
    const hint = "Read them from your paper. The first four letters are enough; a space goes on to the next.";
    const body = h("div", { class: "step-body" }, h("p", {}, hint), this.words.element);
    const line = state === "done" ? "All 24 are the same" : "It shows that the paper is right.";
    return step(
      { number: 2, title: "Type them back", state, line },
      form(this.#act.check, body, submitButton("Continue"), print, showSecret),
    );
  }

  #file({ at }: State): HTMLLIElement {
    const state = at === "file" || at === "locking" ? "now" : "later";
    const title = { number: 3, title: "Save a key file", state, line: "So that you need not type the words." } as const;
    if (at === "locking") return step(title, h("p", { class: "wait" }, working("Making your key file…")));
    const suggest = button("Suggest a passphrase", () => {
      this.#suggest();
    });
    const without = button("Go on without a key file", this.#act.withoutFile, { kind: "link" });
    const body = h(
      "div",
      { class: "step-body" },
      h("p", {}, "The file opens your images on your devices. A passphrase locks it, in case somebody else finds it."),
      this.#passphrase.element,
      h("div", { class: "ways" }, suggest),
      this.#again.element,
    );
    return step(title, form(this.#act.save, body, submitButton("Save key file", "save-file"), without));
  }

  /** Is shown, and typed again by hand: so that it is noted. */
  #suggest(): void {
    const { input, element } = this.#passphrase;
    input.value = suggestion();
    if (input.getAttribute("type") === "password") element.querySelector("button")?.click();
    this.#measure();
    this.#again.input.value = "";
    this.#again.input.focus();
  }

  #measure(): void {
    this.#meter.textContent = STRENGTH_WORDS[strength(this.passphrase)];
  }
}

function form(submit: () => unknown, element: HTMLElement, ...buttons: HTMLElement[]): HTMLElement {
  const on = {
    submit: (event: Event): void => {
      event.preventDefault();
      void submit();
    },
  };
  return h("form", { class: "form step-body", novalidate: true, on }, element, h("div", { class: "ways" }, buttons));
}

function submitButton(label: string, id?: string): HTMLElement {
  return h("button", { type: "submit", class: "btn go", id }, label);
}
