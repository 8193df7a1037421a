/** The inbox contract: list messages, look keys up, prepare transactions for a wallet. */

import type { Address, ContractErrorName } from "viem";
import { decodeErrorResult, decodeEventLog, decodeFunctionResult, encodeFunctionData, getAddress } from "viem/utils";
import { imageInboxAbi } from "./generated/ImageInbox.ts";
import { acknowledge, type Act, keyValues, registerKey, valuesOf } from "../formats/signedAct.ts";
import { equal, fromHex, type Hex, toHex } from "../formats/bytes.ts";
import { askChain, RpcError } from "./rpc.ts";
import {
  ChainUnreachable,
  InboxError,
  InsufficientFundsError,
  NoInboxError,
  NoKeyError,
  NoMessageError,
  TransactionFailed,
  TransactionLost,
  TransactionReplaced,
} from "../errors.ts";
import { aboutEther } from "./ether.ts";
import { addressOf } from "../formats/publicKey.ts";
import type { Site } from "../site.ts";
import { pause } from "../waiting.ts";

/** One entry of an inbox, as the chain holds it. */
export interface Message {
  recipient: Address;
  index: number;
  sender: Address;
  /** Time of the block that holds it. */
  sentAt: Date;
  /** Which of the recipient's keys it was sealed to; 0 is the account's own. */
  keyVersion: number;
  /** Its sender has taken it back. */
  retracted: boolean;
  /** Its recipient has said that it came. */
  acknowledged: boolean;
  /** Where the contract keeps it; commits to all but the status, and names the message to the contract. */
  cursor: Address;
  envelope: Uint8Array;
}

/** Whom an envelope is for. */
export interface Recipient {
  address: Address;
  /** 33 bytes; what the envelope is sealed to. */
  publicKey: Uint8Array;
  keyVersion: number;
  /** That was registered with the key, 32 bytes: messages are sealed to that hybrid key too. */
  hybridDigest?: Uint8Array;
}

/** Where the next page begins. */
export interface Cursor {
  /** One above the first index. */
  end: number;
  address: Address;
}

/** A transaction to the contract, to be signed. */
export interface ContractCall {
  to: Address;
  data: Hex;
}

/** What the chain says of a transaction that it took. */
export interface Receipt {
  /** Of the transaction that counted: another than was asked for if its owner sped it up in the wallet. */
  hash: Hex;
  /** Wei paid. */
  fee: bigint;
  /** Where a `send` put its message. */
  index?: number;
}

/** As `page` returns it. */
interface RawMessage {
  sender: Address;
  sentAt: number;
  keyVersion: number;
  status: number;
  cursor: Address;
  envelope: Hex;
}

interface RawTransaction {
  hash: Hex;
  from: string;
  to: string | null;
  nonce: Hex;
  input: Hex;
}

interface RawReceipt {
  transactionHash: Hex;
  status: Hex;
  gasUsed: Hex;
  effectiveGasPrice: Hex;
  logs: { address: string; topics: [Hex, ...Hex[]]; data: Hex }[];
}

const RETRACTED = 1;
const ACKNOWLEDGED = 2;
const NEWEST: Address = "0x0000000000000000000000000000000000000000";
const PAGE_MESSAGES = 20;
const MOST_MESSAGES = 2n ** 39n - 1n; // the contract counts with 39 bits
const SEEK_MESSAGES = 100; // a page, where one message is sought
const REORDERED = 100; // messages before, among which a chain that was reorganised may have put one
const STRIDE = 2000; // messages that one call walks past, at 2,700 gas each: within every node's limit for a call
const APPROVALS_ASKED = 100; // in one call
const POLL = 1500; // milliseconds between looks for a receipt
const BLOCKS_BACK = 20; // in which a transaction that took another's place is looked for

