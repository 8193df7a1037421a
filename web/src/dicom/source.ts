import { PreviewError } from "./errors.ts";
import type { Handed } from "./protocol.ts";

/** Exists in Workers alone, so TypeScript's library for pages does not declare it. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** A file that is read synchronously, at any position. */
export interface Source {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from `start` to `end`, fewer where the file ends before. A view: not to be written to. */
  read(start: number, end: number): Uint8Array<ArrayBuffer>;
  /** The same bytes as a file of their own, which may be larger than memory. */
  part(start: number, end: number): Blob;
}

export function memorySource(bytes: Uint8Array<ArrayBuffer>): Source {
  const read = (start: number, end: number): Uint8Array<ArrayBuffer> => bytes.subarray(start, end);
  return { size: bytes.length, read, part: (start, end) => new Blob([read(start, end)]) };
}

const WINDOW = 1 << 16;

/** Reads a Blob piece by piece: headers are small, and files may be larger than memory. Only in a Worker. */
export function blobSource(blob: Blob): Source {
  const reader = new FileReaderSync();
  let start = 0;
  let window = new Uint8Array(0);
  const fetch = (from: number, to: number): Uint8Array<ArrayBuffer> => {
    try {
      return new Uint8Array(reader.readAsArrayBuffer(blob.slice(from, to)));
    } catch {
      throw new PreviewError("this file can't be read: it was moved or changed meanwhile");
    }
  };
  return {
    size: blob.size,
    part: (from, to) => blob.slice(from, to),
    read(from, to) {
      const end = Math.min(to, blob.size);
      if (from >= end) return new Uint8Array(0);
      if (end - from > WINDOW) return fetch(from, end);
      if (from < start || end > start + window.length) {
        start = from;
        window = fetch(from, Math.min(from + WINDOW, blob.size));
      }
      return window.subarray(from - start, end - start);
    },
  };
}

/** Only in a Worker. */
export function sourceOf(file: Handed): Source {
  return file instanceof Blob ? blobSource(file) : memorySource(file);
}
