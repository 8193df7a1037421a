/** What every program makes of suite 2: seeds, hybrid keys, key packets, cards, codes and key files. */

import { describe, expect, test } from "vitest";
import { KeyFormatError } from "../src/errors.ts";
import { blockCid, rawCid } from "../src/formats/block.ts";
import { fromHex, type Hex, toHex } from "../src/formats/bytes.ts";
import type { Context } from "../src/formats/context.ts";
import { openEnvelope } from "../src/formats/envelope.ts";
import { fingerprint } from "../src/formats/fingerprint.ts";
import { parseHybridKey } from "../src/formats/hybridKey.ts";
import { keyCode, parseRecipient } from "../src/formats/keyCard.ts";
import { readKeyFile } from "../src/formats/keyFile.ts";
import { openKeyPacket, recipientOf } from "../src/formats/keyPacket.ts";
import { addressOf, publicKeyOf } from "../src/formats/publicKey.ts";
import { keysOfSeed, parseSeed } from "../src/formats/seed.ts";
import { base64, refusalOf, vectors } from "./vectors.ts";

interface Refused {
  why: string;
  error: string;
}

interface RawContext {
  chain_id: number;
  inbox: Hex;
  sender: Hex;
  recipient: Hex;
}

const contextOf = ({ chain_id: chainId, ...rest }: RawContext): Context => ({ chainId, ...rest });

interface HybridVector {
  hybrid_secret: Hex;
  hybrid_recipient: string;
  hybrid_digest: Hex;
  recipient_cid: Hex;
}

interface SeedVector extends HybridVector {
  why: string;
  text: string;
  words: string;
  private_key: Hex;
  address: Hex;
  fingerprint: string[];
  key_code: string;
}

describe("seed", () => {
  const { read, refuse } = vectors("seed.json") as { read: SeedVector[]; refuse: (Refused & { text: string })[] };

  test.each(read)("makes both keys: $why", async (vector) => {
    const seed = parseSeed(vector.text);
    const { privateKey, hybridSecret } = keysOfSeed(seed);
    const hybrid = parseHybridKey(await recipientOf(hybridSecret));
    const publicKey = publicKeyOf(privateKey);
    expect(seed).toBe(vector.words);
    expect(toHex(privateKey)).toBe(vector.private_key);
    expect(toHex(hybridSecret)).toBe(vector.hybrid_secret);
    expect(hybrid.recipient).toBe(vector.hybrid_recipient);
    expect(addressOf(publicKey)).toBe(vector.address);
    expect(fingerprint(publicKey, hybrid.digest)).toEqual(vector.fingerprint);
    expect(keyCode(publicKey, hybrid)).toBe(vector.key_code);
  });

  test.each(refuse)("is refused: $why", async ({ text, error }) => {
    expect(await refusalOf(() => parseSeed(text))).toBe(error);
  });
});

describe("hybrid key", () => {
  const { read, refuse } = vectors("hybrid.json") as {
    read: HybridVector[];
    refuse: (Refused & { hybrid_recipient: string })[];
  };

  test.each(read)("$hybrid_secret has its recipient and digest", async (vector) => {
    const { recipient, digest } = parseHybridKey(await recipientOf(fromHex(vector.hybrid_secret)));
    expect(recipient).toBe(vector.hybrid_recipient);
    expect(toHex(digest)).toBe(vector.hybrid_digest);
    expect(toHex(rawCid(digest))).toBe(vector.recipient_cid);
    expect(toHex(blockCid(Buffer.from(recipient)))).toBe(vector.recipient_cid);
  });

  test.each(refuse)("is refused: $why", async ({ hybrid_recipient, error }) => {
    expect(await refusalOf(() => parseHybridKey(hybrid_recipient))).toBe(error);
  });
});

interface PacketVector {
  why: string;
  made_by: string;
  packet: string;
  packet_cid: Hex;
  hybrid_secret: Hex;
  context: RawContext;
  contents: { content_key: Hex; cid: Hex; ciphertext_bytes: string };
}

describe("key packet", () => {
  const { open, refuse } = vectors("key_packet.json") as { open: PacketVector[]; refuse: (Refused & PacketVector)[] };
  const opened = ({ packet, packet_cid, hybrid_secret, context }: PacketVector): ReturnType<typeof openKeyPacket> =>
    openKeyPacket(base64(packet), fromHex(packet_cid), fromHex(hybrid_secret), contextOf(context));

  test.each(open)("of $made_by says what its vector says %#", async (vector) => {
    const { contentKey, ciphertextBytes, cid } = await opened(vector);
    expect([toHex(contentKey), ciphertextBytes.toString(), toHex(cid)]).toEqual([
      vector.contents.content_key,
      vector.contents.ciphertext_bytes,
      vector.contents.cid,
    ]);
  });

  test.each(refuse)("is refused: $why", async (vector) => {
    expect(await refusalOf(() => opened(vector))).toBe(vector.error);
  });
});

interface NamingVector {
  envelope: Hex;
  private_key: Hex;
  context: RawContext;
  packet_cid: Hex;
}

describe("envelope of suite 2", () => {
  const { packets } = vectors("envelope.json") as { packets: NamingVector[] };

  test.each(packets)("names its packet %#", ({ envelope, private_key, context, packet_cid }) => {
    const said = openEnvelope(fromHex(envelope), fromHex(private_key), contextOf(context));
    expect(said).toEqual({ suite: 2, packet: fromHex(packet_cid) });
  });
});

interface FileVector {
  why: string;
  file: string;
  passphrase: string | null;
  private_key: Hex;
  hybrid_secret: Hex | null;
}

describe("key file", () => {
  const { read, refuse } = vectors("key_file.json") as { read: FileVector[]; refuse: (Refused & FileVector)[] };

  test.each(read)("holds its keys: $why", async ({ file, passphrase, private_key, hybrid_secret }) => {
    const secret = await readKeyFile(file, passphrase ?? "");
    const { privateKey, hybridSecret } =
      "seed" in secret ? keysOfSeed(secret.seed) : { ...secret, hybridSecret: undefined };
    expect(toHex(privateKey)).toBe(private_key);
    expect(hybridSecret ? toHex(hybridSecret) : null).toBe(hybrid_secret);
  });

  test.each(refuse)("is refused: $why", async ({ file, passphrase, error }) => {
    expect(await refusalOf(() => readKeyFile(file, passphrase ?? ""))).toBe(error);
  });
});

interface CodeVector {
  why: string;
  text: string;
  public_key: Hex;
  hybrid_digest: Hex | null;
  address: Hex;
  fingerprint: string[];
  written: string;
}

describe("key code", () => {
  const { codes, refuse_codes: refuse } = vectors("public_key.json") as {
    codes: CodeVector[];
    refuse_codes: (Refused & CodeVector)[];
  };

  test.each(codes)("is read: $why", (vector) => {
    const { address, publicKey = new Uint8Array(), hybrid } = parseRecipient(vector.text);
    expect([address, toHex(publicKey)]).toEqual([vector.address, vector.public_key]);
    expect(hybrid ? toHex(hybrid.digest) : null).toBe(vector.hybrid_digest);
    expect(fingerprint(publicKey, hybrid?.digest)).toEqual(vector.fingerprint);
    expect(keyCode(publicKey, hybrid ? { recipient: "", ...hybrid } : null)).toBe(vector.written);
  });

  test.each(refuse)("is refused: $why", ({ text }) => {
    expect(() => parseRecipient(text)).toThrow(KeyFormatError);
  });
});
