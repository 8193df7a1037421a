/** Fetches what an opened envelope leads to, in the Worker: download, decrypt, check. */

import type { Address } from "viem";
import { readManifest, unpack } from "../formats/bundle.ts";
import { type Bytes, cidText } from "../formats/bytes.ts";
import { decrypt } from "../formats/ciphertext.ts";
import { digestOf } from "../formats/digest.ts";
import { IpfsTooLarge } from "../errors.ts";
import { fromGateways, type Patience } from "../ipfs/gateways.ts";
import type { KeyReference } from "../formats/keyReference.ts";
import { cleaned, type FileEntry, type Manifest, signingText } from "../formats/manifest.ts";
import { counter, type Progress } from "../progress.ts";
import { signerOf } from "../formats/signature.ts";
import type { ByteStream } from "../formats/streams.ts";

/** A study that was read to its end and found to be what its manifest says. */
export interface Study {
  manifest: Manifest;
  /** Whose signature the list of files has; absent if nobody's. Compare it with the message's sender. */
  signedBy?: Address;
  /** In the manifest's order. The blobs have no type, since a sender may name any: give them one that you know. */
  files: { entry: FileEntry; blob: Blob }[];
}

/** All files, each checked, or none. Throws IpfsError, CiphertextError, BundleError, AbortError. */
export async function fetchStudy(
  reference: KeyReference,
  gateways: string[],
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
  patience?: Patience,
): Promise<Study> {
  const place = { cid: cidText(reference.cid), size: sizeOf(reference), gateways };
  const use = async (ciphertext: ByteStream): Promise<Study> => {
    const counted = counting(ciphertext, counter("fetch", place.size, onProgress));
    const unpacked = await unpack(await decrypt(counted, reference.contentKey));
    const text = signingText(await digestOf(unpacked.manifestBytes));
    const signedBy = signerOf(text, unpacked.signature);
    const manifest = cleaned(unpacked.manifest);
    const files = manifest.files.map((entry, number) => ({ entry, blob: unpacked.blobs[number] ?? new Blob() }));
    return signedBy === undefined ? { manifest, files } : { manifest, files, signedBy };
  };
  return fromGateways(place, use, signal, patience);
}

/** The list of files: only the beginning is fetched, and only that is checked. Throws as `fetchStudy` does. */
export async function fetchManifest(
  reference: KeyReference,
  gateways: string[],
  signal: AbortSignal,
  patience?: Patience,
): Promise<Manifest> {
  const place = { cid: cidText(reference.cid), size: sizeOf(reference), gateways };
  const use = async (ciphertext: ByteStream): Promise<Manifest> =>
    cleaned(await readManifest(await decrypt(ciphertext, reference.contentKey)));
  return fromGateways(place, use, signal, patience);
}

export function sizeOf(reference: KeyReference): number {
  if (reference.ciphertextBytes > Number.MAX_SAFE_INTEGER)
    throw new IpfsTooLarge("The images are larger than any storage.");
  return Number(reference.ciphertextBytes);
}

function counting(stream: ByteStream, onBytes: (more: number) => void): ByteStream {
  return stream.pipeThrough(
    new TransformStream<Bytes, Bytes>({
      transform(piece, controller) {
        onBytes(piece.length);
        controller.enqueue(piece);
      },
    }),
  );
}
