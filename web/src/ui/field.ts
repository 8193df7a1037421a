/** Form fields: label above, hint, error above the box with a bar; and the summary of all errors. */

import { button } from "./button.ts";
import { type Child, fill, h, type Props, setAttribute } from "./dom.ts";
import { icon } from "./icons.ts";

export interface FieldOptions {
  /** Of the input: summaries link to it. */
  id: string;
  label: Child;
  hint?: Child;
  /** Of the input: `type`, `inputmode`, `autocomplete`, `value` … */
  props?: Props;
  /** `textarea` for what people paste in several lines. */
  tag?: "input" | "textarea";
  /** Beside the box, such as `Scan code`. */
  beside?: Child;
}

export interface Field {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement | HTMLTextAreaElement;
  /** Shows an error, or takes it away. */
  setError(text: string | null): void;
}

export function field({ id, label, hint, props = {}, tag = "input", beside }: FieldOptions): Field {
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const error = h("p", { class: "field-error", id: errorId, hidden: true });
  const typing = {
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    ...(tag === "input" && { type: "text" }),
  };
  const input = h(tag, { ...typing, ...props, id, name: id });
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id, class: "label" }, label),
    hint && h("p", { class: "hint", id: hintId }, hint),
    error,
    h("div", { class: "box" }, input, beside),
  );
  function setError(text: string | null): void {
    showError(element, error, text);
    setAttribute(input, "aria-invalid", text === null ? null : "true");
    describe(text);
  }
  function describe(text: string | null): void {
    const ids = [hint && hintId, text !== null && errorId].filter(Boolean).join(" ");
    setAttribute(input, "aria-describedby", ids || null);
  }
  describe(null);
  return { element, input, setError };
}

/** A field for what nobody beside should read, with a button that shows it. `what`: `your key`. */
export function secretField({ props, ...options }: Omit<FieldOptions, "beside">, what: string): Field {
  const isLong = options.tag === "textarea"; // which has no type
  const show = button("Show", toggle, { props: { "aria-pressed": "false", "aria-label": `Show ${what}` } });
  const hiding = isLong ? { class: "masked", rows: 4 } : { type: "password" };
  const made = field({ ...options, props: { ...hiding, ...props }, beside: show });
  let isHidden = true;
  function toggle(): void {
    isHidden = !isHidden;
    if (isLong) made.input.classList.toggle("masked", isHidden);
    else made.input.setAttribute("type", isHidden ? "password" : "text");
    show.setAttribute("aria-pressed", String(!isHidden));
    show.textContent = isHidden ? "Show" : "Hide";
  }
  return made;
}

/** Puts `text` into `error` (with the word `Error:` for screen readers), and the red bar beside `element`. */
export function showError(element: HTMLElement, error: HTMLElement, text: string | null): void {
  error.hidden = text === null;
  fill(error, text !== null && [h("span", { class: "vh" }, "Error: "), text]);
  element.classList.toggle("has-error", text !== null);
}

export interface FieldError {
  /** Id of the field. */
  field: string;
  text: string;
}

/** `There is a problem`, with a link to each field. For the top of main: see Shell.problems. */
export function errorSummary(errors: readonly FieldError[]): HTMLElement {
  const jump = (id: string) => (event: Event) => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  };
  const lines = errors.map(({ field: id, text }) =>
    h("li", {}, h("a", { href: `#${id}`, on: { click: jump(id) } }, text)),
  );
  return h(
    "div",
    { class: "summary", role: "alert", tabindex: -1, "aria-labelledby": "summary-title" },
    h("h2", { id: "summary-title" }, icon("stop"), "There is a problem"),
    h("ul", {}, lines),
  );
}

/** A box to tick. */
export function tickBox(id: string, label: Child, change: (on: boolean) => void): Field & { input: HTMLInputElement } {
  const error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const input = h("input", { type: "checkbox", id, name: id });
  input.addEventListener("change", () => {
    change(input.checked);
  });
  const element = h(
    "div",
    { class: "field" },
    error,
    h("div", { class: "tickbox" }, input, h("label", { for: id }, label)),
  );
  function setError(text: string | null): void {
    showError(element, error, text);
    setAttribute(input, "aria-invalid", text === null ? null : "true");
    setAttribute(input, "aria-describedby", text === null ? null : error.id);
  }
  return { element, input, setError };
}
