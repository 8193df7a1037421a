/** What files without images are for, in words for patients. */

const RADIOTHERAPY = "for the radiotherapy department";
const VIEWERS = "for a doctor’s viewer";

/** By what the name of the class of objects (PS3.6) begins with; the first that fits. */
const PURPOSES: readonly (readonly [name: string, purpose: string])[] = [
  ["RT Plan", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT Ion Plan", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT Structure Set", `outlines of what is treated and what is spared, ${RADIOTHERAPY}`],
  ["RT Dose", `the dose that is planned, ${RADIOTHERAPY}`],
  ["RT", `a record of radiotherapy, ${RADIOTHERAPY}`],
  ["CArm Photon-Electron Radiation", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["Key Object Selection", `a list of the images that somebody marked, ${VIEWERS}`],
  ["Raw Data", "what the scanner measured, for the maker’s programs"],
  ["Spatial Registration", `how images lie on top of each other, ${VIEWERS}`],
  ["Deformable Spatial Registration", `how images lie on top of each other, ${VIEWERS}`],
  ["Spatial Fiducials", `points that are the same in several images, ${VIEWERS}`],
  ["Segmentation", `outlines of parts of the body, ${VIEWERS}`],
  ["Surface Segmentation", `outlines of parts of the body, ${VIEWERS}`],
  ["Surface Scan Mesh", `the shape of a surface, ${VIEWERS}`],
  ["Tractography Results", `paths of nerve fibres, ${VIEWERS}`],
  ["Real World Value Mapping", `what the brightness of images stands for, ${VIEWERS}`],
  ["Hanging Protocol", `how images are laid out on a screen, ${VIEWERS}`],
  ["Color Palette", `colours for images, ${VIEWERS}`],
  ["MR Spectroscopy", "measurements of chemical substances, for the MRI department"],
  ["Encapsulated", "a document, for a doctor’s program"],
];
const ANYWHERE: readonly (readonly [part: RegExp, purpose: string])[] = [
  [/Presentation State/, `how images are to be shown, ${VIEWERS}`],
  [/Waveform/, "a recording over time, for a doctor’s program"],
  [/\bSR\b|Report|Log/, "a report without content"],
  [/Measurements|Analysis/, "measurements, for a doctor’s program"],
];

/** `RT Plan: a plan for radiotherapy, for the radiotherapy department`; the name alone where no more is known. */
export function described(className: string): string {
  const name = className.replace(/ Storage\b/, "");
  const found =
    PURPOSES.find(([start]) => name.startsWith(start))?.[1] ?? ANYWHERE.find(([part]) => part.test(name))?.[1];
  return found === undefined ? name : `${name}: ${found}`;
}
