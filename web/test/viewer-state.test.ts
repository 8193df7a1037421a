import { expect, test } from "vitest";
import type { Sequence, View } from "../src/viewer/list.ts";
import { announcement, place, stageName } from "../src/viewer/messages.ts";
import { type Event, initial, isToDraw, next, type State, viewAhead, viewOf } from "../src/viewer/state.ts";

const file = { name: "a.dcm", mediaType: "application/dicom", blob: new Blob() };

function sequence(count: number, noun: Sequence["noun"] = "Slice", modality = "CT"): Sequence {
  const views = Array.from({ length: count }, (_, frame): View => ({ kind: "dicom", file, key: 0, frame }));
  return { title: "CT", label: "CT", date: "", modality, noun, frameTime: 100, views };
}

const after = (state: State, ...events: Event[]): State => events.reduce(next, state);
const stack = after(initial(), { do: "listed", sequences: [sequence(20), sequence(3, "Frame", "US")] });
const grey = after(stack, { do: "shown", window: { center: 100, width: 50 } });

test("a stack of slices begins in its middle, frames at the first", () => {
  expect(stack.index).toBe(10);
  expect(after(stack, { do: "choose", sequence: 1 }).index).toBe(0);
});

test.each<[Event, number]>([
  [{ do: "go", by: 1 }, 11],
  [{ do: "go", by: -99 }, 0],
  [{ do: "go", by: 99 }, 19],
  [{ do: "first" }, 0],
  [{ do: "last" }, 19],
  [{ do: "goTo", index: 3 }, 3],
])("%o leads to the place %i", (event, index) => {
  expect(after(stack, event).index).toBe(index);
});

test("what comes next is in the direction of travel", () => {
  expect(viewAhead(after(stack, { do: "go", by: -1 }))).toMatchObject({ frame: 8 });
  expect(viewAhead(after(stack, { do: "go", by: -1 }, { do: "go", by: 2 }))).toMatchObject({ frame: 12 });
  expect(viewAhead(after(stack, { do: "last" }))).toBeUndefined();
});

test("playing goes round, and stops where somebody goes on by hand", () => {
  const playing = after(stack, { do: "play" }, { do: "last" }, { do: "play" });
  expect(playing.isPlaying).toBe(true);
  expect(after(playing, { do: "tick" }).index).toBe(0);
  expect(after(playing, { do: "go", by: -1 }).isPlaying).toBe(false);
  expect(after(playing, { do: "choose", sequence: 1 }).isPlaying).toBe(false);
});

test("one picture does not play", () => {
  const one = after(initial(), { do: "listed", sequences: [sequence(1)] });
  expect(after(one, { do: "play" })).toBe(one);
});

test("another series begins with a brightness of its own", () => {
  const adjusted = after(grey, { do: "preset", key: "3" }, { do: "invert" });
  expect(after(adjusted, { do: "choose", sequence: 1 }).setting).toMatchObject({ look: "auto", invert: false });
});

test("after B the brightness tool is chosen, and Escape ends it", () => {
  const bright = after(stack, { do: "tool", tool: "zoom" }, { do: "bright" });
  expect(bright).toMatchObject({ tool: "bright", isBright: true });
  expect(after(bright, { do: "escape" }).isBright).toBe(false);
  expect(after(bright, { do: "endBright" }).isBright).toBe(false);
});

test("brightness of values goes on from what was asked for last", () => {
  const once = after(grey, { do: "adjust", contrast: 0, brightness: 1 });
  expect(once.setting).toMatchObject({ look: { center: 99, width: 50 }, preset: "own" });
  expect(after(once, { do: "adjust", contrast: 0, brightness: 1 }).setting.look).toEqual({ center: 98, width: 50 });
});

test("colours have no windows: their brightness is a tint, within bounds", () => {
  const colours = after(stack, { do: "shown", window: undefined });
  expect(after(colours, { do: "preset", key: "3" })).toBe(colours);
  const tinted = after(colours, { do: "adjust", contrast: -1000, brightness: 1000 });
  expect(tinted.setting).toMatchObject({ look: "auto", tint: { brightness: 10, contrast: 0.1 } });
});

test("presets that a kind of pictures does not have change nothing", () => {
  const ultrasound = after(grey, { do: "choose", sequence: 1 });
  expect(after(ultrasound, { do: "preset", key: "3" })).toBe(ultrasound);
});

test("a picture is drawn again when its place, its series or its look is another, and not otherwise", () => {
  const events: Event[] = [{ do: "go", by: 1 }, { do: "choose", sequence: 1 }, { do: "invert" }, { do: "reset" }];
  expect(events.map((event) => isToDraw(grey, after(grey, event)))).toEqual([true, true, true, true]);
  const others: Event[] = [{ do: "tool", tool: "zoom" }, { do: "bright" }, { do: "play" }, { do: "zoomIn" }];
  expect(others.map((event) => isToDraw(grey, after(grey, event)))).toEqual([false, false, false, false]);
  expect(isToDraw(stack, grey)).toBe(false);
});

test("where there is nothing to see, events do no harm", () => {
  const events: Event[] = [{ do: "last" }, { do: "play" }, { do: "tick" }, { do: "preset", key: "2" }];
  const empty = after(initial(), { do: "listed", sequences: [] }, ...events);
  expect(empty).toMatchObject({ index: 0, isPlaying: false });
  expect(viewOf(empty)).toBeUndefined();
});

test.each<[Event, string]>([
  [{ do: "go", by: 1 }, "Slice 12 of 20"],
  [{ do: "go", by: 0 }, ""],
  [{ do: "tick" }, ""],
  [{ do: "play" }, "Playing"],
  [{ do: "bright" }, "Arrow keys set the brightness. Escape ends."],
  [{ do: "preset", key: "3" }, "Brightness: lung"],
  [{ do: "preset", key: "9" }, ""],
  [{ do: "invert" }, "Inverted"],
  [{ do: "reset" }, "Reset"],
  [{ do: "tool", tool: "zoom" }, ""],
  [{ do: "adjust", contrast: 1, brightness: 1 }, ""],
])("%o is announced as %o", (event, text) => {
  expect(announcement(event, grey, after(grey, event))).toBe(text);
});

test("the stage is named by its place, where there are several", () => {
  expect(place(stack)).toBe("Slice 11 of 20");
  expect(stageName(stack)).toBe("Picture, slice 11 of 20. Press question mark for keys.");
  expect(stageName(after(initial(), { do: "listed", sequences: [sequence(1)] }))).toBe(
    "Picture. Press question mark for keys.",
  );
});
