import { describe, expect, test } from "vitest";
import { patientTitle, shortTitle } from "../src/dicom/labels.ts";

describe("titles", () => {
  const kind = (modality: string, part: string, laterality = ""): Parameters<typeof patientTitle>[0] => ({
    modalities: [modality],
    bodyParts: [part],
    laterality,
  });

  test.each([
    [kind("CT", "CHEST"), "CT scan of your chest", "CT chest"],
    [kind("CR", "HAND", "L"), "X-ray of your left hand", "X-ray left hand"],
    [kind("DX", "CHEST", "R"), "X-ray of your chest", "X-ray chest"],
    [kind("US", ""), "Your ultrasound", "Ultrasound"],
    [kind("MG", "BREAST", "L"), "Your mammogram", "Mammogram left breast"],
    [kind("OT", "SHOE"), "Your images", "Images"],
    [{ modalities: ["CT", "MR"], bodyParts: ["HEAD"] }, "Your images", "Head"],
    [{ modalities: [], bodyParts: [] }, "Your images", "Images"],
  ])("%o is called %s", (given, patients, short) => {
    expect(patientTitle(given)).toBe(patients);
    expect(shortTitle(given)).toBe(short);
  });
});
