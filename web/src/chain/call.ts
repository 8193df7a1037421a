/** Asks a contract that may be anybody’s: what it answers is bytes, whatever it is. As radiogram/chain/call.py. */

import type { Address } from "viem";
import type { Hex } from "../formats/bytes.ts";
import { askChain, RpcError, unreachable } from "./rpc.ts";

const GAS = "0x4c4b40"; // 5,000,000: a contract that burns all it gets would keep a node busy

/**
 * What `contract` answers, as it is now; no bytes from one that fails, or has no code. Throws ChainUnreachable, also
 * where the node refuses; AbortError.
 */
export async function answerOf(rpc: string, contract: Address, data: Hex, signal?: AbortSignal): Promise<Hex> {
  try {
    const answer = await askChain(rpc, "eth_call", [{ to: contract, data, gas: GAS }, "latest"], signal);
    if (typeof answer === "string" && /^0x([0-9a-f]{2})*$/i.test(answer)) return answer as Hex;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.isOfContract) return "0x";
    throw unreachable(`it refuses: ${error.message}`);
  }
  throw unreachable("eth_call");
}
