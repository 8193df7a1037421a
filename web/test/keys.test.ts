import { describe, expect, test } from "vitest";
import { signedActFile, typedData, typedDigest } from "../src/formats/signedAct.ts";
import { fromHex, type Hex, toHex } from "../src/formats/bytes.ts";
import { KeyFormatError, NotDerivable } from "../src/errors.ts";
import { Inbox } from "../src/chain/inbox.ts";
import { addressOf, parseAddress, parsePrivateKey, publicKeyOf, signDigest } from "../src/formats/publicKey.ts";
import { parseRecipient } from "../src/formats/keyCard.ts";
import { readSite } from "../src/site.ts";
import type { Wallet } from "../src/wallet/wallet.ts";
import { walletSignature } from "../src/wallet/signing.ts";
import { python } from "./python.ts";
import { refusalOf } from "./vectors.ts";

const SECRET = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"; // of test networks
const KEY = fromHex(SECRET);
const PUBLIC = toHex(publicKeyOf(KEY));
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("a recipient is named", () => {
  test.each([
    ["by address", ADDRESS],
    ["by address in small letters", ADDRESS.toLowerCase()],
    ["by address without 0x", ADDRESS.slice(2)],
    ["by a scanned address", `ethereum:${ADDRESS}@1?value=0`],
    ["by a scanned address to be paid", `ethereum:pay-${ADDRESS}`],
    ["by public key", PUBLIC],
    ["by public key with spaces around", `  ${PUBLIC}\n`],
    ["by key card", JSON.stringify({ public_key: PUBLIC, address: ADDRESS, name: "x" })],
  ])("%s", (_, text) => {
    const { address, publicKey } = parseRecipient(text);
    expect(address).toBe(ADDRESS);
    expect(publicKey && toHex(publicKey)).toBe(/key/.test(_) ? PUBLIC : undefined);
  });

  test.each([
    ["", "missing"],
    ["hello", "not an address"],
    [ADDRESS.slice(0, -1), "too short"],
    [`${ADDRESS}0`, "too long"],
    [`${ADDRESS.slice(0, -1)}g`, "a sign that can’t be in one"],
    [ADDRESS.replace("7099", "7098").replace("C518", "c518"), "One sign of the address is wrong"],
    ["{", "damaged"],
    ["{}", "not a key card"],
    [JSON.stringify({ public_key: PUBLIC, address: `0x${"11".repeat(20)}` }), "not that of its key"],
    [SECRET, "Never hand it over"],
  ])("not by %s: %s", (text, words) => {
    expect(() => parseRecipient(text)).toThrow(KeyFormatError);
    expect(() => parseRecipient(text)).toThrow(words);
  });

  test.each([
    ["words", `${"abandon ".repeat(23)}art`],
    ["an age file", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----"],
    ["a keystore", JSON.stringify({ version: 3, Crypto: {} })],
  ])("not by what a key file holds, as %s: the key card is asked for", (_, text) => {
    expect(() => parseRecipient(text)).toThrow(
      "Never hand it over: ask for the key card, and have its owner make new keys.",
    );
  });

  test("not by a private key, of which the error shows nothing", () => {
    expect(() => parseRecipient(SECRET)).not.toThrow(SECRET.slice(2, 10));
  });
});

test("an address of one case has no checksum to be wrong", () => {
  expect(parseAddress(`0x${ADDRESS.slice(2).toUpperCase()}`)).toBe(ADDRESS);
});

describe("a private key", () => {
  test("is 64 signs, with or without 0x", () => {
    expect(parsePrivateKey(SECRET)).toEqual(KEY);
    expect(parsePrivateKey(` ${SECRET.slice(2).toUpperCase()}\n`)).toEqual(KEY);
  });

  test.each([
    ["", "missing"],
    [SECRET.slice(0, -1), "too short"],
    [`${SECRET}0`, "too long"],
    [`${SECRET.slice(0, -1)}g`, "can’t be in one"],
    [`0x${"00".repeat(32)}`, "not a valid key"],
    [`0x${"ff".repeat(32)}`, "not a valid key"],
  ])("is not %s: %s, and the error shows nothing of it", (text, words) => {
    expect(() => parsePrivateKey(text)).toThrow(words);
    expect(() => parsePrivateKey(text)).not.toThrow(SECRET.slice(10, 16));
  });
});

const site = readSite(
  {
    name: "Local",
    chainId: 1337,
    inbox: "0xD5a216726aD004196c6D121F0918e3B0096FEb09",
    rpc: "./rpc",
    gateways: ["./ipfs/"],
  },
  new URL("http://127.0.0.1:1/site.json"),
);

describe("a signed act", () => {
  test("is read by Python, and its signature is the account's", () => {
    const inbox = new Inbox(site);
    const acts = [
      inbox.registerKeyAct(ADDRESS, 1, publicKeyOf(KEY), 2_000_000_000),
      inbox.acknowledgeAct({ recipient: ADDRESS, index: 7, cursor: site.inbox }, 2_000_000_000),
    ];
    const program = `
import sys
from eth_account import Account
from radiogram.formats.signed_act import parse_signed_act, signable
signed = parse_signed_act(sys.stdin.buffer.read())
signer = Account.recover_message(signable(signed.act, signed.chain_id, signed.inbox, signed.deadline), signature=signed.signature)
print(signer, type(signed.act).__name__)`;
    const read = acts.map((act) => {
      const signature = toHex(signDigest(typedDigest(typedData(act)), KEY));
      return python(program, [], Buffer.from(signedActFile(act, signature)))
        .toString()
        .trim();
    });
    expect(read).toEqual([`${ADDRESS} RegisterKey`, `${ADDRESS} Acknowledge`]);
  });
});

describe("a key from a wallet's signature", () => {
  const walletOf = (...signatures: Hex[]): Wallet =>
    ({ account: ADDRESS, signTypedData: () => Promise.resolve(signatures.shift()) }) as unknown as Wallet;
  const inboxWith = (isContract: boolean): Inbox =>
    ({ isContract: () => Promise.resolve(isContract) }) as unknown as Inbox;

  test("takes two signatures that are the same", async () => {
    const times: number[] = [];
    expect(await walletSignature(walletOf("0xAB", "0xab"), inboxWith(false), (time) => times.push(time))).toBe("0xAB");
    expect(times).toEqual([1, 2]);
  });

  test.each([
    ["two that differ", walletOf("0xab", "0xac"), inboxWith(false)],
    ["those of a program", walletOf("0xab", "0xab"), inboxWith(true)],
  ])("does not take %s", async (_, wallet, inbox) => {
    await expect(walletSignature(wallet, inbox)).rejects.toThrow(NotDerivable);
  });
});

describe("site.json", () => {
  test("may name relative URLs, and leave out what it has not", () => {
    expect(site).toMatchObject({
      rpc: "http://127.0.0.1:1/rpc",
      gateways: ["http://127.0.0.1:1/ipfs/"],
      upload: null,
      addChain: null,
      directory: {},
      relay: null,
    });
  });

  test.each([
    null,
    {},
    { name: "x", chainId: "1", rpc: "", gateways: [] },
    { name: "x", chainId: 1, rpc: "", gateways: [7] },
  ])("is refused: %j", async (value) => {
    expect(await refusalOf(() => readSite(value, new URL("http://localhost/")))).toBe("SiteError");
  });
});

test("addresses are those of Ethereum", () => {
  expect(addressOf(publicKeyOf(KEY))).toBe(ADDRESS);
});
