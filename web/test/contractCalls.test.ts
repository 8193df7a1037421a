/** What nodes say of a call to a contract that may be anybody’s. */

import { decodeFunctionData, encodeAbiParameters, namehash, parseAbi } from "viem";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isTaken } from "../src/chain/contractSignature.ts";
import { EnsRecords } from "../src/chain/ens.ts";
import { Inbox } from "../src/chain/inbox.ts";
import { ChainUnreachable, ClinicCardError, ClinicCheckError } from "../src/errors.ts";
import type { Hex } from "../src/formats/bytes.ts";
import { cardOfName, signedCard } from "../src/pages/open/clinicBook.ts";
import { readSite } from "../src/site.ts";
import { vectors } from "./vectors.ts";

const REGISTRY = "0x00000000000c2e074ec69a0dfb2997ba6c7d2e1e";
const RESOLVER = "0x231b0Ee14048e9dCcD1d247744d114a4EB5E8E63";
const CLINIC = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const NAME = "st-anne.eth";
const NODE = "https://node.example/";
const ABI = parseAbi(["function resolver(bytes32) returns (address)", "function addr(bytes32) returns (address)"]);
const inbox = new Inbox(
  readSite({ name: "Test", chainId: 1, inbox: RESOLVER, rpc: NODE, gateways: [] }, new URL(NODE)),
);

interface Call {
  to: string;
  data: Hex;
  gas?: Hex;
}

const asked: Call[] = [];

/** Every call is answered so: `result`, or `error`. */
function answer(said: (call: Call) => object): void {
  vi.stubGlobal("setTimeout", queueMicrotask); // a busy node is not waited for here
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const { params } = JSON.parse(body) as { params: [Call] };
    asked.push(params[0]);
    return Promise.resolve(new Response(JSON.stringify({ jsonrpc: "2.0", id: 1, ...said(params[0]) })));
  });
}

/** The registry names a resolver, and that says what it does. */
const resolved = (said: object) => (call: Call) =>
  call.to.toLowerCase() === REGISTRY ? { result: addressWord(RESOLVER) } : said;
const addressWord = (address: Hex): Hex => encodeAbiParameters([{ type: "address" }], [address]);
const names = (): EnsRecords => new EnsRecords(NODE, new AbortController().signal);
const taken = (): Promise<boolean> => isTaken(NODE, CLINIC, new Uint8Array(32), new Uint8Array(65));

afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

/** By program: what it says where the contract fails. */
const FAILURES: [string, object][] = [
  ["geth, with a reason", { code: 3, message: "execution reverted: no", data: "0x08c379a0" }],
  ["geth, without one", { code: -32000, message: "execution reverted" }],
  ["geth, of gas", { code: -32000, message: "out of gas" }],
  ["geth, of an opcode", { code: -32000, message: "invalid opcode: INVALID" }],
  ["geth, of the stack", { code: -32000, message: "stack underflow (0 <=> 1)" }],
  ["geth, of a full stack", { code: -32000, message: "stack limit reached 1024 (1023)" }],
  ["geth, of a jump", { code: -32000, message: "invalid jump destination" }],
  ["geth, of what was returned", { code: -32000, message: "return data out of bounds" }],
  ["Besu", { code: -32000, message: "Execution reverted", data: "0x" }],
  ["Anvil", { code: -32603, message: "EVM error OutOfGas" }],
  ["Nethermind", { code: -32015, message: "VM execution error.", data: "err: BadInstruction" }],
  ["another", { code: -32015, message: "The call failed.", data: "Reverted 0x" }],
  [
    "Ganache",
    {
      code: -32000,
      message: "VM Exception while processing transaction: revert",
      data: { hash: null, programCounter: 4, result: "0x", reason: null, message: "revert" },
    },
  ],
];

