import type { Look, Window } from "../dicom/render.ts";

/** A choice of brightness; its key is its number. */
export interface Preset {
  readonly key: string;
  readonly name: string;
  readonly window: Look;
}

const AUTO: Preset = { key: "1", name: "auto", window: "auto" };
const FULL: Preset = { key: "5", name: "full", window: "full" };
/** In Hounsfield units, which only CT has. */
const CT: readonly Preset[] = [
  AUTO,
  { key: "2", name: "soft parts", window: { center: 40, width: 400 } },
  { key: "3", name: "lung", window: { center: -600, width: 1500 } },
  { key: "4", name: "bone", window: { center: 480, width: 2500 } },
  FULL,
];

/** `windows`: what each of several windows of the file is for, the first of which is what `auto` shows. */
export function presetsFor(modality: string, windows: readonly string[] = []): readonly Preset[] {
  const others = windows.slice(1).map((words, at): Preset => {
    const number = at + 2;
    return { key: `own ${number}`, name: words || `window ${number}`, window: { own: number - 1 } };
  });
  return [...(modality === "CT" ? CT : [AUTO, FULL]), ...others];
}

/** The window with more contrast and brightness; 1 is a small step of each. */
export function adjusted({ center, width }: Window, contrast: number, brightness: number): Window {
  const narrower = Math.max(width * Math.exp(-contrast / 20), 1e-6);
  return { center: center - (brightness * width) / 50, width: narrower };
}
