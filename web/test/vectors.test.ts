import { describe, expect, test } from "vitest";
import { type Act, signedActFile, typedData, typedDigest } from "../src/formats/signedAct.ts";
import { type Arrival, arrivalFile, arrivalText } from "../src/formats/receipt.ts";
import { type Share, shareText, signedShareFile } from "../src/formats/signedShare.ts";
import { personalDigest } from "../src/formats/signature.ts";
import { unpack } from "../src/formats/bundle.ts";
import { fromHex, type Hex, toHex } from "../src/formats/bytes.ts";
import { decrypt } from "../src/formats/ciphertext.ts";
import { type Context, contextDigest } from "../src/formats/context.ts";
import { keyFromSignature, keyRequest } from "../src/formats/derivedKey.ts";
import { digestOf } from "../src/formats/digest.ts";
import { openEnvelope } from "../src/formats/envelope.ts";
import { KeyFormatError } from "../src/errors.ts";
import { fingerprint } from "../src/formats/fingerprint.ts";
import { addressOf, parsePublicKey, publicKeyOf, signDigest } from "../src/formats/publicKey.ts";
import { parseRecipient } from "../src/formats/keyCard.ts";
import { signingText } from "../src/formats/manifest.ts";
import { recover, signerOf } from "../src/formats/signature.ts";
import { base64, refusalOf, streamed, vectors } from "./vectors.ts";

interface RawContext {
  chain_id: number;
  inbox: Hex;
  sender: Hex;
  recipient: Hex;
}

interface EnvelopeVector {
  why?: string;
  error: string;
  envelope: Hex;
  private_key: Hex;
  context: RawContext;
  context_digest: Hex;
  contents: { content_key: Hex; cid: Hex; ciphertext_bytes: string };
}

function contextOf({ chain_id: chainId, inbox, sender, recipient }: RawContext): Context {
  return { chainId, inbox, sender, recipient };
}

describe("envelope", () => {
  const { open, refuse } = vectors("envelope.json") as { open: EnvelopeVector[]; refuse: EnvelopeVector[] };

  test.each(open)("says what its vector says %#", ({ envelope, private_key, context, context_digest, contents }) => {
    const said = openEnvelope(fromHex(envelope), fromHex(private_key), contextOf(context));
    if (said.suite !== 1) throw new Error("of suite 2");
    expect(toHex(said.reference.contentKey)).toBe(contents.content_key);
    expect(toHex(said.reference.cid)).toBe(contents.cid);
    expect(said.reference.ciphertextBytes).toBe(BigInt(contents.ciphertext_bytes));
    expect(toHex(contextDigest(contextOf(context)))).toBe(context_digest);
  });

  test.each(refuse)("is refused: $why", async ({ envelope, private_key, context, error }) => {
    const work = (): unknown => openEnvelope(fromHex(envelope), fromHex(private_key), contextOf(context));
    expect(await refusalOf(work)).toBe(error);
  });
});

interface KeyVector {
  why: string;
  text: string;
  public_key: Hex;
  address: Hex;
  fingerprint: string[];
}

describe("public key", () => {
  const { read, refuse } = vectors("public_key.json") as { read: KeyVector[]; refuse: KeyVector[] };

  test.each(read)("$text is read", ({ text, public_key, address, fingerprint: words }) => {
    const key = parsePublicKey(text);
    expect(toHex(key)).toBe(public_key);
    expect(addressOf(key)).toBe(address);
    expect(fingerprint(key)).toEqual(words);
  });

  test.each(refuse)("is refused: $why", ({ text }) => {
    expect(() => parsePublicKey(text)).toThrow(KeyFormatError);
  });
});

interface CardVector {
  why: string;
  card: string;
  public_key: Hex;
  address: Hex;
  hybrid_digest?: Hex | null;
  hybrid_recipient?: string | null;
  fingerprint?: string[];
  name?: string;
  error?: string;
}

describe("key card", () => {
  const { read, refuse, addresses } = vectors("key_card.json") as Record<"read" | "refuse" | "addresses", CardVector[]>;

  test.each(read)("is read: $why", (vector) => {
    const { address, publicKey = new Uint8Array(), hybrid, name } = parseRecipient(vector.card);
    expect([address, toHex(publicKey)]).toEqual([vector.address, vector.public_key]);
    expect(hybrid ? toHex(hybrid.digest) : null).toBe(vector.hybrid_digest ?? null);
    expect(hybrid?.recipient ?? null).toBe(vector.hybrid_recipient ?? null);
    if (vector.fingerprint) expect(fingerprint(publicKey, hybrid?.digest)).toEqual(vector.fingerprint);
    if (vector.name !== undefined) expect(name ?? "").toBe(vector.name);
  });

  test.each(addresses)("of an account that registered its keys is read: $why", (vector) => {
    const { address, publicKey, hybrid } = parseRecipient(vector.card);
    expect([address, publicKey, hybrid?.recipient]).toEqual([vector.address, undefined, vector.hybrid_recipient]);
    expect(hybrid && toHex(hybrid.digest)).toBe(vector.hybrid_digest);
  });

  test.each(refuse)("is refused: $why", async ({ card, error }) => {
    expect(() => parseRecipient(card)).toThrow(KeyFormatError);
    if (error !== undefined) expect(await refusalOf(() => parseRecipient(card))).toBe(error);
  });
});

interface ActVector {
  private_key: Hex;
  typed_data: ReturnType<typeof typedData>;
  digest: Hex;
  signature: Hex;
  signed_by: Hex;
  file: string;
}

