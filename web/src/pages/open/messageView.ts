/** One message that is not open yet: a question about its sender, the three steps, or why it does not open. */

import { addressMore, addressText } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { detailsOf, notice } from "../../ui/notice.ts";
import { type ProgressBar, working } from "../../ui/progress.ts";
import { step, stepList } from "../../ui/steps.ts";
import type { EarlyView } from "./earlyView.ts";
import { kindOf, type InboxMessage, type MessageProblem } from "./state.ts";
import { type Remedy, messageWords } from "./messages.ts";
import { day, dayAndTime } from "../../ui/format.ts";

/** Who sent it, as far as the person or the site knows. */
export interface Sender {
  readonly name: string | null;
  /** They are no stranger, be it without a name. */
  readonly known: boolean;
}

export interface MessageActions {
  back: () => void;
  /** All three steps. */
  open: (index: number) => void;
  /** Shows the steps of a stranger’s message. */
  welcome: (index: number) => void;
  hide: (index: number) => void;
  getHash: (index: number) => void;
  decrypt: (index: number) => void;
  getImage: (index: number) => void;
  stop: (index: number) => void;
  /** The person has the card of the clinic that may have sent it. */
  clinics: () => void;
  remedy: (remedy: Remedy, message: InboxMessage) => void;
}

const STEPS = [
  { title: "Get hash", what: "Find where your images are kept.", working: "Looking…", done: "Found your images" },
  { title: "Decrypt", what: "Open the lock with your key.", working: "Trying your key…", done: "Your key fits" },
  { title: "Get image", what: "Bring the images here and check them.", working: "", done: "" },
] as const;

export function messageView(
  message: InboxMessage,
  { name, known }: Sender,
  bar: ProgressBar,
  early: EarlyView,
  act: MessageActions,
): Child[] {
  early.update(message.steps);
  switch (kindOf(message, known)) {
    case "taken-back":
      return [
        head("Taken back by the sender", message, name),
        h("p", {}, "Nothing to open. Ask the sender if you need it."),
      ];
    case "cannot-read":
      return cannotRead(message, name, act);
    case "unknown":
      return unknown(message, act);
    default:
      return [head("Locked images", message, name), openRow(message, act), steps(message, bar, act), early.element];
  }
}

export function backButton(act: MessageActions): HTMLElement {
  return button("Back to your inbox", act.back, { kind: "link", props: { class: "back", id: "back" } });
}

/** `St Anne Hospital, checked`; or the address of somebody without a name, with what the images’ maker calls itself. */
export function fromText({ sender, claim }: InboxMessage, name: string | null): Child {
  return name ?? [addressText(sender, "Sender’s address"), claim !== null && `, says it is from “${claim}”`];
}

function head(title: string, message: InboxMessage, name: string | null): HTMLElement {
  return h(
    "div",
    { class: "study-head" },
    h("h1", { tabindex: -1 }, title),
    h("p", { class: "from" }, h("span", {}, "From ", fromText(message, name), ` · ${day(message.sentAt)}`)),
  );
}

function unknown(message: InboxMessage, act: MessageActions): Child[] {
  return [
    h("h1", { tabindex: -1 }, "Unknown sender"),
    h(
      "div",
      { class: "card ask" },
      h("p", {}, "We do not know ", addressText(message.sender, "the sender’s address"), ". Did you expect images?"),
      h(
        "p",
        { class: "hint" },
        `Sent ${dayAndTime(message.sentAt)}. Anybody can send to you. If you did not expect images, ask your hospital first.`,
      ),
      addressMore(message.sender),
      h(
        "div",
        { class: "ways" },
        button(
          "Open",
          () => {
            act.open(message.index);
          },
          { kind: "go", icon: "letter", props: { id: "open" } },
        ),
        button(
          "Hide",
          () => {
            act.hide(message.index);
          },
          { props: { id: "hide" } },
        ),
        button(
          "Step by step",
          () => {
            act.welcome(message.index);
          },
          { kind: "link", props: { id: "welcome" } },
        ),
        button("I have the clinic’s card", act.clinics, { kind: "link", props: { id: "clinic-card" } }),
      ),
    ),
  ];
}

