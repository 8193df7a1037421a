/** Native dialogs: Esc closes, the focus goes back to where it was. */

import { button } from "./button.ts";
import { type Child, h, uniqueId } from "./dom.ts";
import { focusAgain, focusMark } from "./focus.ts";

export interface DialogOptions<T> {
  title: string;
  body: Child;
  /** The first is filled. Closing by Esc gives undefined. */
  buttons: readonly { label: string; value: T }[];
  /** With two columns, where there is room. */
  wide?: boolean;
  /** Called once it is shown, with what closes it. */
  opened?: (close: (value?: T) => void) => void;
}

/** Resolves to the pressed button's value; undefined if it was closed otherwise. */
export function dialog<T>({ title, body, buttons, wide = false, opened }: DialogOptions<T>): Promise<T | undefined> {
  const opener = focusMark(document);
  const titleId = uniqueId("dialog");
  let resolve: (answer: T | undefined) => void = () => undefined;
  const answered = new Promise<T | undefined>((settle) => {
    resolve = settle;
  });
  const end = (answer?: T): void => {
    if (!element.isConnected) return;
    element.remove();
    if (opener) focusAgain(opener);
    resolve(answer);
  };
  // At once: the event comes in a task of its own, before which a clock may strike.
  const close = (value?: T): void => {
    element.close();
    end(value);
  };
  const ways = buttons.map(({ label, value }, place) =>
    button(
      label,
      () => {
        close(value);
      },
      { kind: place === 0 ? "go" : "plain" },
    ),
  );
  const heading = h("h2", { id: titleId, tabindex: -1, autofocus: true }, title);
  const inner = h("div", { class: "dialog-in" }, heading, body, h("div", { class: "ways" }, ways));
  const element = h("dialog", { class: wide ? "card wide-dialog" : "card", "aria-labelledby": titleId }, inner);
  document.body.append(element);
  element.addEventListener("close", () => {
    end();
  });
  element.showModal();
  opened?.(close);
  return answered;
}
