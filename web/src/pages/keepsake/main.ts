/** Entry of the keepsake: one page with a viewer and the images of one study in it. It asks no network for anything. */

import "../../ui/tokens.css";
import "../../ui/app.css";
import "./keepsake.css";
import { fill, h } from "../../ui/dom.ts";
import { mountViewer, type ViewerFile } from "../../viewer/viewer.ts";

const NOTE =
  "Everything is in this one file, and it is not encrypted: whoever has it can see these images. They are shown for a " +
  "look, not for a diagnosis.";

const title = h("h1", {}, "Opening your images…");
const status = h("p", { class: "vh", role: "status" });
const place = h("div", {});
document.body.append(h("main", {}, title, status, place, h("p", { class: "hint" }, NOTE)));

const viewer = await mountViewer(place, takeFiles(), {
  say: (text) => {
    fill(status, text);
  },
});
title.textContent = viewer.title;

/** The files that the page holds, each as base64 in a block of data; the blocks go, so that nothing is held twice. */
function takeFiles(): ViewerFile[] {
  return [...document.querySelectorAll<HTMLScriptElement>("script.file")].map((block) => {
    const { name = "", mediaType = "" } = block.dataset;
    const blob = new Blob(bytesOf(block.text), { type: mediaType });
    block.remove();
    return { name, mediaType, blob };
  });
}

/** In parts, since a call takes only so much text. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer>[] {
  const part = 1 << 20; // a multiple of 4
  const parts = [];
  for (let at = 0; at < base64.length; at += part) {
    const text = atob(base64.slice(at, at + part));
    const bytes = new Uint8Array(text.length);
    for (let place = 0; place < text.length; place++) bytes[place] = text.charCodeAt(place);
    parts.push(bytes);
  }
  return parts;
}
