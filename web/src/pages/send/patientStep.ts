/** Step 2 on screen: whom the images go to. The key is looked up, risks are looked at, six words can be compared. */

import type { Verdict } from "../../contacts/check.ts";
import type { RegisterState } from "../../contacts/register.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import { CARD_LIMIT } from "../../formats/keyCard.ts";
import type { Contact } from "../../formats/register.ts";
import { clean, shownFileName } from "../../formats/text.ts";
import type { FoundRecipient, LookupProblem, LookupState } from "../../recipients/lookup.ts";
import type { Risk } from "../../recipients/risks.ts";
import { addressMore, addressText, fullAddress } from "../../ui/address.ts";
import { button, link } from "../../ui/button.ts";
import { type Child, fill, h, hidden } from "../../ui/dom.ts";
import { type Field, field, type FieldError } from "../../ui/field.ts";
import { fileButton } from "../../ui/filedrop.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { canScan, scanCode } from "../../ui/scan.ts";
import { say } from "../../ui/speech.ts";
import { refusalNotice, registerLine } from "./contactNotices.ts";
import { isIdentified } from "../../contacts/check.ts";
import { foundWords, isRefusal, offered, patientsOf, verdictOf, whoseText } from "./contacts.ts";
import type { Images } from "./images.ts";
import { type Kept, KeepForm } from "./keepForm.ts";
import { OLDER_KEY } from "./messages.ts";
import { type UnlockForm, unlockForm } from "./unlockForm.ts";

const FIELD = "patient-key";
const LABEL = "Public key or address";
const WHOSE = "Patient’s address";
const CHECK_IT: Readonly<Record<Risk["kind"], string>> = {
  own: "It is your own address.",
  contract: "It is a program, not a person.",
  alike: "It looks like one you used before but is not the same.",
};

export interface PatientActions {
  submit: (text: string) => unknown;
  /** The risk that is shown was looked at. */
  accept: () => void;
  /** One of the register. */
  choose: (contact: Contact) => unknown;
  /** The words are the same; `keep`: and the key is kept. Rejects with what the register says against that. */
  agree: (found: FoundRecipient, keep: Kept | null) => Promise<void>;
  /** What is wrong with what is to be kept; none: nothing is. */
  problems: (errors: readonly FieldError[]) => void;
  unlock: (passphrase: string) => Promise<void>;
  /** Goes on though the register is locked. */
  withoutRegister: () => void;
  /** Opens the register. */
  contacts: () => unknown;
  changeImages: () => void;
  /** Not this one. */
  another: () => void;
  /** The one that is chosen already. */
  goOn: () => void;
}

/** What the step is shown with. */
export interface PatientContext {
  readonly register: RegisterState;
  readonly isRegisterSkipped: boolean;
  readonly images: Images | null;
}

const NO_CONTEXT: PatientContext = { register: { at: "none" }, isRegisterSkipped: false, images: null };

export class PatientStep {
  readonly body = h("div", { class: "step-body" });
  readonly #act: PatientActions;
  readonly #field: Field;
  readonly #file: HTMLElement;
  /** What was looked up last: typed, scanned, or in a file. */
  #text = "";
  /** Name of the file that it was in. */
  #fileName: string | null = null;
  readonly #offers = h("div", { class: "said" });
  readonly #keep = new KeepForm();
  readonly #unlock: UnlockForm;
  #context = NO_CONTEXT;
  /** What the form was begun for. */
  #kept:
    | {
        found: FoundRecipient;
        images: Images | null;
        register: RegisterState["at"];
        as: Contact | "doctor" | undefined;
      }
    | undefined;
  /** Said to be a doctor’s, though the register has the patient with another key. */
  #doctor: FoundRecipient | undefined;
  /** Said to be the patient’s too, though the register has it as another’s. */
  #shared: { found: FoundRecipient; images: Images | null } | undefined;

