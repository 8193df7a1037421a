/**
 * Sends a study to a system whose address a doctor gave. The page within this one does: it alone may speak to other
 * hosts, and has neither a key nor anything of this page but what it asks for when Send is pressed (docs/website.md).
 */

import { comparePaths } from "../../formats/text.ts";
import type { FoundInstance, InstanceReport } from "../../dicom/readInstances.ts";
import type { FromFrame, Parcel, ToFrame } from "../../dicomweb/handOver.ts";
import type { Instance } from "../../dicomweb/request.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { baseName } from "../../ui/format.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import type { Study } from "../../worker/fetchStudy.ts";

export const TO_DOCTOR = "Send to my doctor’s system";
const FRAME = "doctor.html";
const PATIENCE = 20_000; // milliseconds

export interface DoctorActions {
  readonly close: () => void;
  /** It goes on: nobody has to touch the screen meanwhile. */
  readonly alive: () => void;
}

/** Fills `host`. Returns what ends it, and whatever is under way. */
export function doctorPanel(study: Study, host: HTMLElement, { close, alive }: DoctorActions): () => void {
  const body = h("div", { class: "step-body" });
  const ended = new AbortController();
  const { signal } = ended;
  let port: MessagePort | undefined;
  fill(host, h("h2", { tabindex: -1 }, TO_DOCTOR), body);
  void begin();
  return () => {
    ended.abort();
    port?.close();
    warnBeforeLeaving(FRAME, false);
  };

  async function begin(): Promise<void> {
    const wait = h("p", {}, working("Looking at the files…"));
    fill(body, wait);
    try {
      const { readInstances } = await import("../../dicom/readInstances.ts");
      const files = [...study.files].sort((one, other) => comparePaths(one.entry.name, other.entry.name));
      const reports = await readInstances(
        files.map(({ blob }) => blob),
        signal,
      );
      const found = sorted(files, reports);
      if (found.instances.length > 0) {
        await show(found);
        wait.remove(); // and the frame stays where it is: it would begin anew elsewhere
      } else fill(body, nothing(button("Close", close)));
    } catch {
      if (!signal.aborted) failed();
    }
  }

  async function show({ parcel, instances }: Found): Promise<void> {
    const src = new URL(FRAME, document.baseURI).href;
    const frame = h("iframe", { class: "doctor", title: TO_DOCTOR, src, sandbox: "allow-scripts allow-forms" });
    const loaded = new Promise((resolve) => {
      frame.addEventListener("load", resolve);
    });
    body.append(frame);
    await loaded;
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    port = port1;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(reject, PATIENCE);
      const to = (message: ToFrame): void => {
        port1.postMessage(message);
      };
      port1.onmessage = ({ data }: MessageEvent<FromFrame>) => {
        clearTimeout(timer);
        resolve();
        switch (data.type) {
          case "wanted":
            to({ type: "instances", instances });
            break;
          case "height":
            frame.style.height = `${String(Math.ceil(data.pixels))}px`;
            break;
          case "busy":
            warnBeforeLeaving(FRAME, data.on);
            break;
          case "alive":
            alive();
            break;
          case "close":
            close();
        }
      };
      // To whatever is in the frame: it has an origin of its own, and the policy lets in this site’s pages alone.
      frame.contentWindow?.postMessage({ type: "parcel", parcel } satisfies ToFrame, "*", [port2]);
    });
  }

  function failed(): void {
    const again = button("Try again", begin, { kind: "go" });
    const words = "Check your connection. This copy of Radiogram may lack it: then use another one.";
    fill(
      body,
      notice({
        tone: "warn",
        title: "The part of Radiogram that sends did not come.",
        text: words,
        buttons: [again, button("Not now", close)],
      }),
    );
    focusHeading(body);
  }
}

interface Found {
  readonly parcel: Parcel;
  readonly instances: readonly Instance[];
}

function sorted(files: Study["files"], reports: readonly InstanceReport[]): Found {
  const instances: Instance[] = [];
  const labels: string[] = [];
  const leftOut: string[] = [];
  const people = new Set<string>();
  files.forEach(({ entry, blob }, place) => {
    const report = reports[place];
    if (report?.kind !== "instance") {
      leftOut.push(`${baseName(entry.name)}: ${report?.reason ?? ""}`);
      return;
    }
    instances.push({ uid: report.uid, blob });
    labels.push(labelOf(report, baseName(entry.name)));
    if (report.patient !== "") people.add(report.patient);
  });
  const bytes = instances.reduce((sum, { blob }) => sum + blob.size, 0);
  return { instances, parcel: { labels, bytes, people: [...people], leftOut } };
}

/** `Thorax, number 12 (0012.dcm)` */
function labelOf({ series, number }: FoundInstance, file: string): string {
  const known = [series, number === undefined ? "" : `number ${String(number)}`].filter(Boolean).join(", ");
  return known === "" ? file : `${known} (${file})`;
}

function nothing(close: HTMLElement): HTMLElement {
  return notice({
    tone: "warn",
    title: "Nothing here can be sent.",
    text: "Such systems take DICOM files, and none of these files is one that they take. Save a copy, and give that to your doctor.",
    buttons: [close],
  });
}
