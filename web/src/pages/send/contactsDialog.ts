/** The register of contacts in a dialog: who is in it, what leaves it, and copies of it. */

import type { Register } from "../../contacts/register.ts";
import type { Contact } from "../../formats/register.ts";
import { wordsOf } from "../../formats/register.ts";
import { caseFolded, clean } from "../../formats/text.ts";
import { button } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { field, secretField, tickBox } from "../../ui/field.ts";
import { fileButton } from "../../ui/filedrop.ts";
import { counted, day } from "../../ui/format.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { saveBlob } from "../../ui/save.ts";
import { say } from "../../ui/speech.ts";
import { comparedText, whoseText } from "./contacts.ts";
import { OUR_CARD } from "./keepForm.ts";
import { type Clinic, OurCard } from "./ourCard.ts";
import { NewPassphrase } from "./newPassphrase.ts";
import { unlockForm } from "./unlockForm.ts";

const MOST = 100; // shown at once: there may be 20,000

type Asking = { at: "nothing" } | { at: "card" } | { at: "save" } | { at: "remove" } | { at: "add"; text: string };

/** `at`: what it begins with. */
export function contactsDialog(
  register: Register,
  clinic: Clinic,
  at: "contacts" | "card" = "contacts",
): Promise<void> {
  const shown = new ContactsDialog(register, clinic, at === "card" && register.state.at === "open");
  return dialog({
    title: "Register of contacts",
    body: shown.body,
    buttons: [{ label: "Close", value: true }],
    wide: true,
  }).then(() => {
    shown.end();
  });
}

class ContactsDialog {
  readonly body = h("div", { class: "register" });
  readonly #register: Register;
  readonly #card: OurCard;
  readonly #list = h("ul", { class: "entries" });
  readonly #search = field({ id: "contact-search", label: "Search", props: { type: "search" } });
  readonly #said = h("div", { class: "said" });
  #asking: Asking = { at: "nothing" };

