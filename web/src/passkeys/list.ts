/** The passkeys of this browser: named anew, forgotten, used. */

import { dropFromDevice } from "../keys/passkey.ts";
import { forgetPasskey, keepPasskey, type Passkey } from "../keys/passkeyStore.ts";
import { addressText } from "../ui/address.ts";
import { button } from "../ui/button.ts";
import { dialog } from "../ui/dialog.ts";
import { h } from "../ui/dom.ts";
import { field } from "../ui/field.ts";
import { day } from "../ui/format.ts";
import { say } from "../ui/speech.ts";

/** `changed`: it is to be drawn anew. `use`: what *Open* does, if they are to be used here. */
export function passkeyList(
  passkeys: readonly Passkey[],
  changed: () => void,
  use?: (passkey: Passkey) => void,
): HTMLElement {
  return h(
    "ul",
    { class: "passkey-list", "aria-label": "Passkeys of this browser" },
    passkeys.map((each) => row(each, changed, use)),
  );
}

function row(passkey: Passkey, changed: () => void, use?: (passkey: Passkey) => void): HTMLElement {
  const { name, made, address } = passkey;
  const more = ` ${name}`;
  const press = (): void => use?.(passkey);
  return h(
    "li",
    {},
    h(
      "div",
      { class: "passkey-words" },
      h("b", {}, name),
      h("span", { class: "small muted" }, `Made on ${day(made)}, for `, addressText(address, "the inbox")),
    ),
    h(
      "div",
      { class: "ways" },
      use && button("Open", press, { more: ` with ${name}` }),
      button("Rename", () => rename(passkey, changed), { kind: "link", more }),
      button("Forget", () => forget(passkey, changed), { kind: "link", more }),
    ),
  );
}

async function rename(passkey: Passkey, changed: () => void): Promise<void> {
  const name = field({ id: "passkey-rename", label: "Name", props: { maxlength: 40, value: passkey.name } });
  const answer = await dialog({
    title: "Rename the passkey",
    body: name.element,
    buttons: [
      { label: "Save the name", value: "save" },
      { label: "Not now", value: "no" },
    ],
  });
  const text = name.input.value.trim();
  if (answer !== "save" || text === "") return;
  await keepPasskey({ ...passkey, name: text });
  say("Passkey renamed");
  changed();
}

async function forget(passkey: Passkey, changed: () => void): Promise<void> {
  const answer = await dialog({
    title: `Forget ${passkey.name}?`,
    body: h(
      "p",
      {},
      "It does not open your images here any more. Your words and your key file do. If your device still lists the passkey, delete it there too.",
    ),
    buttons: [
      { label: "Forget it", value: "forget" },
      { label: "Not now", value: "no" },
    ],
  });
  if (answer !== "forget") return;
  await forgetPasskey(passkey);
  await dropFromDevice(passkey.id);
  say("Passkey forgotten");
  changed();
}
