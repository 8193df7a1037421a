/** How names, dates and kinds of pictures are said to people. No DOM, nothing loaded. */

const MAX_TEXT = 256;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A person's name (PS3.5 6.2.1) to be read by people: `Okafor^Grace^Ann^Dr` is `OKAFOR, Grace Ann (Dr)`. */
export function shownName(value: string): string {
  const groups = value.split("=").slice(0, 3);
  const [first = [], ...others] = groups.map((group) => group.split("^").slice(0, 5).map(clean));
  const [family = "", given, middle, prefix, suffix] = first;
  const names = [given, middle].filter(Boolean).join(" ");
  const titles = [prefix, suffix].filter(Boolean).join(" ");
  const spoken = [family.toUpperCase(), names].filter(Boolean).join(", ");
  const shown = [[spoken, titles && `(${titles})`], ...others].map((group) => group.filter(Boolean).join(" "));
  return shown.filter(Boolean).join(" / ");
}

/** Text that can do no harm on a screen: no control or direction characters, single spaces, 256 characters. */
export function clean(text: string): string {
  const plain = Array.from(text)
    .slice(0, 4 * MAX_TEXT)
    .join("")
    .replace(/\p{Cf}/gu, "")
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return Array.from(plain).slice(0, MAX_TEXT).join("");
}

/** A date of DICOM as `YYYY-MM-DD`; whatever else it is stays as it is. */
export function isoDate(text: string): string {
  const found = /^(\d{4})[.-]?(\d\d)[.-]?(\d\d)$/.exec(text);
  return found ? found.slice(1).join("-") : text;
}

/** `1962-03-14` as `14-Mar-1962`; what is no date, as it is, cleaned. */
export function shownDate(date: string): string {
  if (!isDate(date)) return clean(date);
  const [year = "", month, day = ""] = date.split("-");
  return `${day}-${MONTHS[Number(month) - 1] ?? ""}-${year}`;
}

/** Whether it is a day of the calendar, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith("0000")) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text);
}

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
  BMD: ["Bone density"],
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
