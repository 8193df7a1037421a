/** Keeps a study as one page that shows it in any browser, without a network: docs/export.md, Keepsake. */

import { comparePaths } from "../../formats/text.ts";
import { SiteError } from "../../errors.ts";
import { keepsake, keepsakeSize } from "../../formats/keepsake.ts";
import type { ByteStream } from "../../formats/streams.ts";
import { counter } from "../../progress.ts";
import { textOf } from "../../reply.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { amountOf, size } from "../../ui/format.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { progressBar } from "../../ui/progress.ts";
import { Quarters, say } from "../../ui/speech.ts";
import type { Study } from "../../worker/fetchStudy.ts";
import { placeFor, saveStream } from "./saveStream.ts";

/** The viewer without images, which was built with this page. */
const PAGE = "keepsake.txt";
const PAGE_LIMIT = 16 << 20; // bytes
const PAGE_BYTES = 1 << 20; // about
const PATIENCE = 60_000; // milliseconds
const TITLE = "Keep as one file";
const NOT_LOCKED = "It is not encrypted: whoever has the file can see your images.";

export interface KeepsakeActions {
  readonly close: () => void;
  /** It goes on: nobody has to touch the screen meanwhile. */
  readonly alive: () => void;
}

/** Fills `host`; the file is called `stem`.html. Returns what ends it. */
export function keepsakePanel(
  study: Study,
  stem: string,
  host: HTMLElement,
  { close, alive }: KeepsakeActions,
): () => void {
  const files = study.files
    .map(({ entry: { name, mediaType }, blob }) => ({ name, mediaType, blob }))
    .sort((one, other) => comparePaths(one.name, other.name));
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const bytes = keepsakeSize(PAGE_BYTES, files);
  const name = `${stem}.html`;
  const body = h("div", { class: "step-body" });
  const ended = new AbortController();
  fill(host, h("h2", { tabindex: -1 }, TITLE), body);
  offer();
  return () => {
    ended.abort();
  };

  function offer(...before: HTMLElement[]): void {
    const keep = button("Keep it", () => begin(), { kind: "go", icon: "file", props: { id: "keep-it" } });
    fill(
      body,
      before,
      h(
        "p",
        {},
        `A page with your images in it, ${size(bytes)}. Any browser opens it, in ten years too, without the internet.`,
      ),
      h("p", {}, NOT_LOCKED),
      h("div", { class: "ways" }, keep, button("Not now", close)),
    );
  }

  async function begin(): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ended.signal]);
    try {
      const place = await placeFor(name, bytes); // within the task of the press
      const [bar, quarters] = [progressBar("Writing the file"), new Quarters()];
      const cancel = button("Cancel", () => {
        stop.abort();
      });
      fill(body, h("h3", { tabindex: -1 }, "Writing the file"), bar.element, h("div", { class: "ways" }, cancel));
      focusHeading(body);
      warnBeforeLeaving(PAGE, true);
      const count = counter("write", total, ({ done }) => {
        bar.set(done, total, amountOf(done, total));
        quarters.report(done, total, (percent) => `${percent} percent of the file is written`);
        alive();
      });
      const make = async (): Promise<ByteStream> => keepsake(await emptyPage(signal), files, count);
      saved(await saveStream(make, name, place, "text/html", signal));
    } catch (error) {
      if (ended.signal.aborted) return;
      const words = stop.signal.aborted ? stopped() : isNo(error) ? null : failed(error);
      offer(...(words ? [words] : []));
      if (words && !stop.signal.aborted) focusHeading(words);
      else body.querySelector("button")?.focus();
    } finally {
      warnBeforeLeaving(PAGE, false);
    }
  }

  function saved(as: string): void {
    fill(
      body,
      notice({
        tone: "ok",
        title: `Saved as ${as}.`,
        text: ["Open it in any browser. ", NOT_LOCKED, " Keep a second copy of it, as of anything that has to last."],
        buttons: [button("Close", close)],
      }),
    );
    focusHeading(body);
    say(`Saved as ${as}.`);
  }

  function failed(error: unknown): HTMLElement {
    const isOurs = error instanceof SiteError;
    return notice({
      tone: "err",
      title: `${name} was not saved.`,
      text: isOurs ? error.message : "Is there room on this device? Try again.",
      details: isOurs || !(error instanceof Error) ? undefined : error.message,
    });
  }
}

function stopped(): HTMLElement {
  const words = "Stopped. Nothing was saved.";
  say(words);
  return notice({ tone: "info", text: words });
}

/** The person was asked where, and said nowhere. */
const isNo = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** Throws SiteError, AbortError. */
async function emptyPage(signal: AbortSignal): Promise<string> {
  try {
    const both = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const response = await fetch(new URL(PAGE, document.baseURI), { credentials: "omit", signal: both });
    if (response.ok) return await textOf(response, PAGE_LIMIT);
  } catch {
    signal.throwIfAborted();
  }
  throw new SiteError(
    "The part of Radiogram that shows the images did not come. Check your connection, and try again.",
  );
}