/** What to make of the contract's errors, where the reader can do something about it. */
const REFUSALS: Partial<Record<ContractErrorName<typeof imageInboxAbi>, string>> = {
  StaleKey: "The patient’s key has changed meanwhile. Send it again.",
  NotApproved: "This inbox takes images from approved senders only, and you are not one of them now. Ask the patient.",
  NotSender: "Only its sender can take a message back: choose that account in your wallet.",
  Expired: "The signature has run out. Sign again.",
  BadVersion: "The key on record has changed meanwhile. Sign again.",
  BadCursor: "The chain has changed under this message. Look at the list again.",
  BadSignature: "The signature is not that of this account. Sign again.",
  NoMessage: "There is no such message.",
};

/** The ImageInbox contract of a site. All that asks the chain throws ChainUnreachable, InboxError. */
export class Inbox {
  readonly site: Site;
  /** As of which block it is read. */
  readonly #block: Hex | "latest";

  constructor(site: Site, block: Hex | "latest" = "latest") {
    this.site = site;
    this.#block = block;
  }

  /** The same as it was after a block. */
  atBlock(number: number): Inbox {
    return new Inbox(this.site, `0x${number.toString(16)}`);
  }

  /** Throws NoInboxError if there is no contract, InboxError if it is another chain. */
  async check(): Promise<void> {
    const chainId = Number(await this.#ask("eth_chainId", []));
    if (chainId !== this.site.chainId) {
      throw new InboxError(
        `This copy of Radiogram is set up for chain ${this.site.chainId}, and its node is on ${chainId}.`,
      );
    }
    if (!(await this.isContract(this.site.inbox))) {
      throw new NoInboxError(
        `There is no inbox contract on ${this.site.name}: this copy of Radiogram is not ready yet.`,
      );
    }
  }

  /** How many messages `recipient` was ever sent. */
  async count(recipient: Address): Promise<number> {
    const count = (await this.#view("count", [recipient])) as bigint;
    if (count > MOST_MESSAGES) throw untrue(`${count} messages in one inbox`);
    return Number(count);
  }

  /** Messages, newest first, from the newest or from `from` on. `next` is missing after the last. */
  async page(
    recipient: Address,
    from?: Cursor,
    limit = PAGE_MESSAGES,
  ): Promise<{ messages: Message[]; next?: Cursor }> {
    const { end, address } = from ?? { end: await this.count(recipient), address: NEWEST };
    if (end === 0) return { messages: [] };
    const said = await this.#view("page", [recipient, BigInt(end), BigInt(limit), address]);
    const [raw, cursor] = said as [RawMessage[], Address];
    if (raw.length !== Math.min(end, limit)) throw untrue(`${raw.length} messages of ${Math.min(end, limit)}`);
    const messages = raw.map((each, place) => readMessage(recipient, end - 1 - place, each));
    const cursors = [...messages.map((each) => each.cursor), cursor];
    if (new Set(cursors).size < cursors.length || (from && cursors[0] !== address))
      throw untrue("the same messages again");
    const left = end - messages.length;
    return left > 0 ? { messages, next: { end: left, address: cursor } } : { messages };
  }

  /** Throws NoMessageError. */
  async message(recipient: Address, index: number): Promise<Message> {
    let start = (await this.count(recipient)) - 1;
    if (index > start) throw new NoMessageError("There is no such message.");
    let cursor = NEWEST;
    while (start > index) {
      const target = Math.max(index, start - STRIDE);
      cursor = (await this.#view("cursorOf", [recipient, BigInt(target), BigInt(start), cursor])) as Address;
      start = target;
    }
    const raw = (await this.#view("message", [recipient, BigInt(index), cursor])) as RawMessage;
    if (cursor !== NEWEST && raw.cursor !== cursor) throw untrue("another message");
    return readMessage(recipient, index, raw);
  }

  /** The message with `envelope`, sought among those after the first `since` and some before. */
  async find(recipient: Address, envelope: Uint8Array, since: number): Promise<Message | undefined> {
    let from: Cursor | undefined;
    do {
      const { messages, next } = await this.page(recipient, from, SEEK_MESSAGES);
      const found = messages.find((each) => equal(each.envelope, envelope));
      if (found) return found;
      from = next;
    } while (from && from.end > since - REORDERED);
    return undefined;
  }

  /** Whom to seal to: the key that `address` registered, or else its own, if `publicKey` says what that is. Throws NoKeyError. */
  async recipient(address: Address, publicKey?: Uint8Array): Promise<Recipient> {
    const { version: keyVersion, ...registered } = await this.keyOf(address);
    if (registered.publicKey) return { address, keyVersion, ...registered, publicKey: registered.publicKey };
    if (!publicKey) throw new NoKeyError("This address cannot get images yet. The patient must make a key first.");
    if (addressOf(publicKey) !== address) {
      throw new NoKeyError(`That public key belongs to ${addressOf(publicKey)}, not to ${address}. Ask again.`);
    }
    return { address, publicKey, keyVersion: 0 };
  }

  /** The key that `account` registered last (33 bytes); version 0 and no key: its own. */
  async keyOf(account: Address): Promise<{ version: number; publicKey?: Uint8Array; hybridDigest?: Uint8Array }> {
    const [version, key, hybrid] = (await this.#view("keyOf", [account])) as [number, Hex, Hex];
    if (version === 0) return { version };
    const publicKey = fromHex(key);
    return BigInt(hybrid) === 0n ? { version, publicKey } : { version, publicKey, hybridDigest: fromHex(hybrid) };
  }

  /** Whether there is code at the address, delegated code (EIP-7702) included. */
  async isContract(address: Address): Promise<boolean> {
    return (await this.#ask("eth_getCode", [address, "latest"])) !== "0x";
  }

  /** Wei. */
  async balance(address: Address): Promise<bigint> {
    return BigInt((await this.#ask("eth_getBalance", [address, "latest"])) as Hex);
  }

  /** Whether `account` takes messages from approved senders only, and how often that has changed. */
  async restriction(account: Address): Promise<{ restricted: boolean; version: number }> {
    const [restricted, version] = (await this.#view("restrictionOf", [account])) as [boolean, number];
    return { restricted, version };
  }

  /** `until`: Unix time of the last second at which `account` takes messages of `sender`, 0 for none. */
  async approval(account: Address, sender: Address): Promise<{ until: number; version: number }> {
    const [until, version] = (await this.#view("approvalOf", [account, sender])) as [number, number];
    return { until, version };
  }

  /** Which of `senders` have an approval of `account` that has not run out, by one call for each hundred. */
  async approved(account: Address, senders: readonly Address[], now = Date.now()): Promise<Address[]> {
    const found: Address[] = [];
    for (let start = 0; start < senders.length; start += APPROVALS_ASKED) {
      const some = senders.slice(start, start + APPROVALS_ASKED);
      const calls = some.map((sender) => this.#call("approvalOf", [account, sender]).data);
      const results = (await this.#view("multicall", [calls])) as Hex[];
      found.push(...some.filter((_, place) => BigInt((results[place] ?? "0x").slice(0, 66)) * 1000n > now));
    }
    return found;
  }

  /**
   * What a send of an envelope of this size will cost, in wei, at the present gas price. It is tried without being sent.
   * Throws InboxError for what the contract would refuse, InsufficientFundsError.
   */
  sendFee(recipient: Recipient, sender: Address, envelopeBytes: number): Promise<bigint> {
    const placeholder = Uint8Array.from({ length: envelopeBytes }, (_, place) => place || 2); // few zeros: as dear as one
    return this.fee(this.sendCall(recipient, placeholder), sender);
  }

  /** The same for any transaction to the contract. */
  async fee(request: ContractCall, from: Address): Promise<bigint> {
    await this.#ask("eth_call", [{ from, ...request }, "latest"]); // says why, if it is refused
    const gas = await this.#ask("eth_estimateGas", [{ from, ...request }]);
    const fee = BigInt(gas as Hex) * BigInt((await this.#ask("eth_gasPrice", [])) as Hex);
    const balance = await this.balance(from);
    if (balance < fee) throw this.#tooLittle(fee, balance);
    return fee;
  }

  sendCall({ address, keyVersion }: Recipient, envelope: Uint8Array): ContractCall {
    return this.#call("send", [address, keyVersion, toHex(envelope)]);
  }

  /** Sent by the recipient. */
  acknowledgeCall({ index, cursor }: Pick<Message, "index" | "cursor">): ContractCall {
    return this.#call("acknowledge", [BigInt(index), cursor]);
  }

  /** Sent by the message's sender. */
  retractCall({ recipient, index, cursor }: Pick<Message, "recipient" | "index" | "cursor">): ContractCall {
    return this.#call("retract", [recipient, BigInt(index), cursor]);
  }

  registerKeyCall(publicKey: Uint8Array, hybridDigest?: Uint8Array): ContractCall {
    return this.#call("registerKey", Object.values(keyValues(publicKey, hybridDigest)));
  }

  /** For the account to sign: from now on messages to it are sealed to this key. `version` is one above keyOf's. */
  registerKeyAct(
    account: Address,
    version: number,
    publicKey: Uint8Array,
    deadline: number,
    hybridDigest?: Uint8Array,
  ): Act {
    return registerKey(this.site, account, version, publicKey, deadline, hybridDigest);
  }

  /** For the recipient to sign: it has received this message. */
  acknowledgeAct(message: Pick<Message, "recipient" | "index" | "cursor">, deadline: number): Act {
    return acknowledge(this.site, message.recipient, message, deadline);
  }

  /** What puts a signed act on the chain, sent by anyone. */
  relayCall(act: Act, signature: Hex): ContractCall {
    const method = `${act.act.charAt(0).toLowerCase()}${act.act.slice(1)}BySignature`;
    return this.#call(method, [...valuesOf(act), signature]);
  }

  /** Whether the node knows the transaction: in a block (undone ones too), on its way there, or not at all. */
  async whereIs(hash: Hex): Promise<"block" | "pool" | "nowhere"> {
    if (await this.#receiptOf(hash, undefined)) return "block";
    return (await this.#ask("eth_getTransactionByHash", [hash])) === null ? "nowhere" : "pool";
  }

  /** Whether the node has transactions of `account` that are in no block yet. */
  async hasPending(account: Address): Promise<boolean> {
    const count = async (block: string): Promise<bigint> =>
      BigInt((await this.#ask("eth_getTransactionCount", [account, block])) as Hex);
    return (await count("pending")) > (await count("latest"));
  }

  /**
   * Waits until the chain holds the transaction, also while the chain is out of reach. Throws TransactionFailed
   * (undone), TransactionReplaced (cancelled in the wallet, or another sent in its place), AbortError; TransactionLost
   * once the node has known nothing of it for `patience` milliseconds.
   */
  async receipt(hash: Hex, signal?: AbortSignal, patience = Infinity): Promise<Receipt> {
    let seen: RawTransaction | undefined;
    let known = performance.now();
    for (;;) {
      try {
        const receipt = await this.#receiptOf(hash, signal);
        if (receipt) return this.#read(receipt);
        const now = (await this.#ask("eth_getTransactionByHash", [hash], signal)) as RawTransaction | null;
        if (now) [seen, known] = [now, performance.now()];
        const other = seen && (await this.#replacement(seen, signal));
        if (other) return await this.receipt(other, signal, patience);
        if (!now && performance.now() - known > patience) {
          throw new TransactionLost(`The network has lost transaction ${hash}.`);
        }
      } catch (error) {
        if (!(error instanceof ChainUnreachable)) throw error;
      }
      await pause(POLL, signal);
    }
  }

  async #receiptOf(hash: Hex, signal: AbortSignal | undefined): Promise<RawReceipt | undefined> {
    return ((await this.#ask("eth_getTransactionReceipt", [hash], signal)) as RawReceipt | null) ?? undefined;
  }

  #read({ transactionHash: hash, status, gasUsed, effectiveGasPrice, logs }: RawReceipt): Receipt {
    if (BigInt(status) === 0n) throw new TransactionFailed(`The network did not accept transaction ${hash}.`);
    const fee = BigInt(gasUsed) * BigInt(effectiveGasPrice);
    for (const { address, topics, data } of logs) {
      if (address.toLowerCase() !== this.site.inbox.toLowerCase()) continue;
      const event = decodeEventLog({ abi: imageInboxAbi, topics, data });
      if (event.eventName === "Sent") return { hash, fee, index: Number(event.args.index) };
    }
    return { hash, fee };
  }

  /** The same call in another transaction that took this one's place; undefined while nothing did. */
  async #replacement(seen: RawTransaction, signal: AbortSignal | undefined): Promise<Hex | undefined> {
    const used = BigInt((await this.#ask("eth_getTransactionCount", [seen.from, "latest"], signal)) as Hex);
    if (used <= BigInt(seen.nonce) || (await this.#receiptOf(seen.hash, signal))) return undefined;
    const last = Number(await this.#ask("eth_blockNumber", [], signal));
    for (let number = last; number > Math.max(last - BLOCKS_BACK, -1); number--) {
      const block = await this.#ask("eth_getBlockByNumber", [`0x${number.toString(16)}`, true], signal);
      const { transactions } = block as { transactions: RawTransaction[] };
      const other = transactions.find((each) => each.from === seen.from && BigInt(each.nonce) === BigInt(seen.nonce));
      if (other?.hash === seen.hash || (other && other.to === seen.to && other.input === seen.input)) return other.hash;
    }
    throw new TransactionReplaced("You cancelled the transaction in your wallet, or sent another in its place.");
  }

  async #view(functionName: string, args: unknown[]): Promise<unknown> {
    const { to, data } = this.#call(functionName, args);
    const result = (await this.#ask("eth_call", [{ to, data }, this.#block])) as Hex;
    if (result === "0x") throw new NoInboxError(`There is no inbox contract on ${this.site.name}.`);
    return decodeFunctionResult({ abi: imageInboxAbi, functionName: functionName as "count", data: result });
  }

  #call(functionName: string, args: readonly unknown[]): ContractCall {
    const call = { abi: imageInboxAbi, functionName, args } as unknown as Parameters<typeof encodeFunctionData>[0];
    return { to: this.site.inbox, data: encodeFunctionData(call) };
  }

  async #ask(method: string, params: unknown[], signal?: AbortSignal): Promise<unknown> {
    try {
      return await askChain(this.site.rpc, method, params, signal);
    } catch (error) {
      throw error instanceof RpcError ? refusal(error) : error;
    }
  }

  #tooLittle(fee: bigint, balance: bigint): InsufficientFundsError {
    const symbol = this.site.addChain?.nativeCurrency.symbol ?? "ETH";
    const error = new InsufficientFundsError(
      `Your wallet has too little for the fee. It needs about ${aboutEther(fee - balance)} ${symbol} more.`,
    );
    return Object.assign(error, { fee, balance });
  }
}

function readMessage(recipient: Address, index: number, raw: RawMessage): Message {
  return {
    recipient,
    index,
    sender: getAddress(raw.sender),
    sentAt: new Date(raw.sentAt * 1000),
    keyVersion: raw.keyVersion,
    retracted: (raw.status & RETRACTED) !== 0,
    acknowledged: (raw.status & ACKNOWLEDGED) !== 0,
    cursor: raw.cursor,
    envelope: fromHex(raw.envelope),
  };
}

function untrue(what: string): ChainUnreachable {
  return new ChainUnreachable(`The network does not answer as it should (${what}). Try again.`);
}

function refusal({ message, revert }: RpcError): InboxError {
  if (/insufficient funds/i.test(message)) return new InsufficientFundsError("Your wallet has too little for the fee.");
  const name = revert && errorName(revert);
  if (name === "NoMessage") return new NoMessageError("There is no such message.");
  if (name) return new InboxError(REFUSALS[name] ?? `The contract refused: ${name}.`);
  return new InboxError(`The network refused: ${message}.`);
}

function errorName(revert: Hex): ContractErrorName<typeof imageInboxAbi> | undefined {
  try {
    return decodeErrorResult({ abi: imageInboxAbi, data: revert }).errorName;
  } catch {
    return undefined;
  }
}
