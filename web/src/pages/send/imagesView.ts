/** Step 1: files and folders are chosen and read; whatever is odd about them is said and asked. */

import type { Site } from "../../site.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";
import { StudyError } from "../../errors.ts";
import { checkSendable } from "../../formats/manifest.ts";
import type { PatientFacts, StudyFacts } from "../../dicom/types.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type ChosenFile, filePicker, windowDrop } from "../../ui/filedrop.ts";
import { counted, listed, size } from "../../ui/format.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { progressBar } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import { baseName, countOf, type Images, leftOut, titleOf } from "./model.ts";

export interface ImagesEvents {
  /** Files are ready: go on. */
  done: () => void;
  /** Other images than before, or none. */
  changed: () => void;
  /** Whether files may be dropped now. */
  welcome: () => boolean;
}

export class ImagesStep {
  readonly body = h("div", { class: "step-body" });
  images: Images | undefined;
  readonly #site: Site;
  readonly #events: ImagesEvents;
  #reading: AbortController | undefined;

  constructor(site: Site, events: ImagesEvents) {
    this.#site = site;
    this.#events = events;
    windowDrop("Let go to add these images", events.welcome, (files) => {
      if (files.length > 0) void this.#add(files);
    });
    this.#empty();
  }

  /** For the folded step. */
  line(): Child {
    const { images } = this;
    if (!images) return undefined;
    const title = images.facts.images > 0 ? `${titleOf(images)}, ` : "";
    return [
      `${title}${countOf(images)}`,
      h("span", { class: "wide" }, `, ${size(images.bytes)}`),
      images.facts.mayShowText && [
        h("br"),
        "A name may be drawn in the picture itself. ",
        h("a", { href: "#preview" }, "Look at the preview."),
      ],
    ];
  }

  /** Opened again by `Change`: what is there may stay. */
  reopen(): void {
    this.#empty();
  }

  clear(): void {
    this.#reading?.abort();
    this.images = undefined;
    this.#empty();
  }

  #empty(...before: Child[]): void {
    const keep = this.images && button("Keep these images", this.#events.done, { kind: "link" });
    fill(
      this.body,
      before,
      h("p", { class: "drop-words" }, "Drop DICOM files or a folder here."),
      filePicker((files) => void this.#read(files.map(plain))),
      this.images && h("p", { class: "hint" }, this.line(), " are chosen now. ", keep),
    );
  }

  /** Dropped files join those that are there. */
  async #add(files: ChosenFile[]): Promise<void> {
    await this.#read([...(this.images?.files ?? []), ...files.map(plain)]);
  }

