/** After sending, on screen: what happens next, the receipt, and taking it back. */

import { ether, feeText } from "../../chain/ether.ts";
import type { Site } from "../../site.ts";
import { fullAddress } from "../../ui/address.ts";
import { mailboxName } from "../../ui/format.ts";
import { button, copyButton } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, fill, h } from "../../ui/dom.ts";
import { icon } from "../../ui/icons.ts";
import { warnBeforeLeaving } from "../../ui/leave.ts";
import { focusHeading, notice, type NoticeWords } from "../../ui/notice.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { say } from "../../ui/speech.ts";
import { BEING_WRITTEN, LOOK_IN_WALLET } from "../../wallet/messages.ts";
import { stopButton, waiting } from "../../wallet/waiting.ts";
import { notTakenBack, OLDER_KEY, STOPPED_TAKING_BACK } from "./messages.ts";
import { patientText } from "./patientStep.ts";
import type { RetractionState } from "./retraction.ts";
import type { Delivered } from "./transfer.ts";

export interface SentActions {
  another: () => void;
  /** Asks the wallet to take it back. */
  retract: () => unknown;
  stopWaiting: () => void;
}

export class SentPanel {
  readonly element = h("section", { class: "card sent" });
  /** Place of the wallet's words. */
  readonly wallet = h("div");
  readonly #place = h("div", { class: "said" });
  readonly #act: SentActions;

  constructor(act: SentActions) {
    this.#act = act;
  }

  /** `who` is the person's name, or the address. The focus stays where it is. */
  show(sent: Delivered, who: Child, site: Site): void {
    const { index, receipt, signed } = sent;
    const heading = h("h2", { tabindex: -1 }, icon("tickRound"), h("span", {}, "Sent to ", who));
    this.element.classList.remove("taken");
    fill(this.#place);
    fill(
      this.element,
      heading,
      h("p", {}, h("b", {}, "What happens next: "), "the patient opens Radiogram and presses Get hash."),
      termList([
        ["Message index", sent.isInMailbox ? undefined : index],
        ["Fee", receipt ? feeText(receipt.fee) : undefined],
        ["To", patientText(sent.job.patient)],
        ["Mailbox", sent.isInMailbox ? mailboxName({ recipient: sent.recipient, index: index ?? 0 }) : undefined],
        ["Signed", signed ? "Yes, by your wallet" : "No"],
      ]),
      quantumSafe(sent.job.patient.hybrid !== null, OLDER_KEY),
      details(sent),
      this.#place,
      this.wallet,
      h(
        "div",
        { class: "ways" },
        button("Send to another patient", this.#act.another, { kind: "go" }),
        copyButton(() => receiptText(sent, site), { label: "Copy receipt", said: "Receipt copied" }),
        index !== undefined && button("Take it back", () => this.#takeBack()),
      ),
    );
  }

  /** Nothing of the patient is left. */
  clear(): void {
    this.element.replaceChildren();
  }

  update(state: RetractionState): void {
    warnBeforeLeaving("retraction", state.at === "agree");
    if (state.at === "done") this.#taken();
    else if (state.at === "idle") fill(this.#place);
    else this.#tell(this.#words(state));
  }

  async #takeBack(): Promise<void> {
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
    if (sure) this.#act.retract();
  }

  #words(state: Exclude<RetractionState, { at: "done" | "idle" }>): NoticeWords {
    const again = button("Ask again", () => this.#act.retract());
    switch (state.at) {
      case "preparing":
      case "held":
        return { tone: "info", busy: true, title: "One moment", text: "Checking the fee…" };
      case "agree": {
        const words = `Agree to take the images back. Fee about ${feeText(state.fee)}.`;
        const text = waiting(words, stopButton(this.#act.stopWaiting));
        return { tone: "info", busy: true, title: LOOK_IN_WALLET, text };
      }
      case "confirming":
        return { tone: "info", busy: true, title: "On its way", text: BEING_WRITTEN };
      case "stopped":
        return { ...STOPPED_TAKING_BACK, buttons: [again] };
      case "failed":
        return { ...notTakenBack(state.problem), buttons: [again] };
    }
  }

  #taken(): void {
    const heading = h("h2", { tabindex: -1 }, icon("reset"), h("span", {}, "Taken back"));
    this.element.classList.add("taken");
    fill(
      this.element,
      heading,
      h("p", {}, "The patient’s inbox says now that you took the images back. Whoever already saved them keeps them."),
      h("div", { class: "ways" }, button("Send to another patient", this.#act.another, { kind: "go" })),
    );
    focusHeading(heading);
    say("Taken back");
  }

  #tell(words: NoticeWords): void {
    const box = notice(words);
    fill(this.#place, box);
    focusHeading(box);
  }
}

function details({ job, receipt, recipient, isInMailbox }: Delivered): HTMLElement {
  return h(
    "details",
    { class: "details" },
    h("summary", {}, "Details"),
    receipt && [h("p", {}, "Transaction"), h("p", { class: "mono-wrap" }, receipt.hash)],
    h("p", {}, "To"),
    h("p", {}, fullAddress(job.patient.recipient.address)),
    isInMailbox && [
      h("p", {}, "Mailbox"),
      h("p", {}, fullAddress(recipient)),
      h("p", { class: "hint" }, "Only you and the patient can tell whose mailbox that is."),
    ],
    h("p", {}, "From"),
    h("p", {}, fullAddress(job.account)),
    receipt && [h("p", {}, "Fee"), h("p", { class: "mono-wrap" }, exactFee(receipt.fee))],
  );
}

/** No name and nothing of the images, nor whose mailbox it is: it may lie around. */
function receiptText({ job, recipient, isInMailbox, index, receipt, signed }: Delivered, site: Site): string {
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ["Radiogram receipt", new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC"],
    ["Network", `${site.name} (${site.chainId})`],
    [isInMailbox ? "To mailbox" : "To", recipient],
    ["From", job.account],
    ["Message index", index],
    ["Transaction", receipt?.hash],
    ["Fee", receipt ? exactFee(receipt.fee) : undefined],
    ["Signed", signed ? "yes" : "no"],
    ["Safe from future quantum computers", job.patient.hybrid ? "yes" : "no"],
  ];
  const known = lines.filter(([, value]) => value !== undefined);
  return known.map(([word, value]) => `${word}: ${value ?? ""}`).join("\n");
}

const exactFee = (wei: bigint): string => `${ether(wei)} ETH`;

function termList(list: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    list
      .filter(([, value]) => value !== undefined)
      .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
}
