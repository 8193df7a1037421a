/** A CAR file in place of the network: asks for it, and says what became of it. */

import { indexOf } from "../../ipfs/car.ts";
import { shownFileName } from "../../formats/text.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { fileButton, windowDrop } from "../../ui/filedrop.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { say } from "../../ui/speech.ts";
import type { InboxController } from "./inboxController.ts";

const FROM_STICK = "From a USB stick or an e-mail: its name ends in .car. Nothing is fetched from the network then.";

export class CarPanel {
  /** Is shown wherever a file can be chosen; it stays the same element. */
  readonly element = h("div", { class: "car-file" });
  readonly #controller: InboxController;
  readonly #found: (index: number) => void;
  /** Of the file that was chosen last. */
  #name = "";
  /** Counts files, so that what comes of an earlier one is not heard. */
  #turn = 0;
  /** A file is there, and no letter of it was found yet. */
  #wanted = false;
  #isSeeking = false;
  /** How often that was asked for: letters or a file may come meanwhile. */
  #seeks = 0;
  #tried = new Set<number>();

  /** `found`: it is this letter's. */
  constructor(controller: InboxController, found: (index: number) => void) {
    this.#controller = controller;
    this.#found = found;
    this.#draw();
    windowDrop(
      "Let go to open this CAR file",
      () => this.#isWelcome(),
      (files) => {
        const chosen = files.find(({ name }) => name.toLowerCase().endsWith(".car")) ?? files[0];
        if (chosen) void this.#take(chosen.file);
      },
    );
  }

  /** Nothing is left of the file. */
  clear(): void {
    this.#turn++;
    [this.#name, this.#wanted] = ["", false];
    this.#controller.useCar(null);
    this.#draw();
  }

  /** Another inbox, or none yet: none of its letters was tried. */
  again(): void {
    if (this.#name === "") return;
    this.#tried = new Set();
    this.#wanted = true;
    const isOpen = this.#controller.state.at === "unlocked";
    if (!isOpen) this.#say("ok", `${this.#name} is ready. Unlock your inbox to open it.`);
  }

  /** Looks through the letters that came since it last did. */
  async seek(): Promise<void> {
    const seeks = ++this.#seeks;
    if (!this.#wanted || this.#isSeeking || this.#controller.state.at !== "unlocked") return;
    const turn = this.#turn;
    this.#isSeeking = true;
    try {
      const found = await this.#controller.findInCar(this.#tried);
      if (turn !== this.#turn) return;
      if (found !== null) this.#open(found);
      else this.#lack();
    } catch (error) {
      if (turn === this.#turn && !isAbort(error)) this.#refuse(error);
    } finally {
      this.#isSeeking = false;
      if (seeks !== this.#seeks) void this.seek();
    }
  }

  /** Not while another file is asked for, which may be dropped too. */
  #isWelcome(): boolean {
    const others = [...document.querySelectorAll("dialog[open], input[type=file]")];
    return this.element.isConnected && others.every((each) => this.element.contains(each));
  }

  async #take(file: File): Promise<void> {
    const turn = ++this.#turn;
    [this.#name, this.#wanted] = [shownFileName(file.name), false];
    this.#controller.useCar(null);
    this.#draw(h("p", { class: "wait" }, working(`Reading ${this.#name}…`)));
    try {
      const index = await indexOf(file, this.#name);
      if (turn !== this.#turn) return;
      this.#controller.useCar(index);
    } catch (error) {
      if (turn === this.#turn) this.#refuse(error);
      return;
    }
    this.again();
    void this.seek();
  }

  #open(index: number): void {
    this.#wanted = false;
    this.#controller.readFromCar(index, true);
    this.#say("ok", `${this.#name} holds one of your letters. It is read from this file.`);
    this.#found(index);
  }

  /** None of the letters so far; more may be on their way. */
  #lack(): void {
    const { state } = this.#controller;
    if (state.at !== "unlocked") return;
    if (state.load !== "ready" || state.reading || state.seeking !== null) {
      this.#draw(h("p", { class: "wait" }, working(`Looking which letter ${this.#name} is of…`)));
      return;
    }
    const older = state.more ? " Older letters were not looked at: look for them below." : "";
    this.#say("warn", `${this.#name} holds none of the images in this inbox. Choose another file.${older}`);
  }

  #refuse(error: unknown): void {
    [this.#name, this.#wanted] = ["", false];
    this.#controller.useCar(null);
    this.#say("warn", error instanceof Error ? error.message : "");
  }

  #say(tone: "ok" | "warn", words: string): void {
    say(words);
    this.#draw(notice({ tone, text: words, buttons: this.#ways() }));
  }

  #ways(): HTMLElement[] {
    const away = (): void => {
      this.clear();
      say("The file was put away.");
    };
    return [button("Put the file away", away, { kind: "link", props: { id: "car-away" } })];
  }

  #draw(said: Child = null): void {
    const choose = fileButton("I have a CAR file", (file) => this.#take(file));
    fill(this.element, choose, h("p", { class: "hint" }, FROM_STICK), said);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
