/** Reads, decodes and renders DICOM files in a Worker, so that the page goes on responding. */

import type { Dataset } from "./dataset.ts";
import { contentsOf } from "./documents.ts";
import { ecgBitmap } from "./ecgPicture.ts";
import { drawingOf, recordingsOf } from "./electrocardiogram.ts";
import { PreviewError } from "./errors.ts";
import { openFile, readHeader } from "./header.ts";
import { instanceOf } from "./instance.ts";
import { Picture } from "./pixels.ts";
import { miniature } from "./miniature.ts";
import { annotated } from "./annotatedPicture.ts";
import { SavedView, turned } from "./presentationState.ts";
import type { Answer, FrameRequest, Handed, ImageInfo, OverlayRequest, Question, Requests, Shown } from "./protocol.ts";
import { OF_PLANES, planesOf } from "./planes.ts";
import { aspectOf, render, type Rendered } from "./render.ts";
import { type Layer, overlaid } from "./segmentation.ts";
import { Settings } from "./settings.ts";
import { orientationLabelsOf } from "./orientationLabels.ts";
import { reasonOf, reportOf } from "./metadata.ts";
import { TAG } from "./tags.ts";
import type { FileReport } from "./types.ts";
import type { Shape, Stored } from "./values.ts";

const MAX_PICTURES = 32; // headers kept
const MAX_OVERLAID = 1 << 24; // pixels
const MAX_STORED = 64 << 20; // bytes of decoded frames kept

/** Least recently used first. */
const pictures = new Map<number, Picture>();
const frames = new Map<string, Stored>();
const states = new Map<number, Dataset>();
let held = 0;

async function metadata(blob: Handed): Promise<FileReport> {
  try {
    return reportOf(await openFile(blob));
  } catch (error) {
    return { kind: "unreadable", reason: reasonOf(error) };
  }
}

async function picture(key: number, blob: Handed): Promise<Picture> {
  const found = pictures.get(key) ?? new Picture(readHeader(await openFile(blob)));
  pictures.delete(key);
  pictures.set(key, found);
  const [oldest] = pictures.keys();
  if (pictures.size > MAX_PICTURES && oldest !== undefined) pictures.delete(oldest);
  return found;
}

async function stored({ key, blob, frame }: FrameRequest): Promise<Stored> {
  const name = `${key} ${frame}`;
  const known = frames.get(name);
  const found = known ?? (await (await picture(key, blob)).stored(frame));
  frames.delete(name);
  frames.set(name, found);
  if (!known) held += found.values.byteLength;
  for (const [old, each] of frames) {
    if (held <= MAX_STORED || old === name) break;
    frames.delete(old);
    held -= each.values.byteLength;
  }
  return found;
}

async function shown(request: Requests["render"]["ask"]): Promise<Shown> {
  if (!request.state) return plain(request);
  try {
    return await asSaved(request, request.state);
  } catch (error) {
    return { ...(await plain(request)), notAsSaved: reasonOf(error) };
  }
}

async function plain(request: Requests["render"]["ask"]): Promise<Shown> {
  const { shape, header } = await picture(request.key, request.blob);
  const values = await stored(request);
  const rendered = render(values, shape, header.dataset, request.frame, request.look);
  const settings = new Settings(header.dataset, request.frame);
  const windows = rendered.window && settings.windows().map(({ explanation }) => explanation);
  // The first frame's pixel aspect for all frames, so that all have one size.
  return {
    bitmap: await bitmapOf(rendered),
    aspect: aspectOf(new Settings(header.dataset, 0)),
    window: rendered.window,
    ...(windows && windows.length > 1 && { windows }),
    orientationLabels: orientationLabelsOf(settings),
    ...(await overlay(request.overlays ?? [], shape)),
  };
}

/** As a presentation state says; throws PreviewError where it can't be applied. */
async function asSaved(
  request: Requests["render"]["ask"],
  { key, blob }: { key: number; blob: Handed },
): Promise<Shown> {
  const { shape, header } = await picture(request.key, request.blob);
  const values = await stored(request);
  const state = states.get(key) ?? readHeader(await openFile(blob)).dataset;
  if (states.size >= MAX_PICTURES) states.clear();
  states.set(key, state);
  const settings = new Settings(header.dataset, request.frame);
  const instance = header.dataset.text(TAG.SopInstanceUid);
  const view = new SavedView(state, settings, shape, instance, request.frame + 1);
  const rendered = view.render(values, shape, request.look);
  return {
    bitmap: await bitmapOf(rendered),
    aspect: view.aspect,
    isAsSaved: true,
    window: rendered.window,
    orientationLabels: view.labels(orientationLabelsOf(settings)),
    ...(await overlay(request.overlays ?? [], shape, view)),
  };
}

