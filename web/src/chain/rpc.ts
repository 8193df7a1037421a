/** JSON-RPC of the chain's node. */

import type { Hex } from "../formats/bytes.ts";
import { ChainUnreachable } from "../errors.ts";
import { parseJson } from "../formats/json.ts";
import { textOf } from "../reply.ts";
import { pause } from "../waiting.ts";

const PATIENCE = 20_000; // milliseconds that a node may take to answer
const REPLY_LIMIT = 16 << 20; // bytes; a page of an inbox has about 10,000
/** Milliseconds after which a node that is busy is asked the same again, each time: no question here sends anything. */
const BUSY = [1000, 2000];

/** Of an error that says: asked too often, and not for too much. The same as in radiogram/chain/rpc.py. */
const LIMITED: readonly unknown[] = [-32005, -32007, -32029, 429];
const TOO_MANY = /too many requests|rate.?limit|request (?:count|rate|limit)|requests? per|per second|capacity/i;
const REVERTED = 3; // the code of an error, as geth has it
/** By what nodes say, without spaces, it is the contract that failed. The same as in radiogram/chain/call.py. */
const FAILURES = [
  ...["revert", "invalidopcode", "outofgas", "stackunderflow", "stacklimit", "invalidjump", "outofbounds"], // geth
  ...["evmerror", "vmexception", "vmexecutionerror"], // Anvil; Ganache and Hardhat; Nethermind
];

/** An error that the node names: its own refusal, or that a contract failed. */
export class RpcError extends Error {
  /** What the contract said (ABI-encoded error), if it was the contract that refused. */
  readonly revert: Hex | undefined;
  /** Whether it was the contract that failed. Of anything else it can’t be told what the contract would have said. */
  readonly isOfContract: boolean;

  constructor({ code, message, data }: Refusal) {
    super(shorten100(message));
    this.revert = revertData(data);
    const said = JSON.stringify([message, data]).toLowerCase().replaceAll(" ", "");
    this.isOfContract = code === REVERTED || FAILURES.some((failure) => said.includes(failure));
  }
}

/** As the node wrote it. */
interface Refusal {
  code?: unknown;
  message?: unknown;
  data?: unknown;
}

interface Reply {
  result?: unknown;
  error?: Refusal;
}

/** It has too much to do just now. */
class Busy extends ChainUnreachable {}

/** The result of one call. A node that is busy is asked again. Throws RpcError, ChainUnreachable, AbortError. */
export async function askChain(
  url: string,
  method: string,
  params: unknown[],
  signal?: AbortSignal,
  patience = PATIENCE,
  pauses: readonly number[] = BUSY,
): Promise<unknown> {
  const [wait, ...later] = pauses;
  try {
    const { result, error } = await exchange(url, { jsonrpc: "2.0", id: 1, method, params }, signal, patience);
    if (error) throw isBusy(error) ? busy() : new RpcError(error);
    if (result === undefined) throw unreachable("its answer is empty");
    return result;
  } catch (error) {
    if (wait === undefined || !(error instanceof Busy)) throw error;
  }
  await pause(wait, signal);
  return askChain(url, method, params, signal, patience, later);
}

async function exchange(
  url: string,
  question: object,
  signal: AbortSignal | undefined,
  patience: number,
): Promise<Reply> {
  const late = AbortSignal.timeout(patience);
  const stop = signal ? AbortSignal.any([signal, late]) : late;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: stop,
    });
    if (response.status === 429) throw busy();
    if (response.status >= 500) throw unreachable(`status ${response.status}`);
    const reply: unknown = parseJson(await textOf(response, REPLY_LIMIT));
    if (typeof reply !== "object" || reply === null) throw unreachable(`its answer is none, status ${response.status}`);
    return reply;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ChainUnreachable) throw error;
    throw unreachable(late.aborted ? "it is silent" : reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "its answer is too long";
  return error instanceof SyntaxError ? "its answer is not JSON" : "no connection";
}

/** Of a node whose answer is none. */
export function unreachable(why: string, Kind = ChainUnreachable): ChainUnreachable {
  return new Kind(`The network does not answer as it should (${why}). Try again.`);
}

const busy = (): ChainUnreachable => unreachable("it is busy", Busy);

function isBusy({ code, message }: Refusal): boolean {
  return LIMITED.includes(code) && typeof message === "string" && TOO_MANY.test(message);
}

/** Nodes put it at different places. */
function revertData(data: unknown): Hex | undefined {
  if (typeof data === "string") return /^0x([0-9a-fA-F]{2})*$/.test(data) ? (data as Hex) : undefined;
  if (typeof data !== "object" || data === null) return undefined;
  const inner = data as { data?: unknown; result?: unknown };
  return revertData(inner.result) ?? revertData(inner.data);
}

function shorten100(message: unknown): string {
  const text = typeof message === "string" ? (message.split("\n", 1)[0] ?? "") : "no reason given";
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
