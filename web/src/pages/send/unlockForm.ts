/** Asks for the passphrase of the register of contacts. */

import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { secretField } from "../../ui/field.ts";
import { working } from "../../ui/progress.ts";
import { say } from "../../ui/speech.ts";

export interface UnlockActions {
  /** Rejects with what is wrong, in words for the person. */
  unlock: (passphrase: string) => Promise<void>;
  /** Goes on without; absent: that can't be. */
  without?: () => void;
}

export interface UnlockForm {
  readonly element: HTMLElement;
  /** The typed text is gone. */
  clear: () => void;
}

export function unlockForm(id: string, { unlock, without }: UnlockActions): UnlockForm {
  const passphrase = secretField(
    { id, label: "Passphrase", props: { autocomplete: "current-password" } },
    "the passphrase",
  );
  const waiting = h("div", { class: "said" });
  let isBusy = false;
  const submit = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    passphrase.setError(null);
    fill(waiting, working("Unlocking…"));
    try {
      await unlock(passphrase.input.value);
      passphrase.input.value = "";
      say("Register unlocked");
    } catch (error) {
      passphrase.setError(error instanceof Error ? error.message : String(error));
      passphrase.input.focus();
    } finally {
      isBusy = false;
      fill(waiting);
    }
  };
  passphrase.input.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "Enter") void submit();
  });
  const ways = [
    button("Unlock", submit, { kind: "go" }),
    without && button("Go on without the register", without, { kind: "link" }),
  ];
  const element = h("div", { class: "unlock" }, passphrase.element, waiting, h("div", { class: "ways" }, ways));
  const clear = (): void => {
    passphrase.input.value = "";
    passphrase.setError(null);
  };
  return { element, clear };
}
