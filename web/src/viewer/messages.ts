/** What the viewer says: beside the picture, in place of it, and aloud. */

import { presetsOf, sequenceOf, type Event, type State, views } from "./state.ts";

export const CANNOT_SHOW = "We cannot show this kind of picture.";
export const COPY_IS_COMPLETE = "Your copy is complete. A doctor’s program can show it.";
export const OTHER_PROGRAM = "A doctor’s program can open it.";
export const CANNOT_PLAY = "This browser cannot play it. A video player can: save a copy.";
/** Of a document or a video while more files are on their way. */
export const NOT_YET = "This one opens once everything is here.";
export const NO_PICTURES = "There are no pictures here.";
export const WHAT_THERE_IS = "What there is stands below. Your copy is complete.";
export const GETTING_READY = "Getting the picture ready…";
export const BRIGHTNESS_IS_OWN = "Brightness: your own";
const HOW_TO_BRIGHTEN = "Arrow keys set the brightness. Escape ends.";

/** `Slice 11 of 20`. */
export const place = (state: State): string =>
  `${sequenceOf(state)?.noun ?? ""} ${state.index + 1} of ${views(state).length}`;

/** The stage's accessible name. */
export function stageName(state: State): string {
  const where = views(state).length > 1 ? `, ${place(state).toLowerCase()}` : "";
  return `Picture${where}. Press question mark for keys.`;
}

export const opening = (done: number, of: number): string => `Opening your images… ${done} of ${of}`;

export const filesNotShown = (count: number): string => `${count} ${count === 1 ? "file" : "files"} we cannot show`;

export const otherFiles = (count: number): string =>
  count === 1 ? "1 file for the doctors’ programs" : `${count} files for the doctors’ programs`;

export const zoomed = (percent: number): string => `Zoom ${percent} percent`;

export const notOverlaid = (reason: string): string => `The outlines can’t be drawn: ${reason}.`;

export const notAsSaved = (reason: string): string => `It can’t be shown as it was saved: ${reason}.`;
export const AS_SAVED = "As saved";
export const NOT_SAVED = "no: the image as it is";

/** `Outlines: 3, none shown`. */
export function outlinesSaid(count: number, shown: number): string {
  return `Outlines: ${count}, ${shown ? `${shown} shown` : "none shown"}`;
}

export const OUTLINES_HINT =
  "Coloured parts that somebody drew over the images. They are not the radiologist’s report.";

/** What is said aloud of an event; empty: nothing. */
export function announcement(event: Event, before: State, after: State): string {
  switch (event.do) {
    case "go":
    case "goTo":
    case "first":
    case "last":
      return after.index === before.index ? "" : place(after);
    case "play":
      return after === before ? "" : after.isPlaying ? "Playing" : place(after);
    case "bright":
      return after.isBright ? HOW_TO_BRIGHTEN : "";
    case "preset": {
      const name = presetsOf(after).find((each) => each.key === event.key)?.name;
      return after === before || name === undefined ? "" : `Brightness: ${name}`;
    }
    case "invert":
      return after.setting.invert ? "Inverted" : "Not inverted";
    case "outline":
      return event.on ? "Outlines shown" : "Outlines hidden";
    case "saved":
      return event.id ? "Shown as it was saved" : "Shown as it is";
    case "reset":
      return "Reset";
    default:
      return "";
  }
}

/** A reason, as errors have it, as a sentence. */
export const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
