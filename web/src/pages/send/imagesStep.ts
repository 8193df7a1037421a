/** Step 1 on screen: files are chosen and read; whatever is odd about them is said and asked. */

import type { PatientMetadata, StudyMetadata } from "../../dicom/types.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type ChosenFile, filePicker, windowDrop } from "../../ui/filedrop.ts";
import { baseName, counted, listed, size } from "../../ui/format.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { type ProgressBar, progressBar } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";
import type { ChoosingEvent, ChoosingProblem, ChoosingQuestion, ChoosingState } from "./choosing.ts";
import { besides, countOf, type Images, titleOf } from "./images.ts";

const MOST_PEOPLE = 5; // offered by name
const STOPPED = "Stopped. Nothing was chosen.";

export interface ImagesActions {
  read: (files: readonly SourceFile[]) => unknown;
  stop: () => void;
  /** Of the images of several people, those of one. */
  keep: (files: readonly SourceFile[], metadata: StudyMetadata, person: PatientMetadata) => unknown;
  /** Everything, odd as it is. */
  take: (files: readonly SourceFile[], metadata: StudyMetadata) => void;
  /** Those that are chosen already. */
  goOn: () => void;
  /** What was dropped and cannot be read. */
  unreadable: (names: readonly string[]) => void;
  /** Whether files may be dropped now. */
  welcome: () => boolean;
}

export class ImagesStep {
  readonly body = h("div", { class: "step-body" });
  readonly #act: ImagesActions;
  readonly #waiting: HTMLElement;
  #images: Images | null = null;
  #bar: ProgressBar | undefined;
  #quarters = new Quarters();

