/** The series as small pictures: each of the middle one, made when it is first to be seen, while nothing else is drawn. */

import "./thumbnails.css";
import type { DicomWorker } from "../dicom/client.ts";
import { miniature } from "../dicom/miniature.ts";
import { fill, h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import type { Sequence, View, ViewerFile } from "./list.ts";
import { decodePicture } from "./picture.ts";
import { frameOf } from "./state.ts";
import { rove } from "./toolbar.ts";

const PIXELS = 192; // for screens of two pixels to one
const SPOKEN: Partial<Record<View["kind"], string>> = { pdf: "PDF", report: "Report", video: "Video", none: "–" };

export class Thumbnails {
  readonly #host: HTMLElement;
  readonly #worker: DicomWorker;
  readonly #quiet: () => Promise<void>;
  readonly #choose: (sequence: number) => void;
  readonly #end: AbortSignal;
  readonly #urls = new Map<ViewerFile, Map<number, string>>();
  /** What is to be seen and not made yet. */
  readonly #wanted = new Set<Element>();
  readonly #views = new Map<Element, View>();
  readonly #seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#wanted.add(target);
      else this.#wanted.delete(target);
    }
    void this.#make();
  });
  #buttons: HTMLButtonElement[] = [];
  #listing = new AbortController();
  #isBusy = false;

  /** `quiet` resolves once the picture on the stage is drawn: that goes first. */
  constructor(
    host: HTMLElement,
    worker: DicomWorker,
    quiet: () => Promise<void>,
    choose: (sequence: number) => void,
    end: AbortSignal,
  ) {
    this.#host = host;
    this.#worker = worker;
    this.#quiet = quiet;
    this.#choose = choose;
    this.#end = end;
    end.addEventListener("abort", () => {
      this.#dispose();
    });
  }

  /** One for each; none where there is nothing to choose from. */
  list(sequences: readonly Sequence[]): void {
    this.#listing.abort();
    this.#listing = new AbortController();
    this.#seen.disconnect();
    this.#wanted.clear();
    this.#views.clear();
    this.#buttons = sequences.length < 2 ? [] : sequences.map((each, at) => this.#button(each, at));
    fill(this.#host, this.#buttons);
    this.#host.hidden = this.#buttons.length === 0;
    rove(this.#host, this.#listing.signal);
    for (const picture of this.#views.keys()) this.#seen.observe(picture);
  }

  /** Which one is on the stage. */
  mark(chosen: number): void {
    for (const [at, each] of this.#buttons.entries()) each.setAttribute("aria-pressed", String(at === chosen));
    const button = this.#buttons[chosen];
    if (!button) return;
    const { offsetLeft, offsetWidth } = button;
    const { scrollLeft, clientWidth } = this.#host;
    const isOut = offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth;
    if (isOut) this.#host.scrollLeft = offsetLeft - (clientWidth - offsetWidth) / 2; // the page itself stays where it is
  }

  #button({ label, views }: Sequence, at: number): HTMLButtonElement {
    const picture = h("span", { class: "small" });
    const view = views[views.length >> 1];
    if (view && isDrawn(view)) this.#take(picture, view);
    else fill(picture, view?.kind === "copy" ? icon("file") : (SPOKEN[view?.kind ?? "none"] ?? ""));
    const press = (): void => {
      this.#choose(at);
    };
    const words = h("span", { class: "words" }, `${at + 1}. ${label}`);
    return h("button", { type: "button", title: label, on: { click: press } }, picture, words);
  }

  #take(picture: HTMLElement, view: View): void {
    const made = this.#urls.get(view.file)?.get(frameOf(view));
    if (made === undefined) this.#views.set(picture, view);
    else show(picture, made);
  }

  /** One after the other. */
  async #make(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let [picture] = this.#wanted; picture && !this.#isOver(); [picture] = this.#wanted) {
      await this.#quiet();
      this.#wanted.delete(picture);
      const view = this.#views.get(picture);
      this.#seen.unobserve(picture);
      if (!view) continue;
      try {
        const made = await this.#picture(view);
        if (this.#isOver()) return;
        const url = URL.createObjectURL(made);
        const others = this.#urls.get(view.file) ?? new Map<number, string>();
        this.#urls.set(view.file, others.set(frameOf(view), url));
        show(picture, url);
      } catch {
        fill(picture, SPOKEN.none); // why, the stage says
      }
    }
    this.#isBusy = false;
  }

  async #picture(view: View): Promise<Blob> {
    const { blob } = view.file;
    const longest = PIXELS;
    if (view.kind === "dicom") {
      const of = { key: view.key, blob, frame: view.frame };
      return this.#worker.ask("miniature", { of, blob, longest });
    }
    if (view.kind === "ecg") return this.#worker.ask("miniature", { of: "ecg", blob, longest });
    const bitmap = await decodePicture(blob, view.kind === "png" ? "png" : "jpeg");
    return miniature({ bitmap, aspect: 1 }, longest);
  }

  #isOver(): boolean {
    return this.#end.aborted;
  }

  #dispose(): void {
    this.#listing.abort();
    this.#seen.disconnect();
    for (const made of this.#urls.values()) for (const url of made.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }
}

const isDrawn = ({ kind }: View): boolean => ["dicom", "png", "jpeg", "ecg"].includes(kind);

/** The words beside it say what it is. */
function show(picture: Element, url: string): void {
  fill(picture, h("img", { src: url, alt: "", draggable: false }));
}
