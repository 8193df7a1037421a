/** Entry of Send images. */

import { Journal } from "../../outgoing/journal.ts";
import { loadSite } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { notice } from "../../ui/notice.ts";
import { mountShell } from "../../ui/shell.ts";
import { SendPage, TITLE } from "./page.ts";
import "./send.css"; // after the shell’s, which it changes

void start();

async function start(): Promise<void> {
  const shell = mountShell("send", TITLE);
  try {
    const page = new SendPage(shell, await loadSite(), await Journal.open());
    addEventListener("pagehide", () => {
      page.leave();
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  } catch (error) {
    const reload = button("Load again", () => {
      location.reload();
    });
    const box = notice({
      level: 2,
      tone: "err",
      title: "This copy of Radiogram is not set up.",
      text: error instanceof Error ? error.message : String(error),
      buttons: [reload],
    });
    fill(shell.main, h("h1", {}, TITLE), box);
  }
}
