/** A payment on screen: what the wallet asks, where to look, and every way it can end. */

import { feeText } from "../chain/ether.ts";
import { addressText } from "../ui/address.ts";
import { button } from "../ui/button.ts";
import { type Child, fill, h } from "../ui/dom.ts";
import { warnBeforeLeaving } from "../ui/leave.ts";
import { focusHeading, notice, type NoticeWords } from "../ui/notice.ts";
import { working } from "../ui/progress.ts";
import { say } from "../ui/speech.ts";
import type { Question } from "./connection.ts";
import { connectionView } from "./connectionView.ts";
import * as messages from "./messages.ts";
import { Payment, type PaymentOrder, type PaymentState } from "./payment.ts";
import type { TransactionProblem } from "./problem.ts";
import { stopButton, walletHint } from "./waiting.ts";

export interface PaymentOffer {
  /** Of the button that asks the wallet: `Tell them`. */
  readonly label: string;
  /** How it looks: filled, unless something else in the view is. */
  readonly kind?: "go" | "plain";
  /** Beside it, such as `Not now`. */
  readonly others: readonly HTMLElement[];
  /** What has not happened when it fails: `The sender was not told.` */
  readonly undone: string;
  readonly done: () => void;
}

/** Fills `host`, again at each change. Returns what ends it. */
export function showPayment(host: HTMLElement, order: PaymentOrder, offer: PaymentOffer): () => void {
  const payment = new Payment(order, show);

  function show(state: PaymentState): void {
    warnBeforeLeaving("payment", state.at === "agree" || (state.at === "preparing" && state.waits === undefined));
    fill(host, view(state));
    if (state.at === "done") offer.done();
    else if (state.at !== "ready") focusHeading(host);
    if (state.at === "confirming") say("On its way");
  }

  const start = (): void => void payment.start();
  const again = (label: string): HTMLElement => button(label, start, { kind: offer.kind ?? "go" });
  const stopWaiting = (): void => {
    payment.stopWaiting();
    host.querySelector("button")?.focus();
  };

  function view(state: PaymentState): Child {
    switch (state.at) {
      case "ready":
        return h("div", { class: "ways" }, again(offer.label), offer.others);
      case "connection":
        return connection(state.question);
      case "other-account":
        return notice({
          tone: "warn",
          title: messages.OTHER_ACCOUNT,
          text: [
            "Change it in your wallet to ",
            addressText(state.needed, "Your address"),
            ". It is on ",
            addressText(state.account, "Your wallet’s address"),
            " now.",
          ],
          buttons: [again("I have changed it")],
        });
      case "preparing":
        if (state.waits === undefined) return h("h3", { tabindex: -1 }, working("Getting ready…"));
        return notice({
          tone: "info",
          busy: true,
          title: "Keeping it safe",
          text: state.waits,
          buttons: [stopButton(stopWaiting)],
        });
      case "held":
        return notice({
          tone: "info",
          busy: true,
          title: messages.MAY_BE_ON_ITS_WAY,
          text: messages.WALLET_MAY_HOLD,
          buttons: [stopButton(stopWaiting)],
        });
      case "agree":
        return notice({
          tone: "info",
          title: "Agree in your wallet",
          text: [`Fee about ${feeText(state.fee)}.`, walletHint()],
          buttons: [stopButton(stopWaiting)],
        });
      case "confirming":
        return notice({
          tone: "info",
          title: "On its way",
          text: `${messages.BEING_WRITTEN} ${messages.MAY_CLOSE}`,
        });
      case "failed":
        return notice(failed(state.problem));
      case "done":
        return null;
    }
  }

  function connection(question: Question): Child {
    const { name } = order.inbox.site;
    if (question.kind === "network" && question.refused) {
      return notice({
        ...messages.wrongNetwork(question.chainId, name, true),
        buttons: [again("I have changed it")],
      });
    }
    const act = {
      connect: start,
      connectTo: (info: Parameters<Payment["start"]>[0]) => void payment.start(info),
      added: start,
      switchNetwork: () => void payment.switchNetwork(),
      stopWaiting,
    };
    return connectionView(question, act, { network: name, filled: true });
  }

  function failed({ kind, detail, missing }: TransactionProblem): NoticeWords {
    if (kind === "too-little") return { ...messages.tooLittle(missing), buttons: [again("Check again")] };
    if (kind === "said-no") {
      const buttons = [again("Ask again"), ...offer.others];
      return { tone: "warn", title: messages.SAID_NO, text: offer.undone, buttons };
    }
    if (kind === "homes") {
      const buttons = [again("Try again"), ...offer.others];
      return { tone: "warn", title: messages.TOO_FEW_HOMES, text: detail, buttons };
    }
    const wasSent = kind === "undone" || kind === "replaced";
    return {
      tone: "err",
      title: wasSent ? messages.NOT_ACCEPTED : "That did not work.",
      text: offer.undone,
      buttons: [again("Try again"), ...offer.others],
      details: detail,
    };
  }

  show(payment.state);
  return () => {
    warnBeforeLeaving("payment", false);
    payment.close();
  };
}
