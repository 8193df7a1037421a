import type { Window } from "../dicom/render.ts";

/** A choice of brightness; its key is its number. */
export interface Preset {
  readonly key: string;
  readonly name: string;
  readonly window: Window | "auto" | "full";
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

export const presetsFor = (modality: string): readonly Preset[] => (modality === "CT" ? CT : [AUTO, FULL]);

/** The window with more contrast and brightness; 1 is a small step of each. */
export function adjusted({ center, width }: Window, contrast: number, brightness: number): Window {
  const narrower = Math.max(width * Math.exp(-contrast / 20), 1e-6);
  return { center: center - (brightness * width) / 50, width: narrower };
}
