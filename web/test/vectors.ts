/** The vectors that every program passes: ../tests/vectors. */

import { readFileSync } from "node:fs";
import type { Bytes } from "../src/formats/bytes.ts";
import type { ByteStream } from "../src/formats/streams.ts";

export function vectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${file}`, import.meta.url), "utf-8"));
}

export function base64(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** A stream of `bytes` in pieces of the given sizes, over and over. */
export function streamed(bytes: Uint8Array, sizes: number[] = [1 << 16]): ByteStream {
  let place = 0;
  let turn = 0;
  return new ReadableStream<Bytes>(
    {
      pull(controller) {
        if (place >= bytes.length) {
          controller.close();
          return;
        }
        const size = sizes[turn++ % sizes.length] ?? 1;
        controller.enqueue(Uint8Array.from(bytes.subarray(place, place + size)));
        place += size;
      },
    },
    { highWaterMark: 0 },
  );
}

export async function everything(stream: ByteStream): Promise<Bytes> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The name of the class of what `work` throws. */
export async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return "none";
}
