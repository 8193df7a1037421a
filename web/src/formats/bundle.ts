/**
 * A study as one byte stream, and back: docs/format.md, Bundle.
 * An uncompressed POSIX (PAX) tar: `manifest.json`, `manifest.sig`, then `files/…` bit for bit, in the manifest's order.
 */

import type { Bytes } from "./bytes.ts";
import { Digest, digestOf, type StreamDigest } from "./digest.ts";
import { BundleError } from "../errors.ts";
import { type FileEntry, type Manifest, MANIFEST_LIMIT, parseManifest } from "./manifest.ts";
import { paddedBundleBytes } from "./padding.ts";
import { blobOf, ByteReader, type ByteStream, streamOf } from "./streams.ts";
import { BLOCK, cutShort, header, type Member, nextMember, padding, skipPadding } from "./tar.ts";

const MANIFEST_NAME = "manifest.json";
const SIGNATURE_NAME = "manifest.sig";
const FILES_PREFIX = "files/";
export const SIGNATURE_BYTES = 65;
const SMALL = 4 << 20; // bytes; up to here a file is held whole, which is faster
const PIECE = 1 << 20; // bytes

/**
 * The bundle as a stream. `content` yields a file's bytes, exactly as many as are listed. `isPadded`: to a length that
 * says less of the study (Length of a bundle).
 */
export function openBundle(
  manifest: Bytes,
  signature: Bytes,
  entries: FileEntry[],
  content: (place: number) => AsyncGenerator<Bytes, void>,
  isPadded = false,
): ByteStream {
  const pieces = members(manifest, signature, entries, content);
  return streamOf(isPadded ? withPadding(pieces) : pieces);
}

async function* withPadding(pieces: AsyncGenerator<Bytes, void>): AsyncGenerator<Bytes, void> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    yield piece;
  }
  for (let rest = paddedBundleBytes(size) - size; rest > 0; rest -= PIECE) yield new Uint8Array(Math.min(rest, PIECE));
}

async function* members(
  manifest: Bytes,
  signature: Bytes,
  entries: FileEntry[],
  content: (place: number) => AsyncGenerator<Bytes, void>,
): AsyncGenerator<Bytes, void> {
  yield* small(MANIFEST_NAME, manifest);
  yield* small(SIGNATURE_NAME, signature);
  for (const [place, entry] of entries.entries()) {
    yield header({ name: FILES_PREFIX + entry.name, size: entry.bytes });
    yield* content(place);
    yield padding(entry.bytes);
  }
  yield new Uint8Array(2 * BLOCK);
}

function* small(name: string, content: Bytes): Generator<Bytes, void> {
  yield header({ name, size: content.length });
  yield content;
  yield padding(content.length);
}

/** A bundle that was read to its end and found to be what its manifest says. */
export interface Unpacked {
  manifest: Manifest;
  manifestBytes: Bytes;
  /** The sender's EIP-191 signature (r ‖ s ‖ v, 65 bytes); empty if unsigned. */
  signature: Bytes;
  /** In the manifest's order. */
  blobs: Blob[];
}

/** What stands before the files. */
export type Head = Omit<Unpacked, "blobs">;

/** Who looks on while a bundle is read. What they throw stops it. */
export interface Watch {
  onBytes?: (more: number) => void;
  onHead?: (head: Head) => void | Promise<void>;
  /** Asked before each file, by its place in the manifest: whether it is wanted as soon as it is here. */
  wants?: (place: number) => boolean;
  /** A file that is wanted is here, with the size and digest of the manifest; others may yet prove to be damaged. */
  onFile?: (place: number, pieces: Bytes[]) => void;
  /** Asked for each large file: what digests it. */
  digest?: () => StreamDigest;
}

/**
 * The files of `bundle`, each checked against the manifest. Takes regular files only, at the very names the manifest
 * lists, in its order, and nothing else. Throws BundleError, and what `bundle` throws; then nothing is handed out.
 */
export async function unpack(bundle: ByteStream, watch: Watch = {}): Promise<Unpacked> {
  const reader = new ByteReader(bundle);
  try {
    const head = await readHead(reader);
    await watch.onHead?.(head);
    const { files } = head.manifest;
    const whole = await blobOf(streamOf(contents(reader, files, watch)));
    return { ...head, blobs: sliced(whole, files) };
  } finally {
    reader.stop();
  }
}

