import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { studyMetadataOf } from "../src/dicom/metadata.ts";
import type { FileMetadata, FileReport } from "../src/dicom/types.ts";
import { bundleOrder } from "../src/formats/bundleOrder.ts";
import { inBundleOrder } from "../src/pages/send/images.ts";
import { vectors } from "./vectors.ts";

interface Said {
  series_uid: string;
  frames: number;
  is_report?: boolean;
  series_number?: number | null;
  instance_number?: number | null;
  position?: number[];
  orientation?: number[];
}

const { studies } = vectors("bundle_order.json") as {
  studies: { why: string; names: string[]; files: (Said | null)[]; order: number[] }[];
};

const NOBODY = { name: "", rawName: "", birthDate: "", sex: "", id: "", issuer: "" };
const EMPTY = { patient: NOBODY, studyUid: "", studyDate: "", description: "", seriesDescription: "", modality: "" };

function reportOf(said: Said | null): FileReport {
  if (said === null) return { kind: "other" };
  const metadata: FileMetadata = {
    ...{
      ...EMPTY,
      bodyPart: "",
      laterality: "",
      isGuess: false,
      isVideo: false,
      isUnknownKind: false,
      mayShowText: false,
    },
    seriesUid: said.series_uid,
    frames: said.frames,
    isReport: said.is_report ?? false,
    seriesNumber: said.series_number ?? undefined,
    instanceNumber: said.instance_number ?? undefined,
    position: said.position,
    orientation: said.orientation,
  };
  return { kind: "dicom", metadata: [metadata] };
}

test.each(studies)("a bundle holds its files in the order of the vector: $why", ({ names, files, order }) => {
  const metadata = studyMetadataOf(files.map(reportOf));
  const chosen = names.map((name) => ({ name, file: new Blob() }));
  const bundled = inBundleOrder({ files: chosen, metadata, bytes: 0, person: undefined });
  expect(bundled.map(({ name }) => names.indexOf(name))).toEqual(order);
});

describe("whatever the files are", () => {
  const study = fc
    .record({
      names: fc.array(fc.constantFrom("a.dcm", "b.pdf", "c")),
      read: fc.array(fc.nat(9)),
      cuts: fc.array(fc.nat(9)),
    })
    .map(({ names, read, cuts }) => {
      const images = names.map((_, place) => ({ place, frames: 1 + (place % 3) }));
      const ends = [...new Set([...cuts, names.length])].sort((a, b) => a - b);
      const series = ends.map((end, at) => images.slice(ends[at - 1] ?? 0, end)).filter((each) => each.length > 0);
      return { names, read: new Set(read.filter((place) => place < names.length)), series };
    });

  test("each is bundled once", () => {
    fc.assert(
      fc.property(study, ({ names, read, series }) => {
        expect([...bundleOrder(names, read, series)].sort((a, b) => a - b)).toEqual([...names.keys()]);
      }),
    );
  });

  test("a picture of each series, from its middle, comes before any other picture of it", () => {
    fc.assert(
      fc.property(study, ({ names, series }) => {
        const order = bundleOrder(
          names.map(() => "x"),
          new Set(),
          series,
        );
        for (const [at, place] of order.slice(0, series.length).entries()) {
          const images = series[at] ?? [];
          const shown = images.flatMap((each) => Array.from({ length: each.frames }, () => each.place));
          expect(place).toBe(shown[shown.length >> 1]);
        }
      }),
    );
  });
});
