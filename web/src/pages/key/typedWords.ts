/** Fields for the words of the sheet, in its order; a wrong one is named by its number as soon as it is typed. */

import { fill, h, hidden, setAttribute } from "../../ui/dom.ts";
import { icon } from "../../ui/icons.ts";
import { say } from "../../ui/speech.ts";
import { type Judgement, judge } from "./sheetLines.ts";
import { wordField } from "./messages.ts";

const PASTED = "Type the words from your paper: that shows that they are on it, and keeps them out of the clipboard.";

const WRONG: Readonly<Record<Judgement, string>> = {
  open: "",
  right: "",
  short: "Not finished",
  unlisted: "No such word",
  other: "Not the same",
};

interface Cell {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly error: HTMLElement;
  readonly tick: HTMLElement;
  judged: Judgement;
}

export class TypedWords {
  readonly element: HTMLElement;
  readonly #words: () => Promise<readonly string[]>;
  readonly #cells: readonly Cell[];
  readonly #count = h("p", { class: "hint typed-count" });
  readonly #note = h("p", { class: "field-error", id: "words-note", hidden: true });

  /** `words`: those of the sheet, which are not kept here. */
  constructor(count: number, words: () => Promise<readonly string[]>) {
    this.#words = words;
    this.#cells = Array.from({ length: count }, (_, place) => this.#cell(place));
    const items = this.#cells.map(({ element }) => element);
    this.element = h("div", { class: "typed" }, h("ol", { class: "typed-words" }, items), this.#note, this.#count);
    this.#tell();
  }

  /** As typed. */
  get typed(): string[] {
    return this.#cells.map(({ input }) => input.value);
  }

  clear(): void {
    for (const cell of this.#cells) {
      cell.input.value = "";
      this.#show(cell, "open");
    }
    this.#note.hidden = true;
    this.#tell();
  }

  /** Judges all, as nothing more is being typed. */
  async judgeAll(): Promise<void> {
    for (const place of this.#cells.keys()) await this.#judge(place, true);
  }

  #cell(place: number): Cell {
    const [id, number] = [wordField(place), String(place + 1)];
    const error = h("span", { class: "field-error", id: `${id}-error` });
    const sign = h("span", { class: "sign", "aria-hidden": "true" }, number);
    const tick = h("span", { class: "fits", hidden: true }, icon("tick"), hidden("The same"));
    const input = h("input", {
      type: "text",
      id,
      name: id,
      autocomplete: "off",
      autocapitalize: "off",
      autocorrect: "off",
      spellcheck: "false",
      enterkeyhint: "next",
      on: {
        input: () => void this.#typed(place),
        blur: () => void this.#judge(place, true),
        keydown: (event) => {
          this.#key(place, event);
        },
        paste: (event) => {
          this.#refuse(event);
        },
        drop: (event) => {
          this.#refuse(event);
        },
      },
    });
    const label = h("label", { for: id, class: "vh" }, `Word ${number}`);
    return { element: h("li", {}, label, sign, input, tick, error), input, error, tick, judged: "open" };
  }

  /** A space ends a word; what follows it, as when words are spoken, goes on in the next fields. */
  async #typed(place: number): Promise<void> {
    const { value } = this.#at(place).input;
    const parts = value.trimStart().split(/\s+/u);
    this.#note.hidden = true;
    if (parts.length === 1) {
      await this.#judge(place, false);
      return;
    }
    const ended: number[] = [];
    for (const [nth, part] of parts.entries()) {
      const cell = this.#cells[place + nth];
      if (cell === undefined || (part === "" && nth > 0)) break;
      cell.input.value = part;
      ended.push(place + nth);
    }
    this.#at(Math.min(place + parts.length - 1, this.#cells.length - 1)).input.focus();
    for (const each of ended) await this.#judge(each, true);
  }

  #key(place: number, event: KeyboardEvent): void {
    const next = this.#cells.slice(place + 1).find(({ input }) => input.value === "");
    if (event.key === "Enter" && next !== undefined) {
      event.preventDefault();
      next.input.focus();
    }
    if (event.key === "Backspace" && this.#at(place).input.value === "") this.#cells[place - 1]?.input.focus();
  }

  #refuse(event: Event): void {
    event.preventDefault();
    this.#note.hidden = false;
    fill(this.#note, PASTED);
    say(PASTED);
  }

  async #judge(place: number, left: boolean): Promise<void> {
    const cell = this.#at(place);
    const { input, judged: before } = cell;
    const { value } = input;
    const word = (await this.#words())[place] ?? "";
    if (input.value !== value) return; // something else was typed meanwhile
    const judged = judge(word, value, left);
    this.#show(cell, judged);
    if (judged === "right" && left && value !== "") input.value = word;
    if (WRONG[judged] !== "" && judged !== before) say(`Word ${String(place + 1)}: ${WRONG[judged]}.`);
    this.#tell();
  }

  #show(cell: Cell, judged: Judgement): void {
    const { element, input, error, tick } = cell;
    const isWrong = WRONG[judged] !== "";
    cell.judged = judged;
    element.classList.toggle("right", judged === "right");
    tick.hidden = judged !== "right";
    fill(error, WRONG[judged]);
    setAttribute(input, "aria-invalid", isWrong ? "true" : null);
    setAttribute(input, "aria-describedby", isWrong ? error.id : null);
  }

  #tell(): void {
    const right = this.#cells.filter(({ judged }) => judged === "right").length;
    this.#count.textContent = `${String(right)} of ${String(this.#cells.length)} words are the same.`;
  }

  #at(place: number): Cell {
    const cell = this.#cells[place];
    if (cell === undefined) throw new RangeError(`There is no word ${String(place + 1)}.`);
    return cell;
  }
}
