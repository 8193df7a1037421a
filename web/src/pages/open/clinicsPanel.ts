/** The clinics that a person has checked: asks how a card is known, lists them, takes one off. */

import { ChainUnreachable, ClinicCardError, ClinicCheckError, RegisterError } from "../../errors.ts";
import type { ClinicCard } from "../../formats/clinicCard.ts";
import type { CheckedBy, Clinic } from "../../formats/clinics.ts";
import { clean } from "../../formats/text.ts";
import { addressMore } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { field } from "../../ui/field.ts";
import { fileButton } from "../../ui/filedrop.ts";
import { day } from "../../ui/format.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { saveBlob } from "../../ui/save.ts";
import { canScan, scanCode } from "../../ui/scan.ts";
import { say } from "../../ui/speech.ts";
import { wristband } from "../../ui/wristband.ts";
import { UNREACHABLE } from "../../wallet/messages.ts";
import { cardAtSite, cardOfName, isList, signedCard } from "./clinicBook.ts";
import type { InboxController } from "./inboxController.ts";
import type { LockedAway } from "./lockedAway.ts";

const CLOSE = [{ label: "Close", value: undefined }] as const;

export class ClinicsPanel {
  readonly #controller: InboxController;
  readonly #dialogs: LockedAway;

  constructor(controller: InboxController, dialogs: LockedAway) {
    this.#controller = controller;
    this.#dialogs = dialogs;
  }

  /** All that were checked, and the ways to check another one, below `words`. */
  async show(words: Child = null): Promise<void> {
    const host = h("div", { class: "clinics" });
    const draw = (said: Child = null): void => {
      fill(host, said, this.#list(draw));
    };
    draw(words);
    await this.#dialogs.dialog({ title: "Clinics I have checked", body: host, buttons: CLOSE });
  }

  /** Asks how a card is known, and keeps it. Returns words for the person; null if it was not kept, and that was said. */
  async ask(raw: Uint8Array): Promise<Child> {
    const { inbox } = this.#controller;
    try {
      const card = await signedCard(raw, inbox);
      const known = await this.#howKnown(card);
      if (known === "in person") return await this.#keep(card, known);
      if (known === "site") {
        const theirs = await this.#atSite(card);
        if (theirs) return await this.#keep(theirs, known, theirs.site);
      }
      return null;
    } catch (error) {
      return refusal(error);
    }
  }

  /** `name`: of the site or the ENS name by which it was checked. */
  async #keep(card: ClinicCard, checkedBy: CheckedBy, name = ""): Promise<Child> {
    if (this.#controller.state.at !== "unlocked") return null;
    const clinics = await this.#controller.clinics.add(card, checkedBy, name);
    this.#controller.dispatch({ type: "clinics", clinics });
    return this.#done(`${clean(card.label)} is on your list.`, "Its letters now say its name, and “checked”.");
  }

  #done(title: string, text: string): HTMLElement {
    say(title);
    const lost = this.#controller.areClinicsKept ? "" : " This window keeps nothing: save a copy of the list.";
    return notice({ tone: "ok", title, text: text + lost });
  }

