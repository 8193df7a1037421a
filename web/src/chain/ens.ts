/**
 * Records of ENS names (EIP-137), from the registry and the resolver that it names. As radiogram/chain/ens.py: the chain’s
 * node alone is asked; names whose records lie elsewhere than on the chain are not found.
 */

import { type Address, zeroAddress } from "viem";
import { decodeAbiParameters, encodeAbiParameters, keccak256, stringToHex, toFunctionSelector } from "viem/utils";
import { concat, fromHex, type Hex, toHex } from "../formats/bytes.ts";
import { answerOf } from "./call.ts";

/** The same on every chain that has ENS. */
const REGISTRY: Address = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e";

/** Those of one chain. All throw ChainUnreachable, AbortError. */
export class EnsRecords {
  readonly #rpc: string;
  readonly #signal: AbortSignal;

  constructor(rpc: string, signal: AbortSignal) {
    this.#rpc = rpc;
    this.#signal = signal;
  }

  /** Whose name it is; undefined if nobody’s. */
  async address(name: string): Promise<Address | undefined> {
    const found = await this.#record(name, "addr(bytes32)", "address");
    return found === undefined || found === zeroAddress ? undefined : (found as Address);
  }

  /** A text record; empty if there is none. */
  async text(name: string, key: string): Promise<string> {
    return (await this.#record(name, "text(bytes32,string)", "string", key)) ?? "";
  }

  async #record(name: string, signature: string, kind: string, ...keys: string[]): Promise<string | undefined> {
    const node = await nodeOf(name);
    if (node === undefined) return undefined;
    const resolver = await this.#asked(REGISTRY, "resolver(bytes32)", "address", node);
    if (resolver === undefined || resolver === zeroAddress) return undefined;
    return this.#asked(resolver as Address, signature, kind, node, ...keys);
  }

  /** Undefined from an account without code, or a contract that refuses or answers something else. */
  async #asked(
    to: Address,
    signature: string,
    kind: string,
    node: Hex,
    ...keys: string[]
  ): Promise<string | undefined> {
    const kinds = [{ type: "bytes32" }, ...keys.map(() => ({ type: "string" }))];
    const values = fromHex(encodeAbiParameters(kinds, [node, ...keys]));
    const data = toHex(concat(fromHex(toFunctionSelector(signature)), values));
    const answer = await answerOf(this.#rpc, to, data, this.#signal);
    try {
      const [value] = decodeAbiParameters([{ type: kind }], answer) as readonly unknown[];
      return typeof value === "string" ? value : undefined;
    } catch (error) {
      if (isOfData(error)) return undefined;
      throw error;
    }
  }
}

/** What viem throws of bytes that are no such value. */
function isOfData(error: unknown): boolean {
  return error instanceof Error && "shortMessage" in error;
}

/** Of a name as ENSIP-15 has it, 32 bytes; undefined for what is no name. */
async function nodeOf(name: string): Promise<Hex | undefined> {
  const { ens_normalize: normalize } = await import("@adraffy/ens-normalize");
  let labels: string[];
  try {
    labels = normalize(name).split(".");
  } catch {
    return undefined;
  }
  if (labels.length < 2 || labels.includes("")) return undefined;
  const root: Hex = `0x${"00".repeat(32)}`;
  return labels.reduceRight<Hex>((node, label) => keccak256(concat(fromHex(node), fromHex(labelHash(label)))), root);
}

const labelHash = (label: string): Hex => keccak256(stringToHex(label));
