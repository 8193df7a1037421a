/** A passphrase that is typed twice, and is good enough for a file that may be copied and tried at leisure. */

import { h } from "../../ui/dom.ts";
import { type Field, type FieldError, secretField } from "../../ui/field.ts";
import { isGood } from "../../ui/passphrase.ts";

export class NewPassphrase {
  readonly element: HTMLElement;
  readonly #first: Field;
  readonly #again: Field;
  readonly #id: string;

  /** `id`: of the first field. */
  constructor(id: string) {
    this.#id = id;
    const props = { autocomplete: "new-password" };
    const hint = "Four different words, or sixteen mixed signs. Nobody can open it without.";
    this.#first = secretField({ id, label: "New passphrase", hint, props }, "the passphrase");
    this.#again = secretField({ id: `${id}-again`, label: "The same again", props }, "the repeated passphrase");
    this.element = h("div", { class: "fields" }, this.#first.element, this.#again.element);
  }

  get value(): string {
    return this.#first.input.value;
  }

  /** What is wrong, which the fields say too. */
  errors(): FieldError[] {
    const isShort = !isGood(this.value);
    const differs = !isShort && this.value !== this.#again.input.value;
    const first = isShort ? "Use four different words, or sixteen mixed signs." : null;
    const again = differs ? "This is not the same passphrase." : null;
    this.#first.setError(first);
    this.#again.setError(again);
    return [
      ...(first === null ? [] : [{ field: this.#id, text: first }]),
      ...(again === null ? [] : [{ field: `${this.#id}-again`, text: again }]),
    ];
  }

  clear(): void {
    for (const field of [this.#first, this.#again]) {
      field.input.value = "";
      field.setError(null);
    }
  }
}
