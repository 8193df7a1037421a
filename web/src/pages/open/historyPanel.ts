/** Everything that touched somebody’s messages and keys, from the chain: read on request, listed, saved. */

import type { ChainEvent } from "../../chain/events.ts";
import { type History, readHistory, type Row } from "../../chain/history.ts";
import { button } from "../../ui/button.ts";
import { chip } from "../../ui/chip.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { icon, type IconName } from "../../ui/icons.ts";
import { detailsOf, notice } from "../../ui/notice.ts";
import { progressBar } from "../../ui/progress.ts";
import { saveBlob } from "../../ui/save.ts";
import { say } from "../../ui/speech.ts";
import { asCsv, asJson, moment, notes, sentence, type Words } from "./historyReport.ts";
import type { InboxController } from "./inboxController.ts";
import type { LockedAway } from "./lockedAway.ts";
import { senderNames } from "./notes.ts";

const ROWS = 20; // at first; each press of Show more doubles them

const ICONS: Readonly<Record<ChainEvent["type"], IconName>> = {
  Sent: "letter",
  Acknowledged: "tick",
  Retracted: "reset",
  Skipped: "cross",
  KeyRegistered: "key",
  InboxRestricted: "lock",
  SenderApproved: "tickRound",
};

/** Asks the chain, and shows what it says, until the dialog is closed. */
export async function showHistory(controller: InboxController, dialogs: LockedAway): Promise<void> {
  const host = h("div", { class: "history" });
  const stop = new AbortController();
  await dialogs.dialog({
    title: "History",
    wide: true,
    body: host,
    buttons: [{ label: "Close", value: undefined }],
    opened: () => void read(controller, host, stop.signal),
  });
  stop.abort();
}

async function read(controller: InboxController, host: HTMLElement, signal: AbortSignal): Promise<void> {
  const { state, owner, inbox } = controller;
  if (state.at !== "unlocked" || owner === null) return;
  const bar = progressBar("Reading the network");
  fill(host, h("p", {}, "Reading what the network knows of your letters and keys…"), bar.element);
  const told = (part: number): void => {
    bar.set(part, 1);
  };
  try {
    const history = await readHistory(inbox, state.inbox, told, signal);
    const words = { account: state.inbox, nameOf: senderNames(inbox.site, state.clinics), owner };
    fill(host, view(history, words, controller));
    say(counted(history.rows.length, "event"));
  } catch (error) {
    if (signal.aborted) return;
    fill(
      host,
      notice({
        tone: "warn",
        title: "We cannot read the history right now.",
        text: "Check your connection.",
        buttons: [button("Try again", () => read(controller, host, signal))],
        details: error instanceof Error ? error.message : undefined,
      }),
    );
  }
}

function view(history: History, words: Words, { inbox: { site } }: InboxController): Child[] {
  const stem = `radiogram-history-${words.account.slice(2, 6)}-${words.account.slice(-4)}`;
  const saved = h("div", { class: "panel" });
  const save = (text: string, ending: string): void => {
    const name = saveBlob(new Blob([text]), `${stem}.${ending}`);
    fill(saved, notice({ tone: "ok", title: `Saved as ${name}.`, text: "The same as the commands’ history." }));
    say(`Saved as ${name}.`);
  };
  const ways = h(
    "div",
    { class: "ways" },
    button(
      "Save as CSV",
      () => {
        save(asCsv(history, words), "csv");
      },
      { icon: "download" },
    ),
    button(
      "Save as JSON",
      () => {
        save(asJson(history, words, site), "json");
      },
      { icon: "download" },
    ),
  );
  const isLying = history.rows.some(({ basis }) => basis === "contradicted");
  return [
    h(
      "p",
      {},
      "What the network knows of your letters and keys, newest first, checked against the contract. It is public. Nobody can see there who fetched or opened images.",
    ),
    notes(history).map((text) => notice({ tone: isLying ? "err" : "warn", text })),
    history.rows.length === 0 ? h("p", {}, "Nothing has happened yet.") : [ways, saved, list(history.rows, words)],
  ];
}

function list(rows: readonly Row[], words: Words): HTMLElement {
  const place = h("ol", { class: "events" });
  const host = h("div", { class: "history" }, place);
  let shown = 0;
  const more = button("Show more", () => {
    draw(2 * shown);
  });
  const draw = (most: number): void => {
    place.append(...rows.slice(shown, most).map((row) => line(row, words)));
    shown = Math.min(most, rows.length);
    if (shown < rows.length) host.append(more);
    else if (more.isConnected) {
      more.remove();
      place.tabIndex = -1;
      place.focus();
    }
  };
  draw(ROWS);
  return host;
}

function line(row: Row, words: Words): HTMLElement {
  const { event, time, place, basis } = row;
  const said = sentence(event, words, true);
  const when = time === null ? "When is not known" : `${moment(time)} UTC`;
  return h(
    "li",
    { class: "event" },
    icon(ICONS[event.type]),
    h(
      "div",
      { class: "event-words" },
      h("p", {}, said.charAt(0).toUpperCase() + said.slice(1)),
      h(
        "div",
        { class: "chips" },
        h("span", { class: "small muted" }, when),
        basis === "contradicted" && chip("Not to be believed", "err", "warn"),
        basis === "state" && chip("Known from the contract alone", "gone"),
      ),
      place !== null && detailsOf(`Block ${place.block.toLocaleString("en")}`, `Transaction ${place.transaction}`),
    ),
  );
}
