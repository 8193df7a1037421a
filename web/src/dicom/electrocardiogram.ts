/** Electrocardiograms (PS3.3 A.34, C.10.9): the same numbers and layout as radiogram/dicom/electrocardiogram.py. */

import { clean } from "../formats/text.ts";
import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { TAG } from "./tags.ts";

export const MM_A_SECOND = 25;
export const MM_A_MILLIVOLT = 10;
const STRIP_SECONDS = 10;
const MAX_SECONDS = 60; // of a recording are drawn
const MAX_LEADS = 32;
/** Of a unit, by its UCUM code. */
const MILLIVOLTS = new Map([
  ["uV", 0.001],
  ["mV", 1],
  ["V", 1000],
]);
const [LABEL, MARGIN, LEAST, MOST] = [5, 5, 15, 120]; // mm: above a lead, around all, height of a lead
type Sample = "getInt8" | "getUint8" | "getInt16" | "getUint16" | "getInt32" | "getUint32";
const SAMPLES = new Map<string, readonly [bytes: number, get: Sample]>([
  ["8SB", [1, "getInt8"]],
  ["8UB", [1, "getUint8"]],
  ["16SS", [2, "getInt16"]],
  ["16US", [2, "getUint16"]],
  ["32SL", [4, "getInt32"]],
  ["32UL", [4, "getUint32"]],
]);

/** Leads that were recorded together: one multiplex group. */
export interface Recording {
  readonly label: string;
  /** Samples a second. */
  readonly frequency: number;
  /** Of each lead its name and its samples, NaN where nothing was recorded. */
  readonly leads: readonly { readonly name: string; readonly millivolts: Float64Array }[];
  /** Of each lead. */
  readonly samples: number;
}

/** All in mm from the upper left corner. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly { readonly x: number; readonly y: number; readonly text: string }[];
  /** x, y, x, y, … of each trace that is not interrupted. */
  readonly lines: readonly Float64Array[];
}

export const isWaveform = (header: Dataset): boolean => header.has(TAG.WaveformSequence);

/** Those of a file, in its order. Throws PreviewError where they are not of voltages. */
export function recordingsOf(header: Dataset): Recording[] {
  const found = header.items(TAG.WaveformSequence).map(recordingOf);
  if (!found.some((each) => each.samples && each.leads.length)) throw new PreviewError("this file holds no waveform");
  return found;
}

function recordingOf(group: Dataset): Recording {
  const channels = group.items(TAG.ChannelDefinitionSequence);
  const count = channels.length;
  if (count > MAX_LEADS) throw new PreviewError(`this waveform has too many channels to draw: ${count}`);
  const frequency = group.number(TAG.SamplingFrequency) ?? 0;
  if (!(frequency > 0 && frequency <= 1_000_000))
    throw new PreviewError("this waveform does not say how often it was sampled");
  const scales = channels.map(scaleOf);
  const { values, samples } = samplesOf(group, count);
  const leads = channels.map((channel, at) => ({
    name: nameOf(channel),
    millivolts: Float64Array.from({ length: samples }, (_, place) => scales[at]?.(values(place * count + at)) ?? NaN),
  }));
  return { label: clean(group.text(TAG.MultiplexGroupLabel, true)), frequency, leads, samples };
}

function samplesOf(group: Dataset, channels: number): { values: (at: number) => number; samples: number } {
  const kind = `${group.number(TAG.WaveformBitsAllocated, "US") ?? 0}${group.text(TAG.WaveformSampleInterpretation)}`;
  const [size, get] = SAMPLES.get(kind) ?? [];
  if (!size || !get) throw new PreviewError("this waveform is of an unusual kind");
  const { little } = group.encoding;
  const bytes = group.bytes(TAG.WaveformData) ?? new Uint8Array(0);
  const samples = group.number(TAG.NumberOfWaveformSamples, "UL") ?? 0;
  if (bytes.length < samples * channels * size)
    throw new PreviewError("this file is cut short: its waveform is not all there");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const padding = group.bytes(TAG.WaveformPaddingValue);
  const isPadded = padding !== undefined && padding.length >= size;
  const none = isPadded ? new DataView(padding.buffer, padding.byteOffset, size)[get](0, little) : undefined;
  const values = (at: number): number => {
    const value = view[get](at * size, little);
    return value === none ? NaN : value;
  };
  return { values, samples };
}