interface ActFile extends Omit<Act, "chainId"> {
  chain_id: number;
}

// The pages write signed acts and read none: `read` and `refuse` are for programs that do.
describe("signed act", () => {
  const { write } = vectors("signed_act.json") as { write: ActVector[] };

  test.each(write)("of its vector is asked for, digested, signed and written %#", (vector) => {
    const { chain_id: chainId, inbox, act: name, account, fields, deadline } = JSON.parse(vector.file) as ActFile;
    const act: Act = { act: name, chainId, inbox, account, fields, deadline };
    expect(typedData(act)).toEqual(vector.typed_data);
    expect(toHex(typedDigest(typedData(act)))).toBe(vector.digest);
    expect(toHex(signDigest(fromHex(vector.digest), fromHex(vector.private_key)))).toBe(vector.signature);
    expect(addressOf(recover(fromHex(vector.digest), fromHex(vector.signature)))).toBe(vector.signed_by);
    expect(signedActFile(act, vector.signature)).toBe(vector.file);
  });
});

interface ReceiptFile extends Omit<Arrival, "madeAt" | "chainId"> {
  made_at: string;
  chain_id: number;
  signature: Hex;
}

interface ShareVector {
  private_key: Hex;
  text: string;
  signature: Hex;
  file: string;
}

interface ShareFile extends Omit<Share, "chainId" | "keyVersion" | "envelope"> {
  chain_id: number;
  key_version: number;
  envelope: Hex;
}

// The pages write receipts of arrivals and read none.
describe("arrival receipt", () => {
  const { write } = vectors("receipt.json") as { write: { private_key: Hex; text: string; file: string }[] };

  test.each(write)("$text", ({ private_key: key, text, file }) => {
    const { made_at: madeAt, chain_id: chainId, ...same } = JSON.parse(file) as ReceiptFile;
    const arrival = { ...same, madeAt, chainId };
    expect(arrivalText(arrival)).toBe(text);
    expect(toHex(signDigest(personalDigest(text), fromHex(key)))).toBe(same.signature);
    expect(arrivalFile(arrival, same.signature)).toBe(file);
  });
});

// The pages write signed shares and read none.
describe("signed share", () => {
  const { write } = vectors("signed_share.json") as { write: ShareVector[] };

  test.each(write)("of its vector is signed and written %#", (vector) => {
    const { chain_id: chainId, key_version: keyVersion, envelope, ...same } = JSON.parse(vector.file) as ShareFile;
    const share: Share = { ...same, chainId, keyVersion, envelope: fromHex(envelope) };
    expect(shareText(share)).toBe(vector.text);
    expect(toHex(signDigest(personalDigest(shareText(share)), fromHex(vector.private_key)))).toBe(vector.signature);
    expect(signedShareFile(share, vector.signature)).toBe(vector.file);
  });
});

interface WalletVector {
  why: string;
  account: Hex;
  number: number;
  typed_data: ReturnType<typeof typedData>;
  signature: Hex;
  private_key: Hex;
  public_key: Hex;
}

describe("key from a wallet's signature", () => {
  const { derive, refuse } = vectors("wallet_key.json") as { derive: WalletVector[]; refuse: WalletVector[] };

  test.each(derive)(
    "of $account number $number",
    ({ account, number, typed_data, signature, private_key, public_key }) => {
      const key = keyFromSignature(signature, account, number);
      expect(keyRequest(account, number)).toEqual(typed_data);
      expect(toHex(key)).toBe(private_key);
      expect(toHex(publicKeyOf(key))).toBe(public_key);
    },
  );

  test.each(refuse)("is refused: $why", ({ account, number, signature }) => {
    expect(() => keyFromSignature(signature, account, number)).toThrow(KeyFormatError);
  });
});

interface BundleVector {
  why?: string;
  error: string;
  content_key: Hex;
  ciphertext: string;
  files: { name: string; content: string }[];
  signed_by: Hex | null;
  sender_label?: string;
  studies?: Record<string, unknown>[];
}

async function opened({ ciphertext, content_key }: BundleVector, sizes: number[]): ReturnType<typeof unpack> {
  return unpack(await decrypt(streamed(base64(ciphertext), sizes), fromHex(content_key)));
}

describe("bundle", () => {
  const { unpack: good, refuse } = vectors("bundle.json") as { unpack: BundleVector[]; refuse: BundleVector[] };

  test.each(good)("gives its files %# $why", async (vector) => {
    const { manifest, manifestBytes, signature, blobs } = await opened(vector, [1000, 1, 70_000]);
    const contents = await Promise.all(
      blobs.map(async (blob) => Buffer.from(await blob.arrayBuffer()).toString("base64")),
    );
    expect(manifest.files.map(({ name }, place) => ({ name, content: contents[place] }))).toEqual(vector.files);
    expect(signerOf(signingText(await digestOf(manifestBytes)), signature) ?? null).toBe(vector.signed_by);
    if (vector.studies) expect(manifest.studies.map(snakeCase)).toEqual(vector.studies);
    if (vector.sender_label !== undefined) expect(manifest.senderLabel ?? "").toBe(vector.sender_label);
  });

  test.each(refuse)("is refused: $why", async (vector) => {
    expect(await refusalOf(() => opened(vector, [1 << 16]))).toBe(vector.error);
  });
});

/** Members named as in the manifest. */
function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  const renamed = (name: string): string => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [renamed(name), snakeCase(member)]));
}
