/** What an account says to the inbox contract, as typed data to sign, so that anyone may relay it: docs/format.md, Signed acts. */

import type { Address } from "viem";
import { hashTypedData } from "viem/utils";
import { type Bytes, fromHex, type Hex, toHex } from "./bytes.ts";
import { ActError } from "../errors.ts";
import { coordinates } from "./publicKey.ts";

/** EIP-712 typed data, as eth_signTypedData_v4 takes it, in JSON. */
export interface TypedData {
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  domain: Record<string, string | number>;
  message: Record<string, string | number | boolean>;
}

type Values = Record<string, string | number | boolean>;

/** An act of an account on one chain and contract, until a deadline (Unix time), ready to sign. */
export interface Act {
  act: keyof typeof STRUCTS;
  chainId: number;
  inbox: Address;
  account: Address;
  /** The members of the struct between account and deadline. */
  fields: Values;
  deadline: number;
}

const STRUCTS = {
  RegisterKey: "address account,uint32 version,bytes32 x,bytes32 y,bytes32 hybrid,uint256 deadline",
  RestrictInbox: "address account,bool restricted,uint32 version,uint256 deadline",
  ApproveSender: "address account,address sender,uint40 until,uint32 version,uint256 deadline",
  Acknowledge: "address recipient,uint256 index,address cursor,uint256 deadline",
} as const;

const DOMAIN = "string name,string version,uint256 chainId,address verifyingContract";

/** Where acts count. */
export interface Place {
  chainId: number;
  inbox: Address;
}

/** No hybrid key. */
const NONE = new Uint8Array(32);

/** What `registerKey` takes: x, y and the hybrid digest, 32 bytes each. */
export function keyValues(publicKey: Uint8Array, hybridDigest?: Uint8Array): { x: Hex; y: Hex; hybrid: Hex } {
  const [x, y] = coordinates(publicKey);
  return { x: toHex(x), y: toHex(y), hybrid: toHex(hybridDigest ?? NONE) };
}

/**
 * From now on messages to `account` are sealed to this key (33 bytes), and to the hybrid key with this digest (32 bytes)
 * if there is one; `version` is one above that in force.
 */
export function registerKey(
  { chainId, inbox }: Place,
  account: Address,
  version: number,
  publicKey: Uint8Array,
  deadline: number,
  hybridDigest?: Uint8Array,
): Act {
  const fields = { version, ...keyValues(publicKey, hybridDigest) };
  return { act: "RegisterKey", chainId, inbox, account, fields, deadline };
}

/** `account` has received the message that lies at this index and has this cursor. */
export function acknowledge(
  { chainId, inbox }: Place,
  account: Address,
  { index, cursor }: { index: number; cursor: Address },
  deadline: number,
): Act {
  return { act: "Acknowledge", chainId, inbox, account, fields: { index, cursor }, deadline };
}

/** What the account signs. */
export function typedData({ act, chainId, inbox, account, fields, deadline }: Act): TypedData {
  const members = membersOf(STRUCTS[act]);
  const first = members[0]?.name ?? "";
  return {
    types: { EIP712Domain: membersOf(DOMAIN), [act]: members },
    primaryType: act,
    domain: { name: "ImageInbox", version: "1", chainId, verifyingContract: inbox },
    message: { [first]: account, ...fields, deadline },
  };
}

/** The struct's values in order, as the contract's functions take them. */
export function valuesOf(act: Act): (string | number | boolean)[] {
  return Object.values(typedData(act).message);
}

/** 32 bytes: what a signature over typed data signs (EIP-712). */
export function typedDigest(data: TypedData): Bytes {
  return fromHex(hashTypedData(data as Parameters<typeof hashTypedData>[0]));
}

/** The file that `ape run relay` takes: docs/format.md, Signed acts. Throws ActError for a signature that is none. */
export function signedActFile({ act, chainId, inbox, account, fields, deadline }: Act, signature: Hex): string {
  if (!/^0x([0-9a-fA-F]{2})+$/.test(signature)) throw new ActError("The wallet’s signature is not in hex digits.");
  const value = {
    format: "radiogram-signed-act",
    version: 1,
    chain_id: chainId,
    inbox,
    act,
    account,
    fields,
    deadline,
    signature: signature.toLowerCase(),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function membersOf(struct: string): { name: string; type: string }[] {
  return struct.split(",").map((member) => {
    const [type = "", name = ""] = member.split(" ");
    return { name, type };
  });
}
