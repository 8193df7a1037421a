/** The picture on the screen: for looking only. Pages import this lazily. */

import "./viewer.css";
import { DicomWorker } from "../dicom/client.ts";
import type { Shown } from "../dicom/protocol.ts";
import { fill } from "../ui/dom.ts";
import { isPicture } from "./contents.ts";
import { listenToControls } from "./controls.ts";
import { leaveFullScreen, toggleFullScreen } from "./fullScreen.ts";
import { type Gestures, listenToGestures } from "./gestures.ts";
import { type Listed, listed, type ViewerFile } from "./list.ts";
import {
  announcement,
  BRIGHTNESS_IS_OWN,
  CANNOT_SHOW,
  GETTING_READY,
  notAsSaved,
  notOverlaid,
  opening,
  zoomed,
} from "./messages.ts";
import { Notes } from "./notes.ts";
import { paint } from "./paint.ts";
import { makeParts } from "./parts.ts";
import { Player } from "./player.ts";
import { Rendering } from "./rendering.ts";
import { PLAIN, Stage } from "./stage.ts";
import { firstShown, isShown, type Mark, markOf, placeOf } from "./place.ts";
import { Thumbnails } from "./thumbnails.ts";
import { type Event, initial, isToDraw, next, sequenceOf, type Setting, viewAhead, viewOf, views } from "./state.ts";

export type { Mark, ViewerFile };

export interface ViewerOptions {
  /** Puts a text into the page's status region. */
  readonly say?: (text: string) => void;
  /** Saves one file; without it the viewer offers a download link. Null: more files are on their way, and until they
   * are here, nothing can be saved, nor opened elsewhere. */
  readonly save?: ((file: ViewerFile) => void) | null;
  /** The picture to begin with. */
  readonly at?: Mark | undefined;
  /** Ends the viewer, as `dispose` does. */
  readonly signal?: AbortSignal;
}

export interface Viewer {
  /** For a heading: `CT scan of your chest`, or `Your images`. */
  readonly title: string;
  /** `CT chest`, or `Images`. */
  readonly shortTitle: string;
  /** Files that can't be shown, and why, each in one line. */
  readonly notShown: Listed["notShown"];
  /** The picture that is looked at. */
  readonly mark: Mark | undefined;
  /** More files of the same study. What is looked at stays. Throws AbortError. */
  add(files: readonly ViewerFile[]): Promise<void>;
  /** Moves the focus to the picture, so that its keys work. */
  focus(): void;
  /** Ends all work and forgets all pixels. */
  dispose(): void;
}

const SPEECH_DELAY = 400;
const WAIT_DELAY = 300;

/** Fills `host`; resolves when the first picture is on the screen. Never throws for what files hold; throws AbortError. */
export async function mountViewer(
  host: HTMLElement,
  files: readonly ViewerFile[],
  options: ViewerOptions = {},
): Promise<Viewer> {
  options.signal?.throwIfAborted();
  const app = new App(host, options);
  options.signal?.addEventListener("abort", () => {
    app.dispose();
  });
  await app.open(files);
  return app;
}

