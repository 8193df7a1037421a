/** What DICOM files say of themselves; the same as Python's radiogram/dicom/metadata.py. */

import type { StudyMetadata as ManifestStudy } from "../formats/manifest.ts";
import type { FileContent } from "../remoteFile.ts";

/** A file as a page holds it: its name within the study, and its bytes. */
export interface SourceFile {
  readonly name: string;
  readonly file: FileContent;
}

/** A person, as the files name them. Texts are fit to be shown, and empty where the files have none. */
export interface PatientMetadata {
  /** Family name first and in capitals: `OKAFOR, Grace`. */
  readonly name: string;
  /** As in DICOM, decoded and cleaned: `Okafor^Grace`. */
  readonly rawName: string;
  /** `YYYY-MM-DD`, or as the file has it. */
  readonly birthDate: string;
  /** `M`, `F`, `O`, empty, or what else the file has. */
  readonly sex: string;
  readonly id: string;
  /** Who gave the ID: the same number is another patient's elsewhere. */
  readonly issuer: string;
  /** Places of this person's files in the list that was given. */
  readonly files: readonly number[];
}

/** What one DICOM file says of itself. Numbers are undefined where absent or junk. */
export interface FileMetadata {
  readonly patient: Omit<PatientMetadata, "files">;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly studyDate: string;
  readonly description: string;
  readonly seriesDescription: string;
  readonly modality: string;
  readonly bodyPart: string;
  /** `L`, `R` or empty. */
  readonly laterality: string;
  readonly seriesNumber: number | undefined;
  readonly instanceNumber: number | undefined;
  /** mm, of the first pixel. */
  readonly position: readonly number[] | undefined;
  /** Direction cosines of a row and of a column. */
  readonly orientation: readonly number[] | undefined;
  /** 0: not an image, or none to be looked at by itself. */
  readonly frames: number;
  /** `frames` is a guess: what the file says is no number. */
  readonly isGuess: boolean;
  /** Its frames are one stream: a video. */
  readonly isVideo: boolean;
  /** One that is read: a structured report, or a PDF or CDA document. */
  readonly isReport: boolean;
  /** It is of a class of objects that DICOM does not name. */
  readonly isUnknownKind: boolean;
  /** The kind of picture that often has writing in it: ultrasound, secondary capture, or tagged so. */
  readonly mayShowText: boolean;
}

/** `other`: not DICOM. `unreadable`: DICOM, but damaged or not safe to read. A DICOMDIR has one entry a patient. */
export type FileReport =
  | { readonly kind: "dicom"; readonly metadata: readonly FileMetadata[] }
  | { readonly kind: "other" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** An attribute of the patient that should be one and the same in all files, and its values as shown. */
export interface Difference {
  readonly attribute: "name" | "birth date" | "sex" | "patient id" | "issuer of patient id";
  readonly values: readonly string[];
}

/** What files say together. Lists are of distinct values, in the order in which they were first met. */
export interface StudyMetadata {
  /** One a file, in the order given. */
  readonly files: readonly FileReport[];
  /** Everybody the files belong to; if that is more than one, they are sent one person at a time. */
  readonly patients: readonly PatientMetadata[];
  readonly differences: readonly Difference[];
  /** As the manifest lists them. */
  readonly studies: ManifestStudy[];
  readonly modalities: readonly string[];
  readonly bodyParts: readonly string[];
  readonly dates: readonly string[];
  readonly descriptions: readonly string[];
  readonly series: number;
  /** Files with an image. */
  readonly images: number;
  /** Of all images together. */
  readonly frames: number;
  /** DICOM files, with those that are no image. */
  readonly dicom: number;
  /** Places of the files that are not DICOM. */
  readonly others: readonly number[];
  /** Places of the DICOM files that could not be read. */
  readonly unreadable: readonly number[];
  /** DICOM files that say neither name nor ID of their patient. */
  readonly unidentified: number;
  /** A name may be drawn in a picture itself. */
  readonly mayShowText: boolean;
  /** Places of the images by series, in the order in which they are looked at. */
  readonly order: readonly (readonly number[])[];
  /** Place of the image to preview: the middle one of the largest series. */
  readonly middle: number | undefined;
}
