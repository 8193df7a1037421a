/** The wallet of a page that has one throughout: its words in a panel, and the pill in the top bar. */

import type { Site } from "../site.ts";
import { addressMore } from "../ui/address.ts";
import { dialog } from "../ui/dialog.ts";
import { fill, h } from "../ui/dom.ts";
import { focusAgain, type FocusMark, focusMark } from "../ui/focus.ts";
import { focusHeading } from "../ui/notice.ts";
import type { PillItem, Shell } from "../ui/shell.ts";
import { alarm, say } from "../ui/speech.ts";
import { type Account, type ConnectionEvent, type ConnectionState, WalletConnection } from "./connection.ts";
import { connectionView } from "./connectionView.ts";
import { LET_GO } from "./messages.ts";
import { networkName } from "./network.ts";

export class ConnectionPanel {
  readonly connection: WalletConnection;
  /** The page puts it where it is needed. */
  readonly element = h("div", { class: "wallet-panel" });
  readonly #shell: Shell;
  readonly #site: Site;
  readonly #changed: () => void;
  readonly #more: readonly PillItem[];
  /** What had the focus before the panel took it. */
  #opener: FocusMark | null = null;

  /** `changed` is called when account, network or connection are others; `more` goes into the pill's menu. */
  constructor(shell: Shell, site: Site, changed: () => void, more: readonly PillItem[]) {
    this.#shell = shell;
    this.#site = site;
    this.#changed = changed;
    this.#more = more;
    this.connection = new WalletConnection(site, (state, event) => {
      this.#update(state, event);
    });
    this.connection.discover();
    this.#drawPill(null);
  }

  #update(state: ConnectionState, event: ConnectionEvent): void {
    if (isWaiting(state) && !this.element.contains(document.activeElement)) this.#opener = focusMark(document);
    fill(this.element, this.#view(state));
    if (isSettled(event)) {
      this.#drawPill(state.account);
      this.#changed();
    }
    this.#speak(state, event);
    this.#focus(state, event);
  }

  #view({ question }: ConnectionState): HTMLElement | null {
    const { connection } = this;
    const act = {
      connect: () => void connection.connect(),
      connectTo: (info: Parameters<WalletConnection["connectTo"]>[0]) => void connection.connectTo(info),
      added: () => void connection.lookAgain(),
      switchNetwork: () => void connection.switchNetwork(),
      stopWaiting: () => {
        connection.stopWaiting();
      },
    };
    return connectionView(question, act, { network: this.#site.name, level: 2 });
  }

  #speak({ account, question }: ConnectionState, event: ConnectionEvent): void {
    const { name } = this.#site;
    switch (event.type) {
      case "ask":
        if (question.kind === "connecting") say("Look in your wallet. We asked it to connect.");
        break;
      case "connected":
        if (event.byPerson && account?.isOnNetwork === true) say(`Wallet connected, on ${name}`);
        break;
      case "switched":
        say(`Your wallet is on ${name} now.`);
        break;
      case "changed":
        say(`Your wallet is ${account?.isOnNetwork === true ? "" : "not "}on ${name}.`);
        break;
      case "stop-waiting":
        say("Stopped waiting.");
        break;
      case "lost":
        alarm(LET_GO);
        break;
      default:
    }
  }

  /** What the person caused moves the focus; what comes from the wallet by itself does not. */
  #focus({ account }: ConnectionState, event: ConnectionEvent): void {
    switch (event.type) {
      case "ask":
      case "failed":
        focusHeading(this.element);
        break;
      case "connected":
        if (!event.byPerson) break;
        if (account?.isOnNetwork === true) this.#giveBack();
        else focusHeading(this.element);
        break;
      case "switched":
      case "stop-waiting":
        this.#giveBack();
        break;
      default:
    }
  }

  /** The panel is empty: the focus goes back to where it came from, or to the pill. */
  #giveBack(): void {
    if (this.#opener && focusAgain(this.#opener)) return;
    document.querySelector<HTMLElement>("button.who")?.focus();
  }

  #drawPill(account: Account | null): void {
    const { connection } = this;
    if (account === null) {
      this.#shell.setPill({ word: "Connect", more: " wallet", tone: "warn", press: () => connection.connect() });
      return;
    }
    const another = {
      label: "Use another wallet",
      press: () => {
        connection.choose();
      },
    };
    const disconnect = {
      label: "Disconnect",
      press: () => {
        connection.forget();
      },
    };
    this.#shell.setPill({
      word: "Wallet",
      addressFirst: true,
      address: account.address,
      whose: "Your wallet",
      network: account.isOnNetwork ? this.#site.name : networkName(account.chainId),
      tone: account.isOnNetwork ? "ok" : "warn",
      items: [
        { label: "Show full address", press: () => showAddress(account.address) },
        ...(connection.wallets.length > 1 ? [another] : []),
        ...this.#more,
        disconnect,
      ],
    });
  }
}

function isWaiting({ question }: ConnectionState): boolean {
  return question.kind === "connecting" || question.kind === "switching";
}

/** Whether account, network or connection may be others. */
function isSettled({ type }: ConnectionEvent): boolean {
  return type !== "found" && type !== "ask" && type !== "failed" && type !== "move-on";
}

async function showAddress(account: string): Promise<void> {
  await dialog({
    title: "Your wallet’s address",
    body: addressMore(account, "address", true),
    buttons: [{ label: "Close", value: undefined }],
  });
}
