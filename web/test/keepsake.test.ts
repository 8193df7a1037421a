import { describe, expect, it } from "vitest";
import { SiteError } from "../src/errors.ts";
import { keepsake, type KeptFile, keepsakeSize } from "../src/formats/keepsake.ts";

const PAGE = "<body>\n<!--files-->\n<p>Müller’s end</p>\n";

const kept = (name: string, bytes: Uint8Array<ArrayBuffer>): KeptFile => ({
  name,
  mediaType: "application/dicom",
  blob: new Blob([bytes]),
});
const written = (...files: KeptFile[]): Promise<string> => new Response(keepsake(PAGE, files, () => undefined)).text();

describe("a keepsake", () => {
  it.each([0, 1, 2, 3, 196_607, 196_608, 196_609, 500_000])(
    "holds a file of %i bytes as one base64 text",
    async (size) => {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7) % 256);
      const text = await written(kept("one.dcm", bytes));
      expect(text).toBe(
        PAGE.replace(
          "<!--files-->",
          '<script class="file" type="application/octet-stream" data-name="one.dcm" data-media-type="application/dicom">' +
            `${Buffer.from(bytes).toString("base64")}</script>\n`,
        ),
      );
    },
  );

  it("writes names as text, whatever signs are in them", async () => {
    const text = await written(kept(`<b> "Ann's" & Bob's $& $1`, new Uint8Array([1])));
    expect(text).toContain('data-name="&lt;b&gt; &quot;Ann&#x27;s&quot; &amp; Bob&#x27;s $&amp; $1"');
  });

  it("is little more than a third larger than its files and the page", async () => {
    const files = [kept("a", new Uint8Array(100_000)), kept("b", new Uint8Array(1))];
    const text = await written(...files);
    expect(Math.abs(text.length - keepsakeSize(PAGE.length, files))).toBeLessThan(500);
  });

  it("tells of each byte", async () => {
    let told = 0;
    await new Response(
      keepsake(PAGE, [kept("a", new Uint8Array(500_000))], (more) => {
        told += more;
      }),
    ).text();
    expect(told).toBe(500_000);
  });

  it.each(["<body></body>", PAGE + PAGE])("is not made of another page: %j", (page) => {
    expect(() => keepsake(page, [], () => undefined)).toThrow(SiteError);
  });
});