  /** `waiting`: the place of what waits from the scanner, above the choice of files. */
  constructor(act: ImagesActions, waiting: HTMLElement) {
    this.#act = act;
    this.#waiting = waiting;
    windowDrop("Let go to add these images", act.welcome, (files, unreadable) => {
      if (unreadable.length > 0) act.unreadable(unreadable);
      else if (files.length > 0) act.read([...(this.#images?.files ?? []), ...files.map(withoutPath)]);
    });
  }

  update({ images, question }: ChoosingState, event?: ChoosingEvent): void {
    this.#images = images;
    if (event?.type === "begin") return; // until it is known what the files are
    fill(this.body, this.#view(question, images));
    if (event) this.#speak(question, images, event);
  }

  progress(done: number, total: number): void {
    this.#bar?.set(done, total, `Reading file ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    this.#quarters.report(done, total, (percent) => `${percent} percent read`);
  }

  /** After the step was drawn. */
  focus({ question }: ChoosingState, event: ChoosingEvent): void {
    if (event.type === "read") this.body.querySelector("button")?.focus();
    const stopped = question.kind === "files" && question.problem?.kind === "stopped";
    if (event.type === "refuse" && stopped) this.body.querySelector("input")?.focus();
    else if (event.type === "refuse" || (event.type === "sift" && question.kind !== "files")) {
      const box = this.body.querySelector<HTMLElement>(".notice");
      if (box) focusHeading(box);
    }
  }

  #speak(question: ChoosingQuestion, images: Images | null, event: ChoosingEvent): void {
    if (event.type === "read") say(`Reading ${counted(event.files, "file")}`);
    if (event.type === "take" && images) say(`${countOf(images)} chosen`);
    if (question.kind === "files" && question.problem?.kind === "stopped") say(STOPPED);
  }

  #view(question: ChoosingQuestion, images: Images | null): Child {
    switch (question.kind) {
      case "files":
        return this.#picker(images, question.problem && problemView(question.problem));
      case "reading":
        return this.#reading(question.files);
      case "person":
        return this.#picker(images, this.#people(question.files, question.metadata));
      case "left-out":
        return this.#leftOut(question, images);
    }
  }

  #picker(images: Images | null, before: Child): Child {
    const keep = images && button("Keep these images", this.#act.goOn, { kind: "link" });
    return [
      before,
      this.#waiting,
      h("p", { class: "drop-words" }, "Drop DICOM files or a folder here."),
      filePicker((files) => this.#act.read(files.map(withoutPath))),
      images && h("p", { class: "hint" }, imagesLine(images), " are chosen now. ", keep),
    ];
  }

  #reading(files: number): Child {
    this.#bar = progressBar("Reading");
    this.#quarters = new Quarters();
    this.#bar.set(0, files, `Reading file 0 of ${files.toLocaleString("en")}`);
    return [this.#bar.element, h("div", { class: "ways" }, button("Stop", this.#act.stop))];
  }

  #people(files: readonly SourceFile[], metadata: StudyMetadata): HTMLElement {
    const { patients } = metadata;
    const names = patients.map((each) => each.name || "No name");
    const people = patients.map((person, place) => ({ person, label: labelOf(person, place, names) }));
    const shown = people.slice(0, MOST_PEOPLE);
    return notice({
      tone: "warn",
      title: `These images belong to ${people.length} people.`,
      text: [
        h(
          "ul",
          { class: "people" },
          shown.map(({ person, label }) => h("li", {}, h("b", {}, label), ` (${person.files.length})`)),
        ),
        people.length > shown.length && h("p", {}, `and ${people.length - shown.length} more`),
        h("p", {}, "Send one person at a time."),
        besidesWords(files, metadata),
      ],
      buttons: shown.map(({ person, label }) => button(`Keep ${label}`, () => this.#act.keep(files, metadata, person))),
    });
  }

  #leftOut(question: Extract<ChoosingQuestion, { kind: "left-out" }>, images: Images | null): Child {
    const { files, metadata, strange, unchecked, doubtful } = question;
    const out = new Set([...strange, ...unchecked, ...doubtful]);
    const kept = files.filter((_, place) => !out.has(place));
    const names = (places: readonly number[]): string => namesOf(files, places);
    const all = button(out.size === 1 ? "Send it too" : "Send them too", () => {
      this.#act.take(files, metadata);
    });
    const goOn = button("Go on without", () => this.#act.read(kept), { kind: "go" });
    const box = notice({
      tone: "warn",
      title: kept.length > 0 ? `We left ${counted(out.size, "file")} out.` : "Nothing here is a medical image.",
      text: [
        strange.length > 0 && h("p", {}, `${counted(strange.length, "file")} ${are(strange)}: ${names(strange)}.`),
        unchecked.length > 0 &&
          h(
            "p",
            {},
            `${counted(unchecked.length, "file")} ${name(unchecked)} nobody, or cannot be read: ${names(unchecked)}.`,
          ),
        doubtful.length > 0 &&
          h("p", {}, `${counted(doubtful.length, "file")} may be another person’s: ${names(doubtful)}.`),
      ],
      buttons: kept.length > 0 ? [goOn, all] : [all],
    });
    return kept.length > 0 ? box : this.#picker(images, box);
  }
}

/** What no button of the question keeps. */
function besidesWords(files: readonly SourceFile[], metadata: StudyMetadata): Child {
  const { shared, nobodys } = besides(metadata);
  return [
    shared.length > 0 && h("p", {}, `Left out, as several people are named there: ${namesOf(files, shared)}.`),
    nobodys.length > 0 && h("p", {}, `Nobody is named there, so you are asked next: ${namesOf(files, nobodys)}.`),
  ];
}

function namesOf(files: readonly SourceFile[], places: readonly number[]): string {
  return listed(places.map((place) => baseName(files[place]?.name ?? "")));
}

/** For the folded step. */
export function imagesLine(images: Images): Child {
  const title = images.metadata.images > 0 ? `${titleOf(images)}, ` : "";
  return [
    `${title}${countOf(images)}`,
    h("span", { class: "wide" }, `, ${size(images.bytes)}`),
    images.metadata.mayShowText && [
      h("br"),
      "A name may be drawn in the picture itself. ",
      h("a", { href: "#preview" }, "Look at the preview."),
    ],
  ];
}

function problemView(problem: ChoosingProblem): HTMLElement {
  return problem.kind === "stopped" ? h("p", {}, STOPPED) : notice(problemWords(problem));
}

function problemWords(problem: Exclude<ChoosingProblem, { kind: "stopped" }>): NoticeWords {
  const tone = "err";
  switch (problem.kind) {
    case "no-storage": {
      const text = "It has no storage to upload to. Ask who runs it.";
      return { tone, title: "This copy of Radiogram cannot send.", text };
    }
    case "too-large": {
      const [bytes, limit] = [size(problem.bytes), size(problem.limit)];
      const text = `They have ${bytes}. ${limit} can be sent at once. Send them in parts.`;
      return { tone, title: "These are too many images.", text };
    }
    case "not-sendable":
      return { tone, title: "These files cannot be sent.", text: problem.detail };
    case "unreadable": {
      const text = [
        problem.names.length > 0 && h("p", {}, `Of these: ${listed(problem.names)}.`),
        h("p", {}, "Choose them again. If that does not help, copy them to this computer first."),
      ];
      return { tone, title: "The files could not be read.", text, details: problem.detail || undefined };
    }
  }
}

const are = (places: readonly number[]): string =>
  places.length === 1 ? "is not a medical image" : "are not medical images";

const name = (places: readonly number[]): string => (places.length === 1 ? "names" : "name");

/** The name within what was chosen, which is all that is sent. */
const withoutPath = ({ name, file }: ChosenFile): SourceFile => ({ name, file });

/** The name, and the number where two have the same name. */
function labelOf(person: PatientMetadata, place: number, names: readonly string[]): string {
  const name = names[place] ?? "";
  const isAlone = names.filter((each) => each === name).length === 1;
  if (isAlone) return name;
  return person.id ? `${name}, number ${person.id}` : `${name}, person ${place + 1}`;
}
