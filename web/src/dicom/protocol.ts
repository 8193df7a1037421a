/** Requests to the decoding Worker, and their answers. */

import type { Contents } from "./documents.ts";
import type { InstanceReport } from "./instance.ts";
import type { Plane } from "./planes.ts";
import type { Look, Window } from "./render.ts";
import type { Colour } from "./segmentation.ts";
import type { FileReport } from "./types.ts";

/** A file: of a Blob a Worker reads what it needs. Its bytes where it can read none (handing.ts). */
export type Handed = Blob | Uint8Array<ArrayBuffer>;

/** One image of a file; `key` tells files apart, so that the worker need not read a file again. */
export interface FrameRequest {
  readonly key: number;
  readonly blob: Handed;
  readonly frame: number;
}

/** A frame of a segmentation, and what is drawn of it: segments and their colours; `isLabelMap`: by value. */
export interface OverlayRequest extends FrameRequest {
  readonly isLabelMap: boolean;
  readonly full: number;
  readonly colours: readonly (readonly [segment: number, colour: Colour])[];
}

export interface Requests {
  /** What the file says of itself. */
  metadata: { ask: { blob: Handed }; answer: FileReport };
  /** What a file without an image, or with a video, holds; null: nothing that is known. */
  contents: { ask: { blob: Handed }; answer: Contents | null };
  ecg: { ask: { blob: Handed }; answer: Shown };
  /** As what another system would be sent it. */
  instance: { ask: { blob: Handed }; answer: InstanceReport };
  open: { ask: { key: number; blob: Handed }; answer: ImageInfo };
  /** Where the first `frames` frames of an image lie. */
  planes: { ask: { blob: Handed; frames: number }; answer: readonly Plane[] };
  render: {
    ask: FrameRequest & { look: Look; overlays?: readonly OverlayRequest[]; state?: { key: number; blob: Handed } };
    answer: Shown;
  };
  /** A picture of the frame, or of the ECG, as a PNG of at most `longest` pixels. */
  miniature: { ask: { of: FrameRequest | "ecg"; blob: Handed; longest: number }; answer: Blob };
  /** Decodes a frame that is likely to be asked for next. */
  prepare: { ask: FrameRequest; answer: null };
}

export type RequestKind = keyof Requests;

export interface ImageInfo {
  readonly frames: number;
  /** From one frame to the next, in milliseconds, where the file says so. */
  readonly frameTime: number | undefined;
}

/** Which side of the patient is at which edge of the picture: `R`, `L`, or empty where neither is. */
export interface OrientationLabels {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

export interface Shown {
  readonly bitmap: ImageBitmap;
  /** Height of a pixel over its width. */
  readonly aspect: number;
  /** The window that was applied; undefined for colours. */
  readonly window: Window | undefined;
  /** What each of several windows that the file has is for; empty where it does not say. Of one window: none. */
  readonly windows?: readonly string[];
  readonly orientationLabels: OrientationLabels;
  /** What is drawn over it. */
  readonly overlay?: ImageBitmap;
  /** A presentation state was applied. */
  readonly isAsSaved?: boolean;
  /** Why it is not shown as it was asked for, as somebody saved it. */
  readonly notAsSaved?: string;
  /** Why what was asked for is not drawn over it. */
  readonly notOverlaid?: string;
}

export interface Question {
  readonly id: number;
  readonly kind: RequestKind;
  readonly ask: Requests[RequestKind]["ask"];
}

export type Answer =
  | { readonly id: number; readonly value: Requests[RequestKind]["answer"] }
  | { readonly id: number; readonly error: string };
