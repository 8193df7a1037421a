/** Step 2 on screen: whom the images go to. The key is looked up, risks are looked at, six words can be compared. */

import { fingerprint } from "../../formats/fingerprint.ts";
import { CARD_LIMIT } from "../../formats/keyCard.ts";
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
import { OLDER_KEY } from "./messages.ts";

const FIELD = "patient-key";
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
  /** The words are the same. */
  agree: (found: FoundRecipient) => void;
  /** Not this one. */
  another: () => void;
  /** The one that is chosen already. */
  goOn: () => void;
}

export class PatientStep {
  readonly body = h("div", { class: "step-body" });
  readonly #act: PatientActions;
  readonly #field: Field;
  readonly #file: HTMLElement;
  /** What was looked up last: typed, scanned, or in a file. */
  #text = "";
  /** Name of the file that it was in. */
  #fileName: string | null = null;

  constructor(act: PatientActions) {
    this.#act = act;
    this.#file = fileButton("Choose key card file", (file) => this.#read(file));
    const scan = canScan() && button("Scan code", () => this.#scan(), { icon: "camera" });
    this.#field = field({
      id: FIELD,
      label: "Public key or address",
      hint: "Paste the patient’s public key, code or address, scan their code, or choose their key card.",
      beside: scan,
    });
    this.#field.element.classList.add("code");
    this.#field.input.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter") this.#submit();
    });
  }

  /** `chosen`: whom the images go to, unless another is found. */
  update(state: LookupState, chosen: FoundRecipient | null): void {
    fill(this.body, this.#view(state, chosen));
  }

  /** The field's text is gone. */
  clear(): void {
    this.#field.input.value = "";
    this.#text = "";
    this.#fileName = null;
    this.#field.setError(null);
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
    if (state.at === "looking") this.body.querySelector<HTMLElement>("p")?.focus();
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
    switch (state.at) {
      case "asking":
        return this.#asking(state.problem, chosen);
      case "looking":
        return h("p", { tabindex: -1 }, working("Looking for this patient’s key…"));
      case "risky":
        return this.#risky(state.found, state.risk);
      case "found":
        return this.#words(state.found);
    }
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
    return [notFound(problem, again), this.#field.element, h("div", { class: "ways" }, next, this.#file, keep)];
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

  #words(found: FoundRecipient): Child {
    const { hybrid, name } = found;
    const { address, publicKey } = found.recipient;
    const agree = (): void => {
      this.#act.agree(found);
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
      h("div", { class: "ways" }, next, another),
      addressMore(address),
    ];
  }
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
export function patientLine({ recipient }: FoundRecipient): Child {
  return [addressText(recipient.address, WHOSE), " is ready"];
}

/** For messages that name the recipient. */
export function patientText({ recipient }: FoundRecipient): Child {
  return ["Patient ", addressText(recipient.address, WHOSE)];
}
