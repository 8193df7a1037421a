import { describe, expect, test } from "vitest";
import {
  type Account,
  type ConnectionEvent,
  type ConnectionState,
  DISCONNECTED,
  next,
} from "../src/wallet/connection.ts";

const RIGHT: Account = { address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", chainId: 1337, isOnNetwork: true };
const WRONG: Account = { ...RIGHT, chainId: 1, isOnNetwork: false };
const CONNECTING = { type: "ask", question: { kind: "connecting" } } as const;

function after(...events: ConnectionEvent[]): ConnectionState {
  return events.reduce(next, DISCONNECTED);
}

describe("a wallet's connection", () => {
  test("is ready on the site's network", () => {
    expect(after(CONNECTING, { type: "connected", account: RIGHT, byPerson: true })).toEqual({
      account: RIGHT,
      question: { kind: "none" },
    });
  });

  test("asks for the network on another one", () => {
    expect(after({ type: "connected", account: WRONG, byPerson: false }).question).toEqual({
      kind: "network",
      chainId: 1,
      refused: false,
      detail: null,
    });
  });

  test("is ready once its owner has changed the network in the wallet", () => {
    const state = after({ type: "connected", account: WRONG, byPerson: true }, { type: "changed", account: RIGHT });
    expect(state.question).toEqual({ kind: "none" });
  });

  test("says no longer that it was refused when the person goes on, and still what it waits for", () => {
    const refused = after({ type: "failed", question: { kind: "refused" } }, { type: "move-on" });
    expect(refused.question).toEqual({ kind: "none" });
    expect(after(CONNECTING, { type: "move-on" }).question).toEqual({ kind: "connecting" });
  });

  test("is as it was when the waiting is stopped", () => {
    expect(after(CONNECTING, { type: "stop-waiting" })).toEqual(DISCONNECTED);
    const connected = after({ type: "connected", account: RIGHT, byPerson: true });
    expect([CONNECTING, { type: "stop-waiting" } as const].reduce(next, connected)).toEqual(connected);
  });

  test("keeps its account when the wallet says no", () => {
    const state = after(
      { type: "connected", account: WRONG, byPerson: true },
      { type: "failed", question: { kind: "network", chainId: 1, refused: true, detail: null } },
    );
    expect(state.account).toEqual(WRONG);
    expect(state.question).toMatchObject({ refused: true });
  });

  test("is lost when the wallet lets go of the page, and forgotten when the person does", () => {
    const connected: ConnectionEvent = { type: "connected", account: RIGHT, byPerson: true };
    expect(after(connected, { type: "lost" })).toEqual({ account: null, question: { kind: "lost" } });
    expect(after(connected, { type: "forget" })).toEqual(DISCONNECTED);
  });

  test("offers a wallet that comes late only to who was looking for one", () => {
    const late: ConnectionEvent = { type: "found", wallets: [] };
    expect(after(late)).toBe(DISCONNECTED);
    expect(after({ type: "ask", question: { kind: "missing", again: false } }, late).question.kind).toBe("choose");
  });
});
