/** The picture on the screen: for looking only. Pages import this lazily. */

import "./viewer.css";
import { DicomWorker } from "../dicom/client.ts";
import type { Shown } from "../dicom/protocol.ts";
import type { Look, Window } from "../dicom/render.ts";
import { reasonOf } from "../dicom/study.ts";
import { fill, h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { type Gestures, listenToGestures } from "./gestures.ts";
import { type Command, commandOf } from "./keys.ts";
import { type Listed, listed, type Sequence, type View, type ViewerFile } from "./list.ts";
import { drawing, makeParts, MORE, type More, type Tool, TOOLS } from "./parts.ts";
import { decodePicture } from "./picture.ts";
import { adjusted, type Preset, presetsFor } from "./presets.ts";
import { PLAIN, Stage, type Tint } from "./stage.ts";

export type { ViewerFile };

export interface ViewerOptions {
  /** Puts a text into the page's status region. */
  readonly say?: (text: string) => void;
  /** Saves one file; without it the viewer offers a download link. */
  readonly save?: (file: ViewerFile) => void;
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

/** How the pictures of one series are looked at. */
interface Setting {
  window: Look;
  preset: string;
  tint: Tint;
  invert: boolean;
}

const fresh = (): Setting => ({ window: "auto", preset: "1", tint: PLAIN, invert: false });

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
  readonly #resized = new ResizeObserver(() => {
    this.#stage.resize();
  });
  readonly #urls = new Set<string>();
  #sequences: readonly Sequence[] = [];
  #sequence: Sequence | undefined;
  #index = 0;
  #forward = 1;
  #setting = fresh();
  #tool: Tool = "bright";
  #isBright = false; // after the key B
  #window: Window | undefined;
  #speech: ReturnType<typeof setTimeout> | undefined;
  #playing: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;
  #isStale = false;

  constructor(host: HTMLElement, options: ViewerOptions) {
    this.#host = host;
    this.#options = options;
    fill(host, this.#parts.viewer, this.#parts.files);
    this.#listen();
    this.#setTool("bright");
    this.#setPlaying(false);
    this.#resized.observe(this.#parts.stage);
  }

  focus(): void {
    this.#parts.stage.focus();
  }

  dispose(): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort(new DOMException("The viewer is closed.", "AbortError"));
    clearTimeout(this.#speech);
    clearTimeout(this.#playing);
    this.#worker.dispose();
    this.#resized.disconnect();
    this.#stage.dispose();
    this.#forgetUrls();
    if (document.fullscreenElement === this.#parts.viewer) void document.exitFullscreen();
    this.#host.replaceChildren();
  }

  async open(files: readonly ViewerFile[]): Promise<void> {
    const waiting = setTimeout(() => {
      this.#note("Opening your images…");
    }, WAIT_DELAY);
    try {
      const found = await listed(files, this.#worker, this.#end.signal, (done) => {
        if (!this.#parts.note.hidden) this.#note(`Opening your images… ${done} of ${files.length}`);
      });
      this.#sequences = found.sequences;
      this.title = found.title;
      this.shortTitle = found.shortTitle;
      this.notShown = found.notShown;
    } finally {
      clearTimeout(waiting);
    }
    this.#offerSequences();
    this.#listFiles();
    const [first] = this.#sequences;
    if (first) await this.#choose(first);
    else this.#cannotShow(files.length === 1 ? files[0] : undefined, this.notShown[0]?.reason ?? "");
  }

  // --- What is looked at

  async #choose(sequence: Sequence): Promise<void> {
    this.#setPlaying(false);
    this.#sequence = sequence;
    this.#setting = fresh();
    this.#stage.fit();
    const { views, noun } = sequence;
    this.#index = noun === "Slice" ? Math.floor(views.length / 2) : 0;
    const { sliceRow, slice, sliceLabel, total, title } = this.#parts;
    sliceRow.hidden = views.length < 2;
    slice.max = String(views.length);
    sliceLabel.style.minWidth = `${noun.length + 1 + String(views.length).length}ch`; // the slider keeps its place
    total.textContent = String(views.length);
    const [view] = views;
    const isPlain = view?.kind !== "dicom" && view?.kind !== "none";
    fill(title, h("span", { class: "name" }, isPlain ? (view?.file.name ?? "") : sequence.title), [
      sequence.date && h("br"),
      sequence.date,
    ]);
    this.#offerPresets();
    this.#place();
    await this.#render();
  }

  #go(to: number): void {
    const views = this.#sequence?.views ?? [];
    const index = Math.min(Math.max(to, 0), views.length - 1);
    if (index === this.#index) return;
    this.#forward = index > this.#index ? 1 : -1;
    this.#index = index;
    this.#place();
    if (!this.#playing) this.#say(this.#spoken());
    void this.#render();
  }

  /** Words and slider for where we are. */
  #place(): void {
    const { slice, sliceLabel, count, stage } = this.#parts;
    const total = this.#sequence?.views.length ?? 0;
    slice.value = String(this.#index + 1);
    slice.setAttribute("aria-valuetext", this.#spoken());
    sliceLabel.textContent = `${this.#sequence?.noun ?? ""} ${this.#index + 1}`;
    count.textContent = total > 1 ? `${this.#index + 1} / ${total}` : "";
    const where = total > 1 ? `, ${this.#spoken().toLowerCase()}` : "";
    stage.setAttribute("aria-label", `Picture${where}. Press question mark for keys.`);
  }

  #spoken(): string {
    return `${this.#sequence?.noun ?? ""} ${this.#index + 1} of ${this.#sequence?.views.length ?? 0}`;
  }

  // --- Rendering: one picture at a time, and always the last one asked for

  async #render(): Promise<void> {
    this.#isStale = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#parts.stage.setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => {
      this.#parts.stage.classList.add("waits");
    }, WAIT_DELAY);
    try {
      while (this.#isStale && !this.#end.signal.aborted) {
        this.#isStale = false;
        await this.#renderOnce(this.#sequence?.views[this.#index]);
      }
    } finally {
      this.#isBusy = false;
      clearTimeout(waiting);
      this.#parts.stage.removeAttribute("aria-busy");
      this.#parts.stage.classList.remove("waits");
    }
    this.#prepare();
  }

  async #renderOnce(view: View | undefined): Promise<void> {
    if (!view) return;
    const setting = this.#setting;
    try {
      if (view.kind === "none") this.#cannotShow(view.file, view.reason);
      else if (view.kind === "pdf") this.#showDocument(view.file);
      else if (view.kind === "dicom") {
        const ask = { key: view.key, blob: view.file.blob, frame: view.frame, look: setting.window };
        this.#showImage(await this.#worker.ask("render", ask), setting);
      } else {
        const bitmap = await decodePicture(view.file.blob, view.kind);
        const sides = { left: "", right: "", top: "", bottom: "" };
        this.#showImage({ bitmap, aspect: 1, window: undefined, sides }, setting);
      }
    } catch (error) {
      if (!this.#end.signal.aborted) this.#cannotShow(view.file, reasonOf(error));
    }
  }

  #showImage(shown: Shown, setting: Setting): void {
    if (this.#end.signal.aborted) {
      shown.bitmap.close();
      return;
    }
    this.#window = shown.window;
    this.#parts.note.hidden = true;
    this.#parts.presetLine.hidden = false;
    const tint = { ...(shown.window ? PLAIN : setting.tint), invert: setting.invert };
    this.#stage.show({ bitmap: shown.bitmap, aspect: shown.aspect }, tint);
    for (const edge of ["left", "right", "top", "bottom"] as const)
      this.#parts.sides[edge].textContent = shown.sides[edge];
    this.#showZoom();
  }

  /** Decodes what comes next in the direction of travel. */
  #prepare(): void {
    const next = this.#sequence?.views[this.#index + this.#forward];
    if (next?.kind !== "dicom" || this.#end.signal.aborted) return;
    this.#worker.ask("prepare", { key: next.key, blob: next.file.blob, frame: next.frame }).catch(() => undefined);
  }

  #clearStage(): void {
    this.#stage.show(undefined);
    this.#window = undefined;
    this.#parts.presetLine.hidden = true;
    this.#parts.zoom.textContent = "";
    for (const each of Object.values(this.#parts.sides)) each.textContent = "";
  }

  #note(text: string, ...more: Node[]): void {
    fill(this.#parts.note, more.length ? h("h2", {}, text) : h("p", {}, text), more);
    this.#parts.note.hidden = false;
  }

  #cannotShow(file: ViewerFile | undefined, reason: string): void {
    this.#clearStage();
    this.#note(
      "We cannot show this kind of picture.",
      h("p", {}, "Your copy is complete. A doctor’s program can show it."),
      ...(file ? [this.#saver(file)] : []),
      ...(reason ? [h("details", {}, h("summary", {}, "Details"), h("p", {}, sentence(reason)))] : []),
    );
    this.#say("We cannot show this kind of picture.");
  }

  #showDocument(file: ViewerFile): void {
    this.#clearStage();
    // Always a PDF, whatever the sender called it: nothing else may run in a page of ours.
    const href = this.#url(file.blob.slice(0, file.blob.size, "application/pdf"));
    const open = h("a", { class: "btn go", href, target: "_blank", rel: "noopener" }, "Open the document");
    this.#note("This is a document.", h("p", {}, "It opens in a new tab."), open, this.#saver(file));
  }

  #saver(file: ViewerFile): HTMLElement {
    const { save } = this.#options;
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

  #url(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#urls.add(url);
    return url;
  }

  #forgetUrls(): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  #offerSequences(): void {
    const { sequences, sequenceRow } = this.#parts;
    fill(
      sequences,
      this.#sequences.map((each, at) => h("option", { value: at }, `${at + 1}. ${each.label}`)),
    );
    sequenceRow.hidden = this.#sequences.length < 2;
  }

  #listFiles(): void {
    if (!this.notShown.length) return;
    const count = this.notShown.length;
    const rows = this.notShown.map(({ file, reason }) =>
      h(
        "li",
        {},
        h("span", {}, h("b", {}, file.name), h("br"), h("span", { class: "muted" }, sentence(reason))),
        this.#saver(file),
      ),
    );
    const heading = `${count} ${count === 1 ? "file" : "files"} we cannot show`;
    fill(
      this.#parts.files,
      h("details", { open: this.#sequences.length === 0 }, h("summary", {}, heading), h("ul", {}, rows)),
    );
  }

  // --- Brightness

  #presets(): readonly Preset[] {
    return presetsFor(this.#sequence?.modality ?? "");
  }

  #offerPresets(): void {
    const isGrey = this.#sequence?.views[0]?.kind === "dicom";
    const names = isGrey ? this.#presets() : [{ key: "1", name: "auto" }];
    const options = names.map(({ key, name }) => h("option", { value: key }, name));
    const own = h("option", { value: "own", disabled: true, hidden: true }, "your own");
    fill(this.#parts.presets, options, own);
    this.#parts.presets.value = this.#setting.preset;
  }

  #setPreset(key: string): void {
    const preset = this.#presets().find((each) => each.key === key);
    if (!preset || (!this.#window && key !== "1")) return;
    Object.assign(this.#setting, { window: preset.window, preset: key, tint: PLAIN });
    this.#parts.presets.value = key;
    this.#say(`Brightness: ${preset.name}`);
    void this.#render();
  }

  #adjust(contrast: number, brightness: number): void {
    const setting = this.#setting;
    if (this.#window) {
      // From what was asked for last, which may not be on the screen yet.
      const from = typeof setting.window === "object" ? setting.window : this.#window;
      setting.window = adjusted(from, contrast, brightness);
    } else {
      const { tint } = setting;
      setting.tint = {
        ...tint,
        brightness: limited(tint.brightness * Math.exp(brightness / 25)),
        contrast: limited(tint.contrast * Math.exp(contrast / 25)),
      };
    }
    setting.preset = "own";
    this.#parts.presets.value = "own";
    void this.#render();
  }

  #invert(): void {
    this.#setting.invert = !this.#setting.invert;
    this.#parts.tools.invert.setAttribute("aria-pressed", String(this.#setting.invert));
    this.#say(this.#setting.invert ? "Inverted" : "Not inverted");
    void this.#render();
  }

  #reset(): void {
    this.#setting = fresh();
    this.#parts.presets.value = "1";
    this.#parts.tools.invert.setAttribute("aria-pressed", "false");
    this.#stage.fit();
    this.#showZoom();
    this.#say("Reset");
    void this.#render();
  }

  // --- Size and place

  #zoom(by: number, about: readonly [number, number] = [0, 0]): void {
    this.#stage.zoomTo(this.#stage.zoom * by, about);
    this.#showZoom();
    this.#say(`Zoom ${this.#percent()} percent`);
  }

  #fit(): void {
    this.#stage.fit();
    this.#showZoom();
    this.#say("Zoom 100 percent");
  }

  #percent(): number {
    return Math.round(this.#stage.zoom * 100);
  }

  #showZoom(): void {
    this.#parts.zoom.textContent = `${this.#percent()}%`;
  }

  async #full(): Promise<void> {
    const { viewer } = this.#parts;
    if (document.fullscreenElement === viewer || viewer.classList.contains("fills")) {
      await this.#leaveFull();
      return;
    }
    try {
      await viewer.requestFullscreen();
    } catch {
      viewer.classList.add("fills"); // phones without it: over the whole page
    }
    this.#say("Full screen");
  }

  async #leaveFull(): Promise<void> {
    this.#parts.viewer.classList.remove("fills");
    if (document.fullscreenElement) await document.exitFullscreen();
  }

  // --- Playing

  #setPlaying(on: boolean): void {
    clearTimeout(this.#playing);
    this.#playing = undefined;
    if (on) this.#tick();
    fill(this.#parts.play, drawing(on ? "pause" : "play"), on ? "Stop" : "Play");
  }

  /** Shows the next frame when its time has come; `since`: when the one before was asked for. */
  #tick(since = performance.now()): void {
    const { views = [], frameTime = 0 } = this.#sequence ?? {};
    const left = Math.max(0, frameTime - (performance.now() - since));
    this.#playing = setTimeout(() => {
      const begun = performance.now();
      this.#forward = 1;
      this.#index = (this.#index + 1) % views.length;
      this.#place();
      void this.#render().then(() => {
        if (this.#playing) this.#tick(begun);
      });
    }, left);
  }

  #play(): void {
    if ((this.#sequence?.views.length ?? 0) < 2) return;
    this.#setPlaying(!this.#playing);
    this.#say(this.#playing ? "Playing" : this.#spoken());
  }

  // --- Tools, keys, gestures

  #setTool(tool: Tool): void {
    this.#tool = tool;
    for (const each of TOOLS) this.#parts.tools[each].setAttribute("aria-pressed", String(each === tool));
    this.#parts.stage.dataset["tool"] = tool;
  }

  #setBright(on: boolean): void {
    this.#isBright = on;
    this.#parts.hint.hidden = !on;
    if (!on) return;
    this.#setTool("bright");
    this.#say("Arrow keys set the brightness. Escape ends.");
  }

  #obey(command: Command): void {
    switch (command.do) {
      case "go":
        this.#setPlaying(false);
        this.#go(this.#index + command.by);
        return;
      case "first":
      case "last":
        this.#setPlaying(false);
        this.#go(command.do === "first" ? 0 : Infinity);
        return;
      case "zoomIn":
        this.#zoom(1.25);
        return;
      case "zoomOut":
        this.#zoom(0.8);
        return;
      case "fit":
        this.#fit();
        return;
      case "move":
        this.#stage.moveBy(command.x, command.y);
        return;
      case "bright":
        this.#setBright(!this.#isBright);
        return;
      case "adjust":
        this.#adjust(command.contrast, command.brightness);
        return;
      case "preset":
        this.#setPreset(command.key);
        return;
      case "invert":
        this.#invert();
        return;
      case "reset":
        this.#reset();
        return;
      case "play":
        this.#play();
        return;
      case "keys":
        this.#parts.keys.showModal();
        return;
      case "full":
        void this.#full();
        return;
      case "escape":
        this.#setBright(false);
        void this.#leaveFull();
    }
  }

  #listen(): void {
    const { signal } = this.#end;
    const { stage, slice, sequences, presets, tools, toolRow, play, choices, panel, viewer } = this.#parts;
    stage.addEventListener(
      "keydown",
      (event) => {
        if (event.target !== stage) return;
        const command = commandOf(event, this.#isBright);
        if (!command || (command.do === "escape" && document.fullscreenElement)) return;
        event.preventDefault();
        this.#obey(command);
      },
      { signal },
    );
    stage.addEventListener(
      "blur",
      () => {
        this.#setBright(false);
      },
      { signal },
    );
    slice.addEventListener(
      "input",
      () => {
        this.#setPlaying(false);
        this.#go(Number(slice.value) - 1);
      },
      { signal },
    );
    sequences.addEventListener(
      "change",
      () => {
        const chosen = this.#sequences[Number(sequences.value)];
        if (chosen) void this.#choose(chosen);
        this.#parts.tools.invert.setAttribute("aria-pressed", "false");
      },
      { signal },
    );
    presets.addEventListener(
      "change",
      () => {
        this.#setPreset(presets.value);
      },
      { signal },
    );
    play.addEventListener(
      "click",
      () => {
        this.#play();
      },
      { signal },
    );
    for (const tool of TOOLS) {
      tools[tool].addEventListener(
        "click",
        () => {
          this.#setTool(tool);
        },
        { signal },
      );
    }
    tools.invert.setAttribute("aria-pressed", "false");
    tools.invert.addEventListener(
      "click",
      () => {
        this.#invert();
      },
      { signal },
    );
    tools.reset.addEventListener(
      "click",
      () => {
        this.#reset();
      },
      { signal },
    );
    tools.more.addEventListener(
      "click",
      () => {
        this.#openMore(panel.hidden);
      },
      { signal },
    );
    for (const name of MORE) {
      choices[name].addEventListener(
        "click",
        () => {
          this.#pickMore(name);
        },
        { signal },
      );
    }
    viewer.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Escape" && !panel.hidden) {
          this.#openMore(false);
          tools.more.focus();
        } else if (event.key === "Escape" && viewer.classList.contains("fills")) void this.#leaveFull();
      },
      { signal },
    );
    viewer.addEventListener(
      "pointerdown",
      (event) => {
        const isInside =
          event.target instanceof Node && (panel.contains(event.target) || tools.more.contains(event.target));
        if (!isInside) this.#openMore(false);
      },
      { signal },
    );
    rove(toolRow, signal);
    listenToGestures(stage, this.#gestures(), signal);
  }

  #openMore(on: boolean): void {
    const { panel, tools, choices } = this.#parts;
    if (panel.hidden !== on) return;
    panel.hidden = !on;
    tools.more.setAttribute("aria-expanded", String(on));
    const isOne = (this.#sequence?.views.length ?? 0) < 2;
    choices.previous.hidden = choices.next.hidden = isOne;
    if (on) choices.zoomIn.focus();
  }

  #pickMore(name: More): void {
    const commands: Record<More, Command> = {
      zoomIn: { do: "zoomIn" },
      zoomOut: { do: "zoomOut" },
      fit: { do: "fit" },
      previous: { do: "go", by: -1 },
      next: { do: "go", by: 1 },
      full: { do: "full" },
      keys: { do: "keys" },
    };
    if (name === "full" || name === "keys") {
      this.#openMore(false);
      this.#parts.tools.more.focus();
    }
    this.#obey(commands[name]);
  }

  #gestures(): Gestures {
    return {
      drag: (x, y, from) => {
        if (this.#tool === "move") this.#stage.moveBy(x, y);
        else if (this.#tool === "zoom") this.#zoom(Math.exp(-y / 120), from);
        else this.#adjust(x / 6, -y / 6);
      },
      pinch: (factor, about, x, y) => {
        this.#zoom(factor, about);
        this.#stage.moveBy(x, y);
      },
      wheel: (steps, isZoom, at) => {
        if (isZoom || this.#tool === "zoom") {
          if (steps) this.#zoom(Math.exp(-steps / 5), at);
          return true;
        }
        const last = (this.#sequence?.views.length ?? 0) - 1;
        // At either end the page scrolls on: nobody is trapped.
        if (steps > 0 ? this.#index >= last : steps < 0 && this.#index <= 0) return false;
        if (steps) this.#obey({ do: "go", by: steps });
        return last > 0;
      },
      end: () => {
        if (this.#setting.preset === "own" && this.#tool === "bright") this.#say("Brightness: your own");
      },
    };
  }

  #say(text: string): void {
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => this.#options.say?.(text), SPEECH_DELAY);
  }
}

const limited = (factor: number): number => Math.min(Math.max(factor, 0.1), 10);

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;

/** Arrow keys go from button to button of a toolbar; Tab goes past it. */
function rove(toolbar: HTMLElement, signal: AbortSignal): void {
  const buttons = [...toolbar.querySelectorAll("button")];
  const settle = (chosen: HTMLElement | undefined): void => {
    for (const each of buttons) each.tabIndex = each === chosen ? 0 : -1;
  };
  settle(buttons[0]);
  toolbar.addEventListener(
    "focusin",
    (event) => {
      settle(buttons.find((each) => each === event.target));
    },
    { signal },
  );
  toolbar.addEventListener(
    "keydown",
    (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const at = buttons.findIndex((each) => each === document.activeElement);
      if (!by || at < 0) return;
      event.preventDefault();
      buttons[(at + by + buttons.length) % buttons.length]?.focus();
    },
    { signal },
  );
}
