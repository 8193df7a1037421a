import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyFormatError } from "../src/errors.ts";
import { type Bytes, fromHex, type Hex, toHex } from "../src/formats/bytes.ts";
import {
  chooseMailbox,
  daysAround,
  GAP_LIMIT,
  LAST_DAY,
  LATE_DAYS,
  mailboxAddress,
  MAILBOXES_A_DAY,
  match,
  OVERLAP_DAYS,
  pairSecret,
  type Place,
  usedMailboxes,
  WINDOW,
} from "../src/formats/mailbox.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { bytes, contexts, privateKeys } from "./strategies.ts";
import { vectors } from "./vectors.ts";

interface Vectors {
  pairs: {
    sender_private_key: Hex;
    sender_public_key: Hex;
    recipient_private_key: Hex;
    recipient_public_key: Hex;
    chain_id: number;
    inbox: Hex;
    secret: Hex;
    addresses: { day: number; number: number; address: Hex }[];
  }[];
  refuse: { why: string; private_key: Hex; public_key: Hex }[];
  match: {
    why: string;
    secrets: Hex[];
    events: { recipient: Hex; time: number; found: [Hex, number, number] | null }[];
  }[];
}

const VECTORS = vectors("mailbox.json") as Vectors;
const PLACE: Place = { chainId: 1337, inbox: `0x${"1b".repeat(20)}` };
const SECRET = Uint8Array.from({ length: 32 }, (_, place) => place);
const DAY = 20_000;
const NOON = DAY * 86_400 + 43_200;

const days = fc.integer({ min: 0, max: LAST_DAY });
const numbers = fc.integer({ min: 0, max: MAILBOXES_A_DAY - 1 });

/** Whether an address is that of one of these mailboxes of a day. */
function holds(day: number, used: number[]): (address: Bytes) => boolean {
  const addresses = new Set(used.map((number) => toHex(mailboxAddress(SECRET, day, number))));
  return (address) => addresses.has(toHex(address));
}

const none = (): boolean => false;
const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, each) => start + each);

function event(day: number, number: number, time = NOON): { recipient: Bytes; time: number } {
  return { recipient: mailboxAddress(SECRET, day, number), time };
}

describe("a pair", () => {
  test.each(VECTORS.pairs)("has the secret and the addresses of its vector: $secret", (vector) => {
    const [sender, recipient] = [fromHex(vector.sender_private_key), fromHex(vector.recipient_private_key)];
    const place = { chainId: vector.chain_id, inbox: vector.inbox };
    expect(toHex(publicKeyOf(sender))).toBe(vector.sender_public_key);
    expect(toHex(publicKeyOf(recipient))).toBe(vector.recipient_public_key);
    expect(toHex(pairSecret("sender", sender, publicKeyOf(recipient), place))).toBe(vector.secret);
    expect(toHex(pairSecret("recipient", recipient, publicKeyOf(sender), place))).toBe(vector.secret);
    for (const { day, number, address } of vector.addresses) {
      expect(toHex(mailboxAddress(fromHex(vector.secret), day, number))).toBe(address);
    }
  });

  test.each(VECTORS.refuse)("is refused of $why", ({ private_key: privateKey, public_key: publicKey }) => {
    expect(() => pairSecret("sender", fromHex(privateKey), fromHex(publicKey), PLACE)).toThrow(KeyFormatError);
  });

  test("has one secret on both sides, another in the other direction, and another elsewhere", () => {
    fc.assert(
      fc.property(privateKeys, privateKeys, contexts, contexts, (clinic, patient, place, other) => {
        fc.pre(toHex(clinic) !== toHex(patient) && place.chainId !== other.chainId && place.inbox !== other.inbox);
        const [clinics, patients] = [publicKeyOf(clinic), publicKeyOf(patient)];
        const secret = toHex(pairSecret("sender", clinic, patients, place));
        expect(toHex(pairSecret("recipient", patient, clinics, place))).toBe(secret);
        expect(toHex(pairSecret("recipient", clinic, patients, place))).not.toBe(secret);
        expect(toHex(pairSecret("sender", clinic, patients, { ...place, chainId: other.chainId }))).not.toBe(secret);
        expect(toHex(pairSecret("sender", clinic, patients, { ...place, inbox: other.inbox }))).not.toBe(secret);
      }),
      { numRuns: 25 },
    );
  });
});

describe("an address", () => {
  test("is another for another pair, day or number", () => {
    const places = fc.tuple(bytes(32), days, numbers);
    fc.assert(
      fc.property(places, places, (one, another) => {
        fc.pre(one.slice(1).join() !== another.slice(1).join());
        const address = toHex(mailboxAddress(...one));
        expect(toHex(mailboxAddress(...another))).not.toBe(address);
        expect(toHex(mailboxAddress(one[0], another[1], another[2]))).not.toBe(address);
      }),
    );
  });

  test.each([
    [0, 0],
    [LAST_DAY, 65_535],
  ])("has 20 bytes at the limits: day %d, number %d", (day, number) => {
    expect(mailboxAddress(SECRET, day, number)).toHaveLength(20);
  });

  test.each([
    [-1, 0],
    [2 ** 32, 0],
    [0, -1],
    [0, 65_536],
    [0.5, 0],
    [0, NaN],
  ])("is none beyond them: day %d, number %d", (day, number) => {
    expect(() => mailboxAddress(SECRET, day, number)).toThrow(RangeError);
  });
});

