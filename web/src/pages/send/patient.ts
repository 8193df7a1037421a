/** Step 2: whom the images go to. The key is looked up, risky addresses are looked at, six words can be compared. */

import { ChainUnreachable, KeyFormatError, NoKeyError } from "../../errors.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import type { Inbox, Recipient } from "../../chain/inbox.ts";
import { parseRecipient } from "../../formats/publicKey.ts";
import { addressMore, addressText, fullAddress } from "../../ui/address.ts";
import { button, link } from "../../ui/button.ts";
import { type Child, fill, h, hidden } from "../../ui/dom.ts";
import { type Field, field, type FieldError } from "../../ui/field.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { canScan, scanCode } from "../../ui/scan.ts";
import { say } from "../../ui/speech.ts";
import { type Risk, risksOf } from "../../recipients/risks.ts";
import type { Patient } from "./model.ts";
import { usedAddresses } from "./remember.ts";

const FIELD = "patient-key";
const WHOSE = "Patient’s address";
const CHECK_IT: Record<Risk["kind"], string> = {
  own: "It is your own address.",
  contract: "It is a program, not a person.",
  alike: "It looks like one you used before but is not the same.",
};

export interface PatientEvents {
  done: () => void;
  changed: () => void;
  /** The sender's own account, if a wallet is connected. */
  own: () => string | undefined;
  problems: (errors: readonly FieldError[]) => void;
}

export class PatientStep {
  readonly body = h("div", { class: "step-body" });
  patient: Patient | undefined;
  readonly #inbox: Inbox;
  readonly #events: PatientEvents;
  readonly #field: Field;
  #isContract = false;
  #lookup = 0;

  constructor(inbox: Inbox, events: PatientEvents) {
    this.#inbox = inbox;
    this.#events = events;
    const scan = canScan() && button("Scan code", () => this.#scan(), { icon: "camera" });
    this.#field = field({
      id: FIELD,
      label: "Public key or address",
      hint: "Paste the patient’s public key or address, or scan their code.",
      beside: scan,
    });
    this.#field.element.classList.add("code");
    this.#field.input.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter") void this.submit();
    });
    this.ask();
  }

  line(): Child {
    return this.patient && [addressText(this.patient.recipient.address, WHOSE), " is ready"];
  }

  clear(): void {
    this.#lookup += 1;
    this.#field.input.value = "";
    this.#field.setError(null);
    this.patient = undefined;
    this.ask();
  }

  /** Shows the field; its text stays. */
  ask(...before: Child[]): void {
    const keep = this.patient && button("Keep this patient", this.#events.done, { kind: "link" });
    const next = button("Continue", () => this.submit(), { kind: "go" });
    fill(this.body, before, this.#field.element, h("div", { class: "ways" }, next, keep));
  }

  /** What is risky about the chosen address and was not looked at yet, such as that it is the wallet's own. */
  unchecked(): Risk | undefined {
    const { patient } = this;
    if (!patient) return undefined;
    return this.#risks(patient.recipient.address).find((risk) => !patient.accepted.has(risk.kind));
  }

  /** Opens the card about `unchecked` again. */
  lookAgain(): void {
    if (this.patient) this.#weigh(this.patient);
  }

  async #scan(): Promise<void> {
    const text = await scanCode();
    if (text === undefined) return;
    this.#field.input.value = text;
    say("Code scanned");
    await this.submit();
  }

  async submit(): Promise<void> {
    let said: ReturnType<typeof parseRecipient>;
    try {
      said = parseRecipient(this.#field.input.value);
    } catch (error) {
      this.#badAddress(error);
      return;
    }
    this.#field.setError(null);
    this.#events.problems([]);
    this.patient = undefined;
    this.#events.changed();
    await this.#find(said.address, said.publicKey);
  }

  #badAddress(error: unknown): void {
    if (!(error instanceof KeyFormatError)) throw error;
    const isEmpty = this.#field.input.value.trim() === "";
    const text = isEmpty ? "Paste the patient’s public key or address." : error.message;
    this.#field.setError(text);
    this.#events.problems([{ field: FIELD, text }]);
  }

  async #find(address: `0x${string}`, publicKey: Uint8Array | undefined): Promise<void> {
    this.#lookup += 1;
    const lookup = this.#lookup;
    const looking = h("p", { tabindex: -1 }, working("Looking for this patient’s key…"));
    fill(this.body, looking);
    looking.focus();
    try {
      const [recipient, isContract] = await Promise.all([
        this.#inbox.recipient(address, publicKey),
        this.#inbox.isContract(address),
      ]);
      if (lookup !== this.#lookup) return;
      this.#isContract = isContract;
      this.#weigh({ recipient, accepted: new Set() });
    } catch (error) {
      if (lookup === this.#lookup) this.#notFound(error);
    }
  }

  #notFound(error: unknown): void {
    const box =
      error instanceof NoKeyError
        ? notice({
            tone: "warn",
            title: "This address cannot get images yet.",
            text: "The patient must make a key first.",
            buttons: [link("How to make a key", "./key.html", { class: "btn", target: "_blank" })],
          })
        : notice({
            tone: "warn",
            title: "We could not look the patient up.",
            text:
              error instanceof ChainUnreachable
                ? "The network does not answer. Check your connection."
                : "Try it again.",
            buttons: [button("Try again", () => this.submit())],
            details: error instanceof Error ? error.message : String(error),
          });
    this.ask(box);
    focusHeading(box);
  }

  #risks(address: string): Risk[] {
    return risksOf(address, this.#isContract, { own: this.#events.own(), used: usedAddresses() });
  }

  #weigh(patient: Patient): void {
    const risk = this.#risks(patient.recipient.address).find(({ kind }) => !patient.accepted.has(kind));
    if (risk) this.#askAbout(risk, patient);
    else this.#showWords(patient);
  }

  #askAbout(risk: Risk, patient: Patient): void {
    const { address } = patient.recipient;
    const other = risk.kind === "alike" ? risk.other : undefined;
    const box = notice({
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
      buttons: [
        button("Use another address", () => {
          this.patient = undefined;
          this.#events.changed();
          this.ask();
          this.#field.input.focus();
        }),
        button("I checked it with the patient", () => {
          this.#weigh({ ...patient, accepted: new Set([...patient.accepted, risk.kind]) });
        }),
      ],
    });
    fill(this.body, box);
    focusHeading(box);
  }

  #showWords(patient: Patient): void {
    const { address, publicKey } = patient.recipient;
    const words = fingerprint(publicKey);
    const heading = h("h3", { tabindex: -1 }, "Read these words to each other");
    const next = button(
      "The words are the same",
      () => {
        this.patient = patient;
        this.ask();
        this.#events.changed();
        this.#events.done();
      },
      { kind: "go" },
    );
    const another = button("Use another address", () => {
      this.ask();
      this.#field.input.select();
    });
    fill(
      this.body,
      h("p", { class: "ready" }, addressText(address, WHOSE), " is ready"),
      heading,
      h(
        "ol",
        { class: "words", "aria-label": "Six words" },
        words.map((word, place) =>
          h("li", {}, h("span", { "aria-hidden": "true" }, place + 1), hidden(`${place + 1}: `), word),
        ),
      ),
      h("p", { class: "hint" }, "The patient finds the same six words beside their key. They are no secret."),
      h("div", { class: "ways" }, next, another),
      addressMore(address),
    );
    focusHeading(heading);
  }
}

/** For messages that name the recipient. */
export function patientText(recipient: Recipient): Child {
  return ["Patient ", addressText(recipient.address, WHOSE)];
}
