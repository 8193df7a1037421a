/** What is said of what came of a sending: one entry for each, with a way out. */

import type { StoreError, Trouble } from "../../dicomweb/request.ts";
import { type Child, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { detailsOf, notice } from "../../ui/notice.ts";

export interface Tally {
  readonly host: string;
  /** Files that were to be sent. */
  readonly all: number;
  /** Of those, what the system says that it has; `changed` of them not just as they were. */
  readonly there: number;
  readonly changed: number;
  readonly refused: number;
}

type Buttons = readonly HTMLElement[];

/** All were sent. */
export function told({ host, all, there, changed }: Tally, buttons: Buttons): HTMLElement {
  if (there < all) {
    const title = `${host} did not take ${all - there} of ${counted(all, "file")}.`;
    return notice({ tone: "warn", title, text: "Show your doctor this list. You can send these again.", buttons });
  }
  const exactly = changed === 0 ? "exactly as the hospital made them" : `${changed} of them not just as they were`;
  const text = `It says that it has all ${counted(all, "file")}, ${exactly}. Tell your doctor that they are there.`;
  return notice({ tone: "ok", title: `${host} has your images.`, text, buttons });
}

export function stopped(tally: Tally, buttons: Buttons): HTMLElement {
  return notice({
    tone: "info",
    title: "Stopped.",
    text: [soFar(tally), " What was on its way may be there too."],
    buttons,
  });
}

/** Not all could be sent. */
export function troubled({ trouble, status }: StoreError, tally: Tally, buttons: Buttons): HTMLElement {
  const { title, text } = WORDS[trouble](tally.host, status);
  const forKeeper = trouble === "no-answer" && detailsOf(...FOR_THE_KEEPER);
  return notice({ tone: "warn", title, text: [h("p", {}, text, " ", soFar(tally)), forKeeper], buttons });
}

function soFar({ there, all, host }: Tally): Child {
  return there === 0 ? `${host} got nothing.` : `${there} of ${counted(all, "file")} are there.`;
}

interface Words {
  readonly title: string;
  readonly text: string;
}

const AGAIN = "Try again later.";
const WORDS: Readonly<Record<Trouble, (host: string, status: number) => Words>> = {
  "no-answer": (host) => ({
    title: `${host} did not answer, or not to this page.`,
    text: "The browser does not tell why. Check the address. If it is right, the system may not let web pages send to it: show your doctor the words under Details.",
  }),
  offline: () => ({ title: "You are offline.", text: "Check your connection, then try again." }),
  "not-let-in": (host) => ({
    title: `${host} does not let you in.`,
    text: "The token is wrong, or no longer good. Check it, or ask your doctor for a new one.",
  }),
  "no-service": (host) => ({
    title: `At this address, ${host} takes no images.`,
    text: "Check the address with your doctor. It has to be the address of a DICOMweb service that stores.",
  }),
  busy: (host, status) => ({ title: `${host} is busy or full (${status}).`, text: AGAIN }),
  "too-large": (host, status) => ({ title: `The files are too large for ${host} (${status}).`, text: AGAIN }),
  "not-taken": (host, status) => ({ title: `${host} does not take these files (${status}).`, text: AGAIN }),
  other: (host, status) => ({ title: `${host} has trouble (${status}).`, text: AGAIN }),
};

/** For whoever runs the system: docs/export.md, From a patient's browser. */
const FOR_THE_KEEPER = [
  "For whoever runs the system: it has to have a certificate that browsers trust, and to let in pages of other sites (CORS).",
  "To OPTIONS, without credentials: Access-Control-Allow-Origin: *, Access-Control-Allow-Methods: POST, Access-Control-Allow-Headers: authorization, content-type.",
  "To POST, errors included: Access-Control-Allow-Origin: *. The page has no origin of its own (Origin: null).",
];
