import { describe, expect, test } from "vitest";
import { RegisterError } from "../src/errors.ts";
import { fromHex } from "../src/formats/bytes.ts";
import { addressOf, publicKeyOf } from "../src/formats/publicKey.ts";
import { CLINICS_KEY_TEXT } from "../src/formats/clinics.ts";
import { type KeptLog, openSenderLogs, sealSenderLogs } from "../src/formats/senderLogs.ts";
import { seal } from "../src/formats/sealedList.ts";
import { python } from "./python.ts";

const SECRET = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"; // of test networks
const KEY = fromHex(SECRET);
const INFO = "radiogram sender logs v1";
const OWNER = addressOf(publicKeyOf(KEY));
const place = { recipient: `0x${"ab".repeat(20)}`, index: 3 } as const;
const later = { recipient: `0x${"cd".repeat(20)}`, index: 2 ** 39 } as const;
const log: KeptLog = {
  chain: `0x${"12".repeat(32)}`,
  inbox: "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6",
  sender: OWNER,
  sent: [
    { ...place, time: 1_700_000_000 },
    { ...later, time: 1_700_000_001 },
  ],
  retracted: [later],
  messages: [{ ...place, sentAt: 1_700_000_000, keyVersion: 2, cursor: OWNER, envelope: Uint8Array.of(2, 0, 255) }],
  nextBlock: 5000,
  forgottenBefore: 17,
};
const empty: KeptLog = { ...log, sent: [], retracted: [], messages: [], forgottenBefore: null };

/** What the commands make of it: kept by them, and read again. */
const COMMANDS = `
import sys
from eth_account import Account
from eth_account.messages import encode_defunct
from pathlib import Path
from tempfile import TemporaryDirectory
from radiogram.contacts.store import SenderLogsFile
held = Account.from_key(sys.argv[1])
sign = lambda text: bytes(held.sign_message(encode_defunct(text=text)).signature)
with TemporaryDirectory() as folder:
    file = SenderLogsFile(Path(folder), held.address)
    file.path.write_bytes(sys.stdin.buffer.read())
    with file.changed(sign) as logs:
        logs.reverse()
    sys.stdout.buffer.write(file.path.read_bytes())
`;

describe("what is kept of mailboxes", () => {
  test("says what was written", async () => {
    expect(await openSenderLogs(await sealSenderLogs([log, empty], KEY), KEY)).toEqual([log, empty]);
    expect(await openSenderLogs(await sealSenderLogs([], KEY), KEY)).toEqual([]);
  });

  test("is the file of the commands", async () => {
    const theirs = python(COMMANDS, [SECRET], await sealSenderLogs([empty, log], KEY));
    expect(await openSenderLogs(theirs, KEY)).toEqual([log, empty]);
  });

  test("holds as many messages as a clinic sends in years", async () => {
    const sent = Array.from({ length: 200_000 }, (_, number) => ({ ...place, index: number, time: number }));
    const [read] = await openSenderLogs(await sealSenderLogs([{ ...log, sent }], KEY), KEY);
    expect(read?.sent).toHaveLength(200_000);
    expect(read?.sent.at(-1)).toEqual({ ...place, index: 199_999, time: 199_999 });
  });

  test("is refused if it was changed, or is another key’s", async () => {
    const file = await sealSenderLogs([log], KEY);
    const other = Uint8Array.from(KEY, (byte) => byte ^ 1);
    await expect(openSenderLogs(file, other)).rejects.toThrow(RegisterError);
    file.set([(file.at(-1) ?? 0) ^ 1], file.length - 1);
    await expect(openSenderLogs(file, KEY)).rejects.toThrow(RegisterError);
  });

  test.each([
    ["not JSON", "logs"],
    ["another format", { format: "other" }],
    ["a later version", { version: 2 }],
    ["no list", { logs: {} }],
    ["an address that is none", { logs: [{ ...value(), sender: "0x12" }] }],
    ["half a message", { logs: [{ ...value(), sent: "AAAA" }] }],
    ["a message without a place", { logs: [{ ...value(), messages: [["", 1, 1, OWNER, ""]] }] }],
    ["a number below 0", { logs: [{ ...value(), next_block: -1 }] }],
  ])("is refused with %s", async (_, change) => {
    const text = typeof change === "string" ? change : JSON.stringify({ ...whole(), ...change });
    const file = await seal(new TextEncoder().encode(text), { text: CLINICS_KEY_TEXT, info: INFO }, KEY);
    await expect(openSenderLogs(file, KEY)).rejects.toThrow("What is kept of mailboxes is damaged");
  });

  test("is taken as the cases above are but for their change", async () => {
    const file = await seal(
      new TextEncoder().encode(JSON.stringify(whole())),
      { text: CLINICS_KEY_TEXT, info: INFO },
      KEY,
    );
    expect(await openSenderLogs(file, KEY)).toEqual([empty]);
  });
});

function whole(): object {
  return { format: "radiogram-sender-logs", version: 1, logs: [value()] };
}

function value(): object {
  const { chain, inbox, sender, nextBlock } = empty;
  const numbers = { first_block: 0, next_block: nextBlock, seen: 0, has_gap: false };
  return { chain: chain.slice(2), inbox, sender, ...numbers, sent: "", retracted: "", messages: [] };
}