class App implements Viewer {
  title = "Your images";
  shortTitle = "Images";
  notShown: Listed["notShown"] = [];
  readonly #host: HTMLElement;
  readonly #options: ViewerOptions;
  readonly #worker = new DicomWorker();
  readonly #end = new AbortController();
  readonly #parts = makeParts();
  readonly #stage = new Stage(this.#parts.canvas);
  readonly #notes: Notes;
  /** More files are to come. */
  readonly #isPart: boolean;
  readonly #resized = new ResizeObserver(() => {
    this.#stage.resize();
  });
  readonly #rendering: Rendering;
  readonly #player: Player;
  readonly #thumbnails: Thumbnails;
  #state = initial();
  #files: readonly ViewerFile[] = [];
  #reports: Listed["reports"] = [];
  /** Nothing is on the stage: what was there is of another series. */
  #isBlank = true;
  #speech: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, options: ViewerOptions) {
    this.#host = host;
    this.#options = options;
    this.#isPart = options.save === null;
    this.#notes = new Notes(this.#parts, options.save, () => this.#toPictures());
    const wanted = () => ({
      series: this.#state.chosen,
      view: viewOf(this.#state),
      setting: this.#state.setting,
      ahead: viewAhead(this.#state),
    });
    this.#rendering = new Rendering(this.#worker, this.#end.signal, wanted, {
      image: (shown, setting) => {
        this.#showImage(shown, setting);
      },
      held: (view) => {
        this.#clear();
        this.#notes.held(view);
      },
      nothing: (file, reason) => {
        this.#cannotShow(file, reason);
      },
      busy: (on, isLong) => {
        this.#setBusy(on, isLong);
      },
    });
    this.#player = new Player(
      () => sequenceOf(this.#state)?.frameTime ?? 0,
      () => {
        this.#obey({ do: "tick" });
        return this.#rendering.settled();
      },
    );
    const choose = (sequence: number): void => {
      this.#obey({ do: "choose", sequence });
    };
    const quiet = (): Promise<void> => this.#rendering.settled();
    this.#thumbnails = new Thumbnails(this.#parts.thumbs, this.#worker, quiet, choose, this.#end.signal);
    fill(host, this.#parts.viewer, this.#parts.files);
    paint(this.#parts, this.#state);
    const obey = (event: Event): void => {
      this.#obey(event);
    };
    listenToControls(this.#parts, () => this.#state, obey, this.#end.signal);
    listenToGestures(this.#parts.stage, this.#gestures(), this.#end.signal);
    this.#resized.observe(this.#parts.stage);
  }

  focus(): void {
    this.#parts.stage.focus();
  }

  dispose(): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort(new DOMException("The viewer is closed.", "AbortError"));
    clearTimeout(this.#speech);
    this.#player.stop();
    this.#worker.dispose();
    this.#resized.disconnect();
    this.#stage.dispose();
    this.#notes.dispose();
    if (document.fullscreenElement === this.#parts.viewer) void document.exitFullscreen();
    this.#host.replaceChildren();
  }

  get mark(): Mark | undefined {
    const view = viewOf(this.#state);
    return view && markOf(view);
  }

  async open(files: readonly ViewerFile[]): Promise<void> {
    const found = await this.#read(files);
    const at =
      placeOf(found.sequences, this.#options.at) ?? (this.#isPart ? firstShown(found.sequences, files) : undefined);
    this.#obey({ do: "listed", sequences: found.sequences, at });
    if (found.sequences.length) await this.#rendering.settled();
    else if (this.#isPart) this.#notes.say(GETTING_READY);
    else if (found.others.length && !found.notShown.length) this.#notes.noPictures();
    else this.#cannotShow(files.length === 1 ? files[0] : undefined, found.notShown[0]?.reason ?? "");
  }

  async add(files: readonly ViewerFile[]): Promise<void> {
    const { sequences } = await this.#read([...this.#files, ...files]);
    const kept = isShown(viewOf(this.#state)) ? placeOf(sequences, this.mark) : undefined;
    if (kept) this.#obey({ do: "relisted", sequences, at: kept });
    else this.#obey({ do: "listed", sequences, at: firstShown(sequences, this.#files) });
    await this.#rendering.settled();
  }

  async #read(files: readonly ViewerFile[]): Promise<Listed> {
    const found = await this.#list(files);
    this.#files = files;
    this.#reports = found.reports;
    this.title = found.title;
    this.shortTitle = found.shortTitle;
    this.notShown = found.notShown;
    if (!this.#isPart) this.#notes.list(found);
    return found;
  }

  async #list(files: readonly ViewerFile[]): Promise<Listed> {
    const waiting = setTimeout(() => {
      if (!this.#reports.length) this.#notes.say("Opening your images…");
    }, WAIT_DELAY);
    try {
      const told = (done: number): void => {
        if (this.#notes.isShown && !this.#isPart) this.#notes.say(opening(done, files.length));
      };
      return await listed(files, this.#worker, this.#end.signal, told, this.#reports);
    } finally {
      clearTimeout(waiting);
    }
  }

  // --- Events: into the state, onto the screen, and aloud

  #obey(event: Event): void {
    const before = this.#state;
    this.#state = next(before, event);
    paint(this.#parts, this.#state, before);
    if (before.sequences !== this.#state.sequences) this.#thumbnails.list(this.#state.sequences);
    if (before.sequences !== this.#state.sequences || before.chosen !== this.#state.chosen)
      this.#thumbnails.mark(this.#state.chosen);
    const text = announcement(event, before, this.#state);
    if (text) this.#say(text);
    this.#act(event);
    if (before.isPlaying !== this.#state.isPlaying) this.#player.set(this.#state.isPlaying);
    if (isToDraw(before, this.#state)) this.#rendering.start();
  }

  /** What is no part of the state: the stage's zoom, dialogs, the screen. */
  #act(event: Event): void {
    switch (event.do) {
      case "listed":
      case "choose":
        this.#stage.fit();
        this.#clear();
        this.#notes.hide();
        return;
      case "reset":
      case "saved":
        this.#stage.fit();
        this.#showZoom();
        return;
      case "fit":
        this.#stage.fit();
        this.#sayZoom();
        return;
      case "zoomIn":
        this.#zoom(1.25);
        return;
      case "zoomOut":
        this.#zoom(0.8);
        return;
      case "move":
        this.#stage.moveBy(event.x, event.y);
        return;
      case "keys":
        this.#parts.keys.showModal();
        return;
      case "full":
        void toggleFullScreen(this.#parts.viewer).then((went) => {
          if (went) this.#say("Full screen");
        });
        return;
      case "escape":
        void leaveFullScreen(this.#parts.viewer);
        return;
      default:
    }
  }

  #gestures(): Gestures {
    return {
      drag: (x, y, from) => {
        if (this.#state.tool === "move") this.#stage.moveBy(x, y);
        else if (this.#state.tool === "zoom") this.#zoom(Math.exp(-y / 120), from);
        else this.#obey({ do: "adjust", contrast: x / 6, brightness: -y / 6 });
      },
      pinch: (factor, about, x, y) => {
        this.#zoom(factor, about);
        this.#stage.moveBy(x, y);
      },
      wheel: (steps, isZoom, at) => {
        const { tool, index } = this.#state;
        if (isZoom || tool === "zoom") {
          if (steps) this.#zoom(Math.exp(-steps / 5), at);
          return true;
        }
        const last = views(this.#state).length - 1;
        // At either end the page scrolls on: nobody is trapped.
        if (steps > 0 ? index >= last : steps < 0 && index <= 0) return false;
        if (steps) this.#obey({ do: "go", by: steps });
        return last > 0;
      },
      end: () => {
        const { setting, tool } = this.#state;
        if (setting.preset === "own" && tool === "bright") this.#say(BRIGHTNESS_IS_OWN);
      },
    };
  }

  // --- The picture, or what stands in its place

  #showImage(shown: Shown, setting: Setting): void {
    this.#isBlank = false;
    this.#notes.hide();
    this.#parts.presetLine.hidden = false;
    const tint = { ...(shown.window ? PLAIN : setting.tint), invert: setting.invert };
    this.#stage.show({ bitmap: shown.bitmap, aspect: shown.aspect, overlay: shown.overlay }, tint);
    const { notOverlaid: outlines, notAsSaved: saved } = shown;
    this.#parts.trouble.textContent = [outlines && notOverlaid(outlines), saved && notAsSaved(saved)]
      .filter(Boolean)
      .join(" ");
    for (const edge of ["left", "right", "top", "bottom"] as const)
      this.#parts.orientationLabels[edge].textContent = shown.orientationLabels[edge];
    this.#showZoom();
    this.#obey({ do: "shown", window: shown.window, windows: shown.windows, isAsSaved: shown.isAsSaved ?? false });
  }

  #cannotShow(file: ViewerFile | undefined, reason: string): void {
    this.#clear();
    this.#notes.cannotShow(file, reason);
    this.#say(CANNOT_SHOW);
  }

  /** The label is already another series': its picture takes the place of no picture, not of one of somebody else's. */
  #clear(): void {
    this.#isBlank = true;
    this.#stage.clear();
    this.#parts.presetLine.hidden = true;
    this.#parts.trouble.textContent = "";
    this.#parts.zoom.textContent = "";
    for (const each of Object.values(this.#parts.orientationLabels)) each.textContent = "";
    this.#obey({ do: "shown", window: undefined });
  }

  /** From a report to the first pictures; undefined where there are none. */
  #toPictures(): (() => void) | undefined {
    const sequence = this.#state.sequences.findIndex(isPicture);
    if (sequence < 0) return undefined;
    return () => {
      this.focus();
      this.#obey({ do: "choose", sequence });
    };
  }

  #setBusy(on: boolean, isLong: boolean): void {
    const { stage } = this.#parts;
    if (on) stage.setAttribute("aria-busy", "true");
    else stage.removeAttribute("aria-busy");
    stage.classList.toggle("waits", isLong);
    if (isLong && this.#isBlank) this.#notes.say(GETTING_READY);
  }

  #zoom(by: number, about: readonly [number, number] = [0, 0]): void {
    this.#stage.zoomTo(this.#stage.zoom * by, about);
    this.#sayZoom();
  }

  #sayZoom(): void {
    this.#showZoom();
    this.#say(zoomed(this.#percent()));
  }

  #percent(): number {
    return Math.round(this.#stage.zoom * 100);
  }

  #showZoom(): void {
    this.#parts.zoom.textContent = `${this.#percent()}%`;
  }

  /** Once it is quiet: not each of many keys pressed. */
  #say(text: string): void {
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => this.#options.say?.(text), SPEECH_DELAY);
  }
}
