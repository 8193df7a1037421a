/** The clinic's own card: made once in a browser for each account, then shown, saved and published. */

import type { Inbox } from "../../chain/inbox.ts";
import type { Register } from "../../contacts/register.ts";
import { fromHex } from "../../formats/bytes.ts";
import {
  checkClinicSignature,
  type ClinicCard,
  clinicCardFaults,
  clinicCardFile,
  clinicLink,
  clinicSigningText,
  MAILBOX_KEY_NUMBER,
  newClinicCard,
  WELL_KNOWN,
} from "../../formats/clinicCard.ts";
import { addressMore } from "../../ui/address.ts";
import { button, copyButton } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { field } from "../../ui/field.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { qrCode } from "../../ui/qrcode.ts";
import { saveBlob } from "../../ui/save.ts";
import { say } from "../../ui/speech.ts";
import type { WalletConnection } from "../../wallet/connection.ts";
import { walletSignature } from "../../wallet/signing.ts";
import { stopButton, waiting } from "../../wallet/waiting.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import { senderLabel } from "./remember.ts";

/** What the card is made with. */
export interface Clinic {
  readonly inbox: Inbox;
  readonly connection: WalletConnection;
}

const FILE = "radiogram-clinic-card.json"; // as the site publishes it, but for the dot

export class OurCard {
  readonly element = h("div", { class: "register" });
  readonly #register: Register;
  readonly #clinic: Clinic;
  readonly #label = field({
    id: "card-label",
    label: "What patients know you as",
    props: { maxlength: 100, autocomplete: "organization", autocapitalize: "words" },
  });
  readonly #site = field({
    id: "card-site",
    label: "Your website, if you have one",
    hint: "Such as clinic.example. It is to publish the card.",
    props: { inputmode: "url" },
  });
  readonly #said = h("div", { class: "said" });
  #asking = new AbortController();
  /** The card is there, and is to be made with other words. */
  #isAnew = false;

  constructor(register: Register, clinic: Clinic) {
    this.#register = register;
    this.#clinic = clinic;
    this.#label.input.value = senderLabel();
    this.draw();
  }

  draw(): void {
    const wallet = this.#clinic.connection.ready;
    const { state } = this.#register;
    const card = state.at === "open" ? state.cards.find(({ address }) => address === wallet?.account) : undefined;
    fill(this.#said);
    fill(this.element, wallet ? (card && !this.#isAnew ? this.#shown(card) : this.#form(wallet)) : NO_WALLET());
  }

  /** Nobody looks any more: what the wallet signs now is not used. */
  end(): void {
    this.#asking.abort();
  }

  #form(wallet: Wallet): Child {
    return [
      h("h3", { tabindex: -1 }, "Our card"),
      h(
        "p",
        {},
        "Patients who add it to their list of clinics see that images are from you, and find what you send into mailboxes: the chain does not tell whose those are.",
      ),
      h(
        "p",
        { class: "hint" },
        "The key to the mailboxes is made of your wallet’s signature, and locked with this register. The same account makes the same key again, in another browser and at the commands: a card that it has stays good.",
      ),
      addressMore(wallet.account),
      h("div", { class: "fields" }, this.#label.element, this.#site.element),
      this.#said,
      h(
        "div",
        { class: "ways" },
        button("Make our card", () => this.#make(wallet), { kind: "go" }),
      ),
    ];
  }

  #shown(card: ClinicCard): Child {
    const link = clinicLink(card, new URL("./", location.href).href);
    const code = h("div", { class: "clinic-code" });
    void qrCode(link, "Code of our card").then((picture) => {
      fill(code, picture);
    });
    const save = button("Save card", () => {
      saveBlob(new Blob([clinicCardFile(card)]), FILE, "application/json");
      say(`Saved as ${FILE}`);
    });
    const anew = button("Make it anew", () => {
      this.#isAnew = true;
      this.#label.input.value = card.label;
      this.#site.input.value = card.site;
      this.draw();
      this.#label.input.focus();
    });
    return [
      h("h3", { tabindex: -1 }, card.label),
      h("p", {}, "Show the code in the waiting room, or hand out the file. It holds no secret."),
      card.site !== "" && h("p", {}, `Publish the file as https://${card.site}${WELL_KNOWN}`),
      code,
      h(
        "div",
        { class: "ways" },
        save,
        copyButton(() => link, { label: "Copy link", said: "Link copied" }),
        anew,
      ),
      addressMore(card.address),
    ];
  }

  async #make(wallet: Wallet): Promise<void> {
    const [label, site] = [this.#label.input.value.trim(), this.#site.input.value.trim()];
    const faults = clinicCardFaults(label, site);
    this.#label.setError(faults.label);
    this.#site.setError(faults.site);
    if (faults.label ?? faults.site) {
      (faults.label === null ? this.#site : this.#label).input.focus();
      return;
    }
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      await this.#sign(wallet, label, site, signal);
      this.#isAnew = false;
      this.draw();
      focusHeading(this.element);
      say("Our card is made.");
    } catch (error) {
      if (signal.aborted && !this.element.isConnected) return;
      const text = signal.aborted ? "You stopped waiting." : error instanceof Error ? error.message : String(error);
      const box = notice({ tone: "err", text: `${text} No card was made.` });
      fill(this.#said, box);
      this.element.querySelector<HTMLButtonElement>(".btn.go")?.focus();
    }
  }

  /** Twice for the key, once for the card. */
  async #sign(wallet: Wallet, label: string, site: string, signal: AbortSignal): Promise<void> {
    const { account } = wallet;
    const ask = (time: 1 | 2 | 3): void => {
      const words = time === 3 ? "Sign the card" : `Sign the key, ${time} of 2`;
      const stop = stopButton(() => {
        this.#asking.abort();
      });
      fill(
        this.#said,
        notice({ tone: "info", busy: true, title: words, text: waiting("In your wallet. There is no fee.", stop) }),
      );
      say(`${words} in your wallet.`);
    };
    const signature = await walletSignature(wallet, this.#clinic.inbox, ask, signal, MAILBOX_KEY_NUMBER);
    const mailboxKey = await this.#register.deriveMailboxKey(signature, account);
    const unsigned = newClinicCard(label, account, mailboxKey, site);
    ask(3);
    const signed = await wallet.signText(clinicSigningText(unsigned), signal);
    const card = { ...unsigned, signature: fromHex(signed) };
    await checkClinicSignature(card);
    signal.throwIfAborted();
    await this.#register.keepCard(card);
  }
}

const NO_WALLET = (): Child => [
  h("h3", { tabindex: -1 }, "Our card"),
  h("p", {}, "It is your account’s: close this, connect your wallet, and come back."),
];
