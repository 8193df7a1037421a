/** Why a transaction came to nothing. */

import {
  ChainUnreachable,
  HomesError,
  InsufficientFundsError,
  Rejected,
  TransactionFailed,
  TransactionLost,
  TransactionReplaced,
} from "../errors.ts";

export interface TransactionProblem {
  readonly kind:
    | "said-no"
    | "too-little"
    | "unreachable"
    /** Fewer homes keep what it leads to than should. */
    | "homes"
    /** The chain took it in, and undid it. */
    | "undone"
    /** Another took its place. */
    | "replaced"
    /** The chain's node knows nothing of it, or no more. */
    | "lost"
    | "other";
  /** The error's own words. */
  readonly detail: string;
  /** Wei, of what is too little; 0 if it is not known. */
  readonly missing: bigint;
}

export function transactionProblem(error: unknown): TransactionProblem {
  const missing = error instanceof InsufficientFundsError ? error.fee - error.balance : 0n;
  return { kind: kindOf(error), detail: error instanceof Error ? error.message : String(error), missing };
}

function kindOf(error: unknown): TransactionProblem["kind"] {
  if (error instanceof Rejected) return "said-no";
  if (error instanceof InsufficientFundsError) return "too-little";
  if (error instanceof ChainUnreachable) return "unreachable";
  if (error instanceof HomesError) return "homes";
  if (error instanceof TransactionFailed) return "undone";
  if (error instanceof TransactionLost) return "lost";
  return error instanceof TransactionReplaced ? "replaced" : "other";
}