const bitmapOf = ({ width, height, data }: Pick<Rendered, "width" | "height" | "data">): Promise<ImageBitmap> =>
  createImageBitmap(new ImageData(data, width, height), { colorSpaceConversion: "none", premultiplyAlpha: "none" });

/** Outlines that can't be drawn do not keep the image from being seen. */
async function overlay(overlays: readonly OverlayRequest[], shape: Shape, view?: SavedView): Promise<Partial<Shown>> {
  const outlines = await outlined(overlays, shape, view);
  if (!view?.annotations.length) return outlines;
  const drawn = annotated(view, outlines.overlay);
  outlines.overlay?.close();
  return { ...outlines, overlay: drawn };
}

async function outlined(overlays: readonly OverlayRequest[], shape: Shape, view?: SavedView): Promise<Partial<Shown>> {
  if (!overlays.length) return {};
  try {
    if (shape.rows * shape.columns > MAX_OVERLAID) throw new PreviewError("the image is too large to draw over");
    const layers: Layer[] = [];
    for (const each of overlays) {
      const { values } = await stored(each);
      const [first] = each.colours;
      const colours = each.isLabelMap || !first ? each.colours : [[0, first[1]] as const];
      layers.push({ values, full: each.full, colours: new Map(colours) });
    }
    const data = overlaid(layers, shape.rows * shape.columns);
    const whole = { width: shape.columns, height: shape.rows, data };
    return { overlay: await bitmapOf(view ? turned(whole, view.area, true) : whole) };
  } catch (error) {
    return { notOverlaid: reasonOf(error) };
  }
}

async function ecg(blob: Handed): Promise<Shown> {
  const { dataset } = readHeader(await openFile(blob));
  const bitmap = ecgBitmap(drawingOf(recordingsOf(dataset)));
  return { bitmap, aspect: 1, window: undefined, orientationLabels: { left: "", right: "", top: "", bottom: "" } };
}

function info({ frames: count, header }: Picture): ImageInfo {
  const { dataset } = header;
  const rate = dataset.number(TAG.RecommendedDisplayFrameRate) ?? dataset.number(TAG.CineRate) ?? 0;
  const vector = dataset.numbers(TAG.FrameTimeVector)[1];
  const time = [dataset.number(TAG.FrameTime), vector, 1000 / rate].find((each) => isTime(each));
  return { frames: count, frameTime: time };
}

const isTime = (time: number | undefined): boolean => time !== undefined && time > 0 && Number.isFinite(time);

async function answer({ kind, ask }: Question): Promise<Requests[Question["kind"]]["answer"]> {
  switch (kind) {
    case "metadata":
      return metadata((ask as Requests["metadata"]["ask"]).blob);
    case "contents":
      return contentsOf(await openFile((ask as Requests["contents"]["ask"]).blob)) ?? null;
    case "ecg":
      return ecg((ask as Requests["ecg"]["ask"]).blob);
    case "instance":
      return instanceOf((ask as Requests["instance"]["ask"]).blob);
    case "open": {
      const { key, blob } = ask as Requests["open"]["ask"];
      return info(await picture(key, blob));
    }
    case "planes": {
      const { blob, frames: count } = ask as Requests["planes"]["ask"];
      return planesOf(readHeader(await openFile(blob), OF_PLANES).dataset, count);
    }
    case "render":
      return shown(ask as Requests["render"]["ask"]);
    case "miniature": {
      const { of, blob, longest } = ask as Requests["miniature"]["ask"];
      return miniature(of === "ecg" ? await ecg(blob) : await shown({ ...of, look: "auto" }), longest);
    }
    case "prepare":
      await stored(ask as Requests["prepare"]["ask"]);
      return null;
  }
}

addEventListener("message", (event: MessageEvent<Question>) => {
  const { id } = event.data;
  const reply = (message: Answer, transfer: Transferable[] = []): void => {
    postMessage(message, { transfer });
  };
  answer(event.data).then(
    (value) => {
      const bitmaps = value && "bitmap" in value ? [value.bitmap, value.overlay] : [];
      reply(
        { id, value },
        bitmaps.filter((each) => each !== undefined),
      );
    },
    (error: unknown) => {
      reply({ id, error: reasonOf(error) });
    },
  );
});
