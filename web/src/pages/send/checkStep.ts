/** Step 3 on screen: the person in front of the technologist is the one whom the images name. */

import { feeText } from "../../chain/ether.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type FieldError, showError, tickBox } from "../../ui/field.ts";
import { icon } from "../../ui/icons.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { alarm, say } from "../../ui/speech.ts";
import { wristband } from "../../ui/wristband.ts";
import { checkDate, type DateCheck } from "./birthDate.ts";
import { birthDateOf, countOf, type Images, nameOf, SEXES } from "./images.ts";
import { CANCELLED, feeWords, OLDER_KEY } from "./messages.ts";
import { setSignsLists, signsLists } from "./remember.ts";
import type { CheckProblem } from "./state.ts";

/** What a press of Send does: it may have to connect the wallet first, or be waiting for that already. */
export type Press = "send" | "connect" | "waiting";

const PRESSES: Readonly<Record<Press, string>> = {
  send: "Send",
  connect: "Connect wallet, then send",
  waiting: "Waiting for your wallet, then sending",
};

export interface CheckActions {
  send: () => unknown;
  /** Asks again what the fee is. */
  priceAgain: () => unknown;
  changeImages: () => void;
  changePatient: () => void;
}

export class CheckStep {
  readonly body = h("div", { class: "step-body check" });
  /** Why nothing was sent. */
  readonly #problem = h("div", { class: "said" });
  /** Place of the wallet's words. */
  readonly wallet = h("div");
  /** Where the images go. */
  readonly #where = h("div", { class: "said" });
  readonly #fee = h("p", { class: "hint pay" });
  readonly #act: CheckActions;
  #verdict: () => FieldError | "differs" | undefined = () => undefined;
  #button: HTMLButtonElement | undefined;
  /** What the press of the button begins with. */
  readonly #first = h("span");

  constructor(act: CheckActions) {
    this.#act = act;
  }

  /**
   * `who` is the person, or the address, on the button; `line` is what the register says. Where that refuses, there is
   * nothing to press but what leads back. Forgets what was typed.
   */
  show(images: Images, who: Child, isQuantumSafe: boolean, line: Child, refusal: HTMLElement | null): void {
    const birthDate = birthDateOf(images);
    const name = nameOf(images);
    const { person } = images;
    const band = wristband({
      tag: name === undefined ? "The images name nobody" : "The images belong to",
      name: name ?? countOf(images),
      facts: [
        ["Patient number", person?.name ? person.id : ""],
        ["Sex", SEXES[person?.sex ?? ""]],
      ],
    });
    if (refusal) {
      this.#verdict = () => {
        focusHeading(refusal);
        return "differs";
      };
      this.#button = undefined;
      fill(this.body, refusal, this.wallet);
      return;
    }
    const ask = birthDate === undefined ? this.#tick(name !== undefined) : this.#date(birthDate);
    const send = button(h("span", {}, this.#first, " to ", who), this.#act.send, {
      kind: "go",
      icon: "lock",
      props: { class: "send" },
    });
    this.#button = send;
    fill(this.#problem);
    fill(
      this.body,
      h("div", { class: "ask" }, band, ask.question),
      ask.answer,
      line,
      this.#where,
      this.#problem,
      this.wallet,
      send,
      this.#fee,
      signBox(),
      quantumSafe(isQuantumSafe, OLDER_KEY),
    );
  }

  /** Whether a press can send at once, or what it waits for first. */
  setPress(press: Press): void {
    this.#first.textContent = PRESSES[press];
    if (press === "waiting") this.#button?.setAttribute("aria-busy", "true");
    else this.#button?.removeAttribute("aria-busy");
  }

