/** The field's decoders in WebAssembly (built with Emscripten): started when first needed, and silent. */

import type { Decoder as WasmDecoder, Options } from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import { PreviewError } from "../errors.ts";
import { damaged } from "./header.ts";

/** One decoder program, used for one image after the other. */
export class WasmCodec<Decoder extends WasmDecoder> {
  readonly #start: (options: Options) => Promise<new () => Decoder>;
  readonly #url: string;
  #started: Promise<new () => Decoder> | undefined;

  constructor(url: string, start: (options: Options) => Promise<new () => Decoder>) {
    this.#url = url;
    this.#start = start;
  }

  /** What `read` gets of the decoder once it has decoded `bytes`. Throws PreviewError. */
  async decode<T>(bytes: Uint8Array, read: (decoder: Decoder) => T): Promise<T> {
    const Decoder = await this.#program();
    try {
      const decoder = new Decoder();
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const found = read(decoder);
      decoder.delete();
      return found;
    } catch (error) {
      this.#started = undefined; // the next image gets a new instance: this one's memory may be damaged
      throw error instanceof PreviewError ? error : damaged();
    }
  }

  async #program(): Promise<new () => Decoder> {
    const silent = (): void => undefined;
    this.#started ??= this.#start({ locateFile: () => this.#url, print: silent, printErr: silent });
    try {
      return await this.#started;
    } catch {
      this.#started = undefined;
      throw new PreviewError("a part of Radiogram did not load: load the page again");
    }
  }
}

/** Samples of up to 16 bits, as the decoders write them. Throws PreviewError where they are not all there. */
export function samplesOf(decoder: WasmDecoder): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const { width, height, bitsPerSample, componentCount } = decoder.getFrameInfo();
  const { buffer } = decoder.getDecodedBuffer();
  const values = bitsPerSample <= 8 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  if (!values.length || values.length !== width * height * componentCount) throw damaged();
  return values;
}
