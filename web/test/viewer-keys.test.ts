import { expect, test } from "vitest";
import { type Command, commandOf } from "../src/viewer/keys.ts";
import { adjusted, presetsFor } from "../src/viewer/presets.ts";

const press = (
  key: string,
  more: Partial<Record<"shiftKey" | "ctrlKey" | "altKey" | "metaKey", boolean>> = {},
): Parameters<typeof commandOf>[0] => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

test.each<[string, Command]>([
  ["ArrowDown", { do: "go", by: 1 }],
  ["ArrowUp", { do: "go", by: -1 }],
  ["PageDown", { do: "go", by: 10 }],
  ["PageUp", { do: "go", by: -10 }],
  ["Home", { do: "first" }],
  ["End", { do: "last" }],
  ["+", { do: "zoomIn" }],
  ["-", { do: "zoomOut" }],
  ["0", { do: "fit" }],
  ["b", { do: "bright" }],
  ["B", { do: "bright" }],
  ["3", { do: "preset", key: "3" }],
  ["i", { do: "invert" }],
  ["R", { do: "reset" }],
  [" ", { do: "play" }],
  [",", { do: "go", by: -1 }],
  [".", { do: "go", by: 1 }],
  ["?", { do: "keys" }],
  ["f", { do: "full" }],
])("%s", (key, command) => {
  expect(commandOf(press(key), false)).toEqual(command);
});

test("after B the arrows set the brightness", () => {
  expect(commandOf(press("ArrowUp"), true)).toEqual({ do: "adjust", contrast: 0, brightness: 1 });
  expect(commandOf(press("ArrowRight"), true)).toEqual({ do: "adjust", contrast: 1, brightness: -0 });
});

test("with Shift the arrows move the picture", () => {
  expect(commandOf(press("ArrowLeft", { shiftKey: true }), true)).toEqual({ do: "move", x: -24, y: 0 });
});

test.each(["ctrlKey", "altKey", "metaKey"])("with %s a key stays the browser's", (modifier) => {
  expect(commandOf(press("r", { [modifier]: true }), false)).toBeUndefined();
});

test.each(["Tab", "Enter", "x", "6", "ArrowLeft"])("%s is none of ours", (key) => {
  expect(commandOf(press(key), false)).toBeUndefined();
});

test("only CT has windows of lung and bone", () => {
  expect(presetsFor("CT").map((each) => each.name)).toEqual(["auto", "soft parts", "lung", "bone", "full"]);
  expect(presetsFor("MR").map((each) => each.name)).toEqual(["auto", "full"]);
});

test("brighter lowers the window's middle, more contrast narrows it", () => {
  expect(adjusted({ center: 100, width: 50 }, 0, 1)).toEqual({ center: 99, width: 50 });
  expect(adjusted({ center: 100, width: 50 }, 1, 0).width).toBeLessThan(50);
});
