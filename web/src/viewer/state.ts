/** What is looked at, and how, as data: no DOM, no pixels. */

import type { Look, Window } from "../dicom/render.ts";
import type { Command } from "./keys.ts";
import type { Sequence, View } from "./list.ts";
import type { Tool } from "./parts.ts";
import { adjusted, type Preset, presetsFor } from "./presets.ts";
import { PLAIN, type Tint } from "./stage.ts";

/** How the pictures of one sequence are shown. */
export interface Setting {
  readonly look: Look;
  /** A preset's key, or `own`. */
  readonly preset: string;
  /** For colours, which have no window. */
  readonly tint: Tint;
  readonly invert: boolean;
  /** The outlines that are drawn, by their ids. */
  readonly outlines: ReadonlySet<string>;
  /** The id of the presentation state that is applied; empty: none. */
  readonly saved: string;
}

export interface State {
  readonly sequences: readonly Sequence[];
  /** Place of the chosen one. */
  readonly chosen: number;
  /** Place of the picture in it. */
  readonly index: number;
  /** The direction of travel. */
  readonly forward: 1 | -1;
  readonly setting: Setting;
  /** The brightness of the picture on the screen; undefined for colours, and where there is no picture. */
  readonly window: Window | undefined;
  /** What each of several windows that its file has is for. */
  readonly windows: readonly string[];
  /** Whether the picture on the screen is as a presentation state says. */
  readonly isAsSaved: boolean;
  /** What dragging does. */
  readonly tool: Tool;
  /** After the key B: arrows set the brightness. */
  readonly isBright: boolean;
  readonly isPlaying: boolean;
}

/** A picture, by the sequence and its place there. */
export interface Place {
  readonly sequence: number;
  readonly index: number;
}

export type Event =
  | Command
  /** `at`: where to begin, if that is said. */
  | { readonly do: "listed"; readonly sequences: readonly Sequence[]; readonly at?: Place | undefined }
  /** More files have come: the picture stays, and how it is shown. */
  | { readonly do: "relisted"; readonly sequences: readonly Sequence[]; readonly at: Place }
  | { readonly do: "choose"; readonly sequence: number }
  | { readonly do: "goTo"; readonly index: number }
  /** The time of the frame on the screen is over. */
  | { readonly do: "tick" }
  | { readonly do: "outline"; readonly ids: readonly string[]; readonly on: boolean }
  | { readonly do: "saved"; readonly id: string }
  | { readonly do: "tool"; readonly tool: Tool }
  /** The stage lost the focus. */
  | { readonly do: "endBright" }
  /** A picture of this brightness is on the screen, or none. */
  | {
      readonly do: "shown";
      readonly window: Window | undefined;
      readonly windows?: readonly string[] | undefined;
      readonly isAsSaved?: boolean;
    };

const FRESH: Setting = { look: "auto", preset: "1", tint: PLAIN, invert: false, outlines: new Set(), saved: "" };

export function initial(): State {
  return {
    sequences: [],
    chosen: 0,
    index: 0,
    forward: 1,
    setting: FRESH,
    window: undefined,
    windows: [],
    isAsSaved: false,
    tool: "bright",
    isBright: false,
    isPlaying: false,
  };
}

/** The state after an event; zoom and place of the picture are the stage's, and change nothing here. */
export function next(state: State, event: Event): State {
  switch (event.do) {
    case "listed":
      return listed({ ...state, sequences: event.sequences }, event.at);
    case "relisted":
      return { ...state, sequences: event.sequences, chosen: event.at.sequence, index: event.at.index };
    case "choose":
      return choose(state, event.sequence);
    case "go":
      return goTo(state, state.index + event.by);
    case "goTo":
      return goTo(state, event.index);
    case "first":
      return goTo(state, 0);
    case "last":
      return goTo(state, Infinity);
    case "tick":
      return { ...state, forward: 1, index: (state.index + 1) % Math.max(views(state).length, 1) };
    case "play":
      return views(state).length < 2 ? state : { ...state, isPlaying: !state.isPlaying };
    case "outline":
      return { ...state, setting: { ...state.setting, outlines: switched(state.setting.outlines, event) } };
    case "saved":
      return { ...state, setting: { ...FRESH, outlines: state.setting.outlines, saved: event.id } };
    case "tool":
      return { ...state, tool: event.tool };
    case "bright":
      return state.isBright ? { ...state, isBright: false } : { ...state, isBright: true, tool: "bright" };
    case "escape":
    case "endBright":
      return { ...state, isBright: false };
    case "preset":
      return preset(state, event.key);
    case "adjust":
      return { ...state, setting: { ...adjust(state, event.contrast, event.brightness), preset: "own" } };
    case "invert":
      return { ...state, setting: { ...state.setting, invert: !state.setting.invert } };
    case "reset":
      return { ...state, setting: { ...FRESH } };
    case "shown":
      return {
        ...state,
        window: event.window,
        windows: sameOr(state.windows, event.windows ?? []),
        isAsSaved: event.isAsSaved ?? false,
      };
    case "zoomIn":
    case "zoomOut":
    case "fit":
    case "move":
    case "keys":
    case "full":
      return state;
  }
}

