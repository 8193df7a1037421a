/** One letter that is not open yet: a question about its sender, the three steps, or why it does not open. */

import { addressMore, addressText } from "../../../ui/address.ts";
import { button } from "../../../ui/button.ts";
import { type Child, h } from "../../../ui/dom.ts";
import { detailsOf, notice } from "../../../ui/notice.ts";
import { type ProgressBar, working } from "../../../ui/progress.ts";
import { step, stepList } from "../../../ui/steps.ts";
import { kindOf, type Letter, type LetterProblem } from "./state.ts";
import { type Ask, letterWords } from "./messages.ts";
import { day } from "../../../ui/format.ts";

export interface LetterActions {
  back: () => void;
  welcome: (index: number) => void;
  hide: (index: number) => void;
  getHash: (index: number) => void;
  decrypt: (index: number) => void;
  getImage: (index: number) => void;
  stop: (index: number) => void;
  ask: (ask: Ask, letter: Letter) => void;
}

const STEPS = [
  { title: "Get hash", what: "Find where your images are kept.", working: "Looking…", done: "Found your images" },
  { title: "Decrypt", what: "Open the lock with your key.", working: "Trying your key…", done: "Your key fits" },
  { title: "Get image", what: "Bring the images here and check them.", working: "", done: "" },
] as const;

export function letterView(letter: Letter, name: string | null, bar: ProgressBar, act: LetterActions): Child[] {
  switch (kindOf(letter, name !== null)) {
    case "taken-back":
      return [
        head("Taken back by the sender", letter, name),
        h("p", {}, "Nothing to open. Ask the sender if you need it."),
      ];
    case "cannot-read":
      return cannotRead(letter, name, act);
    case "unknown":
      return unknown(letter, act);
    default:
      return [head("Locked images", letter, name), steps(letter, bar, act)];
  }
}

export function backButton(act: LetterActions): HTMLElement {
  return button("Back to your inbox", act.back, { kind: "link", props: { class: "back", id: "back" } });
}

/** `St Anne Hospital`, or the address of somebody whom the person does not know. */
export function fromText(letter: Letter, name: string | null): Child {
  return name ?? addressText(letter.sender, "Sender’s address");
}

function head(title: string, letter: Letter, name: string | null): HTMLElement {
  return h(
    "div",
    { class: "study-head" },
    h("h1", { tabindex: -1 }, title),
    h("p", { class: "from" }, h("span", {}, "From ", fromText(letter, name), `, ${day(letter.sentAt)}`)),
  );
}

function unknown(letter: Letter, act: LetterActions): Child[] {
  return [
    h("h1", { tabindex: -1 }, "Unknown sender"),
    h(
      "div",
      { class: "card ask" },
      h("p", {}, "We do not know ", addressText(letter.sender, "the sender’s address"), ". Did you expect images?"),
      h(
        "p",
        { class: "hint" },
        `Sent ${day(letter.sentAt)}. Anybody can send to you. A letter can do no harm until you open it.`,
      ),
      addressMore(letter.sender),
      h(
        "div",
        { class: "ways" },
        button(
          "Open",
          () => {
            act.welcome(letter.index);
          },
          { kind: "go", props: { id: "welcome" } },
        ),
        button(
          "Hide",
          () => {
            act.hide(letter.index);
          },
          { props: { id: "hide" } },
        ),
      ),
    ),
  ];
}

function cannotRead(letter: Letter, name: string | null, act: LetterActions): Child[] {
  const problem: LetterProblem = letter.steps.problem ?? { kind: "unreadable" };
  const words = letterWords(problem);
  return [
    head(words.title, letter, name),
    h(
      "div",
      { class: "card ask" },
      h("p", {}, words.text),
      h("div", { class: "ways" }, asks(words.buttons, letter, act)),
      problem.detail !== undefined && problem.detail !== "" && detailsOf(problem.detail),
    ),
  ];
}

function steps(letter: Letter, bar: ProgressBar, act: LetterActions): HTMLElement {
  const { done } = letter.steps;
  return stepList(
    ...STEPS.map((each, place) => {
      const state = place < done ? "done" : place === done ? "now" : "later";
      const line = state === "done" ? each.done : each.what;
      const body = state === "now" ? now(letter, place, bar, act) : [];
      return step({ number: place + 1, title: each.title, state, line }, ...body);
    }),
  );
}

function now(letter: Letter, place: number, bar: ProgressBar, act: LetterActions): Child[] {
  const each = STEPS[place] ?? STEPS[0];
  const { work, problem, stopped } = letter.steps;
  const stop = button(
    "Stop",
    () => {
      act.stop(letter.index);
    },
    { props: { id: "stop" } },
  );
  if (work !== "idle")
    return [
      h("div", { class: "step-body" }, place === 2 ? fetching(letter, bar, stop) : h("p", {}, working(each.working))),
    ];
  if (problem !== null) return [h("div", { class: "step-body" }, problemNotice(problem, letter, act))];
  const press = [act.getHash, act.decrypt, act.getImage][place];
  return [
    h(
      "div",
      { class: "step-body" },
      stopped ? h("p", {}, "Stopped. Nothing was kept.") : h("p", { class: "hint" }, each.what),
      button(each.title, () => press?.(letter.index), { kind: "go", props: { id: "next-step" } }),
    ),
  ];
}

function fetching(letter: Letter, bar: ProgressBar, stop: HTMLElement): Child[] {
  if (letter.steps.work === "checking") return [h("p", {}, working("Checking that nothing has changed…")), stop];
  return [h("p", {}, "Bringing your images"), bar.element, stop];
}

function problemNotice(problem: LetterProblem, letter: Letter, act: LetterActions): HTMLElement {
  const { tone, title, text, buttons } = letterWords(problem);
  const tries = (problem.tries ?? []).map((each) => `${each.gateway}: ${each.error}`);
  const details = tries.length > 0 ? tries.join("\n") : problem.detail;
  return notice({
    tone,
    title,
    text,
    buttons: asks(buttons, letter, act),
    details: details === "" ? undefined : details,
  });
}

function asks(buttons: readonly { ask: Ask; label: string }[], letter: Letter, act: LetterActions): HTMLElement[] {
  return buttons.map(({ ask, label }, place) =>
    button(
      label,
      () => {
        act.ask(ask, letter);
      },
      { kind: place === 0 ? "go" : "plain" },
    ),
  );
}
