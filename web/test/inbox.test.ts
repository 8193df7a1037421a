import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  decodeFunctionData,
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionResult,
} from "viem/utils";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hex } from "../src/formats/bytes.ts";
import type { InsufficientFundsError } from "../src/errors.ts";
import { aboutEther, ether } from "../src/chain/ether.ts";
import { Inbox } from "../src/chain/inbox.ts";
import { readSite } from "../src/site.ts";
import { imageInboxAbi } from "../src/chain/generated/ImageInbox.ts";
import { refusalOf } from "./vectors.ts";

// What a node may say that is hard to bring about on a real one; all else is tested in tests/web, on a real chain.

const PATIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const INBOX = "0xD5a216726aD004196c6D121F0918e3B0096FEb09";
const HASH: Hex = `0x${"12".repeat(32)}`;
const NONE: Hex = `0x${"00".repeat(32)}`;
const OTHER: Hex = `0x${"34".repeat(32)}`;
const recipient = { address: PATIENT, publicKey: new Uint8Array(33), keyVersion: 0 } as const;

interface Question {
  method: string;
  params: unknown[];
}

let server: Server;
let inbox: Inbox;
/** By method: the result, or the whole reply where it is a function. */
let answers: Record<string, unknown>;

const failure = (error: object) => (): string => JSON.stringify({ jsonrpc: "2.0", id: 1, error });

function reply({ method, params }: Question): string {
  const answer = answers[method];
  if (typeof answer === "function") return (answer as (params: unknown[]) => string)(params);
  return JSON.stringify({ jsonrpc: "2.0", id: 1, result: answer });
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += String(piece)));
    request.on("end", () => response.end(reply(JSON.parse(body) as Question)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  inbox = new Inbox(readSite({ name: "Local", chainId: 1337, inbox: INBOX, rpc: "./", gateways: [] }, base));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  answers = { eth_chainId: "0x539", eth_getCode: "0x60", eth_call: "0x" };
});

describe("the contract is looked for", () => {
  test("and found", async () => {
    await expect(inbox.check()).resolves.toBeUndefined();
  });

  test.each([
    ["on another chain", { eth_chainId: "0x1" }, "InboxError"],
    ["where there is none", { eth_getCode: "0x" }, "NoInboxError"],
    ["by a node that talks nonsense", { eth_chainId: () => "<html>" }, "ChainUnreachable"],
    ["by a node that says nothing", { eth_chainId: () => "null" }, "ChainUnreachable"],
    ["by a node that refuses", { eth_chainId: failure({ code: -32601, message: "not allowed" }) }, "InboxError"],
  ])("%s", async (_, said, error) => {
    Object.assign(answers, said);
    expect(await refusalOf(() => inbox.check())).toBe(error);
  });

  test("by a node that is not there", async () => {
    const nowhere = new Inbox({ ...inbox.site, rpc: "http://127.0.0.1:1/" });
    expect(await refusalOf(() => nowhere.check())).toBe("ChainUnreachable");
    expect(await refusalOf(() => nowhere.count(PATIENT))).toBe("ChainUnreachable");
  });
});

describe("a send that would be refused says why", () => {
  const stale = encodeErrorResult({ abi: imageInboxAbi, errorName: "StaleKey", args: [PATIENT, 3] });

  test.each([
    ["as geth puts it", stale],
    ["as Ganache puts it", { hash: HASH, result: stale, reason: null }],
    ["one deeper", { data: { data: stale } }],
  ])("%s", async (_, data) => {
    answers["eth_call"] = failure({ code: 3, message: "execution reverted", data });
    await expect(inbox.sendFee(recipient, SENDER, 154)).rejects.toThrow("key has changed");
  });

  test.each([
    ["no data", undefined, "execution reverted"],
    ["data of no error that is known", "0x12345678", "execution reverted"],
    ["data that is no hex", "0x1", "execution reverted"],
  ])("even with %s", async (_, data, words) => {
    answers["eth_call"] = failure({ code: 3, message: "execution reverted", data });
    await expect(inbox.sendFee(recipient, SENDER, 154)).rejects.toThrow(words);
  });

  test.each([114, 154])("its fee is that of an envelope of %d bytes", async (size) => {
    const envelope = (data: Hex): number => {
      const { args } = decodeFunctionData({ abi: imageInboxAbi, data });
      return (String(args[2]).length - 2) / 2;
    };
    answers["eth_estimateGas"] = ([{ data }]: [{ data: Hex }]) =>
      JSON.stringify({ result: `0x${envelope(data).toString(16)}` });
    Object.assign(answers, { eth_gasPrice: "0x3", eth_getBalance: "0xffff" });
    expect(await inbox.sendFee(recipient, SENDER, size)).toBe(BigInt(3 * size));
  });

  test("too little Ether, and how much more is needed", async () => {
    Object.assign(answers, { eth_estimateGas: "0x186a0", eth_gasPrice: "0x3b9aca00", eth_getBalance: "0x1" });
    const error = await inbox.sendFee(recipient, SENDER, 154).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "InsufficientFundsError", fee: 10n ** 14n, balance: 1n });
    expect((error as InsufficientFundsError).message).toContain("about 0.0001 ETH more");
  });
});