function cannotRead(message: InboxMessage, name: string | null, act: MessageActions): Child[] {
  const problem: MessageProblem = message.steps.problem ?? { kind: "unreadable" };
  const words = messageWords(problem);
  return [
    head(words.title, message, name),
    h(
      "div",
      { class: "card ask" },
      h("p", {}, words.text),
      h("div", { class: "ways" }, remedies(words.buttons, message, act)),
      problem.detail !== undefined && problem.detail !== "" && detailsOf(problem.detail),
    ),
  ];
}

/** The one press, or what ends it. */
function openRow({ index, steps: { work, problem, done } }: InboxMessage, act: MessageActions): HTMLElement | null {
  if (problem !== null) return null; // its notice has the buttons
  const press = (): void => {
    act.open(index);
  };
  const stop = (): void => {
    act.stop(index);
  };
  const isIdle = work === "idle";
  return h(
    "div",
    { class: "open-row" },
    isIdle
      ? button("Open", press, { kind: "go", icon: "letter", props: { id: "open" } })
      : button("Stop", stop, { props: { id: "stop" } }),
    isIdle &&
      h("p", { class: "hint" }, done === 0 ? "All three steps, one after the other." : "The steps that are left."),
  );
}

function steps(message: InboxMessage, bar: ProgressBar, act: MessageActions): HTMLElement {
  const { done } = message.steps;
  return stepList(
    ...STEPS.map((each, place) => {
      const state = place < done ? "done" : place === done ? "now" : "later";
      const line = state === "done" ? each.done : each.what;
      const body = state === "now" ? now(message, place, bar, act) : [];
      return step({ number: place + 1, title: each.title, state, line }, ...body);
    }),
  );
}

function now(message: InboxMessage, place: number, bar: ProgressBar, act: MessageActions): Child[] {
  const each = STEPS[place] ?? STEPS[0];
  const { work, problem, stopped } = message.steps;
  if (work !== "idle")
    return [h("div", { class: "step-body" }, place === 2 ? fetching(message, bar) : h("p", {}, working(each.working)))];
  if (problem !== null) return [h("div", { class: "step-body" }, problemNotice(problem, message, act))];
  const press = [act.getHash, act.decrypt, act.getImage][place];
  return [
    h(
      "div",
      { class: "step-body" },
      stopped ? h("p", {}, "Stopped. Nothing was kept.") : h("p", { class: "hint" }, each.what),
      button(each.title, () => press?.(message.index), { props: { id: "next-step" } }),
    ),
  ];
}

function fetching(message: InboxMessage, bar: ProgressBar): Child[] {
  if (message.steps.work === "checking") return [h("p", {}, working("Checking that nothing has changed…"))];
  return [h("p", {}, "Bringing your images"), bar.element];
}

function problemNotice(problem: MessageProblem, message: InboxMessage, act: MessageActions): HTMLElement {
  const { tone, title, text, buttons } = messageWords(problem);
  const tries = (problem.tries ?? []).map((each) => `${each.gateway}: ${each.error}`);
  const details = tries.length > 0 ? tries.join("\n") : problem.detail;
  return notice({
    tone,
    title,
    text,
    buttons: remedies(buttons, message, act),
    details: details === "" ? undefined : details,
  });
}

function remedies(
  buttons: readonly { remedy: Remedy; label: string }[],
  message: InboxMessage,
  act: MessageActions,
): HTMLElement[] {
  return buttons.map(({ remedy, label }, place) =>
    button(
      label,
      () => {
        act.remedy(remedy, message);
      },
      { kind: place === 0 ? "go" : "plain" },
    ),
  );
}