  #howKnown(card: ClinicCard): Promise<"in person" | "site" | undefined> {
    const { label, site, address } = card;
    const ways = [
      { label: "I got it at the clinic", value: "in person" },
      ...(site === "" ? [] : ([{ label: `Check it at ${site}`, value: "site" }] as const)),
      { label: "Not now", value: undefined },
    ] as const;
    return this.#dialogs.dialog<"in person" | "site" | undefined>({
      title: "Is this your clinic?",
      body: [
        wristband({ tag: "This card says it is of", name: clean(label), facts: [["Website", site]] }),
        h(
          "p",
          {},
          "Anybody can make a card with any name. It counts if the clinic itself gave it to you: its code in the waiting room, or on paper from its desk.",
        ),
        h("p", { class: "hint" }, "A link in an e-mail, in a message or on another website is no proof."),
        addressMore(address),
      ],
      buttons: ways,
    });
  }

  /** The card as the site publishes it; undefined if the person has stopped. */
  #atSite(card: ClinicCard): Promise<ClinicCard | undefined> {
    const { inbox } = this.#controller;
    const [title, words] = [`Asking ${card.site}…`, "Looking for the card that it publishes."];
    return this.#asking(title, words, (signal) => cardAtSite(card, inbox, signal));
  }

  /** What `work` gives, behind a dialog that can stop it; undefined if it was stopped. */
  async #asking<T>(title: string, words: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const stop = new AbortController();
    let found: T | undefined;
    let failed: unknown;
    await this.#dialogs.dialog({
      title,
      body: h("p", { class: "wait" }, working(words)),
      buttons: [{ label: "Stop", value: undefined }],
      opened: (close) => {
        work(stop.signal)
          .then(
            (answer) => (found = answer),
            (error: unknown) => (failed = error),
          )
          .finally(close);
      },
    });
    stop.abort();
    if (failed instanceof Error) throw failed;
    return found;
  }

  /** A clinic that an ENS name leads to. */
  async #byName(draw: (words?: Child) => void): Promise<void> {
    const name = await this.#typedName();
    if (name === undefined || name === "") return;
    try {
      const { inbox } = this.#controller;
      const words = "Looking for the card that the name leads to.";
      const card = await this.#asking(`Asking the network for ${name}…`, words, (signal) =>
        cardOfName(name, inbox, signal),
      );
      if (card && (await this.#isMeant(card, name))) draw(await this.#keep(card, "ens", name));
    } catch (error) {
      draw(refusal(error, "The name did not confirm it."));
    }
  }

  async #typedName(): Promise<string | undefined> {
    const { element, input } = field({
      id: "ens-name",
      label: "ENS name",
      hint: "As the clinic itself writes it, such as st-anne.eth. Few clinics have one.",
    });
    const isFound = await this.#dialogs.dialog<boolean>({
      title: "Find a clinic by its ENS name",
      body: element,
      buttons: [
        { label: "Find it", value: true },
        { label: "Not now", value: false },
      ],
      opened: (close) => {
        input.focus();
        input.addEventListener("keydown", (event) => {
          if ((event as KeyboardEvent).key === "Enter") close(true);
        });
      },
    });
    return isFound === true ? clean(input.value.trim()) : undefined;
  }

  async #isMeant({ label, site, address }: ClinicCard, name: string): Promise<boolean> {
    const isMeant = await this.#dialogs.dialog<boolean>({
      title: "Is this your clinic?",
      body: [
        wristband({ tag: `The card of ${name} says it is of`, name: clean(label), facts: [["Website", site]] }),
        h("p", {}, "The name is proof of who sends. That it is your clinic’s name, you must know from the clinic."),
        addressMore(address),
      ],
      buttons: [
        { label: "Yes, keep it", value: true },
        { label: "Not now", value: false },
      ],
    });
    return isMeant === true;
  }

  // --- the list

  #list(draw: (words?: Child) => void): Child[] {
    const { state } = this.#controller;
    const { clinics, clinicsProblem } = state.at === "unlocked" ? state : { clinics: [], clinicsProblem: null };
    const sorted = [...clinics].sort((a, b) => a.card.label.localeCompare(b.card.label));
    const rows = sorted.map((clinic) =>
      h(
        "li",
        { class: "clinic" },
        row(clinic, () => this.#forget(clinic, draw)),
      ),
    );
    return [
      clinicsProblem !== null && this.#unknown(clinicsProblem, draw),
      rows.length > 0
        ? h("ul", { class: "clinic-list" }, rows)
        : clinicsProblem === null &&
          h("p", {}, "None yet. Check a clinic’s card once, and its letters say its name instead of a number."),
      h("h3", {}, rows.length > 0 ? "Check another clinic" : "Check a clinic"),
      h(
        "div",
        { class: "ways" },
        canScan() && button("Scan its code", () => this.#scan(draw), { icon: "camera", props: { id: "scan-clinic" } }),
        fileButton("Open a card or list", (file) => this.#open(file, draw)),
        button("Find it by its ENS name", () => this.#byName(draw), { kind: "link" }),
      ),
      h(
        "p",
        { class: "hint" },
        "The code hangs in the waiting room. The list is kept in this browser, locked with your key.",
      ),
      rows.length > 0 &&
        button("Save a copy of the list", () => this.#save(draw), { kind: "link", props: { id: "save-clinics" } }),
    ];
  }

  #unknown(details: string, draw: (words?: Child) => void): HTMLElement {
    const startAnew = (): Promise<void> =>
      this.#trying(draw, async () => {
        this.#controller.dispatch({ type: "clinics", clinics: await this.#controller.clinics.startAnew() });
        return this.#done("Your list is empty.", "Check your clinics’ cards again.");
      });
    return notice({
      tone: "warn",
      title: "Your list cannot be opened.",
      text: "Open a copy of it, if you have saved one.",
      buttons: [button("Start a new list", startAnew, { props: { id: "start-anew" } })],
      details,
    });
  }

  async #forget(clinic: Clinic, draw: (words?: Child) => void): Promise<void> {
    await this.#trying(draw, async () => {
      const clinics = await this.#controller.clinics.forget(clinic);
      this.#controller.dispatch({ type: "clinics", clinics });
      const label = clean(clinic.card.label);
      return this.#done(`${label} is off your list.`, "Its letters stand with those of senders you do not know.");
    });
  }

  async #scan(draw: (words?: Child) => void): Promise<void> {
    const text = await scanCode();
    if (text !== undefined) draw(await this.ask(new TextEncoder().encode(text)));
  }

  async #open(file: File, draw: (words?: Child) => void): Promise<void> {
    if (!(await isList(file))) {
      draw(await this.ask(new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer())));
      return;
    }
    await this.#trying(draw, async () => {
      const clinics = await this.#controller.clinics.takeIn(file);
      this.#controller.dispatch({ type: "clinics", clinics });
      return this.#done("The list is here.", "What was on both was kept as it was checked last.");
    });
  }

  async #save(draw: (words?: Child) => void): Promise<void> {
    await this.#trying(draw, async () => {
      const { clinics, owner } = this.#controller;
      const name = saveBlob(new Blob([await clinics.file()]), `${owner?.address ?? ""}.age`);
      const text = "Only your key opens it. It is what the commands keep too, in the folder “clinics”.";
      return this.#done(`Saved as ${name}.`, text);
    });
  }

  async #trying(draw: (words?: Child) => void, work: () => Promise<HTMLElement>): Promise<void> {
    try {
      draw(await work());
    } catch (error) {
      draw(refusal(error));
    }
  }
}

