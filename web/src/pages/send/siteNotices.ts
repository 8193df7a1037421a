/** What Send images says above its steps: about the site as a whole, and about this window. */

import type { Inbox } from "../../chain/inbox.ts";
import { ChainUnreachable } from "../../errors.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { alarm } from "../../ui/speech.ts";
import { NOT_KEPT, UNREACHABLE } from "./messages.ts";

export class SiteNotices {
  readonly site = h("div", { class: "page-top" });
  readonly kept = h("div", { class: "page-top" });
  readonly #inbox: Inbox;
  readonly #main: HTMLElement;

  constructor(inbox: Inbox, main: HTMLElement) {
    this.#inbox = inbox;
    this.#main = main;
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

  /** Says that what is interrupted here can’t be gone on with. */
  tellNotKept(): void {
    fill(this.kept, notice({ ...NOT_KEPT, level: 2 }));
  }
}

function siteWords(error: unknown): NoticeWords & { title: string } {
  if (error instanceof ChainUnreachable) return UNREACHABLE;
  const text = error instanceof Error ? error.message : String(error);
  return { tone: "err", title: "Nothing can be sent from here.", text };
}
