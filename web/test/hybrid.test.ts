import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Recipient } from "../src/chain/inbox.ts";
import { rawCid } from "../src/formats/block.ts";
import { cidText } from "../src/formats/bytes.ts";
import { type HybridKey, parseHybridKey } from "../src/formats/hybridKey.ts";
import type { NamedRecipient } from "../src/formats/keyCard.ts";
import { recipientOf } from "../src/formats/keyPacket.ts";
import { hybridOf } from "../src/recipients/hybrid.ts";
import { refusalOf } from "./vectors.ts";

const own: Recipient = {
  address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  publicKey: new Uint8Array(33),
  keyVersion: 0,
};
let key: HybridKey;
let other: HybridKey;
let server: Server;
let gateways: string[];
/** What the gateway has, by CID. */
const kept = new Map<string, string>();
let asked: string[] = [];

beforeAll(async () => {
  key = parseHybridKey(await recipientOf(new Uint8Array(32).fill(1)));
  other = parseHybridKey(await recipientOf(new Uint8Array(32).fill(2)));
  server = createServer((request, response) => {
    const cid = (request.url ?? "").slice(1).replace("?format=raw", "");
    asked.push(cid);
    const text = kept.get(cid);
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gateways = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const publish = ({ digest }: HybridKey, text: string): void => {
  asked = [];
  kept.clear();
  kept.set(cidText(rawCid(digest)), text);
};

const found = (recipient: Recipient, hybrid?: NamedRecipient["hybrid"]): Promise<HybridKey | null> =>
  hybridOf(recipient, hybrid ? { hybrid } : {}, gateways);

const registered = (digest?: Uint8Array): Recipient => ({
  ...own,
  keyVersion: 1,
  ...(digest && { hybridDigest: digest }),
});

describe("a key in force without a hybrid digest", () => {
  test("gets suite 1 where nothing was promised", async () => {
    expect(await found(own)).toBeNull();
    expect(await found(registered())).toBeNull();
  });

  test("is refused where the card promises suite 2", async () => {
    expect(await refusalOf(() => found(registered(), key))).toBe("HybridNotInForce");
    expect(await refusalOf(() => found(registered(), { digest: key.digest }))).toBe("HybridNotInForce");
  });
});

describe("a promised hybrid key", () => {
  test("is that of the card, of which nothing is fetched", async () => {
    publish(key, key.recipient);
    expect(await found(own, key)).toEqual(key);
    expect(await found(registered(key.digest), key)).toEqual(key);
    expect(asked).toEqual([]);
  });

  test("is fetched by the digest of a code, or of the key in force", async () => {
    publish(key, key.recipient);
    expect(await found(own, { digest: key.digest })).toEqual(key);
    expect(await found(registered(key.digest))).toEqual(key);
    expect(asked).toHaveLength(2);
  });

  test("is the one in force, whatever the card says", async () => {
    publish(key, key.recipient);
    expect(await found(registered(key.digest), other)).toEqual(key);
  });

  test("is refused where it is nowhere to be had: nothing is sent in suite 1 instead", async () => {
    publish(other, other.recipient);
    expect(await refusalOf(() => found(own, { digest: key.digest }))).toBe("NoHybridRecipient");
    expect(await refusalOf(() => found(registered(key.digest)))).toBe("NoHybridRecipient");
    expect(await refusalOf(() => found(registered(key.digest), other))).toBe("NoHybridRecipient");
  });

  test("is refused where the storage sends another", async () => {
    publish(key, other.recipient);
    expect(await refusalOf(() => found(own, { digest: key.digest }))).toBe("NoHybridRecipient");
  });

  test("is refused where the digest is that of no recipient", async () => {
    const text = "hello";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Buffer.from(text)));
    publish({ recipient: "", digest }, text);
    expect(await refusalOf(() => found(own, { digest }))).toBe("NoHybridRecipient");
  });
});