  async #read(files: readonly SourceFile[]): Promise<void> {
    this.images = undefined;
    this.#events.changed();
    const refusal = this.#refusal(files, await lookedUp(files));
    if (refusal) this.#refuse(refusal);
    else {
      const facts = await this.#facts(files);
      if (facts) this.#sift(files, facts);
    }
  }

  #refusal(files: readonly SourceFile[], bytes: number): { title: string; text: string } | undefined {
    const { upload, uploadLimit } = this.#site;
    if (upload === null) {
      return { title: "This copy of Radiogram cannot send.", text: "It has no storage to upload to. Ask who runs it." };
    }
    if (bytes > uploadLimit) {
      const text = `They have ${size(bytes)}. ${size(uploadLimit)} can be sent at once. Send them in parts.`;
      return { title: "These are too many images.", text };
    }
    try {
      checkSendable(files.map((each) => each.name));
    } catch (error) {
      if (error instanceof StudyError) return { title: "These files cannot be sent.", text: error.message };
      throw error;
    }
    return undefined;
  }

  #refuse(words: { title: string; text: string }): void {
    const box = notice({ tone: "err", ...words });
    this.#empty(box);
    focusHeading(box);
  }

  /** What the files say; undefined if the person stopped, or they could not be read. */
  async #facts(files: readonly SourceFile[]): Promise<StudyFacts | undefined> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const bar = progressBar("Reading");
    const quarters = new Quarters();
    const stop = button("Stop", () => {
      reading.abort();
    });
    bar.set(0, files.length, `Reading file 0 of ${files.length.toLocaleString("en")}`);
    fill(this.body, bar.element, h("div", { class: "ways" }, stop));
    stop.focus();
    say(`Reading ${counted(files.length, "file")}`);
    try {
      const { readFacts } = await import("../../dicom/facts.ts");
      const report = (done: number, of: number): void => {
        bar.set(done, of, `Reading file ${done.toLocaleString("en")} of ${of.toLocaleString("en")}`);
        quarters.report(done, of, (percent) => `${percent} percent read`);
      };
      return await readFacts([...files], report, reading.signal);
    } catch (error) {
      if (this.#reading === reading) this.#unread(error, reading.signal.aborted);
      return undefined;
    }
  }

  #unread(error: unknown, stopped: boolean): void {
    if (stopped) {
      this.#empty(h("p", {}, "Stopped. Nothing was chosen."));
      say("Stopped. Nothing was chosen.");
      this.body.querySelector("input")?.focus();
      return;
    }
    const text = "Choose them again. If that does not help, copy them to this computer first.";
    const box = notice({ tone: "err", title: "The files could not be read.", text, details: String(error) });
    this.#empty(box);
    focusHeading(box);
  }

  #sift(files: readonly SourceFile[], facts: StudyFacts): void {
    const { strange, unchecked } = leftOut(files, facts);
    if (facts.patients.length > 1) this.#askPerson(files, facts);
    else if (strange.length + unchecked.length > 0) this.#askStrange(files, facts, strange, unchecked);
    else this.#take(files, facts);
  }

  #askPerson(files: readonly SourceFile[], facts: StudyFacts): void {
    const names = facts.patients.map((each) => each.name || "No name");
    const people = facts.patients.map((person, place) => ({ person, label: labelOf(person, place, names) }));
    const title =
      people.length === 2 ? "These images belong to 2 people." : `These images belong to ${people.length} people.`;
    const box = notice({
      tone: "warn",
      title,
      text: [
        h(
          "ul",
          { class: "people" },
          people.slice(0, 5).map(({ person, label }) => h("li", {}, h("b", {}, label), ` (${person.files.length})`)),
        ),
        people.length > 5 && h("p", {}, `and ${people.length - 5} more`),
        h("p", {}, "Send one person at a time."),
      ],
      buttons: people
        .slice(0, 5)
        .map(({ person, label }) => button(`Keep ${label}`, () => this.#keep(files, facts, person))),
    });
    this.#empty(box);
    focusHeading(box);
  }

  /** Only what names this person and nobody else: whose the other files are, nobody can tell. */
  async #keep(files: readonly SourceFile[], facts: StudyFacts, person: PatientFacts): Promise<void> {
    const others = new Set(facts.patients.filter((each) => each !== person).flatMap((each) => each.files));
    const places = person.files.filter((place) => !others.has(place));
    await this.#read(places.map((place) => files[place]).filter((each) => each !== undefined));
  }

  #askStrange(files: readonly SourceFile[], facts: StudyFacts, strange: number[], unchecked: number[]): void {
    const out = new Set([...strange, ...unchecked]);
    const kept = files.filter((_, place) => !out.has(place));
    const names = (places: number[]): string => listed(places.map((place) => baseName(files[place]?.name ?? "")));
    const all = button(out.size === 1 ? "Send it too" : "Send them too", () => {
      this.#take(files, facts);
    });
    const box = notice({
      tone: "warn",
      title: kept.length > 0 ? `We left ${counted(out.size, "file")} out.` : "Nothing here is a medical image.",
      text: [
        strange.length > 0 && h("p", {}, `${counted(strange.length, "file")} ${are(strange)}: ${names(strange)}.`),
        unchecked.length > 0 &&
          h(
            "p",
            {},
            `${counted(unchecked.length, "file")} ${unchecked.length === 1 ? "names" : "name"} nobody, or cannot be read: ${names(unchecked)}.`,
          ),
      ],
      buttons: kept.length > 0 ? [button("Go on without", () => this.#read(kept), { kind: "go" }), all] : [all],
    });
    if (kept.length > 0) fill(this.body, box);
    else this.#empty(box);
    focusHeading(box);
  }

  #take(files: readonly SourceFile[], facts: StudyFacts): void {
    this.images = { files, facts, bytes: total(files), person: facts.patients[0] };
    this.#empty();
    say(`${countOf(this.images)} chosen`);
    this.#events.changed();
    this.#events.done();
  }
}

const are = (places: number[]): string => (places.length === 1 ? "is not a medical image" : "are not medical images");

const plain = ({ name, file }: ChosenFile): SourceFile => ({ name, file });

const total = (files: readonly SourceFile[]): number => files.reduce((sum, { file }) => sum + file.size, 0);

/** Bytes together. A browser looks a file up when its size is first asked for, and the page waits: so, some at a time. */
async function lookedUp(files: readonly SourceFile[]): Promise<number> {
  for (let place = 0; place < files.length; place += 64) {
    total(files.slice(place, place + 64));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return total(files);
}

/** The name, and the number where two have the same name. */
function labelOf(person: PatientFacts, place: number, names: readonly string[]): string {
  const name = names[place] ?? "";
  const isAlone = names.filter((each) => each === name).length === 1;
  if (isAlone) return name;
  return person.id ? `${name}, number ${person.id}` : `${name}, person ${place + 1}`;
}