/** The manifest alone; nothing that stands behind it is read. Throws as `unpack` does. */
export async function readManifest(bundle: ByteStream): Promise<Manifest> {
  const reader = new ByteReader(bundle);
  try {
    return parseManifest(await readSmall(reader, MANIFEST_NAME, MANIFEST_LIMIT));
  } finally {
    reader.stop();
  }
}

async function readHead(reader: ByteReader): Promise<Head> {
  const manifestBytes = await readSmall(reader, MANIFEST_NAME, MANIFEST_LIMIT);
  const signature = await readSmall(reader, SIGNATURE_NAME, SIGNATURE_BYTES);
  if (signature.length !== 0 && signature.length !== SIGNATURE_BYTES) {
    throw new BundleError("The sender’s signature is damaged: do not trust these files, ask the sender.");
  }
  return { manifest: parseManifest(manifestBytes), manifestBytes, signature };
}

async function readSmall(reader: ByteReader, name: string, limit: number): Promise<Bytes> {
  const member = await nextMember(reader);
  if (member?.name !== name || (member.size > limit && name !== MANIFEST_NAME)) {
    throw new BundleError(`The bundle has no ${name} where it should be: it was not made by Radiogram.`);
  }
  if (member.size > limit) {
    const size = member.size.toLocaleString("en");
    throw new BundleError(`The list of files is too long (${size} bytes): ask the sender to send it in parts.`);
  }
  const content = await readAll(reader, member);
  await skipPadding(reader, member.size);
  return content;
}

async function readAll(reader: ByteReader, member: Member): Promise<Bytes> {
  const content = await reader.exactly(member.size);
  if (content.length < member.size) throw cutShort();
  return content;
}

/**
 * The bytes of all files, one after the other. One Blob is made of them, not one a file: a browser keeps small Blobs in
 * memory, and a study of many slices would be all small ones.
 */
async function* contents(reader: ByteReader, files: FileEntry[], watch: Watch): AsyncGenerator<Bytes, void> {
  for (const [place, entry] of files.entries()) {
    if (watch.wants?.(place)) {
      const pieces: Bytes[] = [];
      for await (const piece of content(reader, entry, watch)) {
        pieces.push(piece);
        yield piece;
      }
      watch.onFile?.(place, pieces);
    } else yield* content(reader, entry, watch);
  }
  if (await nextMember(reader)) {
    throw new BundleError("The bundle holds more than its list of files: it was not made by Radiogram.");
  }
}

async function* content(reader: ByteReader, entry: FileEntry, watch: Watch): AsyncGenerator<Bytes, void> {
  const member = await nextMember(reader);
  if (member?.name !== FILES_PREFIX + entry.name || member.size !== entry.bytes) {
    throw new BundleError("A file is not in the bundle as it was listed: ask the sender to send it again.");
  }
  const sha256 = yield* (member.size <= SMALL ? readWhole : readLarge)(reader, member, watch);
  if (sha256 !== entry.sha256) {
    throw new BundleError("A file is not what the sender listed (SHA-256 differs): ask for it again.");
  }
  await skipPadding(reader, member.size);
}

async function* readWhole(reader: ByteReader, member: Member, { onBytes }: Watch): AsyncGenerator<Bytes, string> {
  const whole = await readAll(reader, member);
  onBytes?.(whole.length);
  const sha256 = digestOf(whole); // while it is taken; nothing is handed out before it is compared
  sha256.catch(() => undefined);
  yield whole;
  return sha256;
}

async function* readLarge(reader: ByteReader, member: Member, watch: Watch): AsyncGenerator<Bytes, string> {
  const digest = watch.digest?.() ?? new Digest();
  for (let left = member.size; left > 0;) {
    const piece = await reader.some(Math.min(left, PIECE));
    if (!piece) throw cutShort();
    await digest.add(piece);
    left -= piece.length;
    watch.onBytes?.(piece.length);
    yield piece;
  }
  return digest.hex();
}

function sliced(whole: Blob, files: FileEntry[]): Blob[] {
  let start = 0;
  return files.map(({ bytes }) => whole.slice(start, (start += bytes)));
}
