/** What waits from the scanner on screen, above the choice of files: one is chosen, or forgotten. */

import type { RegisterState } from "../../contacts/register.ts";
import { shownName } from "../../dicom/display.ts";
import { button } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { say } from "../../ui/speech.ts";
import {
  age,
  contents,
  identity,
  type Listing,
  type RefusedInstance,
  suggested,
  type WaitingState,
  type WaitingStudy,
  whose,
} from "./waiting.ts";

const OPEN_IT = "Open the address of the outbox that “ape run web” printed when it was started.";

export interface WaitingActions {
  choose: (study: WaitingStudy) => unknown;
  forget: (study: WaitingStudy) => unknown;
  forgetRefused: () => unknown;
}

interface Row {
  readonly item: HTMLLIElement;
  /** What it shows: it is drawn anew if that is other than before. */
  said: string;
}

export class WaitingView {
  readonly element = h("section", { class: "waiting", "aria-labelledby": "waiting-title", hidden: true });
  readonly #heading = h("h3", { id: "waiting-title", tabindex: -1 }, "Waiting from the scanner");
  readonly #list = h("ul", { class: "waits", "aria-labelledby": "waiting-title" });
  /** What is said besides the list. */
  readonly #words = h("div", { class: "said" });
  readonly #refused = h("div", { class: "said" });
  readonly #act: WaitingActions;
  readonly #rows = new Map<string, Row>();
  /** Those that were complete. */
  #complete: Set<string> | undefined;
  #said = "";
  #refusals: readonly RefusedInstance[] = [];

