/** Make a key, as data: where the person is on the path, and what is still to be done. No DOM, no key. */

export type Place = "passphrase" | "making" | "save" | "check" | "registration" | "done";

export interface State {
  readonly at: Place;
  readonly saved: boolean;
  readonly printed: boolean;
  readonly problem: Problem | null;
}

export type Problem = "weak" | "failed" | "not-saved" | "empty" | "not-the-same";

export type Event =
  | { type: "weak" }
  | { type: "make" }
  | { type: "made" }
  | { type: "failed" }
  | { type: "change" }
  | { type: "saved" }
  | { type: "printed" }
  | { type: "go-on" }
  | { type: "back" }
  | { type: "finish"; typed: "same" | "other" | "nothing" }
  | { type: "end" };

export function initial(): State {
  return { at: "passphrase", saved: false, printed: false, problem: null };
}

/** The state after an event; one that does not belong to a place changes nothing. */
export function next(state: State, event: Event): State {
  const fine = { ...state, problem: null };
  switch (event.type) {
    case "weak":
      return state.at === "passphrase" ? { ...state, problem: "weak" } : state;
    case "make":
      return state.at === "passphrase" ? { ...fine, at: "making" } : state;
    case "made":
      return state.at === "making" ? { ...fine, at: "save", saved: false } : state;
    case "failed":
      return state.at === "making" ? { ...state, at: "passphrase", problem: "failed" } : state;
    case "change":
      return state.at === "save" || state.at === "check" ? { ...fine, at: "passphrase", saved: false } : state;
    case "saved":
      return onceKept({ ...fine, saved: true });
    case "printed":
      return onceKept({ ...fine, printed: true });
    case "go-on":
      return state.at === "save" ? goOn(fine) : state;
    case "back":
      return state.at === "check" ? { ...fine, at: "save" } : state;
    case "finish":
      return state.at === "check" ? finish(fine, event.typed) : state;
    case "end":
      return state.at === "registration" ? { ...fine, at: "done" } : state;
  }
}

/** With a file and a sheet there is nothing left to do in the second step. */
function onceKept(state: State): State {
  return state.at === "save" && state.saved && state.printed ? { ...state, at: "check" } : state;
}

function goOn(state: State): State {
  return state.saved ? { ...state, at: "check" } : { ...state, problem: "not-saved" };
}

function finish(state: State, typed: "same" | "other" | "nothing"): State {
  if (typed === "same") return { ...state, at: "registration" };
  return { ...state, problem: typed === "nothing" ? "empty" : "not-the-same" };
}

/** Whether closing the page now loses the key. */
export function wouldLose(state: State): boolean {
  return !state.saved && (state.at === "making" || state.at === "save" || state.at === "check");
}
