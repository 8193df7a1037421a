/** What Send images says above its steps: about the site as a whole, and about the transfer that the page was left with. */

import type { Inbox } from "../../chain/inbox.ts";
import { ChainUnreachable } from "../../errors.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { alarm, say } from "../../ui/speech.ts";
import { BEING_WRITTEN } from "../../wallet/messages.ts";
import { transactionProblem } from "../../wallet/problem.ts";
import { lastNotDelivered, UNREACHABLE } from "./messages.ts";
import { pending, setPending } from "./remember.ts";
import type { LastTransfer } from "./state.ts";

export class SiteNotices {
  readonly site = h("div", { class: "page-top" });
  readonly last = h("div", { class: "page-top" });
  readonly #inbox: Inbox;
  readonly #main: HTMLElement;
  readonly #changed: (last: LastTransfer | null) => void;

  constructor(inbox: Inbox, main: HTMLElement, changed: (last: LastTransfer | null) => void) {
    this.#inbox = inbox;
    this.#main = main;
    this.#changed = changed;
  }

  /** Says so if nothing can be sent from here. */
  async checkSite(): Promise<void> {
    const held = this.site.contains(document.activeElement);
    try {
      await this.#inbox.check();
      fill(this.site);
      if (held) focusHeading(this.#main);
    } catch (error) {
      const words = siteWords(error);
      fill(this.site, notice({ ...words, level: 2, buttons: [button("Try again", () => this.checkSite())] }));
      alarm(words.title);
    }
  }

  /** What was on its way when the page was left, or was given up and agreed to late. */
  async followPending(): Promise<void> {
    const hash = pending();
    if (!hash) return;
    this.#changed({ at: "confirming" });
    try {
      const { index } = await this.#inbox.receipt(hash);
      this.#changed({ at: "arrived", index, hash });
      say("Your last sending arrived.");
    } catch (error) {
      this.#changed({ at: "failed", problem: transactionProblem(error), hash });
      alarm("Your last sending did not arrive.");
    }
    if (pending() === hash) setPending(null);
  }

  showLast(last: LastTransfer | null): void {
    const close = button("Close", () => {
      this.#changed(null);
    });
    fill(this.last, last && notice({ ...lastWords(last, close), level: 2 }));
  }
}

function siteWords(error: unknown): NoticeWords & { title: string } {
  if (error instanceof ChainUnreachable) return UNREACHABLE;
  const text = error instanceof Error ? error.message : String(error);
  return { tone: "err", title: "Nothing can be sent from here.", text };
}

function lastWords(last: LastTransfer, close: HTMLElement): NoticeWords {
  switch (last.at) {
    case "confirming":
      return { tone: "info", busy: true, title: "Your last sending is on its way", text: BEING_WRITTEN };
    case "arrived": {
      const text = last.index === undefined ? "" : `Its message index is ${last.index}.`;
      return { tone: "ok", title: "Your last sending arrived.", text, buttons: [close], details: last.hash };
    }
    case "failed":
      return { ...lastNotDelivered(last.problem), buttons: [close], details: last.hash };
  }
}
