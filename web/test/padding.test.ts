import { describe, expect, test } from "vitest";
import { unpack, readManifest } from "../src/formats/bundle.ts";
import { fromHex } from "../src/formats/bytes.ts";
import { decrypt } from "../src/formats/ciphertext.ts";
import { paddedBundleBytes } from "../src/formats/padding.ts";
import { base64, everything, refusalOf, streamed, vectors } from "./vectors.ts";

const { bundles } = vectors("padding.json") as { bundles: { bytes: number; padded_bytes: number }[] };
const [vector] = (vectors("bundle.json") as { unpack: { content_key: string; ciphertext: string }[] }).unpack;

test.each(bundles)("a bundle of $bytes bytes is padded to $padded_bytes", ({ bytes, padded_bytes: padded }) => {
  expect(paddedBundleBytes(bytes)).toBe(padded);
});

describe("a bundle with more zeros at its end", async () => {
  const bundle = await everything(
    await decrypt(streamed(base64(vector?.ciphertext ?? "")), fromHex(vector?.content_key ?? "")),
  );
  const files = (await unpack(streamed(bundle))).manifest.files;

  test.each([1, 512, 10_000_000, paddedBundleBytes(bundle.length) - bundle.length])("is read: %d", async (more) => {
    const padded = new Uint8Array(bundle.length + more);
    padded.set(bundle);
    expect((await unpack(streamed(padded))).manifest.files).toEqual(files);
    expect((await readManifest(streamed(padded))).files).toEqual(files);
  });

  test("is refused if one of them is not zero", async () => {
    const padded = new Uint8Array(bundle.length + 5000);
    padded.set(bundle);
    padded.set([1], bundle.length + 4000);
    expect(await refusalOf(() => unpack(streamed(padded)))).toBe("BundleError");
  });
});
