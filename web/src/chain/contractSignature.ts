/** Asks the contract of an account whether a signature is the account’s (ERC-1271). */

import type { Address } from "viem";
import { encodeAbiParameters } from "viem/utils";
import { type Hex, toHex } from "../formats/bytes.ts";
import { answerOf } from "./call.ts";

/** The selector of isValidSignature(bytes32,bytes), and its answer. */
const YES = "0x1626ba7e";

/**
 * Whether `account` takes the signature for its own of 32 bytes, as it is now. One without code, one that refuses and one
 * that fails take none. Throws ChainUnreachable.
 */
export async function isTaken(
  rpc: string,
  account: Address,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const values = encodeAbiParameters([{ type: "bytes32" }, { type: "bytes" }], [toHex(digest), toHex(signature)]);
  const data: Hex = `${YES}${values.slice(2) as Hex}` as Hex;
  const answer = await answerOf(rpc, account, data);
  return answer.slice(0, 66) === YES.padEnd(66, "0");
}
