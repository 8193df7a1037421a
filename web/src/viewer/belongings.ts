/** What belongs to images: outlines that lie on them, and marks that somebody put on them. */

import type { DicomWorker } from "../dicom/client.ts";
import type { Contents } from "../dicom/documents.ts";
import { PreviewError } from "../dicom/errors.ts";
import type { KeyObjects } from "../dicom/keyObjects.ts";
import type { Plane } from "../dicom/planes.ts";
import type { SavedState } from "../dicom/presentationState.ts";
import { MAX_ON_AN_IMAGE, Placement, type Segmentation } from "../dicom/segmentation.ts";
import type { DicomView, Listed, Outline, Overlay, SavedChoice, Sequence, View, ViewerFile } from "./list.ts";

/** A file that is nothing without images; `key` is that of the file, as in views. */
export interface Belonging {
  readonly file: ViewerFile;
  readonly key: number;
  readonly contents: Extract<Contents, { kind: "segmentation" | "keys" | "state" }>;
}

type Others = Listed["others"][number];

interface Extras {
  overlays: Overlay[];
  states: SavedChoice[];
  marks: string[];
}

/** Every picture of the study, where it lies, and what was found to belong to it. */
class Pictures {
  readonly #planes = new Map<number, readonly Plane[]>();
  readonly #extras = new Map<View, Extras>();
  readonly #sequences: readonly Sequence[];

  constructor(sequences: readonly Sequence[]) {
    this.#sequences = sequences;
  }

  async read(worker: DicomWorker): Promise<void> {
    const frames = new Map<number, number>();
    for (const { key, frame } of this.views) frames.set(key, Math.max(frames.get(key) ?? 0, frame + 1));
    for (const { key, file } of this.views) {
      if (this.#planes.has(key)) continue;
      try {
        this.#planes.set(key, await worker.ask("planes", { blob: file.blob, frames: frames.get(key) ?? 1 }));
      } catch (error) {
        if (!(error instanceof PreviewError)) throw error;
        this.#planes.set(key, []);
      }
    }
  }

  get views(): DicomView[] {
    return this.#sequences.flatMap(({ views }) => views.filter((each) => each.kind === "dicom"));
  }

  get planes(): Plane[] {
    return [...this.#planes.values()].flat();
  }

  planeOf(view: DicomView): Plane | undefined {
    return this.#planes.get(view.key)?.[view.frame];
  }

  extrasOf(view: View): Extras {
    const found = this.#extras.get(view) ?? { overlays: [], states: [], marks: [] };
    this.#extras.set(view, found);
    return found;
  }

  /** The sequences, each view with what belongs to it; `outlines` are all there are. */
  filled(outlines: readonly Outline[]): { sequences: Sequence[]; made: ReadonlyMap<View, View> } {
    const made = new Map<View, View>();
    for (const view of this.views) {
      const { overlays, states, marks } = this.extrasOf(view);
      const extras = { ...(overlays.length && { overlays }), ...(states.length && { states }) };
      made.set(view, { ...view, ...extras, ...(marks.length && { marks }) });
    }
    const sequences = this.#sequences.map((sequence) => {
      const views = sequence.views.map((each) => made.get(each) ?? each);
      return { ...sequence, views, outlines: outlinesOn(views, outlines), states: statesOn(views) };
    });
    return { sequences, made };
  }
}

function outlinesOn(views: readonly View[], outlines: readonly Outline[]): Outline[] {
  const drawn = new Set(views.flatMap((each) => (each.kind === "dicom" ? (each.overlays ?? []) : [])).flatMap(idsOf));
  return outlines.filter(({ id }) => drawn.has(id));
}

const statesOn = (views: readonly View[]): SavedChoice[] => [
  ...new Set(views.flatMap((each) => (each.kind === "dicom" ? (each.states ?? []) : []))),
];

const idsOf = ({ segments }: Overlay): string[] => segments.map(({ id }) => id);

/** The sequences with what belongs to them, key images among them, and what is to be said of each file. */
export async function withBelongings(
  sequences: readonly Sequence[],
  belongings: readonly Belonging[],
  worker: DicomWorker,
): Promise<{ sequences: Sequence[]; others: Others[] }> {
  const pictures = new Pictures(sequences);
  if (!belongings.length) return { sequences: [...sequences], others: [] };
  await pictures.read(worker);
  const outlines: Outline[] = [];
  const others: Others[] = [];
  const keyed: { keys: KeyObjects; views: DicomView[] }[] = [];
  for (const belonging of belongings) {
    const { file, contents } = belonging;
    if (contents.kind === "segmentation") {
      const found = outlinesOf(belonging, contents.segmentation);
      others.push({ file, what: `${contents.what}; ${overlay(pictures, belonging, contents.segmentation, found)}` });
      outlines.push(...found);
    } else if (contents.kind === "state") {
      others.push({ file, what: `${contents.what}; ${offer(pictures, belonging, contents.state)}` });
    } else {
      const views = marked(pictures, contents.keys);
      others.push({ file, what: `${contents.what}; ${saidOf(contents.keys, views.length)}` });
      if (!contents.keys.isWithdrawal) keyed.push({ keys: contents.keys, views });
      for (const view of views) pictures.extrasOf(view).marks.push(markOf(contents.keys));
    }
  }
  const { sequences: filled, made } = pictures.filled(outlines);
  const keySequences = keyed
    .filter(({ views }) => views.length)
    .map(({ keys, views }) =>
      keySequence(
        keys,
        views.map((each) => made.get(each) ?? each),
        filled,
      ),
    );
  return { sequences: [...keySequences, ...filled], others };
}

