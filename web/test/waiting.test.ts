import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RegisterState } from "../src/contacts/register.ts";
import { encryptFiles } from "../src/worker/encryptStudy.ts";
import { StudyError } from "../src/errors.ts";
import * as waiting from "../src/pages/send/waiting.ts";
import { readSite } from "../src/site.ts";
import { beginning, type RemoteFile, remotePieces } from "../src/remoteFile.ts";

const ID = "0123456789abcdef".repeat(2);
const NOW = Date.parse("2026-11-27T12:00:00Z");
const PATIENT = { name: "Okafor^Grace", id: "4471 902", birth_date: "1962-03-14" };
const listed = (rest: object = {}): object => ({
  id: ID,
  study: { patient: PATIENT, date: "2026-11-12", series: [{ modality: "CT", body_part: "HEAD" }] },
  instances: 214,
  bytes: 108e6,
  age: 240,
  isComplete: true,
  ...rest,
});

function study(rest: object = {}): waiting.WaitingStudy {
  const [found] = waiting.readListing({ studies: [listed(rest)], refused: [] }, NOW)?.studies ?? [];
  if (!found) throw new Error("no study");
  return found;
}

describe("what waits", () => {
  it("is said with whose it is, what it is, and for how long", () => {
    expect(waiting.whose(study())).toBe("OKAFOR, Grace");
    expect(waiting.identity(study())).toBe("14-Mar-1962 · 4471 902");
    expect(waiting.contents(study()).replaceAll("\u00a0", " ")).toBe("CT head · 12-Nov-2026 · 214 files · 108 MB");
    expect(waiting.age(study(), NOW)).toBe("Arrived 4 minutes ago");
  });

  it("is old in the largest unit, and not while it arrives", () => {
    for (const [seconds, words] of [
      [0, "Arrived just now"],
      [60, "Arrived 1 minute ago"],
      [7200, "Arrived 2 hours ago"],
      [200_000, "Arrived 2 days ago"],
    ] as const) {
      expect(waiting.age(study({ age: seconds }), NOW)).toBe(words);
    }
    expect(waiting.age(study({ isComplete: false }), NOW)).toBe("Still arriving");
  });

  it("of nobody says so", () => {
    expect(waiting.whose(study({ study: {} }))).toBe("No name and no number");
    expect(waiting.whose(study({ study: { patient: { id: "17" }, series: [] } }))).toBe("Patient number 17");
  });

  it("has the newest first, and nothing that is none", () => {
    const other = listed({ id: "f".repeat(32), age: 10 });
    const said = { studies: [listed(), other, null, {}, listed({ id: "../x" })], refused: [null, {}] };
    expect(waiting.readListing(said, NOW)?.studies.map(({ id }) => id)).toEqual(["f".repeat(32), ID]);
    expect(waiting.readListing(null, NOW)).toBeUndefined();
    expect(waiting.readListing([], NOW)).toBeUndefined();
  });

  it("is suggested to those of the register whose images they are", () => {
    const contact = (label: string, id: string): object => ({
      label,
      patient: { name: "Okafor^Grace", birthDate: "1962-03-14", id },
    });
    const register = {
      at: "open",
      contacts: [contact("Bed 7", "4471 902"), contact("Bed 8", "17")],
    } as unknown as RegisterState;
    expect(waiting.suggested(study(), register)).toEqual(["Bed 7"]);
    expect(waiting.suggested(study(), { at: "none" })).toEqual([]);
  });

  it("keeps its list where a look fails, and says that it is old", () => {
    const listing = { studies: [study()], refused: [] };
    const open = waiting.next({ at: "looking" }, { type: "list", listing });
    expect(waiting.next(open, { type: "fail", detail: "" })).toEqual({ ...open, isStale: true });
    expect(waiting.next({ at: "looking" }, { type: "fail", detail: "x" })).toEqual({ at: "unreachable", detail: "x" });
  });

  it("is taken out by what was sent of it alone", () => {
    const place = { url: "/outbox/x", authorization: "", study: ID };
    const names = ["1", "2"].map((each) => `${each.repeat(32)}-${"a".repeat(32)}`);
    const files = waiting.readFiles(
      { files: names.map((instance, n) => ({ name: `study/${n}.dcm`, instance, bytes: 5 })) },
      place,
    );
    expect(waiting.waited([...(files ?? []).slice(1), { name: "x", file: new Blob() }])).toEqual(
      new Map([[ID, names.slice(1)]]),
    );
    expect(waiting.readFiles({ files: [{ name: "x", instance: "../y", bytes: 5 }] }, place)).toBeUndefined();
    expect(waiting.readFiles({ files: [] }, place)).toBeUndefined();
  });
});

describe("a site", () => {
  const said = { name: "x", chainId: 1, inbox: `0x${"1".repeat(40)}`, rpc: "./rpc", gateways: [] };
  const outboxOf = (outbox: string): string | null =>
    readSite({ ...said, outbox }, new URL("http://127.0.0.1:8000/site.json")).outbox;

  it("shows the outbox of its own origin, and no other", () => {
    expect(outboxOf("./outbox")).toBe("http://127.0.0.1:8000/outbox");
    expect(outboxOf("https://evil.example/outbox")).toBeNull();
    expect(outboxOf("http://127.0.0.1:8001/outbox")).toBeNull();
  });
});

describe("a file that waits elsewhere", () => {
  const bytes = Uint8Array.from({ length: 1_500_000 }, (_, place) => place % 251);
  let server: Server;
  let file: RemoteFile;
  let sent = bytes;

  beforeEach(async () => {
    sent = bytes;
    server = createServer((request, response) => {
      response.statusCode = request.headers.authorization === "Bearer secret" ? 200 : 401;
      response.end(sent);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    file = { url, authorization: "Bearer secret", size: bytes.length };
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function read(of: RemoteFile, size: number, most?: number): Promise<Uint8Array[]> {
    const pieces = [];
    for await (const piece of remotePieces(of, size, undefined, most)) pieces.push(piece);
    return pieces;
  }

  it("is read in pieces of one size", async () => {
    const pieces = await read(file, 400_000);
    expect(pieces.map(({ length }) => length)).toEqual([400_000, 400_000, 400_000, 300_000]);
    expect(Buffer.concat(pieces).equals(Buffer.from(bytes))).toBe(true);
  });

  it("is read no further than is wanted", async () => {
    const blob = await beginning(file, 1000);
    expect(Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(bytes.subarray(0, 1000)))).toBe(true);
  });

  it("is refused if it is cut short, longer than it was, or not to be had", async () => {
    sent = bytes.subarray(1);
    await expect(read(file, 400_000)).rejects.toThrow();
    sent = Uint8Array.from([...bytes, 1]);
    await expect(read(file, 400_000)).rejects.toThrow();
    await expect(read({ ...file, authorization: "Bearer other" }, 400_000)).rejects.toThrow("401");
  });

  it("is encrypted as one of this computer is, or nothing is", async () => {
    const none = (): Promise<null> => Promise.resolve(null);
    const quiet = (): void => undefined;
    const encrypt = (content: Blob | RemoteFile): ReturnType<typeof encryptFiles> =>
      encryptFiles(
        [{ name: "study/1.dcm", file: content }],
        { studies: [] },
        none,
        quiet,
        new AbortController().signal,
      );
    const [near, far] = [await encrypt(new Blob([bytes])), await encrypt(file)];
    expect(far.manifest.files).toEqual(near.manifest.files);
    expect(far.blob.size).toBe(near.blob.size);
    sent = bytes.subarray(1);
    await expect(encrypt(file)).rejects.toThrow(StudyError);
  });
});
