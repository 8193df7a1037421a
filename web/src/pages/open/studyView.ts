/** An open study: the picture first, then what to do with it, then what is known about it. */

import type { Address } from "viem";
import type { Message } from "../../chain/inbox.ts";
import type { Clinic } from "../../formats/clinics.ts";
import type { Study } from "../../worker/fetchStudy.ts";
import { addressMore, addressText } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { chip } from "../../ui/chip.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { field } from "../../ui/field.ts";
import { baseName, counted, day, size } from "../../ui/format.ts";
import { icon } from "../../ui/icons.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { say } from "../../ui/speech.ts";
import type { EarlyView } from "./earlyView.ts";
import { howChecked } from "./clinicsPanel.ts";
import { showWhatOpensCopies } from "./dialogs.ts";
import { doctorPanel, TO_DOCTOR } from "./doctorPanel.ts";
import type { OpenStudy } from "./inboxController.ts";
import { keepsakePanel } from "./keepsakePanel.ts";
import { fromText } from "./messageView.ts";
import { saveBlob } from "../../ui/save.ts";
import { saveStudy } from "./save.ts";
import { type InboxMessage, letterOf } from "./state.ts";
import { cardName, fileStem, heading, imageCount } from "./titles.ts";

const NOT_SAFE = "The sender used the older seal.";

export interface StudyActions {
  /** Of a sender, or of who made what they handed on. */
  name: (address: Address) => string | null;
  /** Its card, which the person has checked; null for anybody else. */
  clinic: (address: Address) => Clinic | null;
  rename: (sender: Address, name: string) => void;
  /** Panels below the buttons: each fills `host`, and calls `close` when done with. */
  tell(host: HTMLElement, close: () => void): () => void;
  share(host: HTMLElement, close: () => void): () => void;
  /** A sign of life that is no input: the screen is not locked while something goes on. */
  alive: () => void;
  /** The viewer knows better than the sender's list what is shown. */
  titled: (name: string) => void;
}

export class StudyView {
  readonly element: HTMLElement;
  readonly #open: OpenStudy;
  readonly #act: StudyActions;
  readonly #title = h("h1", { tabindex: -1 });
  readonly #from = h("p", { class: "from" });
  readonly #stage = h("div", { class: "viewer-place" });
  readonly #acts = h("div", { class: "acts" });
  readonly #panel = h("div", { class: "panel" });
  readonly #about = h("div", { class: "about-in" });
  readonly #ended = new AbortController();
  #name: string;
  #shown: readonly unknown[] = [];
  #dispose: (() => void) | undefined;
  #closePanel: (() => void) | undefined;

