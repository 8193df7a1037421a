/** Sendings that the page was left with, on screen: how each stands, and what can be done about it. */

import type { Inbox } from "../../chain/inbox.ts";
import type { Entry } from "../../outgoing/journal.ts";
import { addressText } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { dayAndTime, mailboxName } from "../../ui/format.ts";
import { notice, type NoticeWords } from "../../ui/notice.ts";
import { alarm, say } from "../../ui/speech.ts";
import { BEING_WRITTEN, MAY_BE_ON_ITS_WAY, WALLET_MAY_HOLD } from "../../wallet/messages.ts";
import type { PaymentOrder } from "../../wallet/payment.ts";
import { showPayment } from "../../wallet/paymentPanel.ts";
import type { Earlier, EarlierStanding } from "./earlier.ts";
import { GOT_NOTHING_YET, SAY_NO_TO_OLDER, UNREACHABLE } from "./messages.ts";

export interface EarlierActions {
  lookAgain: (entry: Entry) => void;
  forget: (entry: Entry) => void;
  /** Takes what has arrived off the list. */
  close: (entry: Entry) => void;
  order: (entry: Entry) => Pick<PaymentOrder, "account" | "prepare" | "record">;
  /** Of the page’s wallet. */
  wallet: () => Pick<PaymentOrder, "wallet" | "wallets">;
}

interface Shown {
  readonly item: HTMLElement;
  standing: EarlierStanding;
  /** Ends what asks the wallet. */
  end: () => void;
}

export class EarlierView {
  readonly element = h("section", { class: "earlier", "aria-label": "Earlier sendings" });
  readonly #inbox: Inbox;
  readonly #act: EarlierActions;
  readonly #shown = new Map<number, Shown>();

  constructor(inbox: Inbox, act: EarlierActions) {
    this.#inbox = inbox;
    this.#act = act;
  }

  /** Draws those alone that stand otherwise than before: a wallet that is being asked stays. */
  update(list: readonly Earlier[]): void {
    const ids = new Set(list.map(({ entry }) => entry.id));
    for (const [id, shown] of this.#shown) {
      if (ids.has(id)) continue;
      shown.end();
      this.#shown.delete(id);
    }
    for (const each of list) this.#show(each);
    const items = list.flatMap(({ entry }) => this.#shown.get(entry.id)?.item ?? []);
    const now = [...this.element.querySelectorAll(":scope > ul > li")];
    if (now.length === items.length && now.every((item, place) => item === items[place])) return;
    fill(this.element, items.length > 0 && [h("h2", { tabindex: -1 }, "Earlier sendings"), h("ul", {}, items)]);
  }

  #show({ entry, standing }: Earlier): void {
    const shown = this.#shown.get(entry.id) ?? { item: h("li"), standing: { at: "looking" }, end: () => undefined };
    const isNew = !this.#shown.has(entry.id);
    if (!isNew && shown.standing.at === standing.at) return;
    this.#shown.set(entry.id, shown);
    shown.end();
    shown.end = () => undefined;
    shown.standing = standing;
    fill(shown.item, notice(this.#words(entry, standing, shown)));
    tell(standing);
  }

  #words(entry: Entry, standing: EarlierStanding, shown: Shown): NoticeWords {
    const begun = `, begun ${dayAndTime(new Date(entry.at))}. `;
    const to: Child = entry.mailbox
      ? [`Into mailbox ${mailboxName({ recipient: entry.recipient, index: 0 })}`, begun]
      : ["To Patient ", addressText(entry.recipient, "Patient’s address"), begun];
    const forget = button("Forget", () => {
      this.#act.forget(entry);
    });
    switch (standing.at) {
      case "looking":
        return { tone: "info", busy: true, title: "Looking what became of it", text: to };
      case "pending":
        return { tone: "info", busy: true, title: "On its way", text: [to, BEING_WRITTEN] };
      case "held":
        return { tone: "info", busy: true, title: MAY_BE_ON_ITS_WAY, text: [to, WALLET_MAY_HOLD] };
      case "elsewhere":
        return { tone: "info", title: "Another window is sending it", text: to, buttons: [this.#again(entry)] };
      case "late": {
        const older = entry.asks > 0 ? ` ${SAY_NO_TO_OLDER}` : "";
        const text = [to, `The patient might not find it there any more. Choose the images again.${older}`];
        return { tone: "warn", title: "It cannot be gone on with", text, buttons: [forget] };
      }
      case "gone": {
        const text = [to, "The storage does not have the locked copy any more. Choose the images again."];
        return { tone: "warn", title: "It cannot be gone on with", text, buttons: [forget] };
      }
      case "unreachable": {
        const buttons = [this.#again(entry)];
        return { tone: "warn", title: UNREACHABLE.title, text: [to, UNREACHABLE.text], buttons };
      }
      case "arrived": {
        const close = button("Close", () => {
          this.#act.close(entry);
        });
        return {
          tone: "ok",
          title: "Arrived",
          text: [to, entry.mailbox ? "It is there." : `It is message ${standing.index}.`],
          buttons: [close],
        };
      }
      case "open": {
        const host = h("div");
        const words = entry.asks > 0 ? `${GOT_NOTHING_YET} ${SAY_NO_TO_OLDER}` : GOT_NOTHING_YET;
        const order = { inbox: this.#inbox, ...this.#act.wallet(), ...this.#act.order(entry) };
        const nothing = { undone: GOT_NOTHING_YET, done: () => undefined };
        shown.end = showPayment(host, order, { label: "Go on", kind: "plain", others: [forget], ...nothing });
        return { tone: "warn", title: "Not finished", text: [h("p", {}, to, words), host] };
      }
    }
  }

  #again(entry: Entry): HTMLElement {
    return button("Look again", () => {
      this.#act.lookAgain(entry);
    });
  }
}

function tell({ at }: EarlierStanding): void {
  if (at === "arrived") say("An earlier sending arrived.");
  else if (at === "open") alarm("An earlier sending is not finished.");
}
