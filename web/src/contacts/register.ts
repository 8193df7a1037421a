/** The register of contacts that this browser keeps, locked until its passphrase was typed: docs/website.md. */

import type { Address } from "viem";
import { RegisterError } from "../errors.ts";
import { type Bytes, equal, type Hex } from "../formats/bytes.ts";
import type { ClinicCard } from "../formats/clinicCard.ts";
import { checkLabel, type Contact, encodeRegister } from "../formats/register.ts";
import { caseFolded } from "../formats/text.ts";
import type { SealedRegister } from "../worker/registerLock.ts";
import type { RegisterVault } from "../worker/registerVault.ts";
import { browserRegisterStore, memoryRegisterStore, type RegisterStore } from "./store.ts";

export type Vault = Pick<
  RegisterVault,
  | "makeLock"
  | "openLock"
  | "sealContacts"
  | "openContacts"
  | "exportContacts"
  | "importContacts"
  | "openOwnCards"
  | "deriveMailboxKey"
  | "sealOwnCards"
  | "chooseMailbox"
>;

export type RegisterState =
  /** No register is kept. */
  | { readonly at: "none" }
  | { readonly at: "locked" }
  /** `cards`: of the owner’s accounts whose mailbox key is kept here. */
  | { readonly at: "open"; readonly contacts: readonly Contact[]; readonly cards: readonly ClinicCard[] };

export class Register {
  state: RegisterState = { at: "none" };
  /** Called when the state has changed. */
  changed: () => void = () => undefined;
  readonly #store: RegisterStore;
  readonly #vault: Vault;
  /** What is open, as it is kept. */
  #kept: SealedRegister | undefined;

  constructor(store: RegisterStore, vault: Vault) {
    this.#store = store;
    this.#vault = vault;
  }

  /** In this browser’s storage; in memory alone where it keeps nothing. */
  static async inBrowser(vault: Vault): Promise<Register> {
    try {
      const register = new Register(await browserRegisterStore(), vault);
      await register.look();
      return register;
    } catch {
      return new Register(memoryRegisterStore(), vault);
    }
  }

  /** What another window did to it is seen. Throws RegisterError. */
  async look(): Promise<void> {
    const kept = await this.#store.read();
    if (kept === undefined) this.#set({ at: "none" }, undefined);
    else if (this.#kept?.lock !== kept.lock) this.#set({ at: "locked" }, undefined);
    else if (!isSame(this.#kept, kept)) await this.#open(kept);
  }

  /** A new one, of these. */
  async create(passphrase: string, contacts: readonly Contact[]): Promise<void> {
    await this.#store.alone(async () => {
      if (await this.#store.read()) throw new RegisterError("Another window has made a register: load the page again.");
      const lock = await this.#vault.makeLock(passphrase);
      await this.#vault.openOwnCards(undefined);
      await this.#keep(lock, contacts);
    });
  }

  /** Throws PassphraseError, RegisterError. */
  async unlock(passphrase: string): Promise<void> {
    const kept = await this.#store.read();
    if (kept === undefined) {
      this.#set({ at: "none" }, undefined);
      return;
    }
    await this.#vault.openLock(kept.lock, passphrase);
    await this.#open(kept);
  }

  /** Nothing of it stays in this page. */
  lock(): void {
    if (this.state.at === "open") this.#set({ at: "locked" }, undefined);
  }

  /** Throws RegisterError: a label is somebody else’s, or can’t be one. */
  async add(contact: Contact): Promise<void> {
    checkLabel(contact.label);
    await this.#change((contacts) => {
      if (labelled(contacts, contact.label)) {
        throw new RegisterError("The register has that label already: choose another one.");
      }
      return [...contacts, contact];
    });
  }

  async forget(contact: Contact): Promise<void> {
    await this.#change((contacts) => contacts.filter((each) => entryOf(each) !== entryOf(contact)));
  }

  /** Whether they have the owner’s card, and so look for messages in mailboxes. */
  async setHasOurCard(contact: Contact, has: boolean): Promise<void> {
    const changed: { -readonly [Member in keyof Contact]: Contact[Member] } = { ...contact };
    if (has) changed.hasOurCard = true;
    else delete changed.hasOurCard;
    await this.#change((contacts) => contacts.map((each) => (entryOf(each) === entryOf(contact) ? changed : each)));
  }