  constructor(register: Register, clinic: Clinic, isAtCard: boolean) {
    this.#register = register;
    this.#card = new OurCard(register, clinic);
    if (isAtCard) this.#asking = { at: "card" };
    this.#search.input.addEventListener("input", () => {
      this.#fillList();
    });
    this.#draw();
  }

  /** Nobody looks any more. */
  end(): void {
    this.#card.end();
  }

  #draw(): void {
    fill(this.body, this.#view());
  }

  #ask(asking: Asking): void {
    this.#asking = asking;
    fill(this.#said);
    this.#draw();
    this.body.querySelector<HTMLElement>("input:not([type=checkbox])")?.focus();
  }

  #view(): Child {
    const asked = this.#asked();
    if (asked) return asked;
    const { state } = this.#register;
    const add = fileButton("Add from a file", async (file) => {
      this.#ask({ at: "add", text: await file.text().catch(() => "") });
    });
    const remove = button("Remove from this browser", () => {
      this.#ask({ at: "remove" });
    });
    switch (state.at) {
      case "none":
        return [
          h("p", {}, "It says whose key is whose, so that no images go to another patient. This browser has none yet."),
          h("p", {}, "It begins when you keep a key whose words you compared, or with a file from another computer."),
          this.#said,
          h("div", { class: "ways" }, add),
        ];
      case "locked":
        return [this.#unlock(), h("div", { class: "ways" }, remove)];
      case "open": {
        const card = button("Our card", () => {
          this.#card.draw();
          this.#asking = { at: "card" };
          this.#draw();
          focusHeading(this.body);
        });
        const save = button("Save a copy", () => {
          this.#ask({ at: "save" });
        });
        this.#fillList();
        return [
          h("p", { class: "hint" }, `${counted(state.contacts.length, "contact")}, locked when you leave this page.`),
          state.contacts.length > 5 && this.#search.element,
          this.#list,
          this.#said,
          h("div", { class: "ways" }, card, save, add, remove),
        ];
      }
    }
  }

  #unlock(): HTMLElement {
    const unlock = async (passphrase: string): Promise<void> => {
      await this.#register.unlock(passphrase);
      this.#draw();
    };
    return unlockForm("dialog-passphrase", { unlock }).element;
  }

  #fillList(): void {
    const { state } = this.#register;
    if (state.at !== "open") return;
    const typed = caseFolded(this.#search.input.value.trim());
    const fitting = state.contacts.filter((each) =>
      caseFolded(`${each.label} ${whoseText(each.patient)}`).includes(typed),
    );
    const rest = fitting.length - MOST;
    fill(
      this.#list,
      fitting.slice(0, MOST).map((each, place) => this.#entry(each, place)),
      rest > 0 && h("li", { class: "hint" }, `And ${counted(rest, "contact")} more: search for them.`),
    );
  }

  #entry(contact: Contact, place: number): HTMLElement {
    const has = tickBox(`our-card-${place}`, OUR_CARD(), (on) => void this.#setHasOurCard(contact, on));
    has.input.checked = contact.hasOurCard === true;
    const forget = button("Forget", () => this.#forget(contact), { kind: "link", more: ` ${clean(contact.label)}` });
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("b", {}, clean(contact.label)),
        h("p", {}, whoseText(contact.patient) || "Anybody’s images"),
        h("p", { class: "hint" }, wordsOf(contact).join(" ")),
        h("p", { class: "hint" }, comparedText(contact)),
        has.element,
      ),
      forget,
    );
  }

  async #setHasOurCard(contact: Contact, has: boolean): Promise<void> {
    fill(this.#said);
    try {
      await this.#register.setHasOurCard(contact, has);
    } catch (error) {
      fill(this.#said, notice({ tone: "err", text: error instanceof Error ? error.message : String(error) }));
    }
    this.#fillList();
  }

  async #forget(contact: Contact): Promise<void> {
    await this.#try("", async () => {
      await this.#register.forget(contact);
      say("Forgotten");
    });
  }

  // --- what is asked

  #asked(): Child {
    switch (this.#asking.at) {
      case "nothing":
        return null;
      case "card":
        return [this.#card.element, h("div", { class: "ways" }, this.#back())];
      case "save":
        return this.#save();
      case "add":
        return this.#add(this.#asking.text);
      case "remove":
        return this.#remove();
    }
  }

  #save(): Child {
    const passphrase = new NewPassphrase("copy-passphrase");
    const save = async (): Promise<void> => {
      if (passphrase.errors().length > 0) return;
      await this.#try("Locking the copy…", async () => {
        const file = await this.#register.exportFile(passphrase.value);
        saveBlob(new Blob([file]), `radiogram-contacts-${day(new Date()).replaceAll(" ", "-")}.age`);
        say("Copy saved");
      });
    };
    return [
      h("p", {}, "The copy has a passphrase of its own. “ape run contacts import” and this page read it."),
      passphrase.element,
      this.#said,
      h("div", { class: "ways" }, button("Save", save, { kind: "go" }), this.#back()),
    ];
  }

  #add(text: string): Child {
    const passphrase = secretField({ id: "file-passphrase", label: "Passphrase of the file" }, "the passphrase");
    const add = async (): Promise<void> => {
      await this.#try("Unlocking the file…", async () => {
        const added = await this.#register.importFile(text, passphrase.input.value);
        say(`${counted(added, "contact")} added`);
      });
    };
    passphrase.input.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter") void add();
    });
    return [
      this.#register.state.at === "none" &&
        h("p", {}, "It is the passphrase of the register in this browser too, from now on."),
      passphrase.element,
      this.#said,
      h("div", { class: "ways" }, button("Add", add, { kind: "go" }), this.#back()),
    ];
  }

  #remove(): Child {
    const remove = async (): Promise<void> => {
      await this.#try("", async () => {
        await this.#register.remove();
        say("Register removed");
      });
    };
    const text = "Copies that you saved stay as they are. Without one, its contacts are gone.";
    const buttons = [button("Remove it", remove), this.#back()];
    return notice({ tone: "warn", title: "Remove the register from this browser?", text, buttons });
  }

  #back(): HTMLButtonElement {
    return button("Back", () => {
      this.#ask({ at: "nothing" });
    });
  }

  /** Does it and goes back to the list; otherwise says why not. */
  async #try(words: string, work: () => Promise<void>): Promise<void> {
    fill(this.#said, words !== "" && working(words));
    try {
      await work();
      this.#ask({ at: "nothing" });
    } catch (error) {
      fill(this.#said, notice({ tone: "err", text: error instanceof Error ? error.message : String(error) }));
    }
  }
}
