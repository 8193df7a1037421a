/** A wallet's connection on screen: what the person is asked to do, or where to look. */

import { button, link } from "../ui/button.ts";
import type { Child } from "../ui/dom.ts";
import { notice, type NoticeWords } from "../ui/notice.ts";
import type { Question } from "./connection.ts";
import type { WalletInfo } from "./discovery.ts";
import * as messages from "./messages.ts";
import { stopButton, waiting, walletButtons } from "./waiting.ts";

export interface ConnectionActions {
  connect: () => void;
  connectTo: (info: WalletInfo) => void;
  /** The person has added a wallet. */
  added: () => void;
  switchNetwork: () => void;
  stopWaiting: () => void;
}

export interface ConnectionPlace {
  /** The site's name for its network. */
  readonly network: string;
  /** Of the headings: 2 where none but the page’s h1 is above them. */
  readonly level?: 2 | 3;
  /** Whether the filled button of the view is here. */
  readonly filled?: boolean;
}

/** Null if there is nothing to say. */
export function connectionView(question: Question, act: ConnectionActions, place: ConnectionPlace): HTMLElement | null {
  const { network, level = 3, filled = false } = place;
  const kind = filled ? "go" : "plain";
  const show = (words: NoticeWords, ...buttons: HTMLElement[]): HTMLElement => notice({ ...words, level, buttons });
  const again = (label = "Try again"): HTMLElement => button(label, act.connect, { kind });
  switch (question.kind) {
    case "none":
      return null;
    case "missing":
      return show(messages.noWallet(question.again), ...addingButtons(act.added, question.again, filled));
    case "choose":
      return show(messages.CHOOSE_WALLET, ...walletButtons(question.wallets, act.connectTo));
    case "connecting":
      return show(lookInWallet(messages.ASKED_TO_CONNECT, act.stopWaiting));
    case "switching":
      return show(lookInWallet(messages.askedToSwitch(network), act.stopWaiting));
    case "refused":
      return show(messages.SAID_NO_TO_CONNECT, again());
    case "busy":
      return show(messages.BUSY, again());
    case "failed":
      return show({ ...messages.NOT_CONNECTED, details: question.detail }, again());
    case "lost":
      return show(messages.LOST, again("Connect again"));
    case "network": {
      const words = messages.wrongNetwork(question.chainId, network, question.refused);
      return show(words, button("Switch network", act.switchNetwork, { kind }));
    }
  }
}

/** Of a notice that says that there is no wallet. */
export function addingButtons(added: () => void, again = false, filled = false): HTMLElement[] {
  const see = link("See wallets", messages.FIND_WALLETS, { class: "btn" });
  const reload = button("Reload this page", () => {
    location.reload();
  });
  const add = again ? reload : button("I have added one", added, { kind: filled ? "go" : "plain" });
  return filled ? [add, see] : [see, add];
}

/** The wallet was asked something. */
export function lookInWallet(text: Child, stop: () => void): NoticeWords {
  return { tone: "info", busy: true, title: messages.LOOK_IN_WALLET, text: waiting(text, stopButton(stop)) };
}