  /** Says where the images go. */
  setDestination(line: Child): void {
    fill(this.#where, line);
  }

  /** What was said of it has changed. */
  focusDestination(): void {
    (this.#where.querySelector("button") ?? this.#where.querySelector<HTMLElement>("[tabindex]"))?.focus();
  }

  /** Wei; null while it is not known. */
  setFee(fee: bigint | null): void {
    const asks = fee === null ? "a small fee" : `a fee of about ${feeText(fee)}`;
    this.#fee.textContent = `The date stays on this computer. Your wallet will ask you to agree to ${asks}.`;
    if (!birthDateShown(this.body)) this.#fee.textContent = `Your wallet will ask you to agree to ${asks}.`;
  }

  /** What is missing, to be put right before sending. `differs`: from images or register; its notice has the focus already. */
  refusal(): FieldError | "differs" | undefined {
    return this.#verdict();
  }

  focusSend(): void {
    this.#button?.focus();
  }

  /** Says above the button why nothing was sent. */
  setProblem(problem: CheckProblem | null): void {
    fill(this.#problem, problem && this.#problemNotice(problem));
  }

  #problemNotice(problem: CheckProblem): HTMLElement {
    if (problem.kind === "cancelled") return notice({ tone: "info", text: CANCELLED[problem.when] });
    const { kind } = problem.problem;
    const again = button(kind === "too-little" ? "Check again" : "Try again", this.#act.priceAgain);
    const isAboutMoney = kind === "too-little" || kind === "unreachable";
    const buttons = isAboutMoney ? [again] : [again, button("Change patient", this.#act.changePatient)];
    return notice({ ...feeWords(problem.problem), buttons });
  }

  focusProblem(): void {
    focusHeading(this.#problem);
  }

  #tick(hasName: boolean): { question: HTMLElement; answer: HTMLElement } {
    const missing = hasName ? "The images hold no date of birth." : "The images hold no name and no date of birth.";
    const label = hasName
      ? "I checked the name and number with the patient."
      : "I checked that these images are the patient’s.";
    let ticked = false;
    const box = tickBox("checked", label, (on) => {
      ticked = on;
      if (on) box.setError(null);
    });
    this.#verdict = () => {
      const text = "Tick the box when you have checked.";
      box.setError(ticked ? null : text);
      return ticked ? undefined : { field: "checked", text };
    };
    return {
      question: h("div", { class: "asked" }, h("p", { class: "label" }, missing), box.element),
      answer: h("div"),
    };
  }

  #date(birthDate: string): { question: HTMLElement; answer: HTMLElement } {
    const day = box("birth-day", "Day", "w2", 2);
    const month = box("birth-month", "Month", "w2", 2);
    const year = box("birth-year", "Year", "w4", 4);
    const error = h("p", { class: "field-error", id: "birth-error", hidden: true });
    const answer = h("div", { class: "answer" });
    const question = h(
      "fieldset",
      { "aria-describedby": "birth-hint birth-error" },
      h("legend", {}, "Ask: “When were you born?”"),
      error,
      h("div", { class: "date" }, day.label, month.label, year.label),
      h("p", { class: "hint", id: "birth-hint" }, "Patient not here? Use the request form, not the images."),
    );
    let last: DateCheck = "empty";
    const look = (): DateCheck =>
      checkDate({ day: day.input.value, month: month.input.value, year: year.input.value }, birthDate);
    const update = (): void => {
      const now = look();
      if (now === last && now !== "differs") return;
      last = now;
      showError(question, error, null);
      fill(answer, this.#answer(now));
      if (now === "same") say("Same date as the images");
      if (now === "differs") alarm("This is not the date in the images.");
    };
    for (const { input } of [day, month, year]) {
      input.addEventListener("input", update);
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") void this.#act.send();
      });
    }
    this.#verdict = () => {
      const now = look();
      if (now === "same") return undefined;
      if (now === "differs") {
        focusHeading(answer);
        return "differs";
      }
      const text =
        now === "impossible" ? "This is not a date. Type it such as 14 3 1962." : "Type the day, month and year.";
      showError(question, error, text);
      return {
        field: now === "impossible" || day.input.value.trim() === "" ? "birth-day" : firstEmpty(month, year),
        text,
      };
    };
    return { question, answer };
  }

  #answer(check: DateCheck): Child {
    if (check === "same") return h("p", { class: "says" }, icon("tickRound"), "Same date as the images");
    if (check !== "differs") return null;
    return notice({
      tone: "err",
      title: "This is not the date in the images.",
      text: "Ask again. If it still differs, stop: these may be another person’s images.",
      buttons: [button("Change images", this.#act.changeImages), button("Change patient", this.#act.changePatient)],
    });
  }
}

/** Of use to others than the patient: that a message is of its sender, the chain says. */
function signBox(): HTMLElement {
  const label = [
    h("span", {}, "Sign the list of images too."),
    h(
      "span",
      { class: "hint" },
      " One more question of your wallet, without a fee. A doctor who is handed the images sees that you made the list.",
    ),
  ];
  const box = tickBox("sign", label, setSignsLists);
  box.input.checked = signsLists();
  return box.element;
}

interface Box {
  label: HTMLElement;
  input: HTMLInputElement;
}

function box(id: string, word: string, width: string, length: number): Box {
  const input = h("input", {
    id,
    type: "text",
    class: width,
    inputmode: "numeric",
    maxlength: length,
    autocomplete: "off",
  });
  return { label: h("label", { for: id }, word, input), input };
}

const firstEmpty = (month: Box, year: Box): string => (month.input.value.trim() === "" ? month : year).input.id;

const birthDateShown = (body: HTMLElement): boolean => body.querySelector("fieldset") !== null;
