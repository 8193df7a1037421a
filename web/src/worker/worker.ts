/** The Worker: whatever is secret or slow. One holds a private key for a Keyring, another encrypts for a sender. */

import * as Comlink from "comlink";
import type { Address } from "viem";
import { type Act, typedData, typedDigest } from "../formats/signedAct.ts";
import { type Arrival, arrivalText } from "../formats/receipt.ts";
import { type Share, shareText } from "../formats/signedShare.ts";
import { personalDigest } from "../formats/signature.ts";
import { type Bytes, cidText, type Hex, toHex } from "../formats/bytes.ts";
import type { Clinic } from "../formats/clinics.ts";
import type { Context } from "../formats/context.ts";
import { keyFromSignature } from "../formats/derivedKey.ts";
import { ActError, IpfsNotFound, KeyFormatError, NoHybridKeyError } from "../errors.ts";
import { type HybridKey, parseHybridKey } from "../formats/hybridKey.ts";
import type { Secret } from "../formats/keyFile.ts";
import type { Place as PairPlace, Sighting } from "../formats/mailbox.ts";
import { openKeyPacket, PACKET_LIMIT, recipientOf } from "../formats/keyPacket.ts";
import type { KeyReference } from "../formats/keyReference.ts";
import { CarFile, type CarIndex } from "../ipfs/car.ts";
import { fetchBlock, type Origin } from "../ipfs/gateways.ts";
import { type Early, fetchManifest, fetchStudy, sizeOf, type Study } from "./fetchStudy.ts";
import type { UnwrapFileKey, WrapFileKey } from "../formats/passkeyFile.ts";
import { addressOf, parsePrivateKey, publicKeyOf, signDigest } from "../formats/publicKey.ts";
import { keysOfSeed, newSeed, parseSeed } from "../formats/seed.ts";
import type { KeptLog } from "../formats/senderLogs.ts";
import { openEnvelope } from "../formats/envelope.ts";
import { mailboxApi } from "./mailboxKeys.ts";
import { registerApi } from "./registerLock.ts";
import { type Sealed, sealTo, type SealTarget } from "./seal.ts";
import type { Manifest, ManifestExtras } from "../formats/manifest.ts";
import type { Progress } from "../progress.ts";
import { carryErrors, Jobs } from "./workerClient.ts";
import { encryptFiles, type Sign, type SourceFile } from "./encryptStudy.ts";

/** Whose images the key opens. */
export interface Owner {
  /** 33 bytes. */
  publicKey: Uint8Array;
  /** The account of the key itself; the inbox that it opens may be another account's, which registered it. */
  address: Address;
  /** Null for a key that is not from 24 words: what is sent to it is not safe from quantum computers. */
  hybrid: HybridKey | null;
}

