/** Small DICOM files, built in code. */

export type Value = string | number[] | Uint8Array;
export type Elements = readonly (readonly [tag: number, vr: string, value: Value])[];

const LONG = new Set(["OB", "OW", "SQ", "UN", "UT"]);

const ascii = (text: string): number[] => Array.from(text, (each) => each.charCodeAt(0));

function bytesOf(vr: string, value: Value): number[] {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value !== "string")
    return value.flatMap((each) => (vr === "US" || vr === "OW" ? [each & 255, each >> 8] : [each]));
  const text = ascii(value);
  return text.length % 2 ? [...text, vr === "UI" ? 0 : 32] : text;
}

function element([tag, vr, value]: Elements[number]): number[] {
  const bytes = bytesOf(vr, value);
  const head = [(tag >>> 16) & 255, tag >>> 24, tag & 255, (tag >>> 8) & 255, ...ascii(vr)];
  const length = [bytes.length & 255, (bytes.length >> 8) & 255, (bytes.length >> 16) & 255, bytes.length >>> 24];
  return LONG.has(vr) ? [...head, 0, 0, ...length, ...bytes] : [...head, ...length.slice(0, 2), ...bytes];
}

/** Explicit VR, little endian. */
export const encoded = (elements: Elements): Uint8Array<ArrayBuffer> => Uint8Array.from(elements.flatMap(element));

export function file(elements: Elements, syntax = "1.2.840.10008.1.2.1"): Uint8Array<ArrayBuffer> {
  const meta = encoded([[0x00020010, "UI", syntax]]);
  const data = encoded(elements);
  const whole = new Uint8Array(132 + meta.length + data.length);
  whole.set(ascii("DICM"), 128);
  whole.set(meta, 132);
  whole.set(data, 132 + meta.length);
  return whole;
}

/** A grey image of 16 bits; `more` goes before its size. */
export function grey(
  rows: number,
  columns: number,
  values: number[],
  more: Elements = [],
  after: Elements = [],
): Uint8Array<ArrayBuffer> {
  return file([
    ...more,
    [0x00280002, "US", [1]],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", [rows]],
    [0x00280011, "US", [columns]],
    [0x00280100, "US", [16]],
    [0x00280101, "US", [16]],
    [0x00280103, "US", [0]],
    ...after,
    [0x7fe00010, "OW", values],
  ]);
}
