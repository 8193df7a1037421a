/** Entry of Send images. */

import { Register } from "../../contacts/register.ts";
import { cardLinkMembers } from "../../formats/keyCard.ts";
import { Journal } from "../../outgoing/journal.ts";
import { loadSite } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { notice } from "../../ui/notice.ts";
import { mountShell } from "../../ui/shell.ts";
import { RegisterVault } from "../../worker/registerVault.ts";
import { SendPage, TITLE } from "./page.ts";
import "./send.css"; // after the shell’s, which it changes

void start();

async function start(): Promise<void> {
  const shell = mountShell("send", TITLE);
  try {
    const vault = new RegisterVault();
    const register = await Register.inBrowser(vault);
    const page = new SendPage(shell, await loadSite(), await Journal.open(), register);
    addEventListener("pagehide", () => {
      page.leave();
      vault.end();
    });
    const takeCard = (): void => {
      const card = cardOfLink();
      if (card !== null) page.takeCard(card);
    };
    takeCard();
    addEventListener("hashchange", takeCard); // another card, scanned while the page is open
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

/** The card of the link that opened the page, which is then gone from the address bar and the history; null: there is none. */
function cardOfLink(): string | null {
  const members = cardLinkMembers(location.href);
  if (members === null || !new URLSearchParams(members).has("card")) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return `#${members}`;
}
