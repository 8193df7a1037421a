/** Step 1 as data, and what it does: files are chosen and read, and whatever is odd about them is asked about; no DOM. */

import type { PatientMetadata, StudyMetadata } from "../../dicom/types.ts";
import { StudyError } from "../../errors.ts";
import { checkSendable } from "../../formats/manifest.ts";
import type { Site } from "../../site.ts";
import { baseName } from "../../ui/format.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";
import { besides, type Images, leftOut } from "./images.ts";

export type ChoosingProblem =
  | { readonly kind: "stopped" }
  | { readonly kind: "no-storage" }
  | { readonly kind: "too-large"; readonly bytes: number; readonly limit: number }
  | { readonly kind: "not-sendable"; readonly detail: string }
  /** `names`: of the files, as far as it is known which. */
  | { readonly kind: "unreadable"; readonly names: readonly string[]; readonly detail: string };

/** What the step asks, or is busy with. */
export type ChoosingQuestion =
  | { readonly kind: "files"; readonly problem: ChoosingProblem | null }
  | { readonly kind: "reading"; readonly files: number }
  /** The images are several people's. */
  | { readonly kind: "person"; readonly files: readonly SourceFile[]; readonly metadata: StudyMetadata }
  /** Some files may not belong here: their places in the list. */
  | {
      readonly kind: "left-out";
      readonly files: readonly SourceFile[];
      readonly metadata: StudyMetadata;
      readonly strange: readonly number[];
      readonly unchecked: readonly number[];
      /** They came with images of other people, and name nobody. */
      readonly doubtful: readonly number[];
    };

export interface ChoosingState {
  readonly images: Images | null;
  readonly question: ChoosingQuestion;
}

export type ChoosingEvent =
  /** Other files were chosen, in place of those that were there. */
  | { type: "begin" }
  | { type: "read"; files: number }
  | { type: "refuse"; problem: ChoosingProblem }
  /** `doubtful`: how many at the end of the list may be another person’s. */
  | { type: "sift"; files: readonly SourceFile[]; metadata: StudyMetadata; doubtful?: number }
  | { type: "take"; images: Images }
  | { type: "reopen" }
  | { type: "clear" };

const FILES: ChoosingQuestion = { kind: "files", problem: null };

export function initial(): ChoosingState {
  return { images: null, question: FILES };
}

export function next(state: ChoosingState, event: ChoosingEvent): ChoosingState {
  switch (event.type) {
    case "begin":
      return { ...state, images: null };
    case "read":
      return { ...state, question: { kind: "reading", files: event.files } };
    case "refuse":
      return { ...state, question: { kind: "files", problem: event.problem } };
    case "sift":
      return { ...state, question: sifted(event) };
    case "take":
      return { images: event.images, question: FILES };
    case "reopen":
      return { ...state, question: FILES };
    case "clear":
      return initial();
  }
}

/** The question about these files; to be taken as they are if it asks for files. */
function sifted({ files, metadata, doubtful: most = 0 }: Extract<ChoosingEvent, { type: "sift" }>): ChoosingQuestion {
  if (metadata.patients.length > 1) return { kind: "person", files, metadata };
  const doubtful = files.map((_, place) => place).slice(files.length - most);
  const isCertain = (place: number): boolean => place < (doubtful[0] ?? Infinity);
  const left = leftOut(files, metadata);
  const [strange, unchecked] = [left.strange.filter(isCertain), left.unchecked.filter(isCertain)];
  if (strange.length + unchecked.length + doubtful.length === 0) return FILES;
  return { kind: "left-out", files, metadata, strange, unchecked, doubtful };
}

export class ImagesChooser {
  readonly #site: Site;
  readonly #dispatch: (event: ChoosingEvent) => ChoosingState;
  readonly #progress: (done: number, total: number) => void;
  #reading: AbortController | undefined;

  constructor(
    site: Site,
    dispatch: (event: ChoosingEvent) => ChoosingState,
    progress: (done: number, total: number) => void,
  ) {
    this.#site = site;
    this.#dispatch = dispatch;
    this.#progress = progress;
  }

  /** `doubtful`: how many at the end of the list may be another person’s. */
  async read(files: readonly SourceFile[], doubtful = 0): Promise<void> {
    this.#dispatch({ type: "begin" });
    const problem = this.#problem(files, await lookedUp(files));
    if (problem) {
      this.#dispatch({ type: "refuse", problem });
      return;
    }
    const metadata = await this.#metadata(files);
    if (!metadata) return;
    const { question } = this.#dispatch({ type: "sift", files, metadata, doubtful });
    if (question.kind === "files") this.take(files, metadata);
  }

  /** What names this person and nobody else. Whose the files are that name nobody is asked: nobody can tell. */
  async keep(files: readonly SourceFile[], metadata: StudyMetadata, person: PatientMetadata): Promise<void> {
    const { shared, nobodys } = besides(metadata);
    const several = new Set(shared);
    const own = person.files.filter((place) => !several.has(place));
    const kept = [...own, ...nobodys].map((place) => files[place]).filter((each) => each !== undefined);
    await this.read(kept, nobodys.length);
  }

  /** What was dropped and cannot be read: nothing is taken, as it would be without these. */
  unreadable(names: readonly string[]): void {
    this.#dispatch({ type: "refuse", problem: { kind: "unreadable", names: names.map(baseName), detail: "" } });
  }

  take(files: readonly SourceFile[], metadata: StudyMetadata): void {
    this.#dispatch({ type: "take", images: { files, metadata, bytes: total(files), person: metadata.patients[0] } });
  }

  stop(): void {
    this.#reading?.abort();
  }

  #problem(files: readonly SourceFile[], bytes: number): ChoosingProblem | undefined {
    const { upload, uploadLimit } = this.#site;
    if (upload === null) return { kind: "no-storage" };
    if (bytes > uploadLimit) return { kind: "too-large", bytes, limit: uploadLimit };
    try {
      checkSendable(files.map((each) => each.name));
    } catch (error) {
      if (error instanceof StudyError) return { kind: "not-sendable", detail: error.message };
      throw error;
    }
    return undefined;
  }

  /** What the files say; undefined if the person stopped, or they could not be read. */
  async #metadata(files: readonly SourceFile[]): Promise<StudyMetadata | undefined> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#dispatch({ type: "read", files: files.length });
    try {
      const { readMetadata } = await import("../../dicom/readMetadata.ts");
      return await readMetadata([...files], this.#progress, reading.signal);
    } catch (error) {
      if (this.#reading !== reading) return undefined; // other files took their place
      const stopped = reading.signal.aborted;
      this.#dispatch({
        type: "refuse",
        problem: stopped
          ? { kind: "stopped" }
          : { kind: "unreadable", names: files.map(({ name }) => baseName(name)), detail: String(error) },
      });
      return undefined;
    }
  }
}

const total = (files: readonly SourceFile[]): number => files.reduce((sum, { file }) => sum + file.size, 0);

/** Bytes together. A browser looks a file up when its size is first asked for, and the page waits: so, some at a time. */
async function lookedUp(files: readonly SourceFile[]): Promise<number> {
  for (let place = 0; place < files.length; place += 64) {
    total(files.slice(place, place + 64));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return total(files);
}
