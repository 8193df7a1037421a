/** Encrypts a study, in the Worker: digest, list, sign, bundle, encrypt. */

import type { Address } from "viem";
import { type Bytes, fromHex, type Hex } from "../formats/bytes.ts";
import { encrypt, newContentKey } from "../formats/ciphertext.ts";
import { openBundle, SIGNATURE_BYTES } from "../formats/bundle.ts";
import { digestOf } from "../formats/digest.ts";
import { Digester } from "./digester.ts";
import { StudyError } from "../errors.ts";
import {
  checkSendable,
  type FileEntry,
  type Manifest,
  type ManifestExtras,
  parseManifest,
  signingText,
  writeManifest,
} from "../formats/manifest.ts";
import { mediaType } from "../formats/mediaType.ts";
import { counter, type Progress } from "../progress.ts";
import { signerOf } from "../formats/signature.ts";
import { blobOf, passing } from "../formats/streams.ts";
import { shownFileName } from "../formats/text.ts";
import { CidBuilder } from "../formats/unixfs.ts";
import { type FileContent, isRemote, type RemoteFile, remotePieces } from "../remoteFile.ts";

/** A file to send, by its name in the study. */
export interface SourceFile {
  /** Relative path, parts joined by `/`. */
  name: string;
  file: FileContent;
}

export interface Encrypted {
  blob: Blob;
  /** Of the blob, computed here: 36 bytes. */
  cid: Bytes;
  contentKey: Bytes;
  manifest: Manifest;
  /** Whose signature over the list of files is in it; absent if nobody's. */
  signedBy?: Address;
}

const PIECE = 512 << 10; // bytes read at a time
const SMALL = 4 << 20; // bytes; up to here a file is read whole to be digested, which is faster
const HEAD_BYTES = 132; // where DICOM files say that they are some

/**
 * Gets the text to sign (EIP-191) and gives the signature, 65 bytes, or null for none. `contents` tells the study from
 * all others (SHA-256), and is the same whenever it is encrypted. What it throws stops the encrypting.
 */
export type Sign = (text: string, contents: Hex) => Promise<Hex | null>;

/**
 * `isPadded`: the ciphertext's length says less of the study (docs/format.md, Length of a bundle). Throws StudyError,
 * AbortError, and what `sign` throws.
 */
export async function encryptFiles(
  files: SourceFile[],
  extras: ManifestExtras,
  sign: Sign,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
  isPadded = false,
): Promise<Encrypted> {
  checkSendable(files.map((file) => file.name));
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const digesting = counter("digest", total, onProgress);
  const entries: FileEntry[] = [];
  const digester = new Digester();
  try {
    for (const file of files) entries.push(await digestFile(file, digester, digesting, signal));
  } finally {
    digester.close();
  }
  const manifest = writeManifest(new Date().toISOString().replace(/\.\d+Z$/, "+00:00"), entries, extras);
  onProgress({ stage: "sign", done: 0, total });
  const text = signingText(await digestOf(manifest));
  const { bytes: signature, signedBy } = checkedSignature(text, await sign(text, await contentsOf(entries, extras)));
  signal.throwIfAborted();
  const contentKey = newContentKey();
  const encrypting = counter("encrypt", total, onProgress);
  const content = (place: number): AsyncGenerator<Bytes, void> =>
    pieces(files[place] as SourceFile, encrypting, signal);
  const bundle = openBundle(manifest, signature, entries, content, isPadded);
  const cid = new CidBuilder();
  const blob = await blobOf(passing(await encrypt(bundle, contentKey), (piece) => cid.add(piece)));
  const encrypted = { blob, cid: await cid.cid(), contentKey, manifest: parseManifest(manifest) };
  return signedBy === undefined ? encrypted : { ...encrypted, signedBy };
}

/** Of the manifest, but for when it was made and in which order the files were chosen. */
async function contentsOf(entries: readonly FileEntry[], extras: ManifestExtras): Promise<Hex> {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1)); // no two have one name
  return `0x${await digestOf(writeManifest("", sorted, extras))}`;
}

async function digestFile(
  source: SourceFile,
  digester: Digester,
  onBytes: (more: number) => void,
  signal: AbortSignal,
): Promise<FileEntry> {
  const { name, file } = source;
  const isSmall = file.size <= SMALL;
  const digest = isSmall ? undefined : digester.digest();
  let head: Bytes = new Uint8Array();
  let sha256 = isSmall ? digestOf(head) : "";
  for await (const piece of pieces(source, onBytes, signal, isSmall ? SMALL : PIECE)) {
    if (head.length === 0) head = piece.slice(0, HEAD_BYTES);
    if (digest) await digest.add(piece);
    else sha256 = digestOf(piece);
  }
  return { name, bytes: file.size, sha256: await (digest?.hex() ?? sha256), mediaType: mediaType(name, head) };
}

/** Exactly the bytes that the file had when it was chosen, so many at a time, or StudyError. */
async function* pieces(
  { name, file }: SourceFile,
  onBytes: (more: number) => void,
  signal: AbortSignal,
  size = PIECE,
): AsyncGenerator<Bytes, void> {
  if (isRemote(file)) {
    yield* fetched(name, file, onBytes, signal, size);
    return;
  }
  const at = (start: number): Promise<Bytes> => read(name, file.slice(start, start + size));
  let next = at(0);
  for (let start = 0; start < file.size; start += size) {
    signal.throwIfAborted();
    const piece = await next;
    next = at(start + size); // is read while this one is digested or encrypted
    next.catch(() => undefined);
    onBytes(piece.length);
    yield piece;
  }
}

/** The same of a file that waits on the computer that serves the page. */
async function* fetched(
  name: string,
  file: RemoteFile,
  onBytes: (more: number) => void,
  signal: AbortSignal,
  size: number,
): AsyncGenerator<Bytes, void> {
  try {
    for await (const piece of remotePieces(file, size, signal)) {
      signal.throwIfAborted();
      onBytes(piece.length);
      yield piece;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StudyError) throw error;
    throw unreadable(name);
  }
}

async function read(name: string, slice: Blob): Promise<Bytes> {
  let piece: Bytes | undefined;
  try {
    piece = new Uint8Array(await slice.arrayBuffer());
  } catch {
    // a file that changed on disk is refused by the browser, as one that was removed is
  }
  if (piece?.length !== slice.size) throw unreadable(name);
  return piece;
}

function unreadable(name: string): StudyError {
  return new StudyError(`“${shownFileName(name)}” changed, or can’t be read: nothing was sent. Choose it again.`);
}

/** The signature of `text` and whose it is, if it gives an account; none of another length, which every reader refuses. */
function checkedSignature(text: string, signature: Hex | null): { bytes: Bytes; signedBy?: Address } {
  const bytes = signature === null ? new Uint8Array() : fromHex(signature);
  if (bytes.length !== SIGNATURE_BYTES) return { bytes: new Uint8Array() };
  const signedBy = signerOf(text, bytes);
  return signedBy === undefined ? { bytes } : { bytes, signedBy };
}