/** An opened envelope; the content key stays in the worker. */
export interface Opened {
  /** CIDv1 in base32. */
  cid: string;
  /** Bytes of the ciphertext. */
  size: number;
  /** 2: quantum-safe. */
  suite: 1 | 2;
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

/** Where the bytes come from: gateways, by their URLs; null: the CAR file that was given to `useCar`, and nothing else. */
export type From = string[] | null;

/** What is unlocked. */
interface Keys {
  privateKey: Bytes;
  /** Both missing for a key that is not from 24 words. */
  hybridSecret?: Bytes;
  seed?: string;
}

let keys: Keys | undefined;
/** Of messages that were opened, and of studies that were encrypted. */
const references = new Map<number, KeyReference>();
let handles = 0;
let car: CarFile | undefined;
const jobs = new Jobs();

const api = {
  cancel(job: number): void {
    jobs.cancel(job);
  },

  // ---- whoever keeps a register of contacts
  ...registerApi,
  ...mailboxApi,

  // ---- whoever opens images

  async unlockKeyFile(text: string, passphrase: string): Promise<Owner> {
    const { readKeyFile } = await import("../formats/keyFile.ts");
    return hold(await readKeyFile(text, passphrase));
  },

  unlockSeed(words: string): Promise<Owner> {
    return hold({ seed: parseSeed(words) });
  },

  unlockPrivateKey(text: string): Promise<Owner> {
    return hold({ privateKey: parsePrivateKey(text) });
  },

  unlockWallet(signature: Hex, account: Address, number: number): Promise<Owner> {
    return hold({ privateKey: keyFromSignature(signature, account, number) });
  },

  makeKey(): Promise<Owner> {
    return hold({ seed: newSeed() });
  },

  seed(): string {
    return heldSeed();
  },

  async keyFile(passphrase: string): Promise<string> {
    const { writeKeyFile } = await import("../formats/keyFile.ts");
    return writeKeyFile(heldSeed(), passphrase);
  },

  async passkeyFile(wrap: WrapFileKey): Promise<string> {
    const { writePasskeyFile } = await import("../formats/passkeyFile.ts");
    return writePasskeyFile(heldSeed(), wrap);
  },

  async unlockPasskeyFile(file: string, unwrap: UnwrapFileKey): Promise<Owner> {
    const { readPasskeyFile } = await import("../formats/passkeyFile.ts");
    return hold({ seed: await readPasskeyFile(file, unwrap) });
  },

  useCar(index: CarIndex | null): void {
    car = index ? new CarFile(index) : undefined;
  },

  isInCar(handle: number): boolean {
    return car?.has(cidText(opened(handle).cid)) ?? false;
  },

  async open(job: number, envelope: Uint8Array, context: Context, from: From): Promise<Opened> {
    const { suite, reference } = await jobs.run(job, (signal) => openedEnvelope(envelope, context, from, signal));
    const size = sizeOf(reference);
    references.set(++handles, reference);
    return { cid: cidText(reference.cid), size, suite, handle: handles };
  },

  manifest(job: number, handle: number, from: From): Promise<Manifest> {
    return jobs.run(job, (signal) => fetchManifest(opened(handle), originsOf(from), signal));
  },

  retrieve(
    job: number,
    handle: number,
    from: From,
    onProgress: (progress: Progress) => void,
    onEarly: (early: Early) => void,
  ): Promise<Study> {
    const [told, shown] = [quietly(onProgress), quietly(onEarly)];
    return jobs.run(job, (signal) => fetchStudy(opened(handle), originsOf(from), told, signal, undefined, shown));
  },

  reseal(handle: number, target: SealTarget, context: Context): Promise<Sealed> {
    return sealTo(opened(handle), target, context);
  },

  signAct(act: Act): Hex {
    if (act.account !== addressOf(publicKeyOf(held().privateKey)))
      throw new ActError("This key is not that of the account.");
    return toHex(signDigest(typedDigest(typedData(act)), held().privateKey));
  },

  signShare(share: Share): Hex {
    if (share.account !== addressOf(publicKeyOf(held().privateKey)))
      throw new ActError("This key is not that of the account.");
    return toHex(signDigest(personalDigest(shareText(share)), held().privateKey));
  },

  signArrival(arrival: Arrival): Hex {
    if (arrival.account !== addressOf(publicKeyOf(held().privateKey)))
      throw new ActError("This key is not that of the account.");
    return toHex(signDigest(personalDigest(arrivalText(arrival)), held().privateKey));
  },

  /**
   * Which of `events`, all of one sender with that mailbox key (33 bytes), lie in mailboxes of it and this key: their
   * numbers. The pair secret stays here.
   */
  async inMailboxes(events: readonly Sighting[], mailboxKey: Uint8Array, place: PairPlace): Promise<number[]> {
    const { match, pairSecret } = await import("../formats/mailbox.ts");
    const secret = pairSecret("recipient", held().privateKey, mailboxKey, place);
    const found = match(events, [secret]);
    secret.fill(0);
    return found.flatMap((each, number) => (each ? [number] : []));
  },

  async openClinics(file: Uint8Array): Promise<Clinic[]> {
    const { openClinics } = await import("../formats/clinics.ts");
    return openClinics(file, held().privateKey);
  },

  async sealClinics(clinics: readonly Clinic[]): Promise<Bytes> {
    const { sealClinics } = await import("../formats/clinics.ts");
    return sealClinics(clinics, held().privateKey);
  },

  async openSenderLogs(file: Uint8Array): Promise<KeptLog[]> {
    const { openSenderLogs } = await import("../formats/senderLogs.ts");
    return openSenderLogs(file, held().privateKey);
  },

  async sealSenderLogs(logs: readonly KeptLog[]): Promise<Bytes> {
    const { sealSenderLogs } = await import("../formats/senderLogs.ts");
    return sealSenderLogs(logs, held().privateKey);
  },

  /** Before the worker ends. */
  wipe(): void {
    forget();
    for (const { contentKey } of references.values()) contentKey.fill(0);
    references.clear();
  },

  // ---- whoever sends images

  async encrypt(
    job: number,
    files: SourceFile[],
    extras: ManifestExtras,
    isPadded: boolean,
    sign: Sign,
    onProgress: (progress: Progress) => void,
  ): Promise<Locked> {
    const { contentKey, cid, ...rest } = await jobs.run(job, (signal) =>
      encryptFiles(files, extras, sign, quietly(onProgress), signal, isPadded),
    );
    const { size } = rest.blob;
    references.set(++handles, { contentKey, cid, ciphertextBytes: BigInt(size) });
    return { ...rest, cid: cidText(cid), size, signed: rest.signedBy !== undefined, handle: handles };
  },

  seal(handle: number, target: SealTarget, context: Context): Promise<Sealed> {
    const reference = references.get(handle);
    if (!reference) throw new KeyFormatError("These images were given up: encrypt them again.");
    return sealTo(reference, target, context);
  },

  release(handle: number): void {
    references.get(handle)?.contentKey.fill(0);
    references.delete(handle);
  },
};

export type Api = typeof api;

/** Keeps the key, in place of any other. */
async function hold(secret: Secret): Promise<Owner> {
  forget();
  const held: Keys = "seed" in secret ? { ...secret, ...keysOfSeed(secret.seed) } : secret;
  keys = held;
  const publicKey = publicKeyOf(held.privateKey);
  const { hybridSecret } = held;
  const hybrid = hybridSecret ? parseHybridKey(await recipientOf(hybridSecret)) : null;
  return { publicKey, address: addressOf(publicKey), hybrid };
}

function forget(): void {
  keys?.privateKey.fill(0);
  keys?.hybridSecret?.fill(0);
  keys = undefined;
}

function held(): Keys {
  if (!keys) throw new KeyFormatError("Radiogram is locked: unlock it with your key.");
  return keys;
}

function heldSeed(): string {
  const { seed } = held();
  if (seed === undefined) throw new KeyFormatError("This key is not from 24 words.");
  return seed;
}

/** What opens the study: in the envelope, or in the packet that it names. */
async function openedEnvelope(
  envelope: Uint8Array,
  context: Context,
  from: From,
  signal: AbortSignal,
): Promise<{ suite: 1 | 2; reference: KeyReference }> {
  const { privateKey, hybridSecret } = held();
  const said = openEnvelope(envelope, privateKey, context);
  if (said.suite === 1) return said;
  if (!hybridSecret) {
    throw new NoHybridKeyError("This message is quantum-safe: it takes the 24 words or the key file made with them.");
  }
  const packet = await fetchBlock({ cid: said.packet, most: PACKET_LIMIT, gateways: originsOf(from) }, signal);
  return { suite: 2, reference: await openKeyPacket(packet, said.packet, hybridSecret, context) };
}

function originsOf(from: From): Origin[] {
  if (from) return from;
  if (!car) throw new IpfsNotFound("The file was put away: choose it again.");
  return [car];
}

function opened(handle: number): KeyReference {
  const found = references.get(handle);
  if (!found) throw new KeyFormatError("This message was closed: open it again.");
  return found;
}

/** Something is told without waiting until it is heard. */
function quietly<T>(hear: (told: T) => unknown): (told: T) => void {
  return (told) => {
    void hear(told);
  };
}

carryErrors();
Comlink.expose(api);
