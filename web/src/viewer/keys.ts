/** The keys of the stage. They work only while it has the focus (WCAG 2.1.4). */

export type Command =
  | { readonly do: "go"; readonly by: number }
  | { readonly do: "first" | "last" | "zoomIn" | "zoomOut" | "fit" | "invert" | "reset" | "play" | "keys" | "full" }
  | { readonly do: "bright" | "escape" }
  | { readonly do: "move"; readonly x: number; readonly y: number }
  | { readonly do: "preset"; readonly key: string }
  | { readonly do: "adjust"; readonly contrast: number; readonly brightness: number };

const STEP = 24; // CSS pixels

/** What the list of keys says. */
export const KEY_LIST: readonly (readonly [keys: string, does: string])[] = [
  ["↓ ↑", "next, previous slice"],
  ["Page Down, Page Up", "ten slices on, back"],
  ["Home, End", "first, last slice"],
  ["+ −", "larger, smaller"],
  ["0", "fit"],
  ["Shift and arrows", "move the picture"],
  ["B, then arrows", "brightness: ← → contrast, ↑ ↓ bright; Esc ends"],
  ["1 to 5", "brightness: auto, soft parts, lung, bone, full"],
  ["I", "invert"],
  ["R", "reset"],
  ["Space", "play, stop"],
  [", .", "one frame back, on"],
  ["F", "full screen; Esc ends"],
  ["?", "this list"],
];

const ARROWS: Record<string, readonly [x: number, y: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

const PLAIN: Record<string, Command> = {
  arrowdown: { do: "go", by: 1 },
  arrowup: { do: "go", by: -1 },
  pagedown: { do: "go", by: 10 },
  pageup: { do: "go", by: -10 },
  home: { do: "first" },
  end: { do: "last" },
  "+": { do: "zoomIn" },
  "=": { do: "zoomIn" },
  "-": { do: "zoomOut" },
  "−": { do: "zoomOut" },
  "0": { do: "fit" },
  b: { do: "bright" },
  i: { do: "invert" },
  r: { do: "reset" },
  " ": { do: "play" },
  ",": { do: "go", by: -1 },
  ".": { do: "go", by: 1 },
  f: { do: "full" },
  "?": { do: "keys" },
  escape: { do: "escape" },
};

export type KeyPress = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">;

/** The command of a key, if it has one. `isBright`: after B, when arrows set the brightness. */
export function commandOf(press: KeyPress, isBright: boolean): Command | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey) return undefined;
  const [x, y] = ARROWS[press.key] ?? [];
  if (x !== undefined && y !== undefined) {
    if (press.shiftKey) return { do: "move", x: x * STEP, y: y * STEP };
    if (isBright) return { do: "adjust", contrast: x, brightness: -y };
  }
  if (/^[1-5]$/.test(press.key)) return { do: "preset", key: press.key };
  return PLAIN[press.key.toLowerCase()];
}
