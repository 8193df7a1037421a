import charls, { type JpegLSDecoder } from "@cornerstonejs/codec-charls/decodewasmjs";
import url from "@cornerstonejs/codec-charls/decodewasm?url";
import type { Decoded, Shape } from "../values.ts";
import { damaged, readJpegHeader, requireSize } from "./header.ts";
import { samplesOf, WasmCodec } from "./wasm.ts";

const BY_PLANES = 0;
const CHARLS = new WasmCodec<JpegLSDecoder>(url, async (options) => (await charls(options)).JpegLSDecoder);

/** JPEG-LS, lossless and near-lossless (ITU-T T.87), by CharLS. Throws PreviewError. */
export async function decodeJpegLs(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Promise<Decoded> {
  const { marker, columns, rows, samples, bits } = readJpegHeader(bytes);
  if (marker !== 0xf7) throw damaged();
  requireSize({ columns, rows, samples }, shape);
  return CHARLS.decode(bytes, (decoder) => ({
    columns,
    rows,
    samples,
    bits,
    values: samplesOf(decoder),
    planar: decoder.getInterleaveMode() === BY_PLANES,
  }));
}