export const sequenceOf = (state: State): Sequence | undefined => state.sequences[state.chosen];

export const views = (state: State): readonly View[] => sequenceOf(state)?.views ?? [];

/** The picture that is looked at. */
export const viewOf = (state: State): View | undefined => views(state)[state.index];

/** The one that comes next in the direction of travel. */
export const viewAhead = (state: State): View | undefined => views(state)[state.index + state.forward];

export const presetsOf = (state: State): readonly Preset[] =>
  presetsFor(sequenceOf(state)?.modality ?? "", state.windows);

/** The list that was there before, if the new one says the same: nothing is to be painted then. */
const sameOr = (before: readonly string[], now: readonly string[]): readonly string[] =>
  before.length === now.length && before.every((each, at) => each === now[at]) ? before : now;

/** Whether another picture is to be drawn, or the same one otherwise. */
export function isToDraw(before: State, after: State): boolean {
  const isOther = before.chosen !== after.chosen || !isSame(viewOf(before), viewOf(after));
  return isOther || before.setting !== after.setting;
}

/** A list that was made anew has other objects for the same pictures. */
function isSame(one: View | undefined, other: View | undefined): boolean {
  if (!one || !other || one === other) return one === other;
  return one.kind === other.kind && one.file === other.file && frameOf(one) === frameOf(other);
}

/** Which frame of its file it is. */
export const frameOf = (view: View): number => (view.kind === "dicom" ? view.frame : 0);

function listed(state: State, at: Place | undefined): State {
  const chosen = choose(state, at?.sequence ?? 0);
  return at ? { ...chosen, index: at.index } : chosen;
}

/** A stack of slices begins in its middle. */
function choose(state: State, place: number): State {
  const sequence = state.sequences[place];
  if (!sequence) return state;
  const index = sequence.noun === "Slice" ? Math.floor(sequence.views.length / 2) : 0;
  const setting = { ...FRESH, outlines: state.setting.outlines };
  return { ...state, chosen: place, index, setting, isPlaying: false };
}

function switched(
  outlines: ReadonlySet<string>,
  { ids, on }: { readonly ids: readonly string[]; readonly on: boolean },
): ReadonlySet<string> {
  const left = [...outlines].filter((each) => !ids.includes(each));
  return new Set(on ? [...left, ...ids] : left);
}

function goTo(state: State, place: number): State {
  const index = Math.max(Math.min(place, views(state).length - 1), 0);
  const forward = index === state.index ? state.forward : index > state.index ? 1 : -1;
  return { ...state, index, forward, isPlaying: false };
}

/** Colours have no windows. */
function preset(state: State, key: string): State {
  const found = presetsOf(state).find((each) => each.key === key);
  if (!found || (!state.window && key !== "1")) return state;
  return { ...state, setting: { ...state.setting, look: found.window, preset: key, tint: PLAIN } };
}

function adjust({ setting, window }: State, contrast: number, brightness: number): Setting {
  if (window) {
    // From what was asked for last, which may not be on the screen yet.
    const from = typeof setting.look === "object" && "center" in setting.look ? setting.look : window;
    return { ...setting, look: adjusted(from, contrast, brightness) };
  }
  const { tint } = setting;
  const tinted = {
    ...tint,
    brightness: limited(tint.brightness * Math.exp(brightness / 25)),
    contrast: limited(tint.contrast * Math.exp(contrast / 25)),
  };
  return { ...setting, tint: tinted };
}

const limited = (factor: number): number => Math.min(Math.max(factor, 0.1), 10);