  /** The public mailbox key of the account, 33 bytes, of its signature. The private one stays in the vault. Throws NotDerivable. */
  async deriveMailboxKey(signature: Hex, account: Address): Promise<Bytes> {
    return this.#vault.deriveMailboxKey(signature, account);
  }

  /** As src/worker/mailboxKeys.ts has it. Throws RegisterError, KeyFormatError. */
  chooseMailbox(...what: Parameters<Vault["chooseMailbox"]>): Promise<Address> {
    return this.#vault.chooseMailbox(...what);
  }

  /** A card of the owner’s own, whose mailbox key was derived in the vault last. Throws RegisterError, KeyFormatError. */
  async keepCard(card: ClinicCard): Promise<void> {
    await this.#store.alone(async () => {
      await this.look();
      const contacts = this.#contacts();
      if (!this.#kept) return;
      const kept = { ...this.#kept, cards: await this.#vault.sealOwnCards(card) };
      await this.#store.write(kept);
      this.#set({ at: "open", contacts, cards: await this.#vault.openOwnCards(kept.cards) }, kept);
    });
  }

  /** Those of a file that are not there yet; how many. Makes a register, under the file’s passphrase, if there is none. */
  async importFile(text: string, passphrase: string): Promise<number> {
    const found = await this.#vault.importContacts(text, passphrase);
    if (this.state.at === "none") {
      await this.create(passphrase, found);
      return found.length;
    }
    let added = 0;
    await this.#change((contacts) => {
      const [entries, labels] = [new Set(contacts.map(entryOf)), new Set(contacts.map(foldedLabel))];
      const fresh = found.filter((each) => !entries.has(entryOf(each)));
      const taken = fresh.filter((each) => labels.has(foldedLabel(each))).length;
      if (taken > 0) {
        throw new RegisterError(
          `${taken} of the file’s labels are somebody else’s here: nothing was added. Forget them here first.`,
        );
      }
      added = fresh.length;
      return [...contacts, ...fresh];
    });
    return added;
  }

  /** For the commands, or to keep. */
  exportFile(passphrase: string): Promise<string> {
    return this.#vault.exportContacts(this.#contacts(), passphrase);
  }

  /** Nothing of it stays in this browser. */
  async remove(): Promise<void> {
    await this.#store.write(undefined);
    await this.#vault.openOwnCards(undefined);
    this.#set({ at: "none" }, undefined);
  }

  async #change(make: (contacts: readonly Contact[]) => readonly Contact[]): Promise<void> {
    await this.#store.alone(async () => {
      await this.look();
      const contacts = make(this.#contacts());
      if (this.#kept) await this.#keep(this.#kept.lock, contacts);
    });
  }

  async #keep(lock: string, contacts: readonly Contact[]): Promise<void> {
    const kept = { ...this.#kept, lock, sealed: await this.#vault.sealContacts(contacts) };
    await this.#store.write(kept);
    this.#set({ at: "open", contacts, cards: this.state.at === "open" ? this.state.cards : [] }, kept);
  }

  async #open(kept: SealedRegister): Promise<void> {
    const contacts = await this.#vault.openContacts(kept.sealed);
    this.#set({ at: "open", contacts, cards: await this.#vault.openOwnCards(kept.cards) }, kept);
  }

  #contacts(): readonly Contact[] {
    if (this.state.at !== "open") throw new RegisterError("The register is locked: unlock it with its passphrase.");
    return this.state.contacts;
  }

  #set(state: RegisterState, kept: SealedRegister | undefined): void {
    const isOther = state.at === "open" || state.at !== this.state.at;
    this.state = state;
    this.#kept = kept;
    if (isOther) this.changed();
  }
}

function isSame(one: SealedRegister, other: SealedRegister): boolean {
  const nothing = new Uint8Array();
  return equal(one.sealed, other.sealed) && equal(one.cards ?? nothing, other.cards ?? nothing);
}

/** The contact that is called so. */
export function labelled(contacts: readonly Contact[], label: string): Contact | undefined {
  const folded = caseFolded(label.trim());
  return contacts.find((each) => foldedLabel(each) === folded);
}

const foldedLabel = ({ label }: Contact): string => caseFolded(label);

/** All of it, for comparing. */
const entryOf = (contact: Contact): string => encodeRegister([contact]);
