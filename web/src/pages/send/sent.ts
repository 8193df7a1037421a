/** After sending: what happens next, the receipt, and taking it back. */

import type { ContractCall, Inbox } from "../../chain/inbox.ts";
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
import type { Delivered } from "./sending.ts";
import type { ConnectionPanel } from "../../wallet/connectionPanel.ts";
import * as messages from "../../wallet/messages.ts";
import { transact, transactionProblem, type TransactionStep } from "../../wallet/transaction.ts";
import { stopButton, waiting } from "../../wallet/waiting.ts";
import type { Wallet } from "../../wallet/wallet.ts";

const TAKING_BACK = "taking back";
const STILL_SENT = "The images are still sent.";

export class SentPanel {
  readonly element = h("section", { class: "card sent" });
  readonly #place = h("div", { class: "said" });
  readonly #inbox: Inbox;
  readonly #wallet: ConnectionPanel;
  readonly #another: () => void;

  constructor(inbox: Inbox, wallet: ConnectionPanel, another: () => void) {
    this.#inbox = inbox;
    this.#wallet = wallet;
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
      this.#wallet.element,
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
    const { ready } = this.#wallet.connection;
    if (!ready) {
      fill(this.#place);
      await this.#wallet.connection.insist();
      return;
    }
    await this.#ask(sent, ready);
    warnBeforeLeaving(TAKING_BACK, false);
  }

  async #ask(sent: Delivered, wallet: Wallet): Promise<void> {
    const { inbox, stop } = { inbox: this.#inbox, stop: new AbortController() };
    const { recipient } = sent.job.patient;
    const prepare = (): Promise<ContractCall> => inbox.retractCall(recipient.address, sent.receipt.index ?? 0);
    try {
      for await (const step of transact({ inbox, wallet, prepare }, stop.signal)) this.#show(step, stop);
    } catch (error) {
      if (stop.signal.aborted) this.#stopped(sent);
      else this.#notTaken(sent, error);
    }
  }

  #show(step: TransactionStep, stop: AbortController): void {
    warnBeforeLeaving(TAKING_BACK, step.at === "agree");
    if (step.at === "agree") {
      const stopWaiting = stopButton(() => {
        stop.abort();
      });
      const text = waiting(`Agree to take the images back. Fee about ${feeText(step.fee)}.`, stopWaiting);
      this.#tell({ tone: "info", busy: true, title: messages.LOOK_IN_WALLET, text });
    }
    if (step.at === "confirming") {
      this.#tell({ tone: "info", busy: true, title: "On its way", text: messages.BEING_WRITTEN });
    }
    if (step.at === "done") this.#taken();
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
      title: messages.STOPPED_WAITING,
      text: `${STILL_SENT} If you agree in your wallet now, they are taken back all the same.`,
      buttons: [this.#again(sent)],
    });
  }

  #notTaken(sent: Delivered, error: unknown): void {
    const buttons = [this.#again(sent)];
    const { kind, detail, missing } = transactionProblem(error);
    if (kind === "said-no") this.#tell({ tone: "warn", title: messages.SAID_NO, text: STILL_SENT, buttons });
    else if (kind === "too-little") this.#tell({ ...messages.tooLittle(missing), buttons });
    else this.#tell({ ...messages.notAccepted(kind, STILL_SENT), text: STILL_SENT, buttons, details: detail });
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