  constructor(act: WaitingActions) {
    this.#act = act;
    fill(this.element, this.#heading, this.#words, this.#list, this.#refused);
  }

  update(state: WaitingState, register: RegisterState): void {
    this.element.hidden = state.at === "none";
    this.#say(state);
    const listing: Listing = state.at === "open" ? state.listing : { studies: [], refused: [] };
    this.#list.hidden = listing.studies.length === 0;
    this.#show(listing.studies, register, state.at === "open" ? state.choosing : null);
    this.#showRefused(listing.refused);
    if (state.at === "open") this.#tell(listing.studies);
  }

  /** The heading, where what had the focus is gone. */
  focus(): void {
    this.#heading.focus();
  }

  #say(state: WaitingState): void {
    const [key, words] = wordsOf(state);
    if (key === this.#said) return;
    this.#said = key;
    fill(this.#words, words);
  }

  #show(studies: readonly WaitingStudy[], register: RegisterState, choosing: string | null): void {
    const now = Date.now();
    const items = studies.map((study) => {
      const row = this.#rows.get(study.id) ?? { item: h("li"), said: "" };
      this.#rows.set(study.id, row);
      const lines = [whose(study), identity(study), contents(study), age(study, now), forWhom(study, register)];
      const said = [...lines, choosing === null ? "" : choosing === study.id ? "now" : "other"].join("\n");
      if (row.said !== said) redraw(row.item, this.#row(study, lines, choosing));
      row.said = said;
      return row.item;
    });
    const ids = new Set(studies.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    const shown = [...this.#list.children];
    const isSame = shown.length === items.length && items.every((item, place) => item === shown[place]);
    if (!isSame) fill(this.#list, items);
  }

  #row(study: WaitingStudy, lines: readonly string[], choosing: string | null): Child {
    const [name = "", ...rest] = lines;
    const more = ` ${name}, ${contents(study)}`;
    if (choosing === study.id) return [words(name, rest), h("p", {}, working("Looking it up…"))];
    const choose = button(
      study.isComplete ? "Choose" : "Choose what is there",
      () => choosing === null && this.#act.choose(study),
      { more, icon: "image" },
    );
    const forget = button("Forget", () => this.#forget(study), { kind: "link", more });
    return [words(name, rest), h("div", { class: "ways" }, choose, forget)];
  }

  async #forget(study: WaitingStudy): Promise<void> {
    const answer = await dialog({
      title: "Forget this study?",
      body: [
        h("p", {}, h("b", {}, whose(study)), h("br"), contents(study)),
        h("p", {}, "It is deleted from the outbox, and sent to nobody. The scanner can send it again."),
      ],
      buttons: [
        { label: "Keep it", value: false },
        { label: "Delete it", value: true },
      ],
    });
    if (answer !== true) return;
    await this.#act.forget(study);
    say("Deleted from the outbox");
    this.focus();
  }

  #showRefused(refused: readonly RefusedInstance[]): void {
    if (refused.length === this.#refusals.length && refused[0]?.at === this.#refusals[0]?.at) return;
    this.#refusals = refused;
    const items = refused.map((each) => h("li", {}, refusedText(each)));
    const forget = button(
      "Forget these",
      async () => {
        await this.#act.forgetRefused();
        this.focus();
      },
      { kind: "link", more: " refusals" },
    );
    const title = h("summary", {}, `${counted(refused.length, "file")} refused`);
    const box = h("details", { class: "details" }, title, h("ul", { class: "refused" }, items), h("p", {}, forget));
    fill(this.#refused, refused.length > 0 && box);
  }

  #tell(studies: readonly WaitingStudy[]): void {
    const complete = new Set(studies.filter(({ isComplete }) => isComplete).map(({ id }) => id));
    const before = this.#complete;
    this.#complete = complete;
    if (before && [...complete].some((id) => !before.has(id))) say("A study from the scanner is complete.");
  }
}

/** The button that had the focus keeps it, though it may say something else now. */
function redraw(item: HTMLLIElement, child: Child): void {
  const place = [...item.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
  fill(item, child);
  if (place >= 0) [...item.querySelectorAll("button")][place]?.focus();
}

function words(name: string, lines: readonly string[]): HTMLElement {
  return h(
    "p",
    { class: "contact" },
    h("b", {}, name),
    lines.filter(Boolean).map((line) => h("span", {}, line)),
  );
}

function forWhom(study: WaitingStudy, register: RegisterState): string {
  const labels = suggested(study, register);
  if (labels.length === 0) return "";
  return labels.length === 1
    ? `In your register: ${labels.join("")}`
    : `In your register, one of: ${labels.join(", ")}`;
}

function refusedText({ at, source, reason, patients }: RefusedInstance): string {
  const names = patients.map(({ name = "" }) => shownName(name)).filter(Boolean);
  return `${at.slice(0, 16).replace("T", " ")} UTC, from ${source}: ${reason}${names.length > 0 ? ` (${names.join(", ")})` : ""}`;
}

/** What is said besides the list, and what tells it from other words. */
function wordsOf(state: WaitingState): [key: string, words: Child] {
  switch (state.at) {
    case "none":
      return ["", null];
    case "looking":
      return ["looking", h("p", {}, working("Looking what waits…"))];
    case "locked": {
      const isOld = state.why === "old-secret";
      const title = isOld ? "The outbox is locked: this page is from an earlier start." : "The outbox is locked.";
      return [state.why, notice({ tone: isOld ? "warn" : "info", title, text: OPEN_IT })];
    }
    case "unreachable": {
      const text = [h("p", {}, state.detail), h("p", {}, "It is tried again by itself. Files can be chosen below.")];
      return [`unreachable ${state.detail}`, notice({ tone: "warn", title: "The outbox cannot be read.", text })];
    }
    case "open": {
      const { listing, isStale, problem } = state;
      const title = "This study cannot be chosen.";
      const empty = h("p", { class: "hint" }, "Nothing waits. What a scanner sends appears here by itself.");
      return [
        `open ${isStale} ${problem ?? ""} ${listing.studies.length === 0}`,
        [
          isStale && h("p", { class: "hint" }, "The computer does not answer: the list may be old."),
          problem !== null && notice({ tone: "warn", title, text: problem }),
          listing.studies.length === 0 && empty,
        ],
      ];
    }
  }
}
