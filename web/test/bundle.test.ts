import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openBundle, readManifest, unpack } from "../src/formats/bundle.ts";
import { hashMessage } from "viem/utils";
import { type Bytes, concat, fromHex, type Hex, toHex } from "../src/formats/bytes.ts";
import { decrypt, encrypt, newContentKey } from "../src/formats/ciphertext.ts";
import { digestOf } from "../src/formats/digest.ts";
import { addressOf, publicKeyOf, signDigest } from "../src/formats/publicKey.ts";
import { checkNames, checkSendable, type FileEntry, signingText, writeManifest } from "../src/formats/manifest.ts";
import { BundleError, StudyError } from "../src/errors.ts";
import { encryptFiles, type SourceFile } from "../src/worker/encryptStudy.ts";
import { ByteReader, type ByteStream } from "../src/formats/streams.ts";
import { header, nextMember } from "../src/formats/tar.ts";
import { signerOf } from "../src/formats/signature.ts";
import { python } from "./python.ts";
import { fileNames, pieceSizes } from "./strategies.ts";
import { everything, refusalOf, streamed } from "./vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "radiogram-web-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function entryOf(name: string, content: Bytes): Promise<FileEntry> {
  return { name, bytes: content.length, sha256: await digestOf(content), mediaType: "application/octet-stream" };
}

async function bundleOf(files: [string, Bytes][], signature: Bytes = new Uint8Array()): Promise<Bytes> {
  const entries = await Promise.all(files.map(([name, content]) => entryOf(name, content)));
  const manifest = writeManifest("2026-11-23T20:00:00+00:00", entries, {});
  // eslint-disable-next-line @typescript-eslint/require-await -- a generator of what is at hand
  const content = async function* (place: number): AsyncGenerator<Bytes, void> {
    yield files[place]?.[1] ?? new Uint8Array();
  };
  return everything(openBundle(manifest, signature, entries, content));
}

const folded = (name: string): string => name.normalize("NFC").toLowerCase().toUpperCase();
const studies = fc
  .uniqueArray(
    fc.tuple(
      fileNames,
      fc.uint8Array({ maxLength: 3000 }).map((a) => Uint8Array.from(a)),
    ),
    { minLength: 1, maxLength: 5, selector: ([name]) => folded(name) },
  )
  // No file is a folder of another one: that is refused.
  .filter((files) => !files.some(([a]) => files.some(([b]) => folded(b).startsWith(`${folded(a)}/`))));

describe("what cannot be sent", () => {
  test("is named whole, however deep it lies", () => {
    const name = `${"study of the chest/".repeat(3)}series 4/slice 0017 what?.dcm`;
    expect(() => {
      checkSendable([name]);
    }).toThrow(`“${name}” is not a usable file name`);
  });

  test("is named by both ends of a very long name", () => {
    expect(() => {
      checkSendable([`${"a/".repeat(200)}0017?.dcm`]);
    }).toThrow(/^“a\/.*….*\/0017\?\.dcm” /u);
  });
});

