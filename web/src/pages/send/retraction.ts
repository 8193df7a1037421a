/** Taking a message back, as data and as what it does; no DOM. */

import type { ContractCall, Inbox } from "../../chain/inbox.ts";
import { type TransactionProblem, transactionProblem } from "../../wallet/problem.ts";
import { transact, type TransactionStep } from "../../wallet/transaction.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import type { Delivered } from "./transfer.ts";

export type RetractionState =
  | { readonly at: "idle" }
  | { readonly at: "stopped" }
  | { readonly at: "failed"; readonly problem: TransactionProblem }
  | TransactionStep;

export type RetractionEvent =
  | { type: "reset" }
  | { type: "step"; step: TransactionStep }
  | { type: "stop" }
  | { type: "fail"; problem: TransactionProblem };

/** What was taken back stays so until the page is about another message. */
export function next(state: RetractionState, event: RetractionEvent): RetractionState {
  if (event.type === "reset") return { at: "idle" };
  if (state.at === "done") return state;
  switch (event.type) {
    case "step":
      return event.step;
    case "stop":
      return { at: "stopped" };
    case "fail":
      return { at: "failed", problem: event.problem };
  }
}

/** Aborting `signal` stops the waiting for the wallet; if its owner agrees all the same, the message is taken back. */
export async function retract(
  { recipient, index }: Delivered,
  { inbox, wallet }: { inbox: Inbox; wallet: Wallet },
  dispatch: (event: RetractionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const prepare = async (): Promise<ContractCall> => inbox.retractCall(await inbox.message(recipient, index ?? 0));
  try {
    for await (const step of transact({ inbox, wallet, prepare }, signal)) dispatch({ type: "step", step });
  } catch (error) {
    dispatch(signal.aborted ? { type: "stop" } : { type: "fail", problem: transactionProblem(error) });
  }
}