  /** `early` has shown a part of it, and goes once the viewer of all is there. */
  constructor(open: OpenStudy, message: InboxMessage, early: EarlyView, act: StudyActions) {
    this.#open = open;
    this.#act = act;
    const { manifest } = open.study;
    this.#name = cardName(manifest);
    this.#title.textContent = heading(manifest);
    this.element = h(
      "div",
      { class: "study" },
      h("div", { class: "study-head" }, this.#title, this.#from),
      track(open.study),
      this.#stage,
      h("h2", { class: "vh" }, "What you can do"),
      this.#acts,
      this.#panel,
      quantumSafe(message.quantumSafe === true, NOT_SAFE),
      h("p", { class: "hint" }, "Talk to your doctor about what these images mean. This screen is for looking only."),
      h("details", { class: "details about" }, h("summary", {}, "About these images"), this.#about),
    );
    this.update(message);
    void this.#mount(early);
  }

  get title(): string {
    return this.#title.textContent;
  }

  focus(): void {
    this.#title.focus();
  }

  /** What may change while it is open: the sender's name, and whether they know. */
  update(message: InboxMessage): void {
    const { signedBy } = this.#open.study;
    const name = this.#act.name(message.sender);
    const maker = signedBy === undefined ? null : this.#act.name(signedBy);
    const shown = [name, maker, message.acknowledged];
    if (shown.every((each, place) => each === this.#shown[place])) return; // nor is a name lost that is half typed
    this.#shown = shown;
    fill(
      this.#from,
      h("span", {}, "From ", fromText(message, name), ` · ${day(message.sentAt)}`),
      h(
        "span",
        { class: "chips" },
        chip("Not changed since sent", "ok", "tick"),
        message.acknowledged && chip("Sender knows", "ok", "tick"),
      ),
    );
    fill(
      this.#acts,
      button("Save a copy", () => this.#save(), { kind: "go", icon: "download", props: { id: "save" } }),
      button(
        "Keep as one file",
        () => {
          this.#show((host, close) => this.#keep(host, close), "keep");
        },
        { icon: "file", props: { id: "keep" } },
      ),
      button(
        "Share with a doctor",
        () => {
          this.#show((host, close) => this.#act.share(host, close), "share");
        },
        { icon: "share", props: { id: "share" } },
      ),
      button(
        TO_DOCTOR,
        () => {
          this.#show((host, close) => this.#sendOn(host, close), "send-on");
        },
        { icon: "upload", props: { id: "send-on" } },
      ),
      !message.acknowledged &&
        button(
          "Tell the sender I got it",
          () => {
            this.#show((host, close) => this.#act.tell(host, close), "tell");
          },
          { icon: "letter", props: { id: "tell" } },
        ),
    );
    fill(
      this.#about,
      about(this.#open, message, name, maker, this.#act.clinic(message.sender), (sender, text) => {
        this.#act.rename(sender, text);
      }),
    );
  }

  /** Every pixel and URL goes. */
  dispose(): void {
    this.#ended.abort();
    this.#closePanel?.();
    this.#dispose?.();
    this.element.replaceChildren();
  }

  async #mount(early: EarlyView): Promise<void> {
    const { signal } = this.#ended;
    const { mark } = early;
    if (mark) early.complete();
    else early.dispose();
    const wait = h("div", { class: "stage-wait" }, working("Getting the picture ready…"));
    fill(this.#stage, mark ? early.element : wait);
    const files = this.#open.study.files.map(({ entry, blob }) => ({
      name: entry.name,
      mediaType: entry.mediaType,
      blob,
    }));
    const save = (file: { name: string; mediaType: string; blob: Blob }): void => {
      this.#saved(saveBlob(file.blob, baseName(file.name)));
    };
    try {
      const { mountViewer } = await import("../../viewer/viewer.ts");
      if (signal.aborted) return;
      const host = mark ? h("div") : this.#stage;
      const viewer = await mountViewer(host, files, { say, save, signal, at: mark && early.mark });
      if (mark) fill(this.#stage, host);
      this.#dispose = () => {
        viewer.dispose();
      };
      if (this.#isOver()) {
        viewer.dispose();
        return;
      }
      this.#retitle(viewer.title, viewer.shortTitle);
    } catch {
      if (!signal.aborted) this.#notShown();
    } finally {
      early.dispose();
    }
  }

  #isOver(): boolean {
    return this.#ended.signal.aborted;
  }

  /** The files themselves are surer than what the sender's list says of them. */
  #retitle(title: string, name: string): void {
    if (title === "" || title === this.title || title === "Your images") return;
    this.#title.textContent = title;
    this.#name = name;
    this.#act.titled(name);
  }

  #notShown(): void {
    const files = this.#open.study.files.map(({ entry, blob }) =>
      h(
        "li",
        {},
        h("span", {}, `${baseName(entry.name)}, ${size(entry.bytes)}`),
        button(
          "Save",
          () => {
            this.#saved(saveBlob(blob, baseName(entry.name)));
          },
          { kind: "link", more: ` ${baseName(entry.name)}` },
        ),
      ),
    );
    const words = notice({
      tone: "warn",
      title: "We cannot show this kind of picture.",
      text: "Your copy is complete. A doctor’s program can show it.",
    });
    fill(this.#stage, h("div", { class: "stage-wait" }, words), h("ul", { class: "files" }, files));
  }

  #keep(host: HTMLElement, close: () => void): () => void {
    return keepsakePanel(this.#open.study, this.#stem, host, { close, alive: this.#act.alive });
  }

  #sendOn(host: HTMLElement, close: () => void): () => void {
    return doctorPanel(this.#open.study, host, { close, alive: this.#act.alive });
  }

  get #stem(): string {
    return fileStem(this.#name, this.#open.study.manifest, this.#open.sent.sentAt);
  }

  async #save(): Promise<void> {
    const { study } = this.#open;
    const stem = this.#stem;
    try {
      this.#saved(await saveStudy(study, stem));
    } catch (error) {
      const details = error instanceof Error ? error.message : "";
      this.#note(
        notice({ tone: "err", title: `${stem} was not saved.`, text: "Is there room on this device?", details }),
      );
    }
  }

  #saved(name: string): void {
    const help = button("What can open it?", showWhatOpensCopies, { kind: "link" });
    const text = this.#exactly;
    this.#note(notice({ tone: "ok", title: `Saved as ${name}.`, text, buttons: [help] }));
    say(`Saved as ${name}. ${text}`);
  }

  /** Each file is what the list says; whose list it is, only the signature of somebody whom the person knows can say. */
  get #exactly(): string {
    const { study, sent } = this.#open;
    const { signedBy } = study;
    const isKnown = signedBy !== undefined && signedBy !== sent.recipient && this.#act.name(signedBy) !== null;
    return isKnown ? "Exactly the hospital’s files." : "Exactly the files that were sent to you.";
  }

  #note(words: HTMLElement): void {
    this.#closePanel?.();
    this.#closePanel = undefined;
    fill(this.#panel, words);
    words.scrollIntoView({ block: "nearest" });
  }

  #show(open: (host: HTMLElement, close: () => void) => () => void, opener: string): void {
    this.#closePanel?.();
    const host = h("section", { class: "card ask" });
    const close = (): void => {
      this.#closePanel?.();
      this.#closePanel = undefined;
      fill(this.#panel);
      document.getElementById(opener)?.focus();
    };
    fill(this.#panel, host);
    this.#closePanel = open(host, close);
    focusHeading(host);
  }
}

