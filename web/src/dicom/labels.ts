/** What kinds of pictures are called: on cards, in corners, in titles. No DOM, nothing loaded. */

/** What is known of the kind of pictures, for titles. */
export interface Kind {
  /** DICOM codes: `CT`. */
  readonly modalities: readonly string[];
  /** DICOM's BodyPartExamined: `CHEST`. */
  readonly bodyParts: readonly string[];
  /** `L`, `R` or empty. */
  readonly laterality?: string;
}

const XRAY = ["X-ray", "X-ray"] as const;
/** Modality: for the corner, and for a title with "of your …". Without the second there is none. */
const MODALITIES: Record<string, readonly [string, string?]> = {
  CR: XRAY,
  DX: XRAY,
  RG: XRAY,
  RF: ["X-ray film", "X-ray film"],
  XA: ["Angiogram", "Angiogram"],
  CT: ["CT", "CT scan"],
  MR: ["MRI", "MRI scan"],
  US: ["Ultrasound", "Ultrasound"],
  IVUS: ["Ultrasound", "Ultrasound"],
  MG: ["Mammogram"],
  NM: ["Nuclear scan", "Nuclear scan"],
  PT: ["PET", "PET scan"],
  ES: ["Endoscopy"],
  OP: ["Eye photo"],
  OPT: ["Eye scan"],
  IO: ["Dental X-ray"],
  PX: ["Dental X-ray"],
  ECG: ["ECG", "ECG"],
  BMD: ["Bone density"],
  RTIMAGE: ["Radiotherapy image"],
};
/** Our words for DICOM's BodyPartExamined. */
const PARTS: Record<string, string> = {
  ABDOMEN: "abdomen",
  ANKLE: "ankle",
  AORTA: "aorta",
  ARM: "arm",
  BRAIN: "brain",
  BREAST: "breast",
  CHEST: "chest",
  CLAVICLE: "collarbone",
  CSPINE: "neck spine",
  EAR: "ear",
  ELBOW: "elbow",
  EYE: "eye",
  FEMUR: "thigh bone",
  FINGER: "finger",
  FOOT: "foot",
  FOREARM: "forearm",
  HAND: "hand",
  HEAD: "head",
  HEART: "heart",
  HIP: "hip",
  HUMERUS: "upper arm",
  JAW: "jaw",
  KIDNEY: "kidney",
  KNEE: "knee",
  LEG: "leg",
  LIVER: "liver",
  LSPINE: "lower back",
  NECK: "neck",
  PELVIS: "pelvis",
  PROSTATE: "prostate",
  RIB: "ribs",
  SHOULDER: "shoulder",
  SKULL: "skull",
  SPINE: "spine",
  THIGH: "thigh",
  THYROID: "thyroid",
  TIBIA: "shin",
  TOE: "toe",
  TSPINE: "upper back",
  WRIST: "wrist",
};
const PAIRED = new Set(
  "ankle arm breast collarbone ear elbow eye finger foot forearm hand hip kidney knee leg shin shoulder thigh toe wrist".split(
    " ",
  ),
);
PAIRED.add("thigh bone").add("upper arm");

/** For a corner or a list: `CT chest`, or `Images`. */
export function shortTitle(kind: Kind): string {
  const { modality, part } = known(kind);
  if (!modality) return part ? part.slice(0, 1).toUpperCase() + part.slice(1) : "Images";
  return [modality[0], part].filter(Boolean).join(" ");
}

/** For the patient: `CT scan of your chest`, or `Your images`. */
export function patientTitle(kind: Kind): string {
  const { modality, part } = known(kind);
  if (!modality) return "Your images";
  if (!part || !modality[1]) return `Your ${sentence(modality[1] ?? modality[0])}`;
  return `${modality[1]} of your ${part}`;
}

/** One modality and one part at most: of several, nothing is said that holds for some only. */
function known(kind: Kind): { modality: readonly [string, string?] | undefined; part: string } {
  const modalities = new Set(kind.modalities.map((each) => MODALITIES[each.toUpperCase()]));
  const parts = new Set(kind.bodyParts.map((each) => PARTS[each.toUpperCase().replace(/[ _-]/g, "")]));
  const part = (parts.size === 1 && [...parts][0]) || "";
  const side = PAIRED.has(part) ? ({ L: "left ", R: "right " }[kind.laterality ?? ""] ?? "") : "";
  return { modality: modalities.size === 1 ? [...modalities][0] : undefined, part: part && side + part };
}

/** As within a sentence: abbreviations keep their capitals. */
const sentence = (words: string): string =>
  /^(X-|[A-Z]{2})/.test(words) ? words : words.slice(0, 1).toLowerCase() + words.slice(1);
