/** Pictures that are shown while the rest of a study is on its way: each has come whole, and is what its list says. */

import type { Manifest } from "../../formats/manifest.ts";
import { fill, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { say } from "../../ui/speech.ts";
import type { Mark, Viewer, ViewerFile } from "../../viewer/viewer.ts";
import type { Early } from "../../worker/fetchStudy.ts";
import type { Steps } from "./state.ts";

const PAUSE = 400; // milliseconds from one look at what has come to the next

export class EarlyView {
  readonly element = h("section", { class: "early", "aria-label": "What is here already", hidden: true });
  readonly #note = h("p", { class: "part" });
  readonly #host = h("div", { class: "viewer-place" });
  readonly #ended = new AbortController();
  /** By their place on the list. */
  readonly #come = new Set<number>();
  #waiting: ViewerFile[] = [];
  #manifest: Manifest | undefined;
  #viewer: Viewer | undefined;
  #isBusy = false;
  #isBroken = false;

  constructor() {
    this.element.append(this.#note, this.#host);
  }

  take(early: Early): void {
    if (early.kind === "list") {
      this.#manifest ??= early.manifest; // the same again from another gateway: it is sealed to the content key
      this.#isBroken = false;
      this.#say();
      return;
    }
    const entry = this.#manifest?.files[early.place];
    if (!entry || this.#come.has(early.place)) return;
    this.#come.add(early.place);
    this.#waiting.push({ name: entry.name, mediaType: entry.mediaType, blob: early.blob });
    void this.#show();
    this.#say();
  }

  /** How far the third step is: whether more will come. */
  update({ done, work, problem, stopped }: Steps): void {
    if (done === 3 || work !== "idle") return;
    if (stopped || (problem !== null && problem.kind !== "storage" && problem.kind !== "memory")) {
      this.dispose(); // nothing is kept; and of what was changed on the way, nothing is to be trusted
      return;
    }
    this.#isBroken = problem !== null;
    this.#say();
  }

  /** The picture that is looked at. */
  get mark(): Mark | undefined {
    return this.#viewer?.mark;
  }

  /** All the rest has come, and is being made ready. */
  complete(): void {
    this.#note.textContent = "All your images are here. Getting them ready…";
  }

  /** Every pixel goes. */
  dispose(): void {
    this.#ended.abort();
    this.#waiting = [];
    this.#viewer?.dispose();
    this.#viewer = undefined;
    this.element.hidden = true;
    fill(this.#host);
  }

  async #show(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { signal } = this.#ended;
    try {
      const { mountViewer } = await import("../../viewer/viewer.ts");
      while (this.#waiting.length > 0 && !signal.aborted) {
        const files = this.#waiting.splice(0);
        if (this.#viewer) await this.#viewer.add(files);
        else {
          this.element.hidden = false; // a canvas has no size where it is not laid out
          this.#viewer = await mountViewer(this.#host, files, { say, signal, save: null });
          say("The first of your images are here. The rest is on its way.");
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    } catch {
      this.dispose(); // the study is shown once it is all here
    } finally {
      this.#isBusy = false;
    }
  }

  #say(): void {
    const total = this.#manifest?.files.length ?? 0;
    const part = `${counted(this.#come.size, "file")} of ${total.toLocaleString("en")}`;
    this.#note.textContent = this.#isBroken
      ? `Only a part came: ${part}. What you see is what was sent, but it is not all of it, and it can’t be saved.`
      : `A part of your images: ${part}, each checked. The rest is on its way; you can save them once all are here.`;
    this.#note.classList.toggle("broken", this.#isBroken);
  }
}