const REFUSALS: [string, object][] = [
  ["of the day", { code: -32005, message: "daily request count exceeded", data: { see: "https://node.example" } }],
  ["of a quota", { code: -32000, message: "daily quota exceeded", data: "0x" }],
  ["of a rate", { code: 429, message: "Your app has exceeded its compute units per second capacity" }],
  ["in trouble", { code: -32603, message: "Internal error" }],
  ["out of time", { code: -32000, message: "execution aborted (timeout = 5s)" }],
  ["behind", { code: -32000, message: "header not found" }],
  ["of another kind", { code: -32601, message: "the method eth_call does not exist/is not available" }],
  ["without a word", {}],
];

describe("an ENS name", () => {
  test("is whose its resolver says", async () => {
    answer(resolved({ result: addressWord(CLINIC) }));
    expect(await names().address(NAME)).toBe(CLINIC);
    const [first, second] = asked.map(({ data }) => decodeFunctionData({ abi: ABI, data }));
    expect([first, second]).toEqual([
      { functionName: "resolver", args: [namehash(NAME)] },
      { functionName: "addr", args: [namehash(NAME)] },
    ]);
  });

  test.each(FAILURES)("is nobody’s where its resolver fails, as said by %s", async (_, error) => {
    answer(resolved({ error }));
    expect(await names().address(NAME)).toBeUndefined();
    expect(await names().text(NAME, "url")).toBe("");
    await expect(cardOfName(NAME, inbox, new AbortController().signal)).rejects.toThrow(ClinicCheckError);
  });

  test.each(REFUSALS)("is not said to be nobody’s by a node that refuses: %s", async (_, error) => {
    answer(() => ({ error }));
    await expect(names().address(NAME)).rejects.toThrow(ChainUnreachable);
    answer(resolved({ error }));
    await expect(names().text(NAME, "url")).rejects.toThrow(ChainUnreachable);
    await expect(cardOfName(NAME, inbox, new AbortController().signal)).rejects.toThrow(ChainUnreachable);
  });

  test("is not looked up by a node whose answer is no bytes", async () => {
    for (const result of [null, 7, "<html>", "0x0", {}]) {
      answer(() => ({ result }));
      await expect(names().address(NAME)).rejects.toThrow(ChainUnreachable);
    }
  });

  test("is nobody’s if its resolver has no code, or answers something else", async () => {
    for (const result of ["0x", "0x1234"]) {
      answer(resolved({ result }));
      expect(await names().address(NAME)).toBeUndefined();
    }
  });
});

describe("a signature of an account with a contract", () => {
  const { read } = vectors("clinic_card.json") as { read: { card: string; is_signed: boolean }[] };
  const ofContract = new TextEncoder().encode(read.find(({ is_signed: isSigned }) => !isSigned)?.card);
  const yes = `0x1626ba7e${"00".repeat(28)}`;

  test("is taken where the contract says so, and by no other answer", async () => {
    answer(() => ({ result: yes }));
    expect(await taken()).toBe(true);
    await signedCard(ofContract, inbox);
    for (const result of ["0x", "0x1626ba7e", `0x${"ff".repeat(32)}`, yes.replace("0x", "0x00")]) {
      answer(() => ({ result }));
      expect(await taken()).toBe(false);
    }
  });

  test.each(FAILURES)("is not taken by one that fails, as said by %s", async (_, error) => {
    answer(() => ({ error }));
    expect(await taken()).toBe(false);
    await expect(signedCard(ofContract, inbox)).rejects.toThrow(ClinicCardError);
  });

  test.each(REFUSALS)("is not said to be none by a node that refuses: %s", async (_, error) => {
    answer(() => ({ error }));
    await expect(taken()).rejects.toThrow(ChainUnreachable);
    await expect(signedCard(ofContract, inbox)).rejects.toThrow(ChainUnreachable);
  });

  test("is asked about with as much gas as the commands give", async () => {
    answer(() => ({ result: yes }));
    await taken();
    expect(asked.map(({ gas }) => Number(gas))).toEqual([5_000_000]);
  });
});
