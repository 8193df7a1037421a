import { expect, test } from "vitest";
import { drawingOf, type Recording, recordingsOf } from "../src/dicom/electrocardiogram.ts";
import { openFile, readHeader } from "../src/dicom/header.ts";
import { python } from "./python.ts";

/** Made ones: of every unit and kind of sample, with gaps, longer than a minute, short, and too high. */
const MADE = `
import base64, io, json
import numpy as np
from pydicom import dcmread
from tests.dicom.test_electrocardiogram import ECG, REAL, channel, code, dicom, group, pulse, stored, Sequence
from radiogram.dicom.electrocardiogram import recordings, _strips, _MARGIN, PIXELS_A_MM
gap = pulse()
gap[50:60] = -32768
wide = np.repeat(pulse(), 12, axis=1)
unsigned = group(pulse(60000).astype("u2"), channel("Lead I", "uV", 0.1), WaveformSampleInterpretation="US")
made = [
    [group(pulse(100), channel("Lead I", "uV", 2.0, 1.5, 20))], [group(pulse(100), channel("II", "mV", 0.002, 1.5, 0.02))],
    [group(pulse(100), channel("V1", "V", 2e-6, 1.5, 2e-5))], [unsigned],
    [group(gap, channel("Lead I"), WaveformPaddingValue=b"\\x00\\x80")],
    [group(np.zeros((6500, 1), "i2"), channel("Lead I"))], [group(pulse(30000), channel("Lead I"))],
    [group(wide, *(channel(f"Lead V{n}") for n in range(12))), group(pulse(), channel(""), frequency=50.5)],
]
made = [stored(dicom(ECG, WaveformSequence=Sequence(each))) for each in made] + [open(REAL, "rb").read()]
`;
const TOLD = `
def told(source):
    found = recordings(dcmread(io.BytesIO(source)))
    leads = [[each.label, each.frequency, list(each.leads),
        [[None if np.isnan(v) else v for v in column] for column in each.millivolts.T.tolist()]] for each in found]
    strips, top, lines, texts = [s for each in found for s in _strips(each)], float(_MARGIN), [], []
    class Draw:
        def text(self, place, text, *_): texts.append([place[0] / PIXELS_A_MM, place[1] / PIXELS_A_MM, text])
        def line(self, points, *_): lines.append([v / PIXELS_A_MM for point in points for v in point])
    for strip in strips:
        strip.draw(Draw(), _MARGIN, top)
        top += strip.height
    size = [max(each.width for each in strips) + 2 * _MARGIN, sum(each.height for each in strips) + 2 * _MARGIN]
    return [base64.b64encode(source).decode(), leads, texts, lines, size]
print(json.dumps([told(each) for each in made]))
`;
type Told = [
  file: string,
  leads: [string, number, string[], (number | null)[][]][],
  texts: [number, number, string][],
  lines: number[][],
  size: [number, number],
][];

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<Recording[]> {
  return recordingsOf(readHeader(await openFile(bytes)).dataset);
}

/** The largest difference; NaN where they are not of one length. */
function apart(ours: ArrayLike<number>, theirs: readonly (number | null)[]): number {
  if (ours.length !== theirs.length) return NaN;
  return theirs.reduce<number>((most, value, at) => {
    const own = ours[at] ?? NaN;
    return value === null && Number.isNaN(own) ? most : Math.max(most, Math.abs(own - (value ?? NaN)));
  }, 0);
}

test("an ECG has the millivolts, texts and lines that Python draws, each where Python draws it", async () => {
  const told = JSON.parse(python(MADE + TOLD).toString()) as Told;
  expect(told).toHaveLength(9);
  for (const [base64, leads, texts, lines, size] of told) {
    const found = await read(Uint8Array.from(Buffer.from(base64, "base64")));
    expect(found.map(({ label, frequency, leads: own }) => [label, frequency, own.map(({ name }) => name)])).toEqual(
      leads.map((each) => each.slice(0, 3)),
    );
    found.forEach((each, at) => {
      each.leads.forEach(({ millivolts }, lead) => {
        expect(apart(millivolts, leads[at]?.[3][lead] ?? [])).toBeLessThan(1e-9);
      });
    });
    const drawing = drawingOf(found);
    expect(drawing.texts.map(({ text }) => text)).toEqual(texts.map(([, , text]) => text));
    expect(drawing.lines).toHaveLength(lines.length);
    drawing.texts.forEach(({ x, y }, at) => {
      expect(apart([x, y], texts[at]?.slice(0, 2) as number[])).toBeLessThan(1e-6);
    });
    drawing.lines.forEach((line, at) => {
      expect(apart(line, lines[at] ?? [])).toBeLessThan(1e-6);
    });
    expect(apart([drawing.width, drawing.height], size)).toBeLessThan(1e-6);
  }
});

const REFUSED = `
made = [
    [group(pulse(), channel("I", "mm[Hg]"))], [group(np.zeros((4, 33), "i2"), *(channel("I") for _ in range(33)))],
    [group(pulse(), channel("I"), frequency=0)], [group(pulse(), channel("I"), NumberOfWaveformSamples=2**31)],
    [group(pulse(), channel("I"), WaveformSampleInterpretation="MB")], [group(np.zeros((0, 1), "i2"), channel("I"))],
]
print(json.dumps([base64.b64encode(stored(dicom(ECG, WaveformSequence=Sequence(each)))).decode() for each in made]))
`;

test("what is no ECG is refused, each in its own words", async () => {
  const made = JSON.parse(python(MADE + REFUSED).toString()) as string[];
  const words = [
    "this waveform is no electrocardiogram: it is not in volts",
    "this waveform has too many channels to draw: 33",
    "this waveform does not say how often it was sampled",
    "this file is cut short: its waveform is not all there",
    "this waveform is of an unusual kind",
    "this file holds no waveform",
  ];
  expect(made).toHaveLength(words.length);
  for (const [at, base64] of made.entries()) {
    await expect(read(Uint8Array.from(Buffer.from(base64, "base64")))).rejects.toThrow(words[at] ?? "");
  }
});
