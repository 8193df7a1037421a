/** The three steps of Make a key: a passphrase, a file and a sheet, and a look at the sheet. */

import { button } from "../../ui/button.ts";
import { h } from "../../ui/dom.ts";
import { type Field, field, secretField } from "../../ui/field.ts";
import { working } from "../../ui/progress.ts";
import { step } from "../../ui/steps.ts";
import { controlOf, problemText, wordField } from "./messages.ts";
import { strength, STRENGTH_WORDS } from "../../ui/passphrase.ts";
import type { State } from "./state.ts";

export interface StepActions {
  /** Makes the key, or locks it with another passphrase. */
  make: () => unknown;
  changePassphrase: () => void;
  save: () => void;
  print: () => unknown;
  showSecret: () => unknown;
  goOn: () => void;
  backToSaving: () => void;
  check: () => unknown;
}

export class KeySteps {
  readonly #act: StepActions;
  readonly #passphrase: Field;
  readonly #meter = h("span", { class: "strength", role: "status" });
  /** For the words that are asked for. */
  #words: readonly Field[] = [];

  constructor(act: StepActions) {
    this.#act = act;
    this.#passphrase = secretField(
      {
        id: "passphrase",
        label: "Passphrase",
        hint: "4 or more words that do not belong together. You type it each time you use the key file.",
        props: { autocomplete: "new-password" },
      },
      "passphrase",
    );
    this.#passphrase.element.append(this.#meter);
    this.#passphrase.input.addEventListener("input", () => {
      this.#meter.textContent = STRENGTH_WORDS[strength(this.passphrase)];
    });
  }

  /** Which words of the sheet are to be typed. */
  ask(numbers: readonly number[]): void {
    this.#words = numbers.map((number, place) =>
      field({ id: wordField(place), label: `Word ${String(number)}`, props: { maxlength: 12, class: "word" } }),
    );
  }

  /** As typed. */
  get passphrase(): string {
    return this.#passphrase.input.value;
  }

  /** As typed. */
  get words(): string[] {
    return this.#words.map(({ input }) => input.value.trim());
  }

  clearPassphrase(): void {
    this.#passphrase.input.value = "";
    this.#meter.textContent = "";
  }

  clearWords(): void {
    for (const { input } of this.#words) input.value = "";
  }

  /** `fileName`: of the key file, once there is a key. */
  view(state: State, fileName: string | null): HTMLLIElement[] {
    return [this.#first(state, fileName !== null), this.#second(state, fileName ?? ""), this.#third(state)];
  }

  /** At the fields. `place` and `number`: of the word that it is about. */
  showProblem({ problem }: State, place: number, number: number): void {
    for (const each of [this.#passphrase, ...this.#words]) {
      const isHere = problem !== null && controlOf(problem, place) === each.input.id;
      each.setError(isHere ? problemText(problem, number) : null);
    }
  }

  #first({ at }: State, isMade: boolean): HTMLLIElement {
    const state = at === "passphrase" || at === "making" ? "now" : "done";
    const change = state === "done" ? { press: this.#act.changePassphrase, more: " passphrase" } : undefined;
    const label = isMade ? "Use this passphrase" : "Make my key";
    const body =
      at === "making"
        ? h("p", { class: "wait" }, working("Making your key…"))
        : form(this.#act.make, this.#passphrase.element, submitButton(label));
    return step({ number: 1, title: "Choose a passphrase", state, line: "Chosen", change }, body);
  }

  #second({ at, saved, printed }: State, fileName: string): HTMLLIElement {
    const state = at === "save" ? "now" : at === "check" ? "done" : "later";
    const back = state === "done" ? { press: this.#act.backToSaving, more: " saving", label: "Back" } : undefined;
    const line =
      state === "done"
        ? `Key file saved${printed ? ", sheet printed" : ""}`
        : "A file for your devices, a sheet for your drawer.";
    const save = button(saved ? "Save key file again" : "Save key file", this.#act.save, {
      kind: saved ? "plain" : "go",
      icon: "download",
      props: { id: "save-file" },
    });
    const print = button("Print the sheet", this.#act.print, { icon: "print", props: { id: "print" } });
    const showSecret = button("Show the 24 words", this.#act.showSecret, {
      kind: "link",
      props: { id: "show-secret" },
    });
    const goOn = button("Continue", this.#act.goOn, { kind: saved ? "go" : "plain", props: { id: "go-on" } });
    return step(
      { number: 2, title: "Save it and print it", state, line, change: back },
      h(
        "div",
        { class: "step-body" },
        h(
          "p",
          {},
          "Save the key file where you keep what matters. Print the sheet: its 24 words open your images even without the file and the passphrase.",
        ),
        h("div", { class: "ways" }, save, print),
        saved && h("p", { class: "says" }, `Saved as ${fileName}.`),
        h("p", { class: "hint" }, "No printer? ", showSecret, " and write them down."),
        h("div", { class: "ways" }, goOn),
      ),
    );
  }

  #third({ at }: State): HTMLLIElement {
    const print = button("Print the sheet", this.#act.print, { icon: "print" });
    const showSecret = button("Show the 24 words", this.#act.showSecret, { kind: "link" });
    const hint = h("p", { class: "hint" }, "Find these words on your sheet, below the fold, and type them.");
    const words = h(
      "div",
      { class: "asked-words" },
      this.#words.map(({ element }) => element),
    );
    return step(
      {
        number: 3,
        title: "Check your sheet",
        state: at === "check" ? "now" : "later",
        line: "Type three of its words.",
      },
      form(this.#act.check, h("div", { class: "step-body" }, hint, words), submitButton("Finish"), print, showSecret),
    );
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

function submitButton(label: string): HTMLElement {
  return h("button", { type: "submit", class: "btn go" }, label);
}