function row(clinic: Clinic, forget: () => unknown): Child[] {
  const { card, checkedAt } = clinic;
  const label = clean(card.label);
  return [
    h("div", { class: "clinic-words" }, h("b", {}, label), h("span", { class: "small muted" }, howChecked(clinic))),
    button("Forget", forget, { kind: "link", more: ` ${label}, checked ${checkedAt.slice(0, 10)}` }),
  ];
}

/** `In person, 27 Nov 2026`. */
export function howChecked({ checkedBy, name, checkedAt }: Clinic): string {
  const how = checkedBy === "in person" ? "In person" : checkedBy === "site" ? `At ${name}` : `By its name ${name}`;
  const when = new Date(checkedAt);
  return `${clean(how)}, ${Number.isNaN(when.getTime()) ? clean(checkedAt) : day(when)}`;
}

function refusal(error: unknown, unconfirmed = "The website did not confirm it."): HTMLElement {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ClinicCheckError) return notice({ tone: "warn", title: unconfirmed, text });
  if (error instanceof ClinicCardError) return notice({ tone: "err", title: "This card cannot be used.", text });
  if (error instanceof RegisterError) return notice({ tone: "err", title: "The list was not changed.", text });
  const title = error instanceof ChainUnreachable ? UNREACHABLE : "This could not be checked.";
  return notice({ tone: "warn", title, text: "Try again.", details: text });
}
