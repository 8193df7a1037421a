/** What the sender can set in the wallet's menu, and this browser remembers. */

import type { Journal } from "../../outgoing/journal.ts";
import { dialog } from "../../ui/dialog.ts";
import { field } from "../../ui/field.ts";
import type { PillItem } from "../../ui/shell.ts";
import { say } from "../../ui/speech.ts";
import { forgetAddresses, senderLabel, setSenderLabel } from "./remember.ts";

export function menu(journal: Journal): readonly PillItem[] {
  return [
    { label: "Name shown to patients", press: editLabel },
    { label: "Forget used addresses", press: () => forgetUsed(journal) },
  ];
}

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

async function forgetUsed(journal: Journal): Promise<void> {
  forgetAddresses();
  await journal.forgetFinished();
  say("Used addresses forgotten");
}
