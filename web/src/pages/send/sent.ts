/** After sending: what happens next, the receipt, and taking it back. */

import type { Inbox, Receipt } from "../../chain/inbox.ts";
import { InsufficientFundsError, Rejected } from "../../errors.ts";
import { fullAddress } from "../../ui/address.ts";
import { button, copyButton } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { ether, feeText } from "../../chain/ether.ts";
import { icon } from "../../ui/icons.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { say } from "../../ui/speech.ts";
import { patientText } from "./patient.ts";
import { type Delivered, notAccepted, said, tooLittle } from "./sending.ts";
import { waiting } from "./wait.ts";
import type { WalletDesk } from "./wallets.ts";

const TAKING_BACK = "taking back";

export class SentPanel {
  readonly element = h("section", { class: "card sent" });
  readonly #place = h("div", { class: "said" });
  readonly #inbox: Inbox;
  readonly #desk: WalletDesk;
  readonly #another: () => void;

  constructor(inbox: Inbox, desk: WalletDesk, another: () => void) {
    this.#inbox = inbox;
    this.#desk = desk;
    this.#another = another;
  }

  /** `who` is the person's name, or the address. */
  show(sent: Delivered, who: Child): void {
    const { receipt, signed } = sent;
    const heading = h("h2", { tabindex: -1 }, icon("tickRound"), h("span", {}, "Sent to ", who));
    fill(this.#place);
    fill(
      this.element,
      heading,
      h("p", {}, h("b", {}, "What happens next: "), "the patient opens Radiogram and presses Get hash."),
      facts([
        ["Message index", receipt.index],
        ["Fee", feeText(receipt.fee)],
        ["To", patientText(sent.job.patient.recipient)],
        ["Signed", signed ? "Yes, by your wallet" : "No"],
      ]),
      this.#details(sent),
      this.#place,
      this.#desk.panel,
      h(
        "div",
        { class: "ways" },
        button("Send to another patient", this.#another, { kind: "go" }),
        copyButton(() => this.#receiptText(sent), { label: "Copy receipt", said: "Receipt copied" }),
        receipt.index !== undefined && button("Take it back", () => this.#takeBack(sent)),
      ),
    );
    focusHeading(heading);
  }

  #details({ job, receipt }: Delivered): HTMLElement {
    return h(
      "details",
      { class: "details" },
      h("summary", {}, "Details"),
      h("p", {}, "Transaction"),
      h("p", { class: "mono-wrap" }, receipt.hash),
      h("p", {}, "To"),
      h("p", {}, fullAddress(job.patient.recipient.address)),
      h("p", {}, "From"),
      h("p", {}, fullAddress(job.account)),
      h("p", {}, "Fee"),
      h("p", { class: "mono-wrap" }, `${ether(receipt.fee)} ETH`),
    );
  }

  /** No name and nothing of the images: it may lie around. */
  #receiptText({ job, receipt, signed }: Delivered): string {
    const { site } = this.#inbox;
    const lines: readonly (readonly [string, string | number | undefined])[] = [
      ["Radiogram receipt", new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC"],
      ["Network", `${site.name} (${site.chainId})`],
      ["To", job.patient.recipient.address],
      ["From", job.account],
      ["Message index", receipt.index],
      ["Transaction", receipt.hash],
      ["Fee", `${ether(receipt.fee)} ETH`],
      ["Signed", signed ? "yes" : "no"],
    ];
    return lines.map(([word, value]) => `${word}: ${value ?? ""}`).join("\n");
  }

  // ---- taking back

  async #takeBack(sent: Delivered): Promise<void> {
    const sure = await dialog({
      title: "Take these images back?",
      body: [
        h("p", {}, "The patient’s inbox will say that you took them back, and Radiogram will not open them any more."),
        h("p", {}, "Whoever already saved them keeps them. Your wallet will ask you to agree to a small fee."),
      ],
      buttons: [
        { label: "Take them back", value: true },
        { label: "Leave them sent", value: false },
      ],
    });
    if (sure) await this.#retract(sent);
  }

  async #retract(sent: Delivered): Promise<void> {
    this.#tell({ tone: "info", busy: true, title: "One moment", text: "Checking the fee…" });
    try {
      if (!this.#desk.ready) {
        fill(this.#place);
        await this.#desk.insist();
        return;
      }
      const receipt = await this.#ask(sent);
      if (receipt) this.#taken();
      else this.#stopped(sent);
    } catch (error) {
      this.#notTaken(sent, error);
    } finally {
      warnBeforeLeaving(TAKING_BACK, false);
    }
  }

  /** Undefined if the person stopped waiting for the wallet. */
  async #ask({ job, receipt }: Delivered): Promise<Receipt | undefined> {
    const wallet = this.#desk.ready;
    if (!wallet || receipt.index === undefined) return undefined;
    const request = await this.#inbox.retractCall(job.patient.recipient.address, receipt.index);
    const fee = await this.#inbox.fee(request, wallet.account);
    const stop = new AbortController();
    const wait = waiting(`Agree to take the images back. Fee about ${feeText(fee)}.`, () => {
      stop.abort();
    });
    this.#tell({ tone: "info", busy: true, title: "Look in your wallet", text: wait.element });
    warnBeforeLeaving(TAKING_BACK, true);
    try {
      const hash = await wallet.send(request, this.#inbox.site, stop.signal);
      warnBeforeLeaving(TAKING_BACK, false);
      this.#tell({ tone: "info", busy: true, title: "On its way", text: "The network is writing it down." });
      return await this.#inbox.receipt(hash);
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      throw error;
    } finally {
      wait.end();
    }
  }

  #taken(): void {
    const heading = h("h2", { tabindex: -1 }, icon("reset"), h("span", {}, "Taken back"));
    this.element.classList.add("taken");
    fill(
      this.element,
      heading,
      h("p", {}, "The patient’s inbox says now that you took the images back. Whoever already saved them keeps them."),
      h("div", { class: "ways" }, button("Send to another patient", this.#another, { kind: "go" })),
    );
    focusHeading(heading);
    say("Taken back");
  }

  #stopped(sent: Delivered): void {
    this.#tell({
      tone: "warn",
      title: "You stopped waiting.",
      text: "The images are still sent. If you agree in your wallet now, they are taken back all the same.",
      buttons: [this.#again(sent)],
    });
  }

  #notTaken(sent: Delivered, error: unknown): void {
    const buttons = [this.#again(sent)];
    if (error instanceof Rejected) {
      this.#tell({ tone: "warn", title: "You said no in your wallet.", text: "The images are still sent.", buttons });
    } else if (error instanceof InsufficientFundsError) this.#tell({ ...tooLittle(error), buttons });
    else {
      const { title } = notAccepted(error);
      this.#tell({ tone: "err", title, text: "The images are still sent.", buttons, details: said(error) });
    }
  }

  #again(sent: Delivered): HTMLElement {
    return button("Ask again", () => this.#retract(sent));
  }

  #tell(words: NoticeWords): void {
    const box = notice(words);
    fill(this.#place, box);
    focusHeading(box);
  }
}

function facts(list: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    list
      .filter(([, value]) => value !== undefined)
      .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
}
