/** What Open images and the page within it that speaks to a doctor’s system say to each other: docs/website.md. */

import type { Instance } from "./request.ts";

/** What the person is told, before anything is handed over. */
export interface Parcel {
  /** What each instance is called, in the order of the instances. */
  readonly labels: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Whose they are, as the files say: `OKAFOR, Grace`; of nobody where they don’t. */
  readonly people: readonly string[];
  /** What can’t be sent there, each with the reason. */
  readonly leftOut: readonly string[];
}

/** To the page within: the parcel, with the port for all that follows; the instances, once they are asked for. */
export type ToFrame =
  | { readonly type: "parcel"; readonly parcel: Parcel }
  | { readonly type: "instances"; readonly instances: readonly Instance[] };

export type FromFrame =
  /** The person pressed Send, and saw where to. */
  | { readonly type: "wanted" }
  | { readonly type: "height"; readonly pixels: number }
  /** Something is under way that closing the page would break off. */
  | { readonly type: "busy"; readonly on: boolean }
  | { readonly type: "alive" }
  | { readonly type: "close" };