/** The three steps, folded to a line. */
function track(study: Study): HTMLElement {
  const images =
    imageCount(study.manifest) || study.files.filter(({ entry }) => entry.mediaType === "application/dicom").length;
  const total = study.files.reduce((sum, { entry }) => sum + entry.bytes, 0);
  const what = images > 0 ? counted(images, "image") : counted(study.files.length, "file");
  const lines = [
    ["Get hash", "found your images"],
    ["Decrypt", "your key fits"],
    ["Get image", `${what}, ${size(total)}`],
  ] as const;
  return h(
    "ol",
    { class: "track", "aria-label": "Steps, all done" },
    lines.map(([title, line]) => h("li", {}, icon("tick", "Done:"), ` ${title} `, h("span", {}, line))),
  );
}

function about(
  open: OpenStudy,
  message: InboxMessage,
  name: string | null,
  maker: string | null,
  clinic: Clinic | null,
  rename: (sender: Address, name: string) => void,
): Child {
  const { study, sent } = open;
  const { manifest, signedBy } = study;
  const rows: [string, Child][] = [
    ["Sent by", [name ?? "Unknown sender", addressMore(sent.sender)]],
    ["Sent on", `${day(sent.sentAt)}, letter ${letterOf(message)}`],
    ["Made by", madeBy(sent, signedBy, maker)],
  ];
  if (clinic !== null) rows.push(["Card checked", howChecked(clinic)]);
  if (manifest.senderLabel !== undefined)
    rows.push(["Calls itself", `“${manifest.senderLabel}”. Anybody can call themselves anything.`]);
  rows.push(["Files", files(study)]);
  return [
    h(
      "dl",
      { class: "facts" },
      rows.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
    ),
    clinic === null && nameForm(message, name, rename),
  ];
}

/**
 * Some address comes out of every signature, whatever was signed: only one that the person knows, by the name `maker`, or
 * the sender's says anything.
 */
function madeBy({ sender, recipient }: Message, signedBy: Address | undefined, maker: string | null): Child {
  if (signedBy === undefined) return "Not signed: the list of images does not say who made it.";
  if (signedBy === sender) return "The sender. They signed the list of images.";
  if (signedBy === recipient) return "You. You signed the list of images, and the sender handed them back.";
  if (maker !== null) return `${maker} signed the list of images. The sender handed them on.`;
  return [
    "Not signed by the sender. The signature names ",
    addressText(signedBy, "an address"),
    ", which you do not know: it may be anybody’s, or nobody’s. Ask the sender who made the images.",
    addressMore(signedBy),
  ];
}

function files(study: Study): HTMLElement {
  const shown = study.files.slice(0, 5).map(({ entry }) => h("li", {}, `${entry.name}, ${size(entry.bytes)}`));
  const more = study.files.length - shown.length;
  return h("ul", {}, shown, more > 0 && h("li", {}, `and ${counted(more, "more file")}`));
}

function nameForm(
  message: InboxMessage,
  name: string | null,
  rename: (sender: Address, name: string) => void,
): HTMLElement {
  const input = field({
    id: `name-${String(message.index)}`,
    label: "Your name for this sender",
    hint: "Kept in this browser only. Ask the sender if the address is theirs before you name it.",
    props: { maxlength: 60, value: name ?? "" },
    beside: h("button", { type: "submit", class: "btn", id: "keep-name" }, "Keep name"),
  });
  return h(
    "form",
    {
      class: "form",
      on: {
        submit: (event) => {
          event.preventDefault();
          rename(message.sender, input.input.value);
          say("Name kept");
        },
      },
    },
    input.element,
  );
}
