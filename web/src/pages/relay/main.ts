/** Entry of Pass on a patient’s file: what a patient signed and saved is put on the chain at the hospital’s expense. */

import "../../ui/forms.css";
import { RelayLimit, RelayUnreachable } from "../../errors.ts";
import { passOn } from "../../registration/relay.ts";
import { loadSite } from "../../site.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { fileButton } from "../../ui/filedrop.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { mountShell } from "../../ui/shell.ts";
import { say } from "../../ui/speech.ts";

const TITLE = "Pass on a patient’s file";
const FILE_LIMIT = 65_536; // bytes: docs/format.md, Signed acts

const { main } = mountShell("relay", TITLE);
void start();

async function start(): Promise<void> {
  const heading = h("h1", {}, TITLE);
  try {
    const { relay } = await loadSite();
    const body = relay === null ? notHere() : chooser(relay.act);
    fill(main, heading, body);
  } catch (error) {
    const details = error instanceof Error ? error.message : undefined;
    fill(
      main,
      heading,
      notice({
        level: 2,
        tone: "err",
        title: "This copy of Radiogram is not set up.",
        text: "Load it again.",
        details,
      }),
    );
  }
}

function notHere(): HTMLElement {
  return notice({
    level: 2,
    tone: "info",
    title: "This copy of Radiogram pays for nobody.",
    text: "Whoever runs it can pass the file on with the command: ape run relay FILE",
  });
}

function chooser(relay: string): HTMLElement {
  const place = h("div");
  const choose = fileButton("Choose the patient’s file", (file) => take(file, relay, place));
  const intro: Child = [
    h("p", {}, "A patient without a wallet signs, and saves a file. Choose it here, and it is put on the chain."),
    h("p", { class: "hint" }, "The file holds no secret. Your hospital pays the fee, within its limits."),
  ];
  return h("section", { class: "card ask" }, intro, h("div", { class: "ways" }, choose), place);
}

async function take(file: File, relay: string, place: HTMLElement): Promise<void> {
  const show = (words: NoticeWords): void => {
    fill(place, notice({ level: 2, ...words }));
    focusHeading(place);
  };
  show({ tone: "info", busy: true, title: `Passing on ${file.name}`, text: "The network is writing it down." });
  try {
    if (file.size > FILE_LIMIT) throw new RangeError("It is too large.");
    const { act, changed } = await passOn(await file.text(), relay);
    say(changed ? "Passed on" : "It was so already");
    show({ tone: "ok", title: changed ? "Passed on" : "It was so already", text: `Now ${act}.` });
  } catch (error) {
    show(failed(error, file, () => void take(file, relay, place)));
  }
}

function failed(error: unknown, file: File, again: () => void): NoticeWords {
  const details = error instanceof Error ? error.message : undefined;
  const buttons = [button("Try again", again, { kind: "go" })];
  if (error instanceof RelayLimit) {
    return {
      tone: "warn",
      title: "Nothing more is paid today.",
      text: "Keep the file, and try again tomorrow.",
      details,
    };
  }
  const unsure = error instanceof RelayUnreachable;
  const text = unsure
    ? "It may have been passed on all the same. Trying again does no harm."
    : "Nothing was passed on.";
  return { tone: "err", title: `${file.name} was not taken.`, text, buttons, details };
}
