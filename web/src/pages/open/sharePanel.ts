/** Hands a study on to a doctor: a new envelope of the same contents, sealed to a key whose address was looked at. */

import { fingerprint } from "../../formats/fingerprint.ts";
import { CARD_LIMIT } from "../../formats/keyCard.ts";
import { shownFileName } from "../../formats/text.ts";
import { Journal } from "../../outgoing/journal.ts";
import {
  type FoundRecipient,
  initial,
  type LookupEvent,
  type LookupProblem,
  type LookupState,
  next,
  RecipientLookup,
} from "../../recipients/lookup.ts";
import type { Risk } from "../../recipients/risks.ts";
import { addressMore, addressText, fullAddress } from "../../ui/address.ts";
import { offerRelay } from "../../registration/relayPanel.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { type Field, field, type FieldError } from "../../ui/field.ts";
import { fileButton } from "../../ui/filedrop.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { dayAndTime } from "../../ui/format.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { canScan, scanCode } from "../../ui/scan.ts";
import { say } from "../../ui/speech.ts";
import { MAY_BE_ON_ITS_WAY, UNREACHABLE, WALLET_MAY_HOLD } from "../../wallet/messages.ts";
import { showPayment } from "../../wallet/paymentPanel.ts";
import type { InboxController } from "./inboxController.ts";
import { names } from "./notes.ts";
import { type Shared, type SharedBefore, Sharing } from "./sharing.ts";

const FIELD = "doctor";
const WHOSE = "Doctor’s address";
const UNDONE = "The doctor got nothing.";
const OLDER_KEY = "The doctor’s key is of the older kind, or a wallet’s.";
const CHECK_IT: Readonly<Record<Risk["kind"], string>> = {
  own: "It is your own address.",
  contract: "It is a program, not a person.",
  alike: "It looks like one you know but is not the same.",
};

export class SharePanel {
  #state: LookupState = initial();
  readonly #controller: InboxController;
  readonly #shared: Shared;
  readonly #problems: (errors: readonly FieldError[]) => void;
  readonly #close: () => void;
  readonly #lookup: RecipientLookup;
  readonly #field: Field;
  readonly #file: HTMLElement;
  readonly #body = h("div", { class: "step-body" });
  readonly #journal = Journal.open();
  #sharing: Sharing | undefined;
  #endPayment: (() => void) | undefined;
  /** Name of the key card file that was looked up last. */
  #fileName: string | null = null;

