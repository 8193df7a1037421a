import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { words } from "./settings.ts";
import { TAG } from "./tags.ts";

/** Colours for stored values (PS3.3 C.7.6.3.1.5): red, green and blue of each value from `low` to `high`, 8 bits each. */
export function paletteTable(header: Dataset, low: number, high: number, signed: boolean): Uint8Array {
  const [count = 0, first = 0, depth = 16] = header.numbers(TAG.RedDescriptor, "US");
  const size = count & 0xffff || 1 << 16;
  const start = signed && first > 0x7fff ? first - 0x10000 : first;
  const tables = [0, 1, 2].map((colour) => colourTable(header, colour, size, depth));
  const last = Math.min(size, ...tables.map((each) => each.length)) - 1;
  if (last < 0) throw new PreviewError("this image's colours are missing");
  const out = new Uint16Array((high - low + 1) * 3);
  let brightest = 0;
  for (let value = low, to = 0; value <= high; value++) {
    const place = Math.min(Math.max(value - start, 0), last);
    for (const table of tables) {
      const level = table[place] ?? 0;
      brightest = Math.max(brightest, level);
      out[to++] = level;
    }
  }
  const full = brightest < 256 ? 255 : 65535; // some fill entries of 16 bits with values of 8
  return Uint8Array.from(out, (level) => Math.floor((level / full) * 255 + 0.5));
}

function colourTable(header: Dataset, colour: number, size: number, depth: number): Uint16Array {
  const { little } = header.encoding;
  const data = header.bytes(TAG.RedData + colour);
  if (data?.length) return Math.round((data.length / size) * 8) === 8 ? Uint16Array.from(data) : words(data, little);
  const segmented = header.bytes(TAG.SegmentedRedData + colour);
  if (!segmented?.length) throw new PreviewError("this image's colours are missing");
  const numbers = depth === 8 ? Uint16Array.from(segmented) : words(segmented, little);
  return Uint16Array.from(expanded(numbers, depth === 8, little, 1 << 17));
}

/** A segmented table, written out (PS3.3 C.7.9.2). */
function expanded(data: Uint16Array, isBytes: boolean, little: boolean, segments: number, previous = 0): number[] {
  const out: number[] = [];
  let left = segments;
  for (let at = 0; at + 1 < data.length && left-- > 0;) {
    const [kind, length = 0] = data.subarray(at, at + 2);
    at += 2;
    if (kind === 0) {
      out.push(...data.subarray(at, at + length));
      at += length;
    } else if (kind === 1) {
      const from = out.at(-1) ?? previous;
      const to = data[at++] ?? 0;
      for (let step = 1; step <= length; step++) out.push(halfToEven(from + ((to - from) * step) / length));
    } else if (kind === 2) {
      const parts = Array.from(data.subarray(at, at + (isBytes ? 4 : 2)));
      at += parts.length;
      const start = isBytes ? offsetOfBytes(parts, little) : (parts[1] ?? 0) * 65536 + (parts[0] ?? 0);
      // An indirect segment names earlier ones: none of those may name others in turn.
      const target = data.subarray(start);
      if (target[0] === 2) break;
      out.push(...expanded(target, isBytes, little, Math.min(length, 1 << 12), out.at(-1)));
    } else break;
    if (out.length > 1 << 17) break;
  }
  return out;
}

function offsetOfBytes(parts: readonly number[], little: boolean): number {
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const [high, second, third, low] = little ? [d, c, b, a] : [c, d, a, b];
  return high * 2 ** 24 + second * 65536 + third * 256 + low;
}

function halfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
