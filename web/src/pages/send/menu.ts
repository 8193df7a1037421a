/** What the sender can set in the wallet's menu, and this browser remembers. */

import { dialog } from "../../ui/dialog.ts";
import { field } from "../../ui/field.ts";
import type { PillItem } from "../../ui/shell.ts";
import { say } from "../../ui/speech.ts";
import { forgetAddresses, senderLabel, setSenderLabel } from "./remember.ts";

export const MENU: readonly PillItem[] = [
  { label: "Name shown to patients", press: editLabel },
  { label: "Forget used addresses", press: forgetUsed },
];

async function editLabel(): Promise<void> {
  const { element, input } = field({
    id: "sender-label",
    label: "Your name or your hospital’s",
    hint: "Patients see it beside your images, as what you say of yourself. This browser remembers it.",
    props: { maxlength: 100, value: senderLabel(), autocomplete: "organization", autocapitalize: "words" },
  });
  const saved = await dialog({
    title: "Name shown to patients",
    body: element,
    buttons: [
      { label: "Save", value: true },
      { label: "Cancel", value: false },
    ],
    opened: (close) => {
      input.addEventListener("keydown", (event) => {
        if ((event as KeyboardEvent).key === "Enter") close(true);
      });
    },
  });
  if (!saved) return;
  setSenderLabel(input.value.trim());
  say("Saved");
}

function forgetUsed(): void {
  forgetAddresses();
  say("Used addresses forgotten");
}