describe("an inbox", () => {
  const message = (index: number): object => ({
    sender: SENDER,
    sentAt: 1_700_000_000 + index,
    keyVersion: index,
    status: index,
    cursor: cursorOf(index),
    envelope: `0x0${index}`,
  });
  const cursorOf = (index: number): Hex => `0x${String(index).padStart(40, "c")}`;

  test("is read a page at a time, newest first", async () => {
    answers["eth_call"] = ([{ data }]: [{ data: Hex }]) => {
      const count = data.length < 100;
      const result = count
        ? encodeFunctionResult({ abi: imageInboxAbi, functionName: "count", result: 4n })
        : encodeFunctionResult({
            abi: imageInboxAbi,
            functionName: "page",
            result: [[message(3), message(2)] as never, OTHER.slice(0, 42) as Hex],
          });
      return JSON.stringify({ result });
    };
    const { messages, next } = await inbox.page(PATIENT, undefined, 2);
    expect(messages.map((each) => [each.index, each.retracted, each.acknowledged, each.keyVersion])).toEqual([
      [3, true, true, 3],
      [2, false, true, 2],
    ]);
    expect(messages[0]).toMatchObject({ sender: SENDER, recipient: PATIENT, envelope: Uint8Array.of(3) });
    expect(messages[0]?.cursor.toLowerCase()).toBe(cursorOf(3));
    expect(next?.end).toBe(2);
  });

  const listing = (count: bigint, indices: number[], next: Hex): void => {
    const abi = imageInboxAbi;
    answers["eth_call"] = ([{ data }]: [{ data: Hex }]) => {
      const result =
        data.length < 100
          ? encodeFunctionResult({ abi, functionName: "count", result: count })
          : encodeFunctionResult({ abi, functionName: "page", result: [indices.map(message) as never, next] });
      return JSON.stringify({ result });
    };
  };

  test.each([
    ["is empty where there are messages", 4n, []],
    ["is too short", 4n, [3]],
    ["is too long", 4n, [3, 2, 1]],
    ["has one message twice", 4n, [3, 3]],
    ["leads back", 4n, [3, 1]],
    ["is of more messages than an inbox can have", 2n ** 39n, [3, 2]],
    ["is of 2²⁵⁶−1 messages", 2n ** 256n - 1n, [3, 2]],
  ])("whose page %s is not believed", async (_, count, indices) => {
    listing(count, indices, cursorOf(1));
    expect(await refusalOf(() => inbox.page(PATIENT, undefined, 2))).toBe("ChainUnreachable");
  });

  test("whose next page is another than was asked for is not believed", async () => {
    listing(4n, [3, 2], cursorOf(1));
    const { next } = await inbox.page(PATIENT, undefined, 2);
    expect(await refusalOf(() => inbox.page(PATIENT, next, 2))).toBe("ChainUnreachable");
  });

  test("of 2²⁵⁶−1 messages is not walked", async () => {
    listing(2n ** 256n - 1n, [], cursorOf(1));
    expect(await refusalOf(() => inbox.message(PATIENT, 7))).toBe("ChainUnreachable");
  });

  test("without messages is empty", async () => {
    answers["eth_call"] = encodeFunctionResult({ abi: imageInboxAbi, functionName: "count", result: 0n });
    expect(await inbox.page(PATIENT)).toEqual({ messages: [] });
  });

  test("that has no such message says so", async () => {
    answers["eth_call"] = encodeFunctionResult({ abi: imageInboxAbi, functionName: "count", result: 7n });
    expect(await refusalOf(() => inbox.message(PATIENT, 7))).toBe("NoMessageError");
  });

  test("is walked a bounded number of messages a call, each from the cursor that the one before has found", async () => {
    const calls: unknown[][] = [];
    const abi = imageInboxAbi;
    const said = (result: Hex): string => JSON.stringify({ result });
    answers["eth_call"] = ([{ data }]: [{ data: Hex }]) => {
      const { functionName, args } = decodeFunctionData({ abi, data });
      if (functionName === "count") return said(encodeFunctionResult({ abi, functionName, result: 4_501n }));
      if (functionName === "cursorOf") {
        calls.push([...args].map((value) => (typeof value === "bigint" ? Number(value) : value.toLowerCase())));
        return said(encodeFunctionResult({ abi, functionName, result: cursorOf(Number(args[1])) }));
      }
      expect((args as readonly unknown[])[2]).toMatch(new RegExp(cursorOf(7), "i"));
      return said(encodeFunctionResult({ abi, functionName: "message", result: message(7) as never }));
    };
    expect(await inbox.message(PATIENT, 7)).toMatchObject({ index: 7, keyVersion: 7 });
    const patient = PATIENT.toLowerCase();
    expect(calls).toEqual([
      [patient, 2500, 4500, "0x0000000000000000000000000000000000000000"],
      [patient, 500, 2500, cursorOf(2500)],
      [patient, 7, 500, cursorOf(500)],
    ]);
  });

  test("is sought for an envelope among what is new, and a little more", async () => {
    const pages: number[] = [];
    const abi = imageInboxAbi;
    const said = (result: Hex): string => JSON.stringify({ result });
    answers["eth_call"] = ([{ data }]: [{ data: Hex }]) => {
      const { functionName, args } = decodeFunctionData({ abi, data });
      if (functionName === "count") return said(encodeFunctionResult({ abi, functionName, result: 1000n }));
      const end = Number(args[1]);
      pages.push(end);
      const found = Array.from({ length: Number(args[2]) }, (_, place) => ({
        ...message(1),
        cursor: cursorOf(end - 1 - place),
        envelope: `0x${(end - 1 - place).toString(16).padStart(4, "0")}`,
      }));
      return said(
        encodeFunctionResult({ abi, functionName: "page", result: [found as never, cursorOf(end - 1 - found.length)] }),
      );
    };
    const envelope = (index: number): Uint8Array => Uint8Array.of(index >> 8, index & 255);
    expect(await inbox.find(PATIENT, envelope(850), 700)).toMatchObject({ index: 850 });
    expect(await inbox.find(PATIENT, envelope(650), 700)).toMatchObject({ index: 650 });
    pages.length = 0;
    expect(await inbox.find(PATIENT, envelope(5), 700)).toBeUndefined();
    expect(pages).toEqual([1000, 900, 800, 700]);
  });

  test("of an account without a key takes nothing", async () => {
    answers["eth_call"] = encodeFunctionResult({ abi: imageInboxAbi, functionName: "keyOf", result: [0, "0x", NONE] });
    expect(await refusalOf(() => inbox.recipient(PATIENT))).toBe("NoKeyError");
  });
});