  constructor(act: PatientActions) {
    this.#act = act;
    this.#file = fileButton("Choose key card file", (file) => this.#read(file));
    const scan = canScan() && button("Scan code", () => this.#scan(), { icon: "camera" });
    this.#field = field({
      id: FIELD,
      label: LABEL,
      hint: "Paste the patient’s public key, code or address, scan their code, or choose their key card.",
      beside: scan,
    });
    this.#field.element.classList.add("code");
    this.#field.input.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter") this.#submit();
    });
    this.#field.input.addEventListener("input", () => {
      this.#offer();
    });
    this.#unlock = unlockForm("register-passphrase", { unlock: act.unlock, without: act.withoutRegister });
  }

  /** `chosen`: whom the images go to, unless another is found. */
  update(state: LookupState, chosen: FoundRecipient | null, context: PatientContext): void {
    this.#context = context;
    fill(this.body, this.#view(state, chosen));
  }

  /** The field's text is gone. */
  clear(): void {
    this.#field.input.value = "";
    this.#text = "";
    this.#fileName = null;
    this.#field.setError(null);
    this.#keep.clear();
    this.#kept = undefined;
    this.#doctor = undefined;
    this.#shared = undefined;
    this.#unlock.clear();
  }

  /** Looks up what was not typed here. */
  take(text: string): void {
    this.#field.input.value = "";
    this.#submit(text);
  }

  /** What is wrong at the field, shown there; for the summary. */
  errors(state: LookupState): FieldError[] {
    const text = state.at === "asking" ? fieldError(state.problem, this.#fileName) : null;
    this.#field.setError(text);
    return text === null ? [] : [{ field: FIELD, text }];
  }

  focus(state: LookupState): void {
    const { register, isRegisterSkipped } = this.#context;
    const isLocked = register.at === "locked" && !isRegisterSkipped;
    if (state.at === "looking") this.body.querySelector<HTMLElement>("p")?.focus();
    else if (state.at === "asking" && state.problem === null && !isLocked) this.focusField();
    else focusHeading(this.body);
  }

  focusField(): void {
    this.#field.input.focus();
  }

  #submit(text = this.#field.input.value, fileName: string | null = null): void {
    this.#text = text;
    this.#fileName = fileName;
    this.#act.submit(text);
  }

  async #read(file: File): Promise<void> {
    this.#field.input.value = "";
    const text = file.size > CARD_LIMIT ? "" : await file.text().catch(() => "");
    say("Key card read");
    this.#submit(text.trim() === "" ? "{" : text, file.name); // what can’t be read is a damaged card
  }

  async #scan(): Promise<void> {
    const text = await scanCode();
    if (text === undefined) return;
    this.#field.input.value = text;
    say("Code scanned");
    this.#submit();
  }

  #view(state: LookupState, chosen: FoundRecipient | null): Child {
    const { register, isRegisterSkipped } = this.#context;
    if (register.at === "locked" && !isRegisterSkipped && state.at !== "looking") return this.#locked();
    switch (state.at) {
      case "asking":
        return this.#asking(state.problem, chosen);
      case "looking":
        return h("p", { tabindex: -1 }, working("Looking for this patient’s key…"));
      case "risky":
        return this.#risky(state.found, state.risk);
      case "found":
        return this.#found(state.found);
    }
  }

  #locked(): Child {
    return [
      h("h3", { tabindex: -1 }, "Unlock your register of contacts"),
      h("p", { class: "hint" }, "The patient and the images are held against it before anything is sent."),
      this.#unlock.element,
    ];
  }

  /** Contacts to choose, beneath the field. */
  #offer(): void {
    const { register, images } = this.#context;
    const contacts = offered(register, images, this.#field.input.value);
    const items = contacts.map((contact) => {
      const whose = whoseText(contact.patient) || "Anybody’s images";
      const words = h("span", { class: "contact" }, h("b", {}, clean(contact.label)), h("span", {}, whose));
      const press = (): void => {
        this.#field.input.value = contact.label;
        this.#act.choose(contact);
      };
      return h("li", {}, button(words, press, { icon: "person", props: { class: "offer" } }));
    });
    fill(
      this.#offers,
      items.length > 0 && [
        h("p", { class: "label" }, "In your register"),
        h("ul", { class: "offers", "aria-label": "In your register" }, items),
      ],
    );
  }

  #asking(problem: LookupProblem | null, chosen: FoundRecipient | null): Child {
    const submit = (): void => {
      this.#submit();
    };
    const keep = chosen && button("Keep this patient", this.#act.goOn, { kind: "link" });
    const next = button("Continue", submit, { kind: "go" });
    const again = (): void => {
      this.#submit(this.#text, this.#fileName);
    };
    const { register } = this.#context;
    const contacts = button(register.at === "open" ? "Your register" : "Register of contacts", this.#act.contacts, {
      kind: "link",
    });
    const label = this.#field.element.querySelector("label");
    if (label) label.textContent = register.at === "open" ? "Contact, public key or address" : LABEL;
    this.#offer();
    const ways = h("div", { class: "ways" }, next, this.#file, keep, contacts);
    return [notFound(problem, again), this.#field.element, this.#offers, ways];
  }

  #risky({ recipient: { address } }: FoundRecipient, risk: Risk): Child {
    const other = risk.kind === "alike" ? risk.other : undefined;
    const another = button("Use another address", () => {
      this.#act.another();
      this.#field.input.focus();
    });
    return notice({
      tone: "warn",
      title: "Check this address",
      text: [
        h("p", {}, CHECK_IT[risk.kind]),
        other === undefined
          ? h("p", {}, addressText(address, WHOSE), addressMore(address))
          : h(
              "dl",
              { class: "compare" },
              h("div", {}, h("dt", {}, "This one"), h("dd", {}, fullAddress(address, other))),
              h("div", {}, h("dt", {}, "Used before"), h("dd", {}, fullAddress(other, address))),
            ),
      ],
      buttons: [another, button("I checked it with the patient", this.#act.accept)],
    });
  }

  #found(found: FoundRecipient): Child {
    const verdict = verdictOf(this.#context.register, this.#context.images, found);
    if (!isRefusal(verdict)) return this.#words(found, verdict);
    const mayBeDoctors = verdict.kind === "other key" && verdict.whose === "patient";
    if (mayBeDoctors && this.#doctor === found) return this.#words(found, verdict);
    const { images } = this.#context;
    const mayBeShared = verdict.kind === "other patient" && namesOne(images);
    const isShared = this.#shared?.found === found && this.#shared.images === images;
    if (mayBeShared && isShared) return this.#words(found, verdict);
    const another = button("Use another address", () => {
      this.#act.another();
      this.#field.input.select();
    });
    const buttons = [
      another,
      verdict.kind === "other patient" && button("Change images", this.#act.changeImages),
      button("Your register", this.#act.contacts),
      mayBeShared &&
        button("It is this patient’s key too", () => {
          this.#shared = { found, images };
          fill(this.body, this.#found(found));
          focusHeading(this.body);
        }),
      mayBeDoctors &&
        button("This key is a doctor’s", () => {
          this.#doctor = found;
          fill(this.body, this.#found(found));
          focusHeading(this.body);
        }),
    ].filter((each) => each !== false);
    return refusalNotice(verdict, foundWords(found), buttons);
  }

  #words(found: FoundRecipient, verdict: Verdict | null): Child {
    const { hybrid, name } = found;
    const { address, publicKey } = found.recipient;
    const mayBeKept = verdict?.kind !== "known" && this.#context.register.at !== "locked";
    if (mayBeKept) this.#beginToKeep(found, verdict);
    let isBusy = false;
    const agree = async (): Promise<void> => {
      if (isBusy) return;
      const errors = mayBeKept && this.#keep.isWanted ? this.#keep.errors() : [];
      this.#act.problems(errors);
      if (errors.length > 0) return;
      isBusy = true;
      next.setAttribute("aria-busy", "true");
      try {
        await this.#act.agree(found, mayBeKept && this.#keep.isWanted ? this.#keep.value() : null);
      } catch (error) {
        this.#act.problems(this.#keep.refuse(error instanceof Error ? error.message : String(error)));
      } finally {
        isBusy = false;
        next.removeAttribute("aria-busy");
      }
    };
    const next = button("The words are the same", agree, { kind: "go" });
    const another = button("Use another address", () => {
      this.#act.another();
      this.#field.input.select();
    });
    return [
      h("p", { class: "ready" }, addressText(address, WHOSE), " is ready"),
      name !== undefined &&
        h("p", {}, "Name on the card: ", h("strong", {}, clean(name)), ". Anybody can write any name."),
      registerLine(verdict, this.#context.register, this.#context.isRegisterSkipped),
      verdict?.kind === "unknown" && h("p", {}, "This key is not in your register."),
      h("h3", { tabindex: -1 }, "Read these words to each other"),
      h(
        "ol",
        { class: "words", "aria-label": "Six words" },
        fingerprint(publicKey, hybrid?.digest).map((word, place) =>
          h("li", {}, h("span", { "aria-hidden": "true" }, place + 1), hidden(`${place + 1}: `), word),
        ),
      ),
      h("p", { class: "hint" }, "The patient finds the same six words beside their key. They are no secret."),
      quantumSafe(hybrid !== null, OLDER_KEY),
      mayBeKept && this.#keep.element,
      h("div", { class: "ways" }, next, another),
      addressMore(address),
    ];
  }

  /** What was typed stays, unless it was for another key or other images. */
  #beginToKeep(found: FoundRecipient, verdict: Verdict | null): void {
    const { images, register } = this.#context;
    const as = verdict?.kind === "other patient" ? verdict.contact : this.#doctor === found ? "doctor" : undefined;
    const kept = this.#kept;
    const isSame = kept?.found === found && kept.images === images && kept.as === as;
    if (isSame && kept.register === register.at) return;
    this.#kept = { found, images, as, register: register.at };
    this.#keep.begin(found, images, register, as);
  }
}

/** Whether the images are one patient’s, and say enough of them to hold others against. */
function namesOne(images: Images | null): boolean {
  const [patient, ...others] = patientsOf(images);
  return patient !== undefined && others.length === 0 && isIdentified(patient);
}

function fieldError(problem: LookupProblem | null, fileName: string | null): string | null {
  if (problem?.kind === "empty") return "Paste the patient’s public key or address, or choose their key card.";
  if (problem?.kind !== "typed") return null;
  return fileName === null ? problem.detail : `${shownFileName(fileName)}: ${problem.detail}`;
}

function notFound(problem: LookupProblem | null, again: () => void): HTMLElement | null {
  switch (problem?.kind) {
    case "no-key":
      return notice({
        tone: "warn",
        title: "This address cannot get images yet.",
        text: "The patient must make a key first.",
        buttons: [link("How to make a key", "./key.html", { class: "btn", target: "_blank" })],
      });
    case "no-hybrid":
      return notice({
        tone: "warn",
        title: "Part of the patient’s key is missing.",
        text: "Their key is safe from quantum computers, and we could not fetch that part. Ask the patient for the key card file, and choose it here.",
        buttons: [button("Try again", again)],
        details: problem.detail,
      });
    case "not-in-force":
      return notice({
        tone: "warn",
        title: "This key card is not the one in force.",
        text: "It promises a key that is safe from quantum computers. The key in the book for this address is not. Ask the patient for their newest key card.",
        details: problem.detail,
      });
    case "unreachable":
    case "failed": {
      const isSilent = problem.kind === "unreachable";
      return notice({
        tone: "warn",
        title: "We could not look the patient up.",
        text: isSilent ? "The network does not answer. Check your connection." : "Try it again.",
        buttons: [button("Try again", again)],
        details: problem.detail,
      });
    }
    default:
      return null;
  }
}

/** For the folded step. */
export function patientLine({ recipient }: FoundRecipient, contact?: Contact): Child {
  const label = contact && [h("strong", {}, clean(contact.label)), ", "];
  return [label, addressText(recipient.address, WHOSE), " is ready"];
}

/** For messages that name the recipient. */
export function patientText({ recipient }: FoundRecipient): Child {
  return ["Patient ", addressText(recipient.address, WHOSE)];
}
