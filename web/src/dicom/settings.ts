import { clean } from "../formats/text.ts";
import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { TAG } from "./tags.ts";

/** A lookup table (PS3.3 C.11.1.1): its entries, the first value it maps, the bits of an entry. */
export interface Table {
  readonly entries: Uint16Array;
  readonly first: number;
  readonly bits: number;
}

/** A window as a file has it (PS3.3 C.11.2). */
export interface FileWindow {
  readonly center: number;
  /** Above 0. */
  readonly width: number;
  /** `LINEAR`, `LINEAR_EXACT`, `SIGMOID`, or what else the file says. */
  readonly function: string;
  /** What it is for, in the file's words; empty where it does not say. */
  readonly explanation: string;
}

const MACROS = [
  TAG.PixelValueTransformationSequence,
  TAG.FrameVoiLutSequence,
  TAG.PixelMeasuresSequence,
  TAG.PlaneOrientationSequence,
];

/** Attributes of one frame: from its own functional groups, else from the shared ones, else from the header. */
export class Settings {
  readonly #places: readonly Dataset[];
  readonly #header: Dataset;

  /** `places`: where to look instead, the first first. */
  constructor(header: Dataset, index: number, places?: readonly Dataset[]) {
    this.#header = header;
    if (places) {
      this.#places = places;
      return;
    }
    const own = header.items(TAG.PerFrameGroups).slice(index, index + 1);
    const groups = [...own, ...header.items(TAG.SharedGroups).slice(0, 1)];
    this.#places = [...groups.flatMap((group) => MACROS.flatMap((tag) => group.items(tag).slice(0, 1))), header];
  }

  text(tag: number): string {
    return this.#place(tag)?.text(tag).trim() ?? "";
  }

  texts(tag: number): string[] {
    return this.#place(tag)?.texts(tag) ?? [];
  }

  numbers(tag: number): number[] {
    return this.#place(tag)?.numbers(tag) ?? [];
  }

  /** The first value, undefined where there is none. Throws PreviewError where it is no number. */
  number(tag: number): number | undefined {
    const value = this.numbers(tag)[0];
    if (value !== undefined && !Number.isFinite(value)) throw new PreviewError("this image's settings are damaged");
    return value;
  }

  /** The windows of the first place that has any, of these those that can be used (docs/display.md, Pictures). */
  windows(): FileWindow[] {
    for (const place of this.#places) {
      const [centers, widths] = [place.numbers(TAG.WindowCenter), place.numbers(TAG.WindowWidth)];
      const explanations = place.texts(TAG.WindowExplanation, true);
      const usable = centers.flatMap((center, at) => {
        const width = widths[at] ?? 0;
        if (!Number.isFinite(center) || !Number.isFinite(width) || width <= 0) return [];
        const explanation = clean(explanations[at] ?? "");
        return [{ center, width, function: place.text(TAG.VoiLutFunction).trim(), explanation }];
      });
      if (usable.length) return usable;
    }
    return [];
  }

  table(tag: number): Table | undefined {
    for (const place of this.#places) {
      const item = place.items(tag)[0];
      if (item) return readTable(item, this.#header.number(TAG.PixelRepresentation, "US") === 1);
    }
    return undefined;
  }

  #place(tag: number): Dataset | undefined {
    return this.#places.find((each) => (each.bytes(tag)?.length ?? 0) > 0);
  }
}

function readTable(item: Dataset, signed: boolean): Table {
  const [count, first, bits] = item.numbers(TAG.LutDescriptor, "US");
  const data = item.bytes(TAG.LutData);
  if (count === undefined || first === undefined || !bits || bits > 16 || !data) {
    throw new PreviewError("this image's settings are damaged");
  }
  const entries = words(data, item.encoding.little).subarray(0, count & 0xffff || 1 << 16);
  if (!entries.length) throw new PreviewError("this image's settings are damaged");
  const isSigned = item.vr(TAG.LutDescriptor) === "SS" || (signed && item.vr(TAG.LutDescriptor) === "");
  return { entries, first: isSigned && first > 0x7fff ? first - 0x10000 : first, bits };
}

/** Bytes as unsigned numbers of 16 bits. */
export function words(bytes: Uint8Array<ArrayBuffer>, little: boolean): Uint16Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, at) => view.getUint16(at * 2, little));
}
