/** Fetches what an opened envelope leads to, in the Worker: download, decrypt, check. */

import type { Address } from "viem";
import { type Head, readManifest, unpack, type Watch } from "../formats/bundle.ts";
import type { Bytes } from "../formats/bytes.ts";
import { decrypt } from "../formats/ciphertext.ts";
import { digestOf } from "../formats/digest.ts";
import { IpfsTooLarge } from "../errors.ts";
import { fromGateways, type Origin } from "../ipfs/gateways.ts";
import type { Patience } from "../ipfs/source.ts";
import type { KeyReference } from "../formats/keyReference.ts";
import { cleaned, type FileEntry, type Manifest, signingText } from "../formats/manifest.ts";
import { counter, type Progress } from "../progress.ts";
import { signerOf } from "../formats/signature.ts";
import type { ByteStream } from "../formats/streams.ts";
import { Digester } from "./digester.ts";

/** A study that was read to its end and found to be what its manifest says. */
export interface Study {
  manifest: Manifest;
  /** Whose signature the list of files has; absent if nobody's. Compare it with the message's sender. */
  signedBy?: Address;
  /** In the manifest's order. The blobs have no type, since a sender may name any: give them one that you know. */
  files: { entry: FileEntry; blob: Blob }[];
}

/** What is there of a study while the rest is on its way: to be shown, and for nothing else. */
export type Early =
  | {
      /** Bytes have begun to come, maybe anew, from another gateway: this is what they will be. */
      kind: "list";
      manifest: Manifest;
    }
  | {
      /** One file has come, and is what the list says. `place`: on the list. */
      kind: "file";
      place: number;
      blob: Blob;
    };

const EARLY_BYTES = 16 << 20; // are shown before the rest is there, and held twice for that
const FIRST_BYTES = 64 << 20; // of one file, if it is the first: a large X-ray

/**
 * All files, each checked, or none; the first of them are told to `onEarly` as they come. Throws IpfsError, CiphertextError, BundleError,
 * AbortError.
 */
export async function fetchStudy(
  reference: KeyReference,
  gateways: Origin[],
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
  patience?: Patience,
  onEarly?: (early: Early) => void,
): Promise<Study> {
  const place = { cid: reference.cid, size: sizeOf(reference), gateways };
  const digester = new Digester();
  const use = async (ciphertext: ByteStream): Promise<Study> => {
    const counted = counting(ciphertext, counter("fetch", place.size, onProgress));
    let signedBy: Address | undefined;
    const onHead = async ({ manifestBytes, signature }: Head): Promise<void> => {
      signedBy = signerOf(signingText(await digestOf(manifestBytes)), signature);
    };
    const watch = { ...(onEarly ? telling(onHead, onEarly) : { onHead }), digest: digester.digest };
    const unpacked = await unpack(await decrypt(counted, reference.contentKey), watch);
    const manifest = cleaned(unpacked.manifest);
    const files = manifest.files.map((entry, number) => ({ entry, blob: unpacked.blobs[number] ?? new Blob() }));
    return signedBy === undefined ? { manifest, files } : { manifest, files, signedBy };
  };
  try {
    return await fromGateways(place, use, signal, patience);
  } finally {
    digester.close();
  }
}

/** Tells of the first files of a bundle. Of a study of one file there is nothing to show before it is all here. */
function telling(onHead: (head: Head) => Promise<void>, onEarly: (early: Early) => void): Watch {
  let files: FileEntry[] = [];
  let left = EARLY_BYTES;
  return {
    onHead: async (head) => {
      await onHead(head);
      const manifest = cleaned(head.manifest);
      ({ files } = manifest);
      if (files.length > 1) onEarly({ kind: "list", manifest });
    },
    wants: (place) => {
      const most = left === EARLY_BYTES ? FIRST_BYTES : left;
      return files.length > 1 && (files[place]?.bytes ?? 0) <= most;
    },
    onFile: (place, pieces) => {
      left -= files[place]?.bytes ?? 0;
      onEarly({ kind: "file", place, blob: new Blob(pieces) });
    },
  };
}

/** The list of files: only the beginning is fetched, and only that is checked. Throws as `fetchStudy` does. */
export async function fetchManifest(
  reference: KeyReference,
  gateways: Origin[],
  signal: AbortSignal,
  patience?: Patience,
): Promise<Manifest> {
  const place = { cid: reference.cid, size: sizeOf(reference), gateways };
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