/** From a stored number to mV. */
function scaleOf(channel: Dataset): (stored: number) => number {
  const unit = channel.items(TAG.ChannelSensitivityUnits)[0]?.text(TAG.CodeValue);
  if (unit === undefined) throw new PreviewError("this waveform does not say in which unit it is");
  const millivolts = MILLIVOLTS.get(unit);
  if (millivolts === undefined) throw new PreviewError("this waveform is no electrocardiogram: it is not in volts");
  const sensitivity = channel.number(TAG.ChannelSensitivity) ?? 1;
  const factor = sensitivity * (channel.number(TAG.ChannelSensitivityCorrection) ?? 1);
  const baseline = channel.number(TAG.ChannelBaseline) ?? 0;
  if (!Number.isFinite(factor * baseline)) throw new PreviewError("this waveform's settings are damaged");
  return (stored) => (stored * factor + baseline) * millivolts;
}

function nameOf(channel: Dataset): string {
  const source = channel.items(TAG.ChannelSourceSequence)[0];
  if (source) return clean(source.text(TAG.CodeMeaning, true)).replace(/^Lead /, "");
  return clean(channel.text(TAG.ChannelLabel, true));
}

/** Each lead of each recording, the first minute in strips of ten seconds. */
export function drawingOf(recordings: readonly Recording[]): Drawing {
  const strips = recordings.flatMap(stripsOf);
  const texts: Drawing["texts"][number][] = [];
  const lines: Float64Array[] = [];
  let top = MARGIN;
  for (const strip of strips) {
    texts.push({ x: MARGIN, y: top, text: strip.heading });
    top += LABEL;
    for (let first = 0; first < strip.leads.length; first += strip.across) {
      const leads = strip.leads.slice(first, first + strip.across);
      const { height, zero } = rowOf(leads.map((each) => each.millivolts));
      leads.forEach(({ name, millivolts }, place) => {
        const x = MARGIN + place * strip.leadWidth;
        texts.push({ x, y: top, text: name });
        lines.push(...traces(millivolts, strip.frequency, x, top + zero));
      });
      top += height;
    }
    top += MARGIN;
  }
  const widths = strips.map((each) => Math.max(each.leadWidth * Math.min(each.across, each.leads.length), 100));
  return { width: Math.max(...widths) + 2 * MARGIN, height: top + MARGIN, texts, lines };
}

/** Ten seconds at most of all leads, beside each other where they are short. */
interface Strip extends Omit<Recording, "label" | "samples"> {
  readonly heading: string;
  readonly leadWidth: number;
  readonly across: number;
}

function stripsOf({ label, frequency, leads, samples }: Recording): Strip[] {
  const most = Math.max(Math.round(STRIP_SECONDS * frequency), 1);
  const drawn = Math.min(samples, Math.round(MAX_SECONDS * frequency));
  const seconds = samples / frequency;
  const whole = seconds > MAX_SECONDS ? `, the first ${MAX_SECONDS} of ${seconds.toFixed(0)} s` : "";
  const scale = `${MM_A_SECOND} mm/s, ${MM_A_MILLIVOLT} mm/mV, ${Number(frequency.toPrecision(6))} Hz${whole}`;
  return Array.from({ length: Math.ceil(drawn / most) }, (_, place) => {
    const start = place * most;
    const end = Math.min(start + most, drawn);
    const leadWidth = ((end - start) / frequency) * MM_A_SECOND + MARGIN;
    return {
      heading: [label, place > 0 && `from ${place * STRIP_SECONDS} s`, scale].filter(Boolean).join(" · "),
      frequency,
      leads: leads.map(({ name, millivolts }) => ({ name, millivolts: millivolts.subarray(start, end) })),
      leadWidth,
      across: Math.max(1, Math.floor((STRIP_SECONDS * MM_A_SECOND + MARGIN) / leadWidth)),
    };
  });
}

/** A row's height, and how far below its top 0 mV is. */
function rowOf(leads: readonly Float64Array[]): { height: number; zero: number } {
  let [high, low] = [0, 0];
  for (const lead of leads) {
    for (const value of lead) {
      if (value > high) high = value;
      if (value < low) low = value;
    }
  }
  const height = Math.min(Math.max((high - low) * MM_A_MILLIVOLT, LEAST), MOST);
  return { height: height + LABEL, zero: Math.min(high * MM_A_MILLIVOLT, MOST) + LABEL };
}

/** A lead's trace, in pieces where nothing was recorded between. */
function traces(millivolts: Float64Array, frequency: number, left: number, zero: number): Float64Array[] {
  const found: Float64Array[] = [];
  let piece: number[] = [];
  const end = (): void => {
    if (piece.length > 2) found.push(Float64Array.from(piece));
    piece = [];
  };
  millivolts.forEach((value, at) => {
    if (!Number.isFinite(value)) {
      end();
      return;
    }
    const up = Math.min(Math.max(value * MM_A_MILLIVOLT, -MOST), MOST);
    piece.push(left + at * (MM_A_SECOND / frequency), zero - up);
  });
  end();
  return found;
}
