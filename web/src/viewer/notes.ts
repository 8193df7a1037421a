/** What stands in place of a picture, and the list of files that can't be shown. */

import "./notes.css";
import { type Child, fill, h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import type { HeldView, Listed, ViewerFile } from "./list.ts";
import {
  CANNOT_PLAY,
  CANNOT_SHOW,
  COPY_IS_COMPLETE,
  filesNotShown,
  NO_PICTURES,
  NOT_YET,
  OTHER_PROGRAM,
  otherFiles,
  sentence,
  WHAT_THERE_IS,
} from "./messages.ts";
import type { Parts } from "./parts.ts";
import { reportPage } from "./reportPage.ts";

function folded(heading: string, rows: readonly HTMLElement[], open: boolean): HTMLElement {
  return h("details", { open }, h("summary", {}, heading), h("ul", {}, rows));
}

/** It is not for the picture below. */
const stay = (event: Event): void => {
  event.stopPropagation();
};

export class Notes {
  readonly #parts: Parts;
  readonly #save: ((file: ViewerFile) => void) | null | undefined;
  readonly #toPictures: () => (() => void) | undefined;
  readonly #urls = new Set<string>();

  /**
   * `save` saves one file; without it there are download links; null: nothing can be saved yet. `toPictures` is asked for the way from a report to the
   * pictures, if there are any.
   */
  constructor(
    parts: Parts,
    save: ((file: ViewerFile) => void) | null | undefined,
    toPictures: () => (() => void) | undefined,
  ) {
    this.#parts = parts;
    this.#save = save;
    this.#toPictures = toPictures;
  }

  get isShown(): boolean {
    return !this.#parts.note.hidden;
  }

  hide(): void {
    this.#parts.note.hidden = true;
    fill(this.#parts.note); // a video must not be heard on
    this.#parts.viewer.classList.remove("reads", "holds");
  }

  say(text: string): void {
    this.#show(h("p", {}, text));
  }

  cannotShow(file: ViewerFile | undefined, reason: string): void {
    this.#show(
      h("h2", {}, CANNOT_SHOW),
      this.#save !== null && h("p", {}, COPY_IS_COMPLETE),
      file && this.#saver(file),
      reason !== "" && h("details", {}, h("summary", {}, "Details"), h("p", {}, sentence(reason))),
    );
  }

  held(view: HeldView): void {
    this.#fillWith(view);
    this.#parts.viewer.classList.add(view.kind === "report" ? "reads" : "holds");
  }

  #fillWith(view: HeldView): void {
    if (this.#save === null && view.kind !== "report") {
      this.#show(h("p", {}, NOT_YET), this.#pictures());
      return;
    }
    switch (view.kind) {
      case "pdf":
        this.#document(view.file);
        return;
      case "video":
        this.#video(view.file);
        return;
      case "copy":
        this.#copy(view.file, view.what);
        return;
      case "report":
        this.#show(this.#pictures(), view.copy && this.#saver(view.copy), reportPage(view.report));
    }
  }

  #document(file: ViewerFile): void {
    // Always a PDF, whatever the sender called it: nothing else may run in a page of ours.
    const href = this.#url(file.blob.slice(0, file.blob.size, "application/pdf"));
    const open = h("a", { class: "btn go", href, target: "_blank", rel: "noopener" }, "Open the document");
    const title = h("h2", {}, "This is a document.");
    this.#show(title, h("p", {}, "It opens in a new tab."), open, this.#saver(file), this.#pictures());
  }

  /** Played where the browser can: an MP4 from a Blob of the page's own. */
  #video(file: ViewerFile): void {
    if (!file.name.endsWith(".mp4")) {
      this.#noVideo(file);
      return;
    }
    const src = this.#url(file.blob.slice(0, file.blob.size, "video/mp4"));
    const video = h("video", { controls: true, playsinline: true, preload: "metadata", src, "aria-label": "Video" });
    const isShown = (): boolean => this.#parts.note.contains(video);
    const fail = (): void => {
      if (isShown()) this.#noVideo(file);
    };
    video.addEventListener("error", fail);
    video.addEventListener("loadedmetadata", () => {
      if (!video.videoWidth) fail(); // its sound alone
    });
    for (const type of ["pointerdown", "wheel"]) video.addEventListener(type, stay);
    this.#show(video, this.#saver(file));
  }

  #noVideo(file: ViewerFile): void {
    this.#show(h("h2", {}, "This is a video."), h("p", {}, CANNOT_PLAY), this.#saver(file));
    this.#parts.viewer.classList.add("holds"); // also when it turns out later
  }

  /** What can only be saved; `what` it is. */
  #copy(file: ViewerFile, what: string): void {
    this.#show(h("h2", {}, `${what}.`), h("p", {}, OTHER_PROGRAM), this.#saver(file), this.#pictures());
  }

  /** Below the viewer. */
  list({ notShown, others, sequences }: Listed): void {
    const isOpen = sequences.length === 0;
    const rows = others.map(({ file, what }) => this.#row(file, `${what}.`));
    const refused = notShown.map(({ file, reason }) => this.#row(file, sentence(reason)));
    fill(
      this.#parts.files,
      rows.length > 0 && folded(otherFiles(rows.length), rows, isOpen),
      refused.length > 0 && folded(filesNotShown(refused.length), refused, isOpen),
    );
  }

  #row(file: ViewerFile, words: string): HTMLElement {
    const name = h("span", {}, h("b", {}, file.name), h("br"), h("span", { class: "muted" }, words));
    return h("li", {}, name, this.#saver(file));
  }

  /** Nothing of the study is a picture or a document, and nothing is wrong with that. */
  noPictures(): void {
    this.#show(h("h2", {}, NO_PICTURES), h("p", {}, WHAT_THERE_IS));
    this.#parts.viewer.classList.add("holds");
  }

  dispose(): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  #show(...children: Child[]): void {
    fill(this.#parts.note, children);
    this.#parts.viewer.classList.remove("reads", "holds");
    this.#parts.note.hidden = false;
  }

  #saver(file: ViewerFile): HTMLElement | undefined {
    const save = this.#save;
    if (save === null) return undefined;
    const words = [icon("download"), "Save a copy", h("span", { class: "vh" }, ` of ${file.name}`)];
    if (save) {
      const press = (): void => {
        save(file);
      };
      return h("button", { type: "button", class: "btn", on: { click: press } }, words);
    }
    const href = this.#url(file.blob.slice(0, file.blob.size, "application/octet-stream"));
    return h("a", { class: "btn", href, download: file.name.split("/").at(-1) ?? "image" }, words);
  }

  #pictures(): HTMLElement | undefined {
    const press = this.#toPictures();
    return (
      press && h("button", { type: "button", class: "btn", on: { click: press } }, icon("image"), "See the images")
    );
  }

  #url(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#urls.add(url);
    return url;
  }
}
