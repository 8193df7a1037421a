/** Bytes as text and back. */

import { base32nopad } from "@scure/base";
import { IpfsError, KeyFormatError } from "../errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
export type Hex = `0x${string}`;

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Bytes of an even number of hex digits, with or without 0x. Throws KeyFormatError. */
export function fromHex(text: string): Bytes {
  const digits = text.replace(/^0[xX]/, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new KeyFormatError("these are not hex digits");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, place) => byte === b[place]);
}

/** A binary CIDv1 (36 bytes) in base32, as gateways want it. */
export function cidText(cid: Uint8Array): string {
  return `b${base32nopad.encode(cid).toLowerCase()}`;
}

/** 36 bytes: CIDv1, raw or dag-pb, SHA-256. Throws IpfsError for every other CID. */
export function cidBytes(text: string): Bytes {
  const refusal = new IpfsError(
    `${text.slice(0, 80)} is not a CIDv1 of a SHA-256 digest: the storage is set up otherwise`,
  );
  if (!/^b[a-z2-7]{58}$/.test(text)) throw refusal;
  let cid: Uint8Array;
  try {
    cid = base32nopad.decode(text.slice(1).toUpperCase());
  } catch {
    throw refusal;
  }
  if (!isCid(cid)) throw refusal;
  return Uint8Array.from(cid);
}

export function isCid(cid: Uint8Array): boolean {
  return (
    cid.length === 36 && cid[0] === 1 && (cid[1] === 0x55 || cid[1] === 0x70) && cid[2] === 0x12 && cid[3] === 0x20
  );
}
