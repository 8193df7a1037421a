import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bytes, cidText } from "../src/formats/bytes.ts";
import { CidBuilder } from "../src/formats/unixfs.ts";
import { vectors } from "./vectors.ts";

interface CidVector {
  bytes: number;
  cid: string;
  chunk_bytes?: number;
  max_links?: number;
}

const { files, other_sizes } = vectors("cid.json") as Record<"files" | "other_sizes", CidVector[]>;
const PATTERN = Uint8Array.from({ length: 65_521 * 16 }, (_, place) => (place % 65_521) % 251);

/** `size` bytes as the vectors make them: byte i is (i mod 65521) mod 251. */
function* pattern(size: number): Generator<Bytes, void> {
  for (let at = 0; at < size; at += PATTERN.length) yield PATTERN.subarray(0, size - at);
}

async function computed(pieces: Iterable<Uint8Array>, ...sizes: (number | undefined)[]): Promise<string> {
  const builder = new CidBuilder(...sizes);
  for (const piece of pieces) await builder.add(piece);
  return cidText(await builder.cid());
}

describe("a file has the CID of its vector", () => {
  test.each(files)("of $bytes bytes", async ({ bytes, cid }) => {
    expect(await computed(pattern(bytes))).toBe(cid);
  });

  test.each(other_sizes)(
    "of $bytes bytes in chunks of $chunk_bytes and nodes of $max_links",
    async ({ bytes, cid, chunk_bytes, max_links }) => {
      expect(await computed(pattern(bytes), chunk_bytes, max_links)).toBe(cid);
    },
  );
});

test("it does not matter in what pieces a file comes", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 2, max: 4 }),
      async (parts, ...sizes) => {
        expect(await computed(parts, ...sizes)).toBe(await computed([Buffer.concat(parts)], ...sizes));
      },
    ),
  );
});

test("a piece may be changed once it was taken", async () => {
  const piece = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const builder = new CidBuilder(2, 2);
  const whole = await computed([piece.slice()], 2, 2);
  await builder.add(piece);
  piece.fill(0);
  expect(cidText(await builder.cid())).toBe(whole);
});
