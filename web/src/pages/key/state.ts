/** Make a key, as data: where the person is on the path, and what is still to be done. No DOM, no key. */

export type Place = "start" | "making" | "sheet" | "check" | "file" | "locking" | "registration" | "done";

export interface State {
  readonly at: Place;
  /** How the words came onto paper. */
  readonly paper: "printed" | "written" | null;
  /** The key file was saved. */
  readonly saved: boolean;
  readonly problem: Problem | null;
}

export type Problem = "failed" | "empty" | "not-the-same" | "weak" | "differs" | "no-file";

export type Event =
  | { type: "make" }
  | { type: "made" }
  | { type: "failed" }
  | { type: "paper"; how: "printed" | "written" }
  | { type: "back" }
  | { type: "check"; typed: "same" | "other" | "nothing" }
  | { type: "refuse"; problem: "weak" | "differs" }
  | { type: "lock" }
  | { type: "saved" }
  | { type: "no-file" }
  | { type: "without-file" }
  | { type: "another-file" }
  | { type: "end" };

export function initial(): State {
  return { at: "start", paper: null, saved: false, problem: null };
}

/** The state after an event; one that does not belong to a place changes nothing. */
export function next(state: State, event: Event): State {
  const fine = { ...state, problem: null };
  switch (event.type) {
    case "make":
      return state.at === "start" ? { ...fine, at: "making" } : state;
    case "made":
      return state.at === "making" ? { ...fine, at: "sheet" } : state;
    case "failed":
      return state.at === "making" ? { ...state, at: "start", problem: "failed" } : state;
    case "paper":
      return state.at === "sheet" || state.at === "check" ? { ...fine, at: "check", paper: event.how } : state;
    case "back":
      return state.at === "check" ? { ...fine, at: "sheet" } : state;
    case "check":
      return state.at === "check" ? checked(fine, event.typed) : state;
    case "refuse":
      return state.at === "file" ? { ...state, problem: event.problem } : state;
    case "lock":
      return state.at === "file" ? { ...fine, at: "locking" } : state;
    case "saved":
      return state.at === "locking" ? { ...fine, at: "registration", saved: true } : state;
    case "no-file":
      return state.at === "locking" ? { ...state, at: "file", problem: "no-file" } : state;
    case "without-file":
      return state.at === "file" ? { ...fine, at: "registration" } : state;
    case "another-file":
      return state.at === "registration" ? { ...fine, at: "file" } : state;
    case "end":
      return state.at === "registration" ? { ...fine, at: "done" } : state;
  }
}

function checked(state: State, typed: "same" | "other" | "nothing"): State {
  if (typed === "same") return { ...state, at: "file" };
  return { ...state, problem: typed === "nothing" ? "empty" : "not-the-same" };
}

/** Whether the words are known to be on paper: nothing of the key is given out, nor kept elsewhere, before. */
export function isOnPaper({ at }: State): boolean {
  return at === "file" || at === "locking" || at === "registration" || at === "done";
}

/** Whether closing the page now loses the key. */
export function wouldLose(state: State): boolean {
  return state.at !== "start" && !isOnPaper(state);
}
