/** What an object is by its SOP class, and how it is named to people: the same as Python's radiogram/dicom/kinds.py. */

import { isStorageClass, sopClassName, ROOT } from "./sopClasses.ts";

/** What is done with an object; `unknown` is drawn if it has an image's pixels, and called unknown. */
export type Role = "image" | "document" | "report" | "ecg" | "segmentation" | "state" | "keys" | "named" | "unknown";

const ROLES = new Map<string, Role>([
  ["1.1.11.1", "state"],
  ["1.1.66.4", "segmentation"],
  ["1.1.66.7", "segmentation"],
  ["1.1.88.59", "keys"],
  ["1.1.9.3.1", "ecg"],
]);
const STARTS: readonly (readonly [start: string, role: Role])[] = [
  ["1.1.104.", "document"],
  ["1.1.88.", "report"],
  ["1.1.9.1.", "ecg"],
];
/** Besides what is called an image. */
const IMAGE = /Image|^Enhanced US Volume/;

/** What is done with objects of a class. */
export function roleOf(sopClass: string): Role {
  if (!isStorageClass(sopClass)) return "unknown";
  const place = sopClass.slice(ROOT.length);
  const role = ROLES.get(place) ?? STARTS.find(([start]) => place.startsWith(start))?.[1];
  return role ?? (IMAGE.test(sopClassName(sopClass)) ? "image" : "named");
}

/** Whether objects of a class, if they have rows of pixels, are pictures to be looked at by themselves. */
export const isDrawn = (sopClass: string): boolean => ["image", "unknown"].includes(roleOf(sopClass));

const RADIOTHERAPY = "for the radiotherapy department";
const VIEWERS = "for a doctor’s viewer";
const PROGRAMS = "for a doctor’s program";

/** By what the name begins with; the first that fits. */
const PURPOSES: readonly (readonly [start: string, purpose: string])[] = [
  ["RT Plan", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT Ion Plan", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT Structure Set", `outlines of what is treated and what is spared, ${RADIOTHERAPY}`],
  ["RT Dose", `the dose that is planned, ${RADIOTHERAPY}`],
  ["RT Physician Intent", `what radiotherapy is meant to do, ${RADIOTHERAPY}`],
  ["RT Segment Annotation", `outlines of what is treated and what is spared, ${RADIOTHERAPY}`],
  ["RT Treatment Preparation", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT Radiation Set", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["RT", `a record of radiotherapy, ${RADIOTHERAPY}`],
  ["Parametric Map", `values that were measured or computed, pixel by pixel, ${VIEWERS}`],
  ["Ophthalmic Thickness Map", "thicknesses that were measured, for the eye doctor’s program"],
  ["Corneal Topography Map", "the shape of the cornea, for the eye doctor’s program"],
  ["Stereometric Relationship", "which photos of the eye are pairs, for the eye doctor’s program"],
  ["Raw Data", "what the scanner measured, for the maker’s programs"],
  ["Spatial Registration", `how images lie on top of each other, ${VIEWERS}`],
  ["Deformable Spatial Registration", `how images lie on top of each other, ${VIEWERS}`],
  ["Spatial Fiducials", `points that are the same in several images, ${VIEWERS}`],
  ["Segmentation", `outlines of parts of the body, ${VIEWERS}`],
  ["Label Map Segmentation", `outlines of parts of the body, ${VIEWERS}`],
  ["Surface Segmentation", `outlines of parts of the body, ${VIEWERS}`],
  ["Surface Scan", `the shape of a surface, ${VIEWERS}`],
  ["Tractography Results", `paths of nerve fibres, ${VIEWERS}`],
  ["Real World Value Mapping", `what the brightness of images stands for, ${VIEWERS}`],
  ["Hanging Protocol", `how images are laid out on a screen, ${VIEWERS}`],
  ["Basic Structured Display", `how images are laid out on a screen, ${VIEWERS}`],
  ["Color Palette", `colours for images, ${VIEWERS}`],
  ["Key Object Selection", `a list of the images that somebody marked, ${VIEWERS}`],
  ["MR Spectroscopy", "measurements of chemical substances, for the MRI department"],
  ["Standalone Overlay", `lines to be drawn over an image, ${VIEWERS}`],
  ["Standalone", `how images are to be shown, ${VIEWERS}`],
  ["Basic Voice Audio", `a recording of sound, ${PROGRAMS}`],
  ["General Audio", `a recording of sound, ${PROGRAMS}`],
  ["Content Assessment Results", `what a check of images found, ${PROGRAMS}`],
  ["Microscopy Bulk Simple Annotations", `what was marked in images of a microscope, ${VIEWERS}`],
  ["Spectacle Prescription", "a prescription for glasses, for the optician’s program"],
  ["Macular Grid Thickness", "thicknesses that were measured, for the eye doctor’s program"],
  ["Intraocular Lens Calculations", "computed for a lens of the eye, for the eye doctor’s program"],
  ["Protocol Approval", "how a scan was planned, for the scanner"],
  ["Inventory", "a list of what an archive holds, for archives"],
  ["DICOS", "for programs that check baggage"],
  ["Encapsulated", "a document, for a doctor’s program"],
];
/** The first that stands anywhere in the name. */
const ANYWHERE: readonly (readonly [part: string, purpose: string])[] = [
  [" SR", `a report, ${PROGRAMS}`],
  ["Presentation State", `how images are to be shown, ${VIEWERS}`],
  ["Waveform", `a recording over time, ${PROGRAMS}`],
  ["Defined Procedure Protocol", "how a scan was planned, for the scanner"],
  ["Performed Procedure Protocol", "how a scan was made, for the scanner"],
  ["Radiation Record", `a record of radiotherapy, ${RADIOTHERAPY}`],
  ["Radiation Storage", `a plan for radiotherapy, ${RADIOTHERAPY}`],
  ["Implant", "for choosing an implant, for the surgeon’s program"],
  ["Report", `a report, ${PROGRAMS}`],
  ["Log", `a report, ${PROGRAMS}`],
  ["Measurements", `measurements, ${PROGRAMS}`],
  ["Analysis", `measurements, ${PROGRAMS}`],
];

/** `RT Plan: a plan for radiotherapy, for the radiotherapy department`; never what a file calls itself. */
export function described(sopClass: string): string {
  if (!isStorageClass(sopClass)) return "an object of a kind that DICOM does not name, for its maker’s programs";
  const whole = sopClassName(sopClass);
  const found =
    PURPOSES.find(([start]) => whole.startsWith(start))?.[1] ?? ANYWHERE.find(([part]) => whole.includes(part))?.[1];
  const name = whole.replace(" Storage", "");
  return found === undefined ? name : `${name}: ${found}`;
}
