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
import { keptSecret } from "./remember.ts";
import "./send.css"; // after the shell’s, which it changes

void start();

async function start(): Promise<void> {
  const shell = mountShell("send", TITLE);
  try {
    const vault = new RegisterVault();
    const register = await Register.inBrowser(vault);
    const secret = outboxSecret();
    const page = new SendPage(shell, await loadSite(), await Journal.open(), register, secret);
    addEventListener("pagehide", () => {
      page.leave();
      vault.end();
    });
    const takeCard = (): void => {
      const card = cardOfLink();
      if (card !== null) page.takeCard(card);
    };
    takeCard();
    addEventListener("hashchange", () => {
      if (new URLSearchParams(location.hash.slice(1)).has("outbox"))
        location.reload(); // the address of another start of the server
      else takeCard(); // another card, scanned while the page is open
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

/** The card of the link that opened the page, which is then gone from the address bar and the history; null: there is none. */
function cardOfLink(): string | null {
  const card = members("card");
  return card === null ? null : `#${card}`;
}

/** What shows the outbox: of the address that opened the page, or of this tab before it was loaded again. */
function outboxSecret(): string | null {
  const found = members("outbox");
  const secret = found === null ? null : new URLSearchParams(found).get("outbox");
  return keptSecret(secret);
}

/** What follows the # of the address, if that has a member of this name; it is then gone from the bar and the history. */
function members(name: string): string | null {
  const found = cardLinkMembers(location.href);
  if (found === null || !new URLSearchParams(found).has(name)) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return found;
}
