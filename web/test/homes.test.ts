import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Held, keptByHomes } from "../src/ipfs/homes.ts";
import { refusalOf } from "./vectors.ts";

const MESSAGE = { sender: "0x5e", recipient: "0x4e", since: 3, envelope: Uint8Array.of(2, 255) };
const STUDY = { ...MESSAGE, cids: ["bafystudy", "bafypacket"], bytes: 7 };
const SAID = { ...MESSAGE, envelope: "0x02ff" };
const line = (held: number, missing: string[] = [], kept?: boolean): string =>
  `${JSON.stringify({ held, wanted: 2, missing, kept })}\n`;

let server: Server;
let answer: (response: ServerResponse) => void;
let asked: unknown[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      asked.push(JSON.parse(body));
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What comes of it where the site sends these pieces, and then ends. */
async function kept(
  pieces: string[],
  message: Parameters<typeof keptByHomes>[0] = STUDY,
): Promise<[Held | null, Held[]]> {
  answer = (response) => {
    for (const piece of pieces) response.write(piece);
    response.end();
  };
  return asking(message);
}

async function asking(
  message: Parameters<typeof keptByHomes>[0] = STUDY,
  signal?: AbortSignal,
  wanted = 2,
): Promise<[Held | null, Held[]]> {
  asked = [];
  const told: Held[] = [];
  const keep = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keep`;
  const held = await keptByHomes(message, { homes: { keep, wanted } }, (each) => told.push(each), signal);
  return [held, told];
}

describe("homes keep a study", () => {
  test("when the last line says so, and each line before is told, however they are cut", async () => {
    const text = line(0) + line(1, ["partner"]) + line(2, [], true);
    const [held, told] = await kept([text.slice(0, 20), text.slice(20, 50), text.slice(50)]);
    expect(held).toEqual({ held: 2, wanted: 2, missing: [] });
    expect(told.map(({ held: count, missing }) => [count, missing])).toEqual([
      [0, []],
      [1, ["partner"]],
    ]);
    expect(asked).toEqual([
      {
        files: [
          { cid: "bafystudy", size: 7 },
          { cid: "bafypacket", size: null },
        ],
        message: SAID,
      },
    ]);
  });

  test("of which only the key packet is a share's", async () => {
    await kept([line(2, [], true)], { ...MESSAGE, kind: "share", cids: ["bafypacket"], bytes: 7 });
    expect(asked).toEqual([{ files: [{ cid: "bafypacket", size: null }], message: SAID }]);
  });

  test("without being asked where the site names none, or nothing was uploaded", async () => {
    expect(await keptByHomes(STUDY, { homes: null })).toBeNull();
    expect((await kept([], { ...MESSAGE, cids: [], bytes: 7 }))[0]).toBeNull();
    expect(asked).toEqual([]);
  });
});

test("where the storage is enough, the site is told what is about to be sent, and nobody hears of homes", async () => {
  answer = (response) => response.end(line(0) + line(1, [], true));
  expect(await asking(STUDY, undefined, 1)).toEqual([null, []]);
  expect(asked).toMatchObject([{ message: SAID }]);
});

describe("it is not believed that homes keep a study", () => {
  test("where they are too few, and these are named", async () => {
    const failure = await kept([line(1, ["partner"], false)]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "HomesError", held: 1, wanted: 2, missing: ["partner"] });
    expect(String(failure)).toContain("Only 1 of 2 homes keep the images. Not yet: partner. Nothing was sent.");
  });

  test.each([
    ["that breaks off", [line(1)], "IpfsIncomplete"],
    ["that says nothing", [], "IpfsIncomplete"],
    ["that ends within a line", [line(2, [], true).slice(0, -1)], "IpfsIncomplete"],
    ["that is a page", ["<html>\n"], "IpfsError"],
    ["without numbers", ['{"held": "2", "wanted": 2, "missing": [], "kept": true}\n'], "IpfsError"],
    ["of null", ["null\n"], "IpfsError"],
    ["without end", Array<string>(30).fill("x".repeat(1 << 16)), "IpfsError"],
  ])("for an answer %s", async (_, pieces, name) => {
    expect(await refusalOf(() => kept(pieces))).toBe(name);
  });

  test.each([
    [409, "IpfsRefused"],
    [405, "IpfsUnreachable"],
    [500, "IpfsUnreachable"],
  ])("for HTTP %i", async (status, name) => {
    answer = (response) => response.writeHead(status).end('{"error": "x"}');
    expect(await refusalOf(() => asking())).toBe(name);
  });

  test("where nobody answers", async () => {
    const homes = { keep: "http://127.0.0.1:1/keep", wanted: 2 };
    expect(await refusalOf(() => keptByHomes(STUDY, { homes }))).toBe("IpfsUnreachable");
  });

  test("once it is stopped", async () => {
    const stop = new AbortController();
    answer = (response) => {
      response.write(line(0));
      stop.abort();
    };
    expect(await refusalOf(() => asking(STUDY, stop.signal))).toBe("AbortError");
  });
});
