import type { OrientationLabels } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import { TAG } from "./tags.ts";

const OPPOSITE: Record<string, string> = { R: "L", L: "R" };

/** Where the patient's right and left are in the picture (PS3.3 C.7.6.1.1.1, C.7.6.2.1.1). Pictures are never flipped. */
export function orientationLabelsOf(settings: Settings): OrientationLabels {
  const cosines = settings.numbers(TAG.ImageOrientation);
  const said = settings.texts(TAG.PatientOrientation);
  const isPlane = cosines.length === 6 && cosines.every(Number.isFinite);
  const right = isPlane ? ofCosines(cosines.slice(0, 3)) : ofLetters(said[0]);
  const bottom = isPlane ? ofCosines(cosines.slice(3)) : ofLetters(said[1]);
  return { left: OPPOSITE[right] ?? "", right, top: OPPOSITE[bottom] ?? "", bottom };
}

/** The side that a direction goes to, if it goes to a side more than forward, back, up or down. */
function ofCosines([x = 0, y = 0, z = 0]: readonly number[]): string {
  if (Math.abs(x) <= Math.max(Math.abs(y), Math.abs(z))) return "";
  return x > 0 ? "L" : "R";
}

const ofLetters = (text = ""): string => (/^[RL]/.exec(text.trim()) ?? [""])[0];
