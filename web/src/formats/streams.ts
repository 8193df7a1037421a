/** Small tools for streams of bytes. All of them pull: nothing is read before it is asked for. */

import { type Bytes, concat } from "./bytes.ts";

export type ByteStream = ReadableStream<Bytes>;

/** A stream of what `pieces` yields. */
export function streamOf(pieces: AsyncGenerator<Bytes, void>): ByteStream {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads a stream of bytes in the portions that its reader wants. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  #rest: Bytes = new Uint8Array();

  constructor(stream: ByteStream) {
    this.#reader = stream.getReader();
  }

  /** The next bytes, at least one and at most `most`; undefined at the end. Not a copy. */
  async some(most: number): Promise<Bytes | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly `size` bytes, fewer only at the end; not a copy, where one piece of the stream has them all. */
  async take(size: number): Promise<Bytes> {
    const piece = (await this.some(size)) ?? new Uint8Array();
    if (piece.length === size) return piece;
    this.unread(piece);
    return this.exactly(size);
  }

  /** Exactly `size` bytes, copied; fewer only at the end. */
  async exactly(size: number): Promise<Bytes> {
    const whole = new Uint8Array(size);
    let end = 0;
    while (end < size) {
      const piece = await this.some(size - end);
      if (!piece) return whole.slice(0, end);
      whole.set(piece, end);
      end += piece.length;
    }
    return whole;
  }

  /** Takes back what was read last: it comes again, before all else. */
  unread(bytes: Bytes): void {
    if (bytes.length > 0) this.#rest = this.#rest.length === 0 ? bytes : concat(bytes, this.#rest);
  }

  /** Stops the stream, without waiting for that. */
  stop(): void {
    this.#reader.cancel().catch(() => undefined); // of a stream that broke off there is nothing to stop
  }
}

/** The same stream, whose errors are what `translate` makes of them. */
export function withErrors(stream: ByteStream, translate: (error: unknown) => unknown): ByteStream {
  const reader = stream.getReader();
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          throw translate(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** The same stream, of which `see` sees each piece before it goes on. */
export function passing(stream: ByteStream, see: (piece: Bytes) => Promise<void>): ByteStream {
  return stream.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      async transform(piece, controller) {
        await see(piece);
        controller.enqueue(piece);
      },
    }),
  );
}

/**
 * All of a stream, by way of a Response, so that the browser may keep it on disk and not in memory.
 * Throws what the stream threw, and not the TypeError that a Response makes of it.
 */
export async function blobOf(stream: ByteStream): Promise<Blob> {
  const failures: unknown[] = [];
  const noted = withErrors(stream, (error) => {
    failures.push(error);
    return error;
  });
  try {
    return await new Response(noted).blob();
  } catch (error) {
    throw failures[0] ?? error;
  }
}