describe("a bundle", () => {
  test("gives back what was put in, however it is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(studies, pieceSizes, async (files, sizes) => {
        const { manifest, blobs } = await unpack(streamed(await bundleOf(files), sizes));
        expect(manifest.files.map((file) => file.name)).toEqual(files.map(([name]) => name));
        for (const [place, blob] of blobs.entries()) {
          expect(new Uint8Array(await blob.arrayBuffer())).toEqual(files[place]?.[1]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("tells its list of files from its beginning alone", async () => {
    const bundle = await bundleOf([["a", new Uint8Array(100_000)]]);
    const { files } = await readManifest(streamed(bundle.subarray(0, 4096)));
    expect(files.map(({ name }) => name)).toEqual(["a"]);
  });

  test("is refused whichever byte of the encrypted one is flipped", async () => {
    const key = newContentKey();
    const ciphertext = await everything(await encrypt(streamed(await bundleOf([["a", new Uint8Array(70_000)]])), key));
    await fc.assert(
      fc.asyncProperty(fc.nat(ciphertext.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = ciphertext.slice();
        changed[place] = (changed[place] ?? 0) ^ change;
        expect(await refusalOf(async () => unpack(await decrypt(streamed(changed), key)))).toBe("CiphertextError");
      }),
      { numRuns: 40 },
    );
  });

  test("is refused wherever it is cut short", async () => {
    const bundle = await bundleOf([["a", new Uint8Array(3000)]]);
    for (const size of [0, 1, 511, 512, 1500, 2048, bundle.length - 1024, bundle.length - 512, bundle.length - 1]) {
      expect(await refusalOf(() => unpack(streamed(bundle.subarray(0, size))))).toBe("BundleError");
    }
  });

  test("is refused with anything but zeros behind its end", async () => {
    const bundle = await bundleOf([["a", Uint8Array.of(1)]]);
    const longer = (end: number): Bytes => Uint8Array.from([...bundle, ...new Uint8Array(511), end]);
    expect(await refusalOf(() => unpack(streamed(longer(0))))).toBe("none");
    expect(await refusalOf(() => unpack(streamed(longer(1))))).toBe("BundleError");
  });

  test("with a file of several megabytes gives it back, and refuses it changed", async () => {
    const content = Uint8Array.from({ length: 5 << 20 }, (_, place) => place * 31);
    const bundle = await bundleOf([["large", content]]);
    const [blob] = (await unpack(streamed(bundle))).blobs;
    expect(Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer()).equals(content)).toBe(true);
    bundle[bundle.length - 4096] = 255 - (bundle[bundle.length - 4096] ?? 0);
    expect(await refusalOf(() => unpack(streamed(bundle)))).toBe("BundleError");
    expect(await refusalOf(() => unpack(streamed(bundle.subarray(0, 3 << 20))))).toBe("BundleError");
  });

  test("tells of each file that is wanted once it is found to be what the list says, and of no other", async () => {
    const studies = fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(studies, fc.nat(5), fc.boolean(), async (contents, place, isChanged) => {
        const files = contents.map((content, at): [string, Bytes] => [`f${at}`, Uint8Array.from([at, ...content])]);
        const changed = place % files.length;
        const bundle = await bundleOf(files);
        if (isChanged) {
          const start = Buffer.from(bundle).indexOf(`files/f${changed}`) + 512;
          bundle[start] = 255 - (bundle[start] ?? 0);
        }
        const told: [number, Bytes][] = [];
        const wants = (at: number): boolean => at !== 1;
        const onFile = (at: number, pieces: Bytes[]): void => void told.push([at, concat(...pieces)]);
        const outcome = await refusalOf(() => unpack(streamed(bundle, [700]), { wants, onFile }));
        expect(outcome).toBe(isChanged ? "BundleError" : "none");
        const good = files.slice(0, isChanged ? changed : undefined).map(([, content], at) => [at, content]);
        expect(told).toEqual(good.filter(([at]) => at !== 1));
      }),
      { numRuns: 30 },
    );
  });

  test("with a large file tells of it too", async () => {
    const content = Uint8Array.from({ length: 5 << 20 }, (_, place) => place * 31);
    const told: Bytes[] = [];
    await unpack(streamed(await bundleOf([["large", content]])), {
      wants: () => true,
      onFile: (_, pieces) => told.push(concat(...pieces)),
    });
    expect(told).toHaveLength(1);
    expect(Buffer.from(told[0] ?? []).equals(content)).toBe(true);
  });

  test("whose list nobody could have signed tells of no file", async () => {
    const onHead = (): Promise<void> => Promise.reject(new BundleError("no"));
    const told: number[] = [];
    const watch = { onHead, wants: () => true, onFile: (place: number) => told.push(place) };
    expect(await refusalOf(async () => unpack(streamed(await bundleOf([["a", Uint8Array.of(1)]])), watch))).toBe(
      "BundleError",
    );
    expect(told).toEqual([]);
  });

  test("stops where its source stops, with the source's error", async () => {
    const broken = (): ByteStream =>
      new ReadableStream<Bytes>({
        pull(controller) {
          controller.error(new StudyError("gone"));
        },
      });
    expect(await refusalOf(() => unpack(broken()))).toBe("StudyError");
    expect(await refusalOf(() => decrypt(broken(), newContentKey()))).toBe("StudyError");
  });
});

describe("a tar header", () => {
  test.each([1, 100, 101, 255, 300])("keeps a name of %d signs", async (length) => {
    const name = "ä".repeat(length);
    const member = await nextMember(new ByteReader(streamed(header({ name, size: 7 }))));
    expect(member).toEqual({ name, size: 7 });
  });

  test("keeps sizes above 8 GiB", async () => {
    for (const size of [8 ** 11 - 1, 8 ** 11, 2 ** 45]) {
      expect(await nextMember(new ByteReader(streamed(header({ name: "a", size }))))).toEqual({ name: "a", size });
    }
  });

  test("is read by Python's tarfile", () => {
    const names = ["a", "ä".repeat(130), "x".repeat(101), "files/山田^太郎.dcm"];
    const sizes = [0, 8 ** 11 - 1, 8 ** 11, 2 ** 45];
    const read = names.map((name, place) => {
      const program =
        "import sys,tarfile,io,json; m=tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()),mode='r|').next(); print(json.dumps([m.name,m.size]))";
      return JSON.parse(python(program, [], header({ name, size: sizes[place] ?? 0 })).toString()) as unknown;
    });
    expect(read).toEqual(names.map((name, place) => [name, sizes[place]]));
  });
});

describe("a study that was encrypted here", () => {
  const files: SourceFile[] = [
    { name: "CT/äöü 山田.dcm", file: new Blob([new Uint8Array(128), "DICM", new Uint8Array(200_000)]) },
    { name: `${"long/".repeat(30)}name.png`, file: new Blob(["png"]) },
    { name: "empty.txt", file: new Blob([]) },
  ];
  const signal = new AbortController().signal;

  test("is opened by Python, file by file", async () => {
    const encrypted = await encryptFiles(
      files,
      { senderLabel: "Klinik" },
      () => Promise.resolve(null),
      () => undefined,
      signal,
    );
    const program = `
import io, json, sys
from pathlib import Path
from radiogram.formats import bundle, ciphertext
with ciphertext.open_decrypted(io.BytesIO(sys.stdin.buffer.read()), bytes.fromhex(sys.argv[1])) as plaintext:
    unpacked = bundle.unpack(plaintext, Path(sys.argv[2]))
print(json.dumps([[f.name, f.bytes, f.media_type] for f in unpacked.manifest.files]))`;
    const key = Buffer.from(encrypted.contentKey).toString("hex");
    const listed = python(program, [key, folder], new Uint8Array(await encrypted.blob.arrayBuffer()));
    expect(JSON.parse(listed.toString())).toEqual([
      ["CT/äöü 山田.dcm", 200_132, "application/dicom"],
      [files[1]?.name, 3, "image/png"],
      ["empty.txt", 0, "text/plain"],
    ]);
    for (const { name, file } of files) {
      expect(readFileSync(join(folder, name)).equals(Buffer.from(await (file as Blob).arrayBuffer()))).toBe(true);
    }
  });

  test("is padded where that is wanted, and opened by Python all the same", async () => {
    const unsigned = (): Promise<null> => Promise.resolve(null);
    const plain = await encryptFiles(files, {}, unsigned, () => undefined, signal);
    const { blob, contentKey } = await encryptFiles(files, {}, unsigned, () => undefined, signal, true);
    const program = `
import io, sys
from pathlib import Path
from radiogram.formats import bundle, ciphertext, padding
key, sealed = bytes.fromhex(sys.argv[1]), sys.stdin.buffer.read()
with ciphertext.open_decrypted(io.BytesIO(sealed), key) as plaintext:
    size = len(plaintext.read())
with ciphertext.open_decrypted(io.BytesIO(sealed), key) as plaintext:
    bundle.unpack(plaintext, Path(sys.argv[2]))
print(size == padding.padded_bundle_bytes(size), end="")`;
    const key = Buffer.from(contentKey).toString("hex");
    const padded = mkdtempSync(join(folder, "padded"));
    expect(python(program, [key, padded], new Uint8Array(await blob.arrayBuffer())).toString()).toBe("True");
    expect(blob.size).toBeGreaterThan(plain.blob.size);
  });

  test("has the CID that Python computes of its bytes", async () => {
    const large = [{ name: "large.bin", file: new Blob([new Uint8Array(2_500_000)]) }];
    for (const study of [files, large]) {
      const { blob, cid } = await encryptFiles(
        study,
        {},
        () => Promise.resolve(null),
        () => undefined,
        signal,
      );
      const program =
        "import sys; from radiogram.ipfs.unixfs import CidBuilder; b=CidBuilder(); b.add(sys.stdin.buffer.read()); print(b.cid().hex(), end='')";
      const bytes = new Uint8Array(await blob.arrayBuffer());
      expect(Buffer.from(cid).toString("hex")).toBe(python(program, [], bytes).toString());
    }
  });

  test("tells how far it has come, to the end", async () => {
    const told: string[] = [];
    await encryptFiles(
      files,
      {},
      () => Promise.resolve(null),
      ({ stage, done, total }) => {
        if (done === total || stage === "sign") told.push(stage);
      },
      signal,
    );
    expect(new Set(told)).toEqual(new Set(["digest", "sign", "encrypt"]));
  });

  test("is given up at once when that is asked", async () => {
    const stopped = AbortSignal.abort();
    expect(
      await refusalOf(() =>
        encryptFiles(
          files,
          {},
          () => Promise.resolve(null),
          () => undefined,
          stopped,
        ),
      ),
    ).toBe("AbortError");
  });

  test.each([
    ["nothing", []],
    ["a name that leads out", ["../a"]],
    ["names that differ in case", ["STRASSE", "straße"]],
    ["a name that Windows can't have", ["a:b"]],
  ])("is refused: %s", async (_, names) => {
    const chosen = names.map((name) => ({ name, file: new Blob(["x"]) }));
    expect(
      await refusalOf(() =>
        encryptFiles(
          chosen,
          {},
          () => Promise.resolve(null),
          () => undefined,
          signal,
        ),
      ),
    ).toBe("StudyError");
  });

  test.each([
    ["without one that is too short", "0x1234", 0],
    ["with one that gives no account, as a contract's may", `0x${"00".repeat(65)}`, 65],
    ["with one of a kind that only a contract takes", `0x${"11".repeat(64)}1f`, 65],
  ] as const)("goes %s, and is signed by nobody who can be named", async (_, signature, size) => {
    const sign = (): Promise<Hex> => Promise.resolve(signature);
    const { signedBy, blob, contentKey } = await encryptFiles(files, {}, sign, () => undefined, signal);
    expect(signedBy).toBeUndefined();
    expect((await unpack(await decrypt(blob.stream(), contentKey))).signature).toHaveLength(size);
  });

  test("says who signed it", async () => {
    const key = fromHex("11".repeat(32));
    const sign = (text: string): Promise<Hex> => Promise.resolve(toHex(signDigest(fromHex(hashMessage(text)), key)));
    const { signedBy, blob, contentKey } = await encryptFiles(files, {}, sign, () => undefined, signal);
    expect(signedBy).toBe(addressOf(publicKeyOf(key)));
    const { manifestBytes, signature } = await unpack(await decrypt(blob.stream(), contentKey));
    expect(signerOf(signingText(await digestOf(manifestBytes)), signature)).toBe(signedBy);
  });

  test("is not sent when the wallet refuses with an error", async () => {
    const refuse = (): Promise<never> => Promise.reject(new StudyError("no"));
    expect(await refusalOf(() => encryptFiles(files, {}, refuse, () => undefined, signal))).toBe("StudyError");
  });
});

test.each([[["a", "a/b"]], [["a/b/c", "A"]], [["x/Ä", "y", "x/ä/1"]]])(
  "a file where a folder must be is refused: %j",
  (names) => {
    for (const order of [names, [...names].reverse()]) {
      expect(() => {
        checkNames(order, StudyError);
      }).toThrow("would be a file, and a folder for");
    }
  },
);

test("a study has a hundred thousand files at most", () => {
  const names = Array.from({ length: 100_001 }, (_, number) => `ct/${number}`);
  checkNames(names.slice(1), StudyError);
  expect(() => {
    checkNames(names, StudyError);
  }).toThrow("at most 100,000 files, and this one 100,001");
});

/** As a scanner names them, by the UIDs of study, series and image. */
function manyFiles(count: number): FileEntry[] {
  const [study, series, image] = ["1", "2", "3"].map((kind) => `1.2.840.113619.2.${"7".repeat(40)}${kind}.8888`);
  return Array.from({ length: count }, (_, number) => ({
    name: `${study}/${series}/${image}${String(number).padStart(6, "0")}.dcm`,
    bytes: 526_000,
    sha256: "ab".repeat(32),
    mediaType: "application/dicom",
  }));
}

test("a list of files longer than its readers take is not written", () => {
  const files = manyFiles(95_000);
  const expected = new StudyError(
    "The list of files has 34,485,104 bytes, and may have at most 33,554,432: send it in parts, or shorten the files’ names.",
  );
  expect(() => writeManifest("2026-11-23T20:00:00+00:00", files, {})).toThrow(expected);
});

test.each([[readManifest], [unpack]] as const)("a list of files that is too long is said to be", async (read) => {
  const start = header({ name: "manifest.json", size: (32 << 20) + 1 });
  const told = await read(streamed(start)).then(String, String);
  expect(told).toContain("The list of files is too long (33,554,433 bytes)");
});

test("names that Python takes for one are taken for one here", () => {
  const names = ["ß", "SS", "ſs", "ı", "i", "İ", "i̇", "Σ", "ς", "σ", "ä", "ä", "Ꭰ", "ꭰ", "K", "k", "ﬁ", "FI"];
  const program =
    "import sys,json,unicodedata; n=json.loads(sys.argv[1]); f=[unicodedata.normalize('NFC',x).casefold() for x in n]; print(json.dumps([[a==b for b in f] for a in f]))";
  const same = JSON.parse(python(program, [JSON.stringify(names)]).toString()) as boolean[][];
  const ours = names.map((a) =>
    names.map((b) => {
      try {
        checkNames([a, b], StudyError);
        return false;
      } catch {
        return true;
      }
    }),
  );
  expect(ours).toEqual(same);
});
