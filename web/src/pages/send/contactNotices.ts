/** Why the register of contacts does not let the images go to this key, with both sides shown; or what it says else. */

import type { Attribute, Verdict } from "../../contacts/check.ts";
import { clean } from "../../formats/text.ts";
import { wordsOf } from "../../formats/register.ts";
import { type Child, h } from "../../ui/dom.ts";
import { icon } from "../../ui/icons.ts";
import { notice } from "../../ui/notice.ts";
import type { RegisterState } from "../../contacts/register.ts";
import { comparedText, type Refusal, whoseText } from "./contacts.ts";

const ATTRIBUTES: Readonly<Record<Attribute, string>> = {
  name: "Name",
  "birth date": "Date of birth",
  "patient id": "Patient number",
  "issuer of patient id": "Number given by",
};

/** `words`: of the key in force. */
export function refusalNotice(
  refusal: Refusal,
  words: readonly string[],
  buttons: readonly HTMLElement[],
): HTMLElement {
  const label = clean(refusal.contact.label);
  if (refusal.kind === "other patient") {
    const rows = refusal.conflicts.map(({ attribute, inImages, inRegister }) => ({
      what: ATTRIBUTES[attribute],
      one: clean(inImages),
      other: clean(inRegister),
    }));
    return notice({
      tone: "err",
      title: "Stop. This key is another patient’s.",
      text: [
        h("p", {}, "Your register has it as ", h("strong", {}, label), "’s. Nothing was sent."),
        compared("In the images", "In your register", rows),
      ],
      buttons,
    });
  }
  const who = whoseText(refusal.contact.patient);
  return notice({
    tone: "err",
    title: "Stop. This is not the key that you know.",
    text: [
      h(
        "p",
        {},
        `This ${refusal.whose === "patient" ? "patient" : "address"} is in your register as `,
        h("strong", {}, label),
        who !== "" && ` (${who})`,
        ", with another key. Nothing was sent.",
      ),
      compared("This key", "In your register", [
        { what: "Words", one: words.join(" "), other: wordsOf(refusal.contact).join(" ") },
      ]),
      h(
        "p",
        {},
        "It may be somebody else’s, made to look like theirs. Ask the patient in person. If they have a new key, forget this contact in your register, then compare the words anew.",
      ),
    ],
    buttons,
  });
}

interface Row {
  what: string;
  one: string;
  other: string;
}

/** Two sides of the same, one beside the other. */
function compared(one: string, other: string, rows: readonly Row[]): HTMLElement {
  const side = (where: string, value: string): HTMLElement => h("dd", {}, h("span", {}, where, " "), h("b", {}, value));
  const lines = rows.map((row) => h("div", {}, h("dt", {}, row.what), side(one, row.one), side(other, row.other)));
  return h("dl", { class: "sides" }, lines);
}

/** What is said of a sending that the register lets go; null: nothing is to be said. */
export function registerLine(verdict: Verdict | null, register: RegisterState, isSkipped: boolean): Child {
  if (register.at === "locked" && isSkipped) {
    return h("p", { class: "held warn" }, icon("warn"), "Not held against your register: it is locked.");
  }
  if (verdict?.kind !== "known") return null;
  const { contact, agreeing } = verdict;
  const isAnybodys = whoseText(contact.patient) === "";
  const said = h(
    "span",
    {},
    h("strong", {}, clean(contact.label)),
    isAnybodys ? ", for anybody’s images, in your register. " : " in your register. ",
    comparedText(contact),
  );
  if (isAnybodys || agreeing.length > 0) return h("p", { class: "held" }, icon("tickRound"), said);
  const nothing = " Nothing in the images says that they are this patient’s.";
  return h("p", { class: "held warn" }, icon("warn"), h("span", {}, said, nothing));
}
