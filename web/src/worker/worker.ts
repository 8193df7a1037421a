/** The Worker: whatever is secret or slow. One holds a private key for a Keyring, another encrypts for a sender. */

import * as Comlink from "comlink";
import type { Address } from "viem";
import { type Act, typedData, typedDigest } from "../formats/signedAct.ts";
import { type Bytes, cidText, type Hex, toHex } from "../formats/bytes.ts";
import type { Context } from "../formats/context.ts";
import { keyFromSignature } from "../formats/derivedKey.ts";
import { openEnvelope, sealEnvelope } from "../formats/envelope.ts";
import { ActError, EnvelopeError, KeyFormatError } from "../errors.ts";
import type { KeyReference } from "../formats/keyReference.ts";
import { fetchManifest, fetchStudy, sizeOf, type Study } from "./fetchStudy.ts";
import { addressOf, newPrivateKey, parsePrivateKey, publicKeyOf, signDigest } from "../formats/publicKey.ts";
import type { Manifest, ManifestExtras } from "../formats/manifest.ts";
import type { Progress } from "../progress.ts";
import { keysOfSeed } from "../formats/seed.ts";
import { carryErrors, Jobs } from "./workerClient.ts";
import { encryptFiles, type SourceFile } from "./encryptStudy.ts";

/** Whose images the key opens. */
export interface Owner {
  /** 33 bytes. */
  publicKey: Uint8Array;
  /** The account of the key itself; the inbox that it opens may be another account's, which registered it. */
  address: Address;
}

/** An opened envelope; the content key stays in the worker. */
export interface Opened {
  /** CIDv1 in base32. */
  cid: string;
  /** Bytes of the ciphertext. */
  size: number;
  handle: number;
}

/** An encrypted study; the content key stays in the worker. */
export interface Locked {
  blob: Blob;
  /** What the storage must name it: CIDv1 in base32. */
  cid: string;
  /** Bytes of the ciphertext. */
  size: number;
  manifest: Manifest;
  /** Whether the sender's signature over the list of files is in it. */
  signed: boolean;
  /** Whose that is; compare it with the account that sends. */
  signedBy?: Address;
  handle: number;
}

let privateKey: Bytes | undefined;
const contents = new Map<number, KeyReference>();
const locked = new Map<number, KeyReference>();
let handles = 0;
const jobs = new Jobs();

const api = {
  cancel(job: number): void {
    jobs.cancel(job);
  },

  // ---- whoever opens images

  async unlockKeyFile(text: string, passphrase: string): Promise<Owner> {
    const { readKeyFile } = await import("../formats/keyFile.ts");
    const secret = await readKeyFile(text, passphrase);
    return hold("seed" in secret ? keysOfSeed(secret.seed).privateKey : secret.privateKey);
  },

  unlockPrivateKey(text: string): Owner {
    return hold(parsePrivateKey(text));
  },

  unlockWallet(signature: Hex, account: Address, number: number): Owner {
    return hold(keyFromSignature(signature, account, number));
  },

  makeKey(): Owner & { secret: string } {
    const owner = hold(newPrivateKey());
    return { ...owner, secret: toHex(held()) };
  },

  async keyFile(passphrase: string): Promise<string> {
    const { writeKeystore } = await import("../formats/keystore.ts");
    return writeKeystore(held(), passphrase, addressOf(publicKeyOf(held())));
  },

  open(envelope: Uint8Array, context: Context): Opened {
    const said = openEnvelope(envelope, held(), context);
    if (said.suite !== 1) throw new EnvelopeError("The message is of suite 2: open it with a newer version.");
    const found = said.reference;
    const size = sizeOf(found);
    contents.set(++handles, found);
    return { cid: cidText(found.cid), size, handle: handles };
  },

  manifest(job: number, handle: number, gateways: string[]): Promise<Manifest> {
    return jobs.run(job, (signal) => fetchManifest(opened(handle), gateways, signal));
  },

  retrieve(job: number, handle: number, gateways: string[], onProgress: (progress: Progress) => void): Promise<Study> {
    return jobs.run(job, (signal) => fetchStudy(opened(handle), gateways, quietly(onProgress), signal));
  },

  reseal(handle: number, publicKey: Uint8Array, context: Context): Bytes {
    return sealEnvelope(opened(handle), publicKey, context);
  },

  signAct(act: Act): Hex {
    if (act.account !== addressOf(publicKeyOf(held()))) throw new ActError("This key is not that of the account.");
    return toHex(signDigest(typedDigest(typedData(act)), held()));
  },

  /** Before the worker ends. */
  wipe(): void {
    privateKey?.fill(0);
    privateKey = undefined;
    for (const { contentKey } of [...contents.values(), ...locked.values()]) contentKey.fill(0);
    contents.clear();
    locked.clear();
  },

  // ---- whoever sends images

  async encrypt(
    job: number,
    files: SourceFile[],
    extras: ManifestExtras,
    sign: (text: string) => Promise<Hex | null>,
    onProgress: (progress: Progress) => void,
  ): Promise<Locked> {
    const { contentKey, cid, ...rest } = await jobs.run(job, (signal) =>
      encryptFiles(files, extras, sign, quietly(onProgress), signal),
    );
    const { size } = rest.blob;
    locked.set(++handles, { contentKey, cid, ciphertextBytes: BigInt(size) });
    return { ...rest, cid: cidText(cid), size, signed: rest.signedBy !== undefined, handle: handles };
  },

  seal(handle: number, publicKey: Uint8Array, context: Context): Bytes {
    const found = locked.get(handle);
    if (!found) throw new KeyFormatError("These images were given up: encrypt them again.");
    return sealEnvelope(found, publicKey, context);
  },

  release(handle: number): void {
    locked.get(handle)?.contentKey.fill(0);
    locked.delete(handle);
    contents.get(handle)?.contentKey.fill(0);
    contents.delete(handle);
  },
};

export type Api = typeof api;

/** Keeps the key, in place of any other. */
function hold(key: Bytes): Owner {
  privateKey?.fill(0);
  privateKey = key;
  const publicKey = publicKeyOf(key);
  return { publicKey, address: addressOf(publicKey) };
}

function held(): Bytes {
  if (!privateKey) throw new KeyFormatError("Radiogram is locked: unlock it with your key.");
  return privateKey;
}

function opened(handle: number): KeyReference {
  const found = contents.get(handle);
  if (!found) throw new KeyFormatError("This message was closed: open it again.");
  return found;
}

/** Progress is told without waiting until it is heard. */
function quietly(onProgress: (progress: Progress) => unknown): (progress: Progress) => void {
  return (progress) => {
    void onProgress(progress);
  };
}

carryErrors();
Comlink.expose(api);