describe("a transaction", () => {
  const topics = encodeEventTopics({
    abi: imageInboxAbi,
    eventName: "Sent",
    args: { recipient: PATIENT, sender: SENDER, index: 5n },
  });
  const receipt = (hash: Hex, status = "0x1"): object => ({
    transactionHash: hash,
    status,
    gasUsed: "0x64",
    effectiveGasPrice: "0x2",
    logs: [
      { address: PATIENT, topics, data: "0x" },
      { address: INBOX.toLowerCase(), topics, data: "0x" },
    ],
  });
  const transaction = { hash: HASH, from: SENDER, to: INBOX, nonce: "0x7", input: "0x12" };
  const replacedBy = (other: object): void => {
    Object.assign(answers, {
      eth_getTransactionReceipt: ([hash]: [Hex]) => JSON.stringify({ result: hash === OTHER ? receipt(OTHER) : null }),
      eth_getTransactionByHash: transaction,
      eth_getTransactionCount: "0x8",
      eth_blockNumber: "0x2",
      eth_getBlockByNumber: { transactions: [{ ...transaction, hash: OTHER, ...other }] },
    });
  };

  test("that went through says its fee and the message's index", async () => {
    answers["eth_getTransactionReceipt"] = receipt(HASH);
    expect(await inbox.receipt(HASH)).toEqual({ hash: HASH, fee: 200n, index: 5 });
  });

  test("that was undone", async () => {
    answers["eth_getTransactionReceipt"] = receipt(HASH, "0x0");
    expect(await refusalOf(() => inbox.receipt(HASH))).toBe("TransactionFailed");
  });

  test("that its owner sped up counts under its new name", async () => {
    replacedBy({});
    expect(await inbox.receipt(HASH)).toMatchObject({ hash: OTHER, index: 5 });
  });

  test("that its owner cancelled", async () => {
    replacedBy({ to: SENDER, input: "0x" });
    expect(await refusalOf(() => inbox.receipt(HASH))).toBe("TransactionReplaced");
  });

  test("that the node has known nothing of for a while is lost", async () => {
    answers["eth_getTransactionReceipt"] = null;
    answers["eth_getTransactionByHash"] = null;
    expect(await refusalOf(() => inbox.receipt(HASH, undefined, 0))).toBe("TransactionLost");
    answers["eth_getTransactionByHash"] = transaction;
    answers["eth_getTransactionCount"] = "0x7";
    expect(await refusalOf(() => inbox.receipt(HASH, AbortSignal.timeout(50), 0))).toBe("TimeoutError");
  });

  test.each([
    ["block", receipt(HASH, "0x0"), transaction],
    ["pool", null, transaction],
    ["nowhere", null, null],
  ])("is known to be in the %s", async (where, found, known) => {
    answers["eth_getTransactionReceipt"] = found;
    answers["eth_getTransactionByHash"] = known;
    expect(await inbox.whereIs(HASH)).toBe(where);
  });

  test("that is in no block yet counts as one that the account has on its way", async () => {
    const count =
      (pending: string) =>
      ([, block]: string[]) =>
        JSON.stringify({ result: block === "pending" ? pending : "0x7" });
    answers["eth_getTransactionCount"] = count("0x8");
    expect(await inbox.hasPending(SENDER)).toBe(true);
    answers["eth_getTransactionCount"] = count("0x7");
    expect(await inbox.hasPending(SENDER)).toBe(false);
  });

  test("is waited for until that is stopped, also while the chain is out of reach", async () => {
    const nowhere = new Inbox({ ...inbox.site, rpc: "http://127.0.0.1:1/" });
    expect(await refusalOf(() => nowhere.receipt(HASH, AbortSignal.timeout(100)))).toBe("TimeoutError");
    answers["eth_getTransactionReceipt"] = null;
    answers["eth_getTransactionByHash"] = null;
    const stop = new AbortController();
    const waiting = inbox.receipt(HASH, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 50);
    expect(await refusalOf(() => waiting)).toBe("AbortError");
  });
});

test("what wallets are asked to send is what the contract takes", () => {
  const sent = inbox.sendCall({ ...recipient, keyVersion: 2 }, Uint8Array.of(2, 3));
  const parameters = [{ type: "address" }, { type: "uint32" }, { type: "bytes" }] as const;
  expect(sent.to).toBe(INBOX);
  expect(`0x${sent.data.slice(10)}`).toBe(encodeAbiParameters(parameters, [PATIENT, 2, "0x0203"]));
});

test.each([
  [0n, "0", "0"],
  [1n, "0.000000000000000001", "0.000000000000000001"],
  [10n ** 18n, "1", "1"],
  [123_456_789_000_000n, "0.000123456789", "0.00013"],
  [12_345n * 10n ** 18n, "12345", "13000"],
])("%d wei are read as Ether", (wei, exact, about) => {
  expect([ether(wei), aboutEther(wei)]).toEqual([exact, about]);
});
