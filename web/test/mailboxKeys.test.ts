import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Address } from "viem";
import { fromHex, toHex } from "../src/formats/bytes.ts";
import { type ClinicCard, MAILBOX_KEY_NUMBER, parseClinicCard } from "../src/formats/clinicCard.ts";
import { keyRequest } from "../src/formats/derivedKey.ts";
import { mailboxAddress, pairSecret } from "../src/formats/mailbox.ts";
import { encodeOwnCards, parseOwnCards } from "../src/formats/ownCards.ts";
import { publicKeyOf, signDigest } from "../src/formats/publicKey.ts";
import { typedDigest } from "../src/formats/signedAct.ts";
import { mailboxApi } from "../src/worker/mailboxKeys.ts";
import { registerApi } from "../src/worker/registerLock.ts";
import { refusalOf, vectors } from "./vectors.ts";

interface Vectors {
  mailbox: { private_key: string; public_key: string };
  read: { card: string }[];
}

const { mailbox, read } = vectors("clinic_card.json") as Vectors;
const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const ACCOUNT_KEY = fromHex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"); // of test networks
const PATIENT = fromHex("11".repeat(32));
const PLACE = { chainId: 1337, inbox: "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6" } as const;
const DAY = 20_000;
const card = parseClinicCard(new TextEncoder().encode(read[0]?.card ?? ""));
const signature = toHex(signDigest(typedDigest(keyRequest(ACCOUNT, MAILBOX_KEY_NUMBER)), ACCOUNT_KEY));
const secret = pairSecret("recipient", PATIENT, card.mailboxKey, PLACE);
const boxes = Array.from({ length: 64 }, (_, number) => toHex(mailboxAddress(secret, DAY, number)));
const choose = async (used: readonly Address[] = [], account: Address = ACCOUNT): Promise<string> =>
  (await mailboxApi.chooseMailbox(account, publicKeyOf(PATIENT), PLACE, DAY, used)).toLowerCase();

beforeAll(async () => {
  await registerApi.makeLock("four words of it");
});

beforeEach(async () => {
  await mailboxApi.openOwnCards(undefined);
});

async function setUp(): Promise<Uint8Array<ArrayBuffer>> {
  await mailboxApi.deriveMailboxKey(signature, ACCOUNT);
  return mailboxApi.sealOwnCards(card);
}

describe("a clinic's mailbox key in the browser", () => {
  test("is the key that the commands derive of the account's signature", async () => {
    expect(toHex(await mailboxApi.deriveMailboxKey(signature, ACCOUNT))).toBe(mailbox.public_key);
  });

  test("is kept sealed with its card, and opens with the register's lock alone", async () => {
    const sealed = await setUp();
    expect(await mailboxApi.openOwnCards(sealed)).toEqual([card]);
    expect(Buffer.from(sealed).toString("latin1")).not.toContain(mailbox.private_key.slice(2));
    const damaged = sealed.with(-1, (sealed.at(-1) ?? 0) ^ 1);
    expect(await refusalOf(() => mailboxApi.openOwnCards(damaged))).toBe("RegisterError");
    await registerApi.makeLock("another lock");
    expect(await refusalOf(() => mailboxApi.openOwnCards(sealed))).toBe("RegisterError");
  });

  test("takes a card of its own alone", async () => {
    expect(await refusalOf(() => mailboxApi.sealOwnCards(card))).toBe("KeyFormatError");
    await mailboxApi.deriveMailboxKey(signature, ACCOUNT);
    const other: ClinicCard = { ...card, mailboxKey: publicKeyOf(PATIENT) };
    expect(await refusalOf(() => mailboxApi.sealOwnCards(other))).toBe("KeyFormatError");
  });

  test("chooses one of the 32 lowest free mailboxes, which the patient derives too", async () => {
    await setUp();
    const chosen = new Set(await Promise.all(Array.from({ length: 200 }, () => choose())));
    expect([...chosen].every((each) => boxes.slice(0, 32).some((one) => one === each))).toBe(true);
    const used = boxes.slice(0, 40);
    for (const each of await Promise.all(Array.from({ length: 50 }, () => choose(used)))) {
      expect(used).not.toContain(each);
    }
  });

  test("is forgotten with the register, and is nobody's but its account's", async () => {
    await setUp();
    expect(await refusalOf(() => choose([], "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"))).toBe("RegisterError");
    await mailboxApi.openOwnCards(undefined);
    expect(await refusalOf(() => choose())).toBe("RegisterError");
  });
});

describe("the list of own cards", () => {
  const own = { card, privateKey: fromHex(mailbox.private_key) };

  test("is read as it was written", () => {
    expect(parseOwnCards(encodeOwnCards([own]))).toEqual([own]);
  });

  test.each([
    ["no list", "{}"],
    ["no JSON", "x"],
    ["no card", '[[{}, "11"]]'],
    ["another key", encodeOwnCards([{ ...own, privateKey: PATIENT }])],
  ])("is refused: %s", async (_, text) => {
    expect(await refusalOf(() => parseOwnCards(text))).toBe("RegisterError");
  });
});
