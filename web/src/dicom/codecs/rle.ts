import { PreviewError } from "../errors.ts";
import { type Decoded, emptyValues, type Shape } from "../values.ts";

const MAX_BYTES = 16 << 20; // of an encoded frame, which may expand 64 times

/** RLE Lossless (PS3.5 G): a segment for each byte of each sample, the highest first. Throws PreviewError. */
export function decodeRle(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const { columns, rows, samples, bitsAllocated } = shape;
  const size = bitsAllocated / 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const segments = bytes.length >= 64 ? view.getUint32(0, true) : 0;
  if (bytes.length > MAX_BYTES) throw new PreviewError("this image is too large to show");
  if (segments !== samples * size || segments > 15) throw damaged();
  const count = columns * rows;
  const out = new Uint8Array(count * samples * size);
  const starts = Array.from({ length: segments }, (_, at) => view.getUint32(4 + at * 4, true));
  starts.forEach((start, at) => {
    const sample = Math.floor(at / size);
    const byte = size - 1 - (at % size);
    unpack(bytes.subarray(start, starts[at + 1]), out, sample * count * size + byte, size, count);
  });
  const unsigned = emptyValues(0, bitsAllocated, false).constructor as Uint8ArrayConstructor;
  const values = new unsigned(out.buffer);
  return { columns, rows, samples, bits: shape.bitsStored, values, planar: true };
}

/** PackBits: writes `count` bytes, from `to` on, every `step`. */
function unpack(segment: Uint8Array, out: Uint8Array, to: number, step: number, count: number): void {
  let left = count;
  for (let at = 0; left > 0;) {
    const control = segment[at++];
    if (control === undefined) throw damaged();
    if (control === 128) continue;
    const length = control < 128 ? control + 1 : 257 - control;
    for (let each = 0; each < length && left > 0; each++, left--, to += step) {
      out[to] = segment[control < 128 ? at + each : at] ?? 0;
    }
    at += control < 128 ? length : 1;
  }
}

const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");
