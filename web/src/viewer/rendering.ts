/** Has pictures decoded and drawn: one at a time, and always the one that was asked for last. */

import type { DicomWorker } from "../dicom/client.ts";
import type { OverlayRequest, Shown } from "../dicom/protocol.ts";
import { reasonOf } from "../dicom/metadata.ts";
import type { HeldView, Overlay, View, ViewerFile } from "./list.ts";
import { decodePicture } from "./picture.ts";
import type { Setting } from "./state.ts";

export interface Wanted {
  /** Which series it is of. */
  readonly series: number;
  readonly view: View | undefined;
  readonly setting: Setting;
  /** What is likely to be wanted next. */
  readonly ahead: View | undefined;
}

/** Where results go. */
export interface Output {
  /** Takes ownership of the bitmap. */
  image(shown: Shown, setting: Setting): void;
  held(view: HeldView): void;
  nothing(file: ViewerFile, reason: string): void;
  /** While a picture is on its way; `isLong`: it takes its time. */
  busy(on: boolean, isLong: boolean): void;
}

const WAIT_DELAY = 300;

export class Rendering {
  readonly #worker: DicomWorker;
  readonly #signal: AbortSignal;
  readonly #wanted: () => Wanted;
  readonly #output: Output;
  #running: Promise<void> | undefined;
  #isStale = false;

  constructor(worker: DicomWorker, signal: AbortSignal, wanted: () => Wanted, output: Output) {
    this.#worker = worker;
    this.#signal = signal;
    this.#wanted = wanted;
    this.#output = output;
  }

  /** Draws what is wanted now. */
  start(): void {
    this.#isStale = true;
    this.#running ??= this.#run();
  }

  /** Resolves when what was wanted last is on the screen. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#output.busy(true, false);
    const waiting = setTimeout(() => {
      this.#output.busy(true, true);
    }, WAIT_DELAY);
    try {
      while (this.#isStale && !this.#signal.aborted) {
        this.#isStale = false;
        await this.#draw(this.#wanted());
      }
    } finally {
      clearTimeout(waiting);
      this.#running = undefined;
      this.#output.busy(false, false);
    }
    this.#prepare(this.#wanted().ahead);
  }

  async #draw({ view, setting, series }: Wanted): Promise<void> {
    if (!view) return;
    try {
      if (view.kind === "none") this.#output.nothing(view.file, view.reason);
      else if (isHeld(view)) this.#output.held(view);
      else {
        const shown = await this.#shown(view, setting);
        const isOfAnother = this.#wanted().series !== series; // whose label is there already
        if (this.#signal.aborted || isOfAnother) closed(shown);
        else this.#output.image(shown, setting);
      }
    } catch (error) {
      if (!this.#signal.aborted && this.#wanted().series === series) {
        this.#output.nothing(view.file, reasonOf(error));
      }
    }
  }

  #shown(view: Exclude<View, HeldView | { kind: "none" }>, { look, outlines, saved }: Setting): Promise<Shown> {
    const { blob } = view.file;
    if (view.kind === "dicom") {
      const overlays = (view.overlays ?? []).flatMap((each) => requested(each, outlines));
      const choice = view.states?.find(({ id }) => id === saved);
      const state = choice && { state: { key: choice.key, blob: choice.file.blob } };
      return this.#worker.ask("render", { key: view.key, blob, frame: view.frame, look, overlays, ...state });
    }
    return view.kind === "ecg" ? this.#worker.ask("ecg", { blob }) : plain(blob, view.kind);
  }

  #prepare(view: View | undefined): void {
    if (view?.kind !== "dicom" || this.#signal.aborted) return;
    this.#worker.ask("prepare", { key: view.key, blob: view.file.blob, frame: view.frame }).catch(() => undefined);
  }
}

/** What is asked for of an overlay: only the parts that are switched on. */
function requested({ file, segments, ...overlay }: Overlay, outlines: ReadonlySet<string>): OverlayRequest[] {
  const colours = segments.filter(({ id }) => outlines.has(id)).map(({ number, colour }) => [number, colour] as const);
  return colours.length ? [{ ...overlay, blob: file.blob, colours }] : [];
}

const isHeld = (view: View): view is HeldView => ["pdf", "video", "report", "copy"].includes(view.kind);

function closed({ bitmap, overlay }: Shown): void {
  bitmap.close();
  overlay?.close();
}

async function plain(blob: Blob, kind: "png" | "jpeg"): Promise<Shown> {
  const bitmap = await decodePicture(blob, kind);
  return { bitmap, aspect: 1, window: undefined, orientationLabels: { left: "", right: "", top: "", bottom: "" } };
}