describe("a sender", () => {
  const chosen = (day: number, isUsed: (address: Bytes) => boolean, times = 500): number[] => {
    const picks = new Set<number>();
    for (let turn = 0; turn < times; turn++) {
      const pick = chooseMailbox(SECRET, day, isUsed);
      expect(pick.address).toEqual(mailboxAddress(SECRET, day, pick.number));
      picks.add(pick.number);
    }
    return [...picks].sort((a, b) => a - b);
  };

  test("chooses among the 32 lowest mailboxes that are free", () => {
    expect(WINDOW).toBe(32);
    expect(chosen(DAY, none)).toEqual(range(0, 32));
    const used = [0, 2, 3, 31, 40];
    expect(chosen(DAY, holds(DAY, used))).toEqual(range(0, 36).filter((number) => !used.includes(number)));
  });

  test("takes the last free mailbox, and shares one where none is free", () => {
    const last = toHex(mailboxAddress(SECRET, DAY, 65_535));
    expect(chosen(DAY, (address) => toHex(address) !== last, 1)).toEqual([65_535]);
    const shared = chooseMailbox(SECRET, DAY, () => true);
    expect(shared.number).toBeLessThan(MAILBOXES_A_DAY);
  }, 60_000);
});

describe("a reader", () => {
  test.each(VECTORS.match)("matches as the vector says: $why", ({ secrets, events }) => {
    const sightings = events.map(({ recipient, time }) => ({ recipient: fromHex(recipient), time }));
    const found = match(
      sightings,
      secrets.map((each) => fromHex(each)),
    );
    expect(found.map((box) => (box ? [toHex(box.secret), box.day, box.number] : null))).toEqual(
      events.map((each) => each.found),
    );
  });

  test("passes over 63 empty mailboxes, and ends at 64 or with the day", () => {
    const found = (used: number[]): number[] =>
      [...usedMailboxes(SECRET, DAY, holds(DAY, used))].map(({ number }) => number);
    expect(GAP_LIMIT).toBe(64);
    expect(found([63])).toEqual([63]);
    expect(found([64])).toEqual([]);
    expect(found([0, 64, 128])).toEqual([0, 64, 128]);
    expect(found([0, 65])).toEqual([0]);
    expect([...usedMailboxes(SECRET, LAST_DAY, () => true)].at(-1)?.number).toBe(65_535);
  });

  test.each([
    [0, [0, 1]],
    [86_399, [0, 1]],
    [86_400, [0, 1, 2]],
    [30 * 86_400, range(0, 32)],
    [31 * 86_400, range(1, 33)],
    [LAST_DAY * 86_400, range(LAST_DAY - 30, LAST_DAY + 1)],
    [(LAST_DAY + 30) * 86_400, [LAST_DAY]],
    [(LAST_DAY + 31) * 86_400, []],
  ])("looks from 30 days before the day of a block at %d to the one after", (time, around) => {
    expect(LATE_DAYS).toBe(30);
    expect(daysAround(time)).toEqual(around);
  });

  test("loses nothing of machines that share no counter, in whatever order blocks have it", () => {
    const steps = fc.array(
      fc.record({ late: fc.integer({ min: -1, max: LATE_DAYS }), isSeen: fc.boolean(), order: fc.nat() }),
      {
        maxLength: 80,
      },
    );
    fc.assert(
      fc.property(steps, (sent) => {
        let unseen: string[] = [];
        const seen = new Set<string>();
        const events = sent.map(({ late, isSeen, order }) => {
          const { address } = chooseMailbox(SECRET, DAY, (each) => seen.has(toHex(each)));
          unseen.push(toHex(address));
          if (isSeen) {
            unseen.forEach((each) => seen.add(each));
            unseen = [];
          }
          return { recipient: address, time: NOON + late * 86_400, order };
        });
        events.sort((a, b) => a.order - b.order);
        expect(match(events, [SECRET]).every((box) => box?.day === DAY)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("finds in pieces what it finds of the whole", () => {
    const sent = fc.array(
      fc
        .tuple(fc.nat({ max: 6 }), fc.nat({ max: 200 }), fc.integer({ min: -1, max: LATE_DAYS }))
        .map(([day, number, late]) => event(DAY + day, number, NOON + (day + late) * 86_400)),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(sent, fc.nat({ max: 40 }), (events, firstNew) => {
        const start = (DAY + firstNew) * 86_400;
        const ours = (some: typeof events): string[] => {
          const found = match(some, [SECRET]);
          return some.flatMap(({ recipient, time }, place) => (found[place] ? [`${toHex(recipient)} ${time}`] : []));
        };
        const old = events.filter(({ time }) => time < start);
        const again = events.filter(({ time }) => time >= start - OVERLAP_DAYS * 86_400);
        expect(new Set([...ours(old), ...ours(again)])).toEqual(new Set(ours(events)));
      }),
      { numRuns: 25 },
    );
  });
});
