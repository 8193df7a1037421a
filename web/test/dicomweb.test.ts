import { describe, expect, it } from "vitest";
import { type Fate, fatesOf, STORED } from "../src/dicomweb/answer.ts";
import { authorizationOf, bothOf, parseService } from "../src/dicomweb/service.ts";
import { DestinationError } from "../src/errors.ts";

const item = (uid: string, tag?: string, code?: number): object => ({
  "00081155": { vr: "UI", Value: [uid] },
  ...(tag !== undefined && { [tag]: { vr: "US", Value: [code] } }),
});
const answer = (stored: object[], failed: object[] = []): string =>
  JSON.stringify({ "00081199": { vr: "SQ", Value: stored }, "00081198": { vr: "SQ", Value: failed } });

describe("a doctor’s address", () => {
  it.each([
    ["https://pacs.example/dicom-web", "https://pacs.example/dicom-web/studies"],
    [" https://pacs.example/dicom-web/studies/ ", "https://pacs.example/dicom-web/studies"],
    ["https://pacs.example:8443", "https://pacs.example:8443/studies"],
    ["http://127.0.0.1:8042/dicom-web/", "http://127.0.0.1:8042/dicom-web/studies"],
    ["http://localhost/x", "http://localhost/x/studies"],
  ])("%s leads to %s", (text, studies) => {
    expect(parseService(text).studies).toBe(studies);
  });

  it.each([
    ["pacs.example", "not the address"],
    ["", "not the address"],
    ["ftp://pacs.example", "not the address"],
    ["https://pacs.example/?token=1", "not the address"],
    ["https://pacs.example/#1", "not the address"],
    ["https://me:secret@pacs.example", "before the @"],
    ["http://pacs.example/dicom-web", "unencrypted"],
    ["http://127.0.0.1.example/dicom-web", "unencrypted"],
  ])("%j is refused", (text, words) => {
    expect(() => parseService(text)).toThrow(words);
    expect(() => parseService(text)).toThrow(DestinationError);
  });
});

describe("a token", () => {
  it.each([
    [" swordfish\n", "Bearer swordfish"],
    ["bearer:swordfish", "Bearer swordfish"],
    ["basic:doctor:sword:fish", "Basic ZG9jdG9yOnN3b3JkOmZpc2g="],
    [" ", null],
  ])("%j is sent as %j", (text, header) => {
    expect(authorizationOf(text)).toBe(header);
  });

  it.each(["two words", "a\r\nX-Other: 1", "schön", "basic:doctor"])("%j is refused", (text) => {
    expect(() => authorizationOf(text)).toThrow(DestinationError);
  });

  it("may come with its address, on one line or two", () => {
    const both = { address: "https://pacs.example/dicom-web", token: "swordfish" };
    expect(bothOf("https://pacs.example/dicom-web swordfish")).toEqual(both);
    expect(bothOf("\nhttps://pacs.example/dicom-web\r\nswordfish\n")).toEqual(both);
    expect(bothOf("https://pacs.example/dicom-web")).toBeNull();
    expect(bothOf("https://pacs.example/dicom-web two words")).toBeNull();
  });
});

describe("the answer of a system", () => {
  it("tells of each instance", () => {
    const text = answer(
      [item("1"), item("2", "00081196", 0xb000)],
      [item("3", "00081197", 0xa700), item("4", "00081197", 0x0111), item("5", "00081197", 0x1234)],
    );
    expect(fatesOf(text, ["1", "2", "3", "4", "5", "6"])).toEqual([
      STORED,
      { at: "changed", why: "it changed something in it (B000)" },
      { at: "refused", why: "it has no room (A700)" },
      STORED, // it is there already
      { at: "refused", why: "status 1234" },
      { at: "refused", why: "it does not say that it has stored it" },
    ]);
  });

  it("may be a list of one", () => {
    expect(fatesOf(`[${answer([item("1")])}]`, ["1"])).toEqual([STORED]);
  });

  it.each([
    "",
    "<html>",
    "null",
    "[]",
    "1",
    '"stored"',
    '{"00081199": {"Value": 1}}',
    '{"00081199": {"Value": [null]}}',
  ])("%j stores nothing", (text) => {
    const fates = ((): Fate[] => {
      try {
        return fatesOf(text, ["1"]);
      } catch (error) {
        expect(error).toBeInstanceOf(DestinationError);
        return [];
      }
    })();
    expect(fates).not.toContain(STORED);
  });
});
