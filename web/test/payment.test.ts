import { describe, expect, test } from "vitest";
import {
  ChainUnreachable,
  InsufficientFundsError,
  Rejected,
  TransactionFailed,
  TransactionReplaced,
  WalletError,
} from "../src/errors.ts";
import { next, type PaymentEvent, type PaymentState } from "../src/wallet/payment.ts";
import { transactionProblem } from "../src/wallet/problem.ts";

const WRONG = { kind: "network", chainId: 1, refused: false, detail: null } as const;

function after(...events: PaymentEvent[]): PaymentState {
  return events.reduce(next, { at: "ready" });
}

describe("a payment", () => {
  test("asks for a wallet where none is connected", () => {
    const question = { kind: "missing", again: false } as const;
    expect(after({ type: "connection", question })).toEqual({ at: "connection", question });
  });

  test("stays at the question while the wallet changes its network", () => {
    const events: PaymentEvent[] = [
      { type: "connection", question: WRONG },
      { type: "connection", question: { kind: "switching" } },
    ];
    expect(after(...events)).toEqual({ at: "connection", question: WRONG });
  });

  test("is refused like a transaction when the connection is", () => {
    expect(after({ type: "connection", question: { kind: "refused" } })).toMatchObject({
      at: "failed",
      problem: { kind: "said-no" },
    });
  });

  test.each(["busy", "failed"] as const)("says what the wallet said when it is %s", (kind) => {
    expect(after({ type: "connection", question: { kind, detail: "Open it." } })).toMatchObject({
      at: "failed",
      problem: { kind: "other", detail: "Open it." },
    });
  });

  test("can be begun again when the waiting was stopped", () => {
    expect(after({ type: "step", step: { at: "agree", fee: 1n } }, { type: "stop-waiting" })).toEqual({ at: "ready" });
  });

  test("stays done", () => {
    const done: PaymentEvent = { type: "step", step: { at: "done" } };
    expect(after(done, { type: "stop-waiting" })).toMatchObject({ at: "done" });
  });
});

test.each([
  [new Rejected("no"), "said-no"],
  [new ChainUnreachable("silent"), "unreachable"],
  [new TransactionFailed("undone"), "undone"],
  [new TransactionReplaced("another"), "replaced"],
  [new WalletError("what?"), "other"],
  [new Error("what?"), "other"],
])("what became of a transaction: %o", (error, kind) => {
  expect(transactionProblem(error)).toEqual({ kind, detail: error.message, missing: 0n });
});

test("too little for the fee names what is missing", () => {
  const error = Object.assign(new InsufficientFundsError("too little"), { fee: 5n, balance: 2n });
  expect(transactionProblem(error)).toMatchObject({ kind: "too-little", missing: 3n });
});
