/** A page of the viewer alone, for tests/web/viewer: files come from its two fields. */

import "../../src/ui/tokens.css";
import "../../src/ui/app.css";
import { h } from "../../src/ui/dom.ts";

const status = h("p", { role: "status", class: "small" });
const host = h("div", { class: "viewer-host" });
const facts = h("output", { id: "facts", hidden: true });
const heading = h("h1", {}, "Viewer alone");

function field(label: string, use: (files: File[]) => Promise<void>): HTMLElement {
  const input = h("input", { type: "file", id: label, multiple: true });
  input.addEventListener("change", () => void use([...(input.files ?? [])]));
  return h("p", {}, h("label", { for: label }, label), " ", input);
}

let dispose = (): void => undefined;
const show = async (files: File[]): Promise<void> => {
  heading.textContent = "Opening";
  const { mountViewer } = await import("../../src/viewer/viewer.ts");
  dispose();
  const given = files.map((blob) => ({ name: blob.name, mediaType: blob.type, blob }));
  const viewer = await mountViewer(host, given, {
    say: (text) => {
      status.textContent = text;
    },
  });
  dispose = () => {
    viewer.dispose();
  };
  heading.textContent = viewer.title;
};
const read = async (files: File[]): Promise<void> => {
  facts.hidden = true;
  const { readMetadata } = await import("../../src/dicom/readMetadata.ts");
  const { thumbnail } = await import("../../src/dicom/thumbnail.ts");
  const found = await readMetadata(files.map((file) => ({ name: file.name, file })));
  facts.textContent = JSON.stringify(found);
  const middle = found.middle === undefined ? undefined : files[found.middle];
  if (middle) host.replaceChildren(await thumbnail(middle).catch(() => "no thumbnail"));
  facts.hidden = false;
};

const hint = "Talk to your doctor about what these images mean. This screen is for looking only.";
const fields = h("div", { class: "vh" }, status, field("Show", show), field("Read", read));
document.body.append(
  h("main", {}, heading, h("div", { class: "side" }, host, h("p", { class: "hint" }, hint)), facts, fields),
);