  /** Fills `host`. */
  constructor(
    controller: InboxController,
    shared: Shared,
    host: HTMLElement,
    { close, problems }: { close: () => void; problems: (errors: readonly FieldError[]) => void },
  ) {
    this.#controller = controller;
    this.#shared = shared;
    this.#problems = problems;
    this.#close = close;
    this.#lookup = new RecipientLookup(
      controller.inbox,
      () => ({ own: shared.owner, used: [...Object.keys(names()), shared.owner] }),
      (event) => {
        this.#dispatch(event);
      },
    );
    const scan = canScan() && button("Scan code", () => this.#scan(), { icon: "camera" });
    this.#field = field({
      id: FIELD,
      label: "Doctor’s public key or address",
      hint: "Paste the doctor’s address or code, or choose their key card. They get their own locked copy of the key.",
      beside: scan,
    });
    this.#field.element.classList.add("code");
    this.#file = fileButton("Choose key card file", (file) => this.#read(file));
    fill(host, h("h2", { tabindex: -1 }, "Share with a doctor"), this.#body);
    this.#show();
  }

  end(): void {
    this.#endPayment?.();
    this.#endPayment = undefined;
    void this.#sharing?.end();
    this.#sharing = undefined;
  }

  #dispatch(event: LookupEvent): void {
    this.#state = next(this.#state, event);
    this.end();
    const text = this.#state.at === "asking" ? fieldError(this.#state.problem, this.#fileName) : null;
    this.#field.setError(text);
    this.#problems(text === null ? [] : [{ field: FIELD, text }]);
    this.#show();
    if (text === null && event.type !== "ask") focusHeading(this.#body);
  }

  #show(): void {
    const state = this.#state;
    fill(this.#body, this.#view(state));
    if (state.at === "found" && this.#canShare(state.found)) void this.#begin(state.found);
  }

  #view(state: LookupState): Child {
    switch (state.at) {
      case "asking":
        return [notFound(state.problem), this.#form()];
      case "looking":
        return h("h3", { tabindex: -1 }, working("Looking for this doctor’s key…"));
      case "risky":
        return this.#risky(state.found, state.risk);
      case "found":
        return this.#canShare(state.found) ? found(state.found) : cannotUpload(this.#notNow("Close"));
    }
  }

  #form(): HTMLElement {
    const submit = (event: Event): void => {
      event.preventDefault();
      this.#fileName = null;
      void this.#lookup.submit(this.#field.input.value);
    };
    const ways = [h("button", { type: "submit", class: "btn go" }, "Continue"), this.#file, this.#notNow()];
    return h(
      "form",
      { class: "form", novalidate: true, on: { submit } },
      this.#field.element,
      h("div", { class: "ways" }, ways),
    );
  }

  #notNow(label = "Not now"): HTMLElement {
    return button(label, () => {
      this.#problems([]);
      this.#close();
    });
  }

  async #scan(): Promise<void> {
    const text = await scanCode();
    if (text === undefined) return;
    this.#field.input.value = text;
    this.#fileName = null;
    await this.#lookup.submit(text);
  }

  async #read(file: File): Promise<void> {
    this.#field.input.value = "";
    this.#fileName = file.name;
    const text = file.size > CARD_LIMIT ? "" : await file.text().catch(() => "");
    await this.#lookup.submit(text.trim() === "" ? "{" : text); // what can’t be read is a damaged card
  }

  #risky({ recipient: { address } }: FoundRecipient, risk: Risk): HTMLElement {
    const both = risk.kind === "alike" && [
      h("p", {}, "This one: ", fullAddress(address, risk.other)),
      h("p", {}, "The one you know: ", fullAddress(risk.other, address)),
    ];
    const another = (): void => {
      this.#lookup.ask();
      this.#field.input.focus();
    };
    const accept = (): void => {
      this.#lookup.accept();
    };
    return notice({
      tone: "warn",
      title: "Check this address",
      text: [CHECK_IT[risk.kind], both],
      buttons: [button("Use another address", another, { kind: "go" }), button("I checked it with the doctor", accept)],
    });
  }

  /** Suite 2 takes an upload. */
  #canShare({ hybrid }: FoundRecipient): boolean {
    return hybrid === null || this.#controller.site.upload !== null;
  }

  /** Below what was found: whether they got it already, and if not, the payment. */
  async #begin(found: FoundRecipient): Promise<void> {
    if (this.#controller.openStudy(this.#shared.index) === null) return;
    const sharing = new Sharing(this.#controller, this.#shared, found, this.#journal);
    this.#sharing = sharing;
    const host = h("div", {}, h("p", {}, working("One moment…")));
    this.#body.append(host);
    const held = (): void => {
      fill(host, notice({ tone: "info", busy: true, title: MAY_BE_ON_ITS_WAY, text: WALLET_MAY_HOLD }));
    };
    try {
      const before = await sharing.before(held);
      if (this.#sharing !== sharing) return;
      if (before?.unseen) this.#done(found);
      else if (before) {
        fill(host, this.#again(host, sharing, found, before));
        focusHeading(host);
      } else this.#offer(host, sharing, found);
    } catch (error) {
      if (this.#sharing !== sharing) return;
      const again = (): void => {
        host.remove();
        this.end();
        void this.#begin(found);
      };
      const details = error instanceof Error ? error.message : undefined;
      const buttons = [button("Try again", again, { kind: "go" }), this.#notNow()];
      fill(host, notice({ tone: "warn", title: UNREACHABLE, text: "Try again.", buttons, details }));
    }
  }

  /** They have it. */
  #again(host: HTMLElement, sharing: Sharing, found: FoundRecipient, { message }: SharedBefore): HTMLElement {
    const again = (): void => {
      this.#offer(host, sharing, found);
      host.querySelector("button")?.focus();
    };
    return notice({
      tone: "info",
      title: "You shared these images with this doctor before.",
      text: `On ${dayAndTime(message.sentAt)}. They are in the doctor’s inbox.`,
      buttons: [this.#notNow("Leave it at that"), button("Share again", again)],
    });
  }

  /** Through whoever pays for patients, where somebody does and the key can sign; otherwise by a wallet. */
  #offer(host: HTMLElement, sharing: Sharing, found: FoundRecipient): void {
    const { owner, site } = this.#controller;
    const { relay } = site;
    if (relay === null || owner?.address !== this.#shared.owner) {
      this.#offerWallet(host, sharing, found);
      return;
    }
    const pay = button("Pay with my wallet", () => {
      this.#endPayment?.();
      this.#offerWallet(host, sharing, found);
      host.querySelector("button")?.focus();
    });
    this.#endPayment = offerRelay(host, {
      sign: () => sharing.throughRelay(relay),
      label: "Share",
      others: [pay, this.#notNow()],
      otherwise: [],
      undone: UNDONE,
      done: () => {
        this.#done(found);
      },
    });
  }

  #offerWallet(host: HTMLElement, sharing: Sharing, found: FoundRecipient): void {
    const { inbox, wallet } = this.#controller;
    this.#endPayment = showPayment(
      host,
      {
        inbox,
        wallet,
        wallets: () => this.#controller.wallets,
        account: null,
        prepare: (payer, held, signal, waits) => sharing.prepare(payer, held, signal, waits),
        record: sharing,
      },
      {
        label: "Share",
        others: [this.#notNow()],
        undone: UNDONE,
        done: () => {
          this.#done(found);
        },
      },
    );
  }

  #done({ recipient: { address } }: FoundRecipient): void {
    this.end();
    const words = notice({
      tone: "ok",
      title: ["Shared with ", addressText(address, WHOSE)],
      text: "What happens next: the doctor opens Radiogram and presses Get hash.",
      buttons: [this.#notNow("Close")],
    });
    fill(this.#body, words);
    focusHeading(this.#body);
    say("Shared");
  }
}

function fieldError(problem: LookupProblem | null, fileName: string | null): string | null {
  if (problem?.kind === "empty") return "Paste the doctor’s public key or address.";
  if (problem?.kind !== "typed") return null;
  return fileName === null ? problem.detail : `${shownFileName(fileName)}: ${problem.detail}`;
}

function notFound(problem: LookupProblem | null): HTMLElement | null {
  switch (problem?.kind) {
    case "no-key":
      return notice({
        tone: "warn",
        title: "This address cannot get images yet.",
        text: "Ask the doctor for their public key.",
        details: problem.detail,
      });
    case "no-hybrid":
      return notice({
        tone: "warn",
        title: "Part of the doctor’s key is missing.",
        text: "Their key is safe from quantum computers, and we could not fetch that part. Ask the doctor for the key card file, and choose it here.",
        details: problem.detail,
      });
    case "not-in-force":
      return notice({
        tone: "warn",
        title: "This key card is not the one in force.",
        text: "It promises a key that is safe from quantum computers. The key in the book for this address is not. Ask the doctor for their newest key card.",
        details: problem.detail,
      });
    case "unreachable":
    case "failed":
      return notice({ tone: "warn", title: UNREACHABLE, text: "Try again.", details: problem.detail });
    default:
      return null;
  }
}

/** Sharing with a quantum-safe key takes one small upload. */
function cannotUpload(close: HTMLElement): HTMLElement {
  return notice({
    tone: "warn",
    title: "This copy of Radiogram cannot share with this key.",
    text: "The doctor’s key is safe from quantum computers. Sharing with it takes an upload, which this copy does not have. Open your images in the hospital’s copy of Radiogram and share from there, or save a copy and give the doctor the files.",
    buttons: [close],
  });
}

function found({ recipient: { address, publicKey }, hybrid }: FoundRecipient): Child {
  return [
    h("h3", { tabindex: -1 }, "Doctor ", addressText(address, WHOSE), " is ready"),
    addressMore(address),
    h("p", {}, "Read these words with the doctor. If theirs differ, stop:"),
    h("p", { class: "words" }, fingerprint(publicKey, hybrid?.digest).join(" ")),
    quantumSafe(hybrid !== null, OLDER_KEY),
    h(
      "p",
      { class: "hint" },
      "You cannot take back what they have saved. Everyone can see that you sent them something, not what.",
    ),
  ];
}
