/** Types of the codecs in Cornerstone's packages that come without: what is used here. */

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  export interface Options {
    /** Where the .wasm file is. */
    locateFile(): string;
    print(text: string): void;
    printErr(text: string): void;
  }
  export interface Decoder {
    /** Where to write the compressed image, in the decoder's memory. */
    getEncodedBuffer(bytes: number): Uint8Array;
    decode(): void;
    /** A copy of the samples, the lower byte first. */
    getDecodedBuffer(): Uint8ClampedArray<ArrayBuffer>;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
    /** Gives its memory back. */
    delete(): void;
  }
  export default function start(options: Options): Promise<{ J2KDecoder: new () => Decoder }>;
}

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  import type { Decoder, Options } from "@cornerstonejs/codec-openjpeg/decodewasmjs";
  export interface JpegLSDecoder extends Decoder {
    /** 0: plane by plane; 1 and 2: pixel by pixel. */
    getInterleaveMode(): number;
  }
  export default function start(options: Options): Promise<{ JpegLSDecoder: new () => JpegLSDecoder }>;
}