function outlinesOf({ key }: Belonging, { segments }: Segmentation): Outline[] {
  return segments.map(({ number, name, colour, maker }) => ({ id: `${key}.${number}`, name, colour, maker }));
}

/** Lays a segmentation on the pictures; what is to be said of it. */
function overlay(
  pictures: Pictures,
  { file, key }: Belonging,
  segmentation: Segmentation,
  outlines: readonly Outline[],
): string {
  const placement = new Placement(segmentation);
  const segments = segmentation.segments.map(({ number, colour }, at) => ({
    ...{ id: outlines[at]?.id ?? "", number, colour },
  }));
  const found = pictures.views.map((view) => {
    const plane = pictures.planeOf(view);
    return { view, frames: plane ? placement.framesOn(plane) : [] };
  });
  const drawn = found.filter(({ frames }) => frames.length);
  if (!drawn.length) return `not drawn: ${placement.whyNotDrawn(pictures.planes)}`;
  const most = drawn.reduce((so, { frames }) => Math.max(so, frames.length), 0);
  if (most > MAX_ON_AN_IMAGE) return `not drawn: too many outlines lie on one image: ${most}`;
  const { full, isLabelMap } = segmentation;
  for (const { view, frames } of drawn) {
    const made = frames.map((frame): Overlay => {
      const number = segmentation.frames[frame]?.segment;
      const own = segments.filter((each) => isLabelMap || each.number === number);
      return { file, key, frame, full, isLabelMap, segments: own };
    });
    made.sort((one, other) => (one.segments[0]?.number ?? 0) - (other.segments[0]?.number ?? 0));
    pictures.extrasOf(view).overlays.push(...made.filter((each) => each.segments.length));
  }
  return `it can be drawn over ${drawn.length === 1 ? "1 image" : `${drawn.length} images`}, see Outlines`;
}

/** Offers a state where it is of a picture; what is to be said of it. */
function offer(pictures: Pictures, { file, key }: Belonging, state: SavedState): string {
  if (state.missing.length) return `not applied: it has ${state.missing.join(", ")}, which can’t be shown here`;
  const views = pictures.views.filter((view) => {
    const plane = pictures.planeOf(view);
    const frames = plane && state.images.get(plane.instance);
    return frames && (!frames.length || frames.includes(view.frame + 1));
  });
  if (!views.length) return "not applied: the images that it is of are not here";
  const said = [state.label, state.description].filter(Boolean).join(": ") || "without a name";
  const choice = { id: String(key), name: state.creator ? `${said} (${state.creator})` : said, file, key };
  for (const view of views) pictures.extrasOf(view).states.push(choice);
  return `${views.length === 1 ? "1 image" : `${views.length} images`} can be shown as it says, see As saved`;
}

function marked(pictures: Pictures, { references }: KeyObjects): DicomView[] {
  const byInstance = new Map<string, DicomView[]>();
  for (const view of pictures.views) {
    const instance = pictures.planeOf(view)?.instance;
    const known = instance && byInstance.get(instance);
    if (known) known.push(view);
    else if (instance) byInstance.set(instance, [view]);
  }
  const found = references.flatMap(({ instance, frames }) =>
    (byInstance.get(instance) ?? []).filter(({ frame }) => !frames.length || frames.includes(frame + 1)),
  );
  return [...new Set(found)];
}

const markOf = (keys: KeyObjects): string => (keys.isWithdrawal ? `Withdrawn: ${keys.title}` : "Key image");

function saidOf(keys: KeyObjects, found: number): string {
  const count = found === 1 ? "1 of them is here" : found ? `${found} of them are here` : "none of them is here";
  return keys.isWithdrawal ? `these were withdrawn, ${keys.title}; ${count}` : `${keys.title}; ${count}`;
}

/** The images that were marked, as they stand in their own series. */
function keySequence(keys: KeyObjects, views: readonly View[], sequences: readonly Sequence[]): Sequence {
  const from = sequences.filter((each) => views.some((view) => each.views.includes(view)));
  const [modality = "", ...otherModalities] = new Set(from.map((each) => each.modality));
  const [date = "", ...otherDates] = new Set(from.map((each) => each.date));
  const outlines = [...new Set(from.flatMap((each) => each.outlines ?? []))];
  const title = `Key images: ${keys.title}`;
  const said = [keys.description, keys.observer && `Marked by ${keys.observer}`].filter(Boolean).join(" · ");
  return {
    title,
    label: views.length === 1 ? title : `${title}, ${views.length} pictures`,
    date: otherDates.length ? "" : date,
    modality: otherModalities.length ? "" : modality,
    noun: "Picture",
    frameTime: from[0]?.frameTime ?? 100,
    views,
    outlines: outlinesOn(views, outlines),
    states: statesOn(views),
    ...(said && { caption: said }),
  };
}
