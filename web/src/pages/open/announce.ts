/** After a change: what is said to screen readers, and where the focus goes. */

import { counted } from "../../ui/format.ts";
import { focusHeading } from "../../ui/notice.ts";
import { say } from "../../ui/speech.ts";
import { type Event, type State, total, unopened } from "./state.ts";
import type { UnlockView } from "./unlockView.ts";

const SAID: Partial<Readonly<Record<Event["type"], string>>> = {
  slow: "The network is slow. Still looking.",
  found: "Found your images",
  fits: "Your key fits",
  checking: "Checking that nothing has changed…",
  got: "Your images are here, not changed since they were sent.",
  stop: "Stopped. Nothing was kept.",
  lock: "Locked",
};

export function speak(state: State, event: Event): void {
  const words = SAID[event.type];
  if (words !== undefined) say(words);
  if (state.at !== "unlocked") return;
  if (event.type === "arrive" && event.fresh) say(`${counted(total(state), "letter")}, ${String(unopened(state))} new`);
  if (event.type === "mail" && event.fresh > 0) say(`${counted(event.fresh, "letter")} from ${state.seeking ?? ""}`);
  if (event.type === "sought" && event.problem !== null) say("Some letters from your clinics may be missing.");
}

/** What a person caused moves the focus to its heading; what comes by itself does not. */
export function moveFocus(state: State, event: Event, main: HTMLElement, unlock: UnlockView): void {
  const toHeading = (...selectors: string[]): void => {
    for (const selector of selectors) {
      const found = main.querySelector<HTMLElement>(selector);
      if (found) {
        focusHeading(found);
        return;
      }
    }
  };
  if (isElsewhere(state, event)) return;
  switch (event.type) {
    case "choose":
      if (event.way !== "wallet") unlock.focus(event.way);
      break;
    case "refuse":
      if (!unlock.showProblem(event.problem)) toHeading(".notice");
      break;
    case "wait":
      toHeading(".way-body .notice, .way-body .wait");
      break;
    case "stop-waiting":
      main.querySelector<HTMLElement>(".now .way")?.focus();
      break;
    case "found":
    case "fits":
      toHeading(".step.now", ".opened");
      break;
    case "fail":
      toHeading(".step .notice", ".opened");
      break;
    case "work":
      toHeading(".step.now");
      break;
    case "stop":
      document.getElementById("next-step")?.focus();
      break;
    case "arrive":
    case "mail":
      if (state.at === "unlocked" && document.activeElement === document.body) toHeading("h1");
      break;
    case "got":
    case "select":
    case "welcome":
    case "hide":
    case "lock":
    case "other":
    case "unregistered":
    case "unlock":
    case "another-key":
      toHeading("h1");
      break;
    default:
  }
}

/** Of a message that the person has left meanwhile for another one. */
function isElsewhere(state: State, event: Event): boolean {
  const { type } = event;
  if (state.at !== "unlocked" || (type !== "found" && type !== "fits" && type !== "got" && type !== "fail"))
    return false;
  return event.index !== state.selected;
}
