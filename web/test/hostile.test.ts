/** What anybody may seal to a person: every error is one that the page has words for. */

import { encrypt } from "eciesjs";
import { Config } from "eciesjs/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contextDigest } from "../src/formats/context.ts";
import { unpack } from "../src/formats/bundle.ts";
import { type Bytes, concat, fromHex } from "../src/formats/bytes.ts";
import { openEnvelope } from "../src/formats/envelope.ts";
import { cleaned } from "../src/formats/manifest.ts";
import { publicKeyOf } from "../src/formats/publicKey.ts";
import { header, padding } from "../src/formats/tar.ts";
import { fatesOf, STORED } from "../src/dicomweb/answer.ts";
import { BundleError, EnvelopeError, SiteError } from "../src/errors.ts";
import { cardName, fileStem, heading, imageCount } from "../src/pages/open/titles.ts";
import { readSite } from "../src/site.ts";
import { contexts, privateKeys } from "./strategies.ts";
import { streamed } from "./vectors.ts";

const ours = (): Config => {
  const config = new Config();
  config.isEphemeralKeyCompressed = true;
  config.isHkdfKeyCompressed = true;
  config.symmetricNonceLength = 12;
  return config;
};

const bytes = (most: number): fc.Arbitrary<Bytes> => fc.uint8Array({ maxLength: most }).map((a) => Uint8Array.from(a));

/** Whether `error`, if there is one, is of this kind. */
async function onlyThrows(Kind: new (text: string) => Error, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Kind);
  }
}

test("an envelope that was sealed well opens, or is refused, whatever it says", async () => {
  await fc.assert(
    fc.asyncProperty(
      privateKeys,
      contexts,
      fc.constantFrom(0, 1, 2, 255),
      fc.boolean(),
      bytes(100),
      (key, context, version, here, rest) => {
        const place = here ? contextDigest(context) : new Uint8Array();
        const plaintext = concat(Uint8Array.of(version), place, rest);
        const sealed = Uint8Array.from(encrypt(publicKeyOf(key), plaintext, ours()));
        return onlyThrows(EnvelopeError, () => openEnvelope(sealed, key, context));
      },
    ),
  );
});

test("an envelope whose CID is all zeros is none", () => {
  const context = {
    chainId: 1,
    inbox: `0x${"11".repeat(20)}`,
    sender: `0x${"22".repeat(20)}`,
    recipient: `0x${"33".repeat(20)}`,
  } as const;
  const key = fromHex("07".repeat(32));
  const plaintext = concat(Uint8Array.of(1), contextDigest(context), new Uint8Array(32 + 8 + 36));
  const sealed = Uint8Array.from(encrypt(publicKeyOf(key), plaintext, ours()));
  expect(() => openEnvelope(sealed, key, context)).toThrow(EnvelopeError);
});

const anything = fc.jsonValue({ maxDepth: 4 });
const named = (names: string[]): fc.Arbitrary<object> =>
  fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] });
const file = fc.oneof(
  anything,
  fc.record({
    name: fc.oneof(anything, fc.constantFrom("a", "b/c")),
    bytes: fc.oneof(anything, fc.constantFrom(0, 0, -1, 1e300)),
    sha256: fc.oneof(anything, fc.constant("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
    media_type: fc.oneof(anything, fc.constant("image/png")),
  }),
);
const study = fc.oneof(
  anything,
  fc.record({
    patient: fc.oneof(anything, named(["name", "birth_date", "sex", "id"])),
    date: fc.oneof(anything, fc.constant("2026-02-30")),
    description: anything,
    series: fc.oneof(anything, fc.array(named(["uid", "number", "modality", "body_part", "images", "frames"]))),
  }),
);
const manifests = fc.record(
  {
    format: fc.constant("radiogram-bundle"),
    version: fc.oneof({ arbitrary: fc.constant(1), weight: 5 }, anything),
    created: fc.oneof({ arbitrary: fc.constant("2026-11-26"), weight: 5 }, anything),
    files: fc.oneof(fc.array(file, { maxLength: 2 }), anything),
    sender_label: anything,
    studies: fc.oneof(fc.array(study, { maxLength: 3 }), anything),
  },
  { requiredKeys: ["format", "version", "created", "files"] },
);

function bundled(manifest: unknown): Bytes {
  const raw = new TextEncoder().encode(JSON.stringify(manifest));
  const parts = [
    header({ name: "manifest.json", size: raw.length }),
    raw,
    padding(raw.length),
    header({ name: "manifest.sig", size: 0 }),
  ];
  const files = (manifest as { files: unknown }).files;
  for (const each of Array.isArray(files) ? (files as unknown[]) : []) {
    const name = (each as { name?: unknown } | null)?.name;
    if (typeof name === "string") parts.push(header({ name: `files/${name}`, size: 0 }));
  }
  return concat(...parts, new Uint8Array(1024));
}

test("a list of images that says anything at all is shown, or refused", async () => {
  await fc.assert(
    fc.asyncProperty(manifests, async (manifest) => {
      await onlyThrows(BundleError, async () => {
        const shown = cleaned((await unpack(streamed(bundled(manifest)))).manifest);
        expect([heading(shown), cardName(shown), fileStem("CT", shown, new Date(0)), imageCount(shown)]).toBeDefined();
      });
    }),
  );
});

const INBOX = "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6";
const NO_TEXT = [{ toString: null }]; // String() throws

test("what can't be turned into a text is no version, no site and no name of an instance", async () => {
  const manifest = { format: "radiogram-bundle", version: NO_TEXT, created: "2026-11-26", files: [] };
  await expect(unpack(streamed(bundled(manifest)))).rejects.toThrow(BundleError);
  const site = { name: "Local", chainId: 1337, rpc: "./", gateways: [] };
  for (const each of [{ inbox: NO_TEXT }, { inbox: INBOX, relay: { act: "./", share: "./", account: NO_TEXT } }]) {
    expect(() => readSite({ ...site, ...each }, new URL("https://clinic.example/"))).toThrow(SiteError);
  }
  const stored = [{ "00081155": { vr: "UI", Value: NO_TEXT } }];
  expect(fatesOf(JSON.stringify({ "00081199": { vr: "SQ", Value: stored } }), ["1.2"])).not.toEqual([STORED]);
});

test("a bundle of any bytes is refused", async () => {
  await fc.assert(
    fc.asyncProperty(bytes(3000), async (junk) => {
      await onlyThrows(BundleError, () => unpack(streamed(junk)));
    }),
  );
});
