/** Beside the words: the key is kept in the register of contacts, as the patient’s whom the images name, or as anybody’s. */

import type { RegisterState } from "../../contacts/register.ts";
import { isIdentified } from "../../contacts/check.ts";
import { shownName } from "../../dicom/display.ts";
import { isDate } from "../../formats/date.ts";
import type { PatientMetadata } from "../../formats/manifest.ts";
import { checkLabel } from "../../formats/register.ts";
import { clean } from "../../formats/text.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import { h } from "../../ui/dom.ts";
import { type Field, field, type FieldError, tickBox } from "../../ui/field.ts";
import { kept, newContact, patientsOf } from "./contacts.ts";
import type { Images } from "./images.ts";
import { NewPassphrase } from "./newPassphrase.ts";
import type { Contact } from "../../formats/register.ts";

/** What is to be kept, once the words were compared. */
export interface Kept {
  readonly contact: Contact;
  /** Of a register that is to be made; null: there is one. */
  readonly passphrase: string | null;
}

export class KeepForm {
  readonly element: HTMLElement;
  readonly #keep = tickBox("keep-contact", "", (on) => {
    this.#show(on);
  });
  readonly #label = field({ id: "contact-label", label: "What you call them", props: { maxlength: 100 } });
  readonly #by = field({
    id: "contact-by",
    label: "Your name, who compares the words",
    props: { maxlength: 100, autocapitalize: "words" },
  });
  readonly #anybodys = tickBox("contact-anybody", "Anybody’s images may go to this key, as to a doctor’s.", (on) => {
    this.#patient.hidden = on;
  });
  readonly #shared = tickBox("contact-shared", "", (on) => {
    if (on) this.#shared.setError(null);
  });
  readonly #ourCard = tickBox("contact-our-card", "", () => undefined);
  readonly #name = field({
    id: "contact-name",
    label: "Patient’s name, as in the images",
    hint: "Family name, ^, given names: Okafor^Grace",
  });
  readonly #born = field({
    id: "contact-born",
    label: "Date of birth",
    hint: "Such as 1962-03-14",
    props: { inputmode: "numeric" },
  });
  readonly #number = field({ id: "contact-number", label: "Patient number" });
  readonly #issuer = field({ id: "contact-issuer", label: "Number given by" });
  readonly #patient: HTMLElement;
  readonly #passphrase = new NewPassphrase("contact-passphrase");
  readonly #lock = h(
    "div",
    { class: "fields wide-field" },
    h("p", {}, "Your register begins with this contact. It is locked on this computer."),
    this.#passphrase.element,
  );
  readonly #body: HTMLElement;
  #isNew = true;
  /** Whose the key is already; undefined: nobody’s, or it is to be a doctor’s. */
  #owner: Contact | undefined;
  #found: FoundRecipient | undefined;

  constructor() {
    const label = this.#keep.element.querySelector("label");
    label?.append(
      h("span", {}, "Keep this key in your register of contacts."),
      h("span", { class: "hint" }, " Next time you choose it by name, and another patient’s images do not go to it."),
    );
    this.#ourCard.element.querySelector("label")?.append(...OUR_CARD());
    this.#patient = h(
      "div",
      { class: "fields" },
      ...[this.#name, this.#born, this.#number, this.#issuer].map(({ element }) => element),
    );
    this.#body = h(
      "div",
      { class: "keep-body" },
      this.#shared.element,
      h("div", { class: "fields" }, this.#label.element, this.#by.element),
      this.#anybodys.element,
      this.#patient,
      this.#ourCard.element,
      this.#lock,
    );
    this.element = h("div", { class: "keep" }, this.#keep.element, this.#body);
  }

  /**
   * For another key, or other images. `as` a doctor’s: it is to be kept, and as anybody’s; as that of a contact: it is to
   * be kept for the patient of the images too, as a parent’s.
   */
  begin(found: FoundRecipient, images: Images | null, register: RegisterState, as?: Contact | "doctor"): void {
    const isDoctor = as === "doctor";
    this.#found = found;
    this.#owner = isDoctor ? undefined : as;
    const owner = this.#owner && clean(this.#owner.label);
    this.#shared.element.hidden = owner === undefined;
    this.#shared.input.checked = false;
    this.#shared.setError(null);
    const label = this.#shared.element.querySelector("label");
    if (label)
      label.textContent = `I asked: images of both go to this key, as to a parent’s. It is ${owner ?? ""}’s too.`;
    this.#isNew = register.at === "none";
    const patient = images ? patientsOf(images)[0] : undefined;
    const { name, birthDate, id, issuer } = kept(patient ?? {});
    const texts: [Field, string | undefined][] = [
      [this.#label, isDoctor ? found.name && clean(found.name, 100) : shownName(name ?? "") || id],
      [this.#by, register.at === "open" ? register.contacts.findLast((each) => each.comparedBy)?.comparedBy : ""],
      [this.#name, name],
      [this.#born, birthDate],
      [this.#number, id],
      [this.#issuer, issuer],
    ];
    for (const [each, text] of texts) {
      each.input.value = text ?? "";
      each.setError(null);
    }
    this.#passphrase.clear();
    this.#lock.hidden = !this.#isNew;
    this.#anybodys.input.checked = isDoctor;
    this.#ourCard.input.checked = false;
    this.#anybodys.element.hidden = owner !== undefined;
    this.#patient.hidden = isDoctor;
    this.#keep.input.disabled = as !== undefined;
    this.#keep.input.checked = as !== undefined || (!this.#isNew && patient !== undefined && isIdentified(patient));
    this.#show(this.#keep.input.checked);
  }

  get isWanted(): boolean {
    return this.#keep.input.checked;
  }

  /** What is wrong, which the fields say too. */
  errors(): FieldError[] {
    const { name, birthDate, id } = this.#said();
    const isBirthDate = birthDate === "" || isDate(birthDate);
    const isKnown = this.#anybodys.input.checked || isIdentified({ name, birthDate, id });
    const isAgreed = this.#owner === undefined || this.#shared.input.checked;
    const found = [
      said(this.#shared, isAgreed ? null : "Tick the box when you have asked."),
      said(this.#label, labelFault(this.#label.input.value.trim())),
      said(this.#by, this.#by.input.value.trim() === "" ? "Type your name." : null),
      said(this.#born, isBirthDate ? null : "This is not a date. Type it such as 1962-03-14."),
      said(this.#number, isKnown ? null : "Type a patient number, or a name and a date of birth."),
    ];
    return [...found.flat(), ...(this.#isNew ? this.#passphrase.errors() : [])];
  }

  /** Says at the label what is wrong with it. */
  refuse(text: string): FieldError[] {
    return said(this.#label, text);
  }

  value(): Kept | null {
    if (!this.#found) return null;
    const contact = newContact(this.#found, {
      label: this.#label.input.value.trim(),
      comparedBy: this.#by.input.value.trim(),
      patient: this.#anybodys.input.checked ? {} : kept(this.#said()),
      ...(this.#ourCard.input.checked && { hasOurCard: true }),
    });
    return { contact, passphrase: this.#isNew ? this.#passphrase.value : null };
  }

  /** Nothing that was typed stays. */
  clear(): void {
    for (const each of [this.#label, this.#by, this.#name, this.#born, this.#number, this.#issuer]) {
      each.input.value = "";
    }
    this.#passphrase.clear();
    this.#found = undefined;
  }

  #said(): Required<Pick<PatientMetadata, "name" | "birthDate" | "id" | "issuer">> {
    const [name = "", birthDate = "", id = "", issuer = ""] = [this.#name, this.#born, this.#number, this.#issuer].map(
      ({ input }) => input.value.trim(),
    );
    return { name, birthDate, id, issuer };
  }

  #show(on: boolean): void {
    this.#body.hidden = !on;
  }
}

/** What it means to say so, for a new list of words each time. */
export const OUR_CARD = (): HTMLElement[] => [
  h("span", {}, "They have our card."),
  h(
    "span",
    { class: "hint" },
    " They added it to their list of clinics, and so find what you send into mailboxes. Others would never find it.",
  ),
];

function said(where: Field, text: string | null): FieldError[] {
  where.setError(text);
  return text === null ? [] : [{ field: where.input.id, text }];
}

function labelFault(label: string): string | null {
  try {
    checkLabel(label);
    return null;
  } catch (error) {
    return label === "" ? "Type what you call them." : error instanceof Error ? error.message : String(error);
  }
}
