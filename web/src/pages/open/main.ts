/** Entry of Open images. */

import "../../ui/forms.css";
import "./open.css";
import { Inbox } from "../../chain/inbox.ts";
import { clinicLinkIn } from "../../formats/clinicCard.ts";
import { loadSite } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { mountShell } from "../../ui/shell.ts";
import { OpenPage, TITLE } from "./page.ts";

const shell = mountShell("open", TITLE);
void start();

async function start(): Promise<void> {
  fill(shell.main, h("p", { class: "wait" }, working("One moment…")));
  try {
    const page = new OpenPage(shell, new Inbox(await loadSite()));
    const takeClinic = (): void => {
      const code = clinicOfLink();
      if (code !== null) page.offerClinic(code);
    };
    takeClinic();
    addEventListener("hashchange", takeClinic); // another card, scanned while the page is open
  } catch (error) {
    const again = button(
      "Try again",
      () => {
        location.reload();
      },
      { kind: "go" },
    );
    const words = notice({
      tone: "warn",
      title: "This copy of Radiogram is not ready.",
      text: "Try again, or use another copy.",
      buttons: [again],
      details: error instanceof Error ? error.message : undefined,
    });
    fill(shell.main, h("h1", { tabindex: -1 }, TITLE), words);
  }
}

/** The clinic's card of the link that opened the page, which is then gone from the address bar and the history. */
function clinicOfLink(): string | null {
  const code = clinicLinkIn(location.href);
  if (code !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}
