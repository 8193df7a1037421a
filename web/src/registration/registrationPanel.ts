/** Registering a key on screen: at the hospital’s expense or by a wallet now, at the hospital, or not yet. */

import { button } from "../ui/button.ts";
import { fill } from "../ui/dom.ts";
import { focusHeading, notice } from "../ui/notice.ts";
import { say } from "../ui/speech.ts";
import type { WalletInfo } from "../wallet/discovery.ts";
import { ASKED_TO_SIGN, LOOK_IN_WALLET, NOTHING_CHANGED } from "../wallet/messages.ts";
import { showPayment } from "../wallet/paymentPanel.ts";
import type { Wallet } from "../wallet/wallet.ts";
import { relayAct } from "./relay.ts";
import { saveForHospital } from "./relayFile.ts";
import { offerRelay } from "./relayPanel.ts";
import type { Registration } from "./registration.ts";

export interface RegistrationOffer {
  /** A wallet that is connected already. */
  readonly wallet: Wallet | null;
  readonly wallets: () => readonly WalletInfo[];
  /** The person goes on; `isRegistered`: the key is on the chain now. */
  readonly goOn: (isRegistered: boolean) => void;
  /** How the button looks that asks the wallet. */
  readonly kind?: "go" | "plain";
}

/** Fills `host`, again at each change. Returns what ends it. */
export function offerRegistration(
  host: HTMLElement,
  registration: Registration,
  { wallet, wallets, goOn, kind = "go" }: RegistrationOffer,
): () => void {
  const later = (label: string, kind: "go" | "link"): HTMLElement =>
    button(
      label,
      () => {
        goOn(false);
      },
      { kind },
    );
  const atHospital = button("Do it at the hospital", () => signForHospital(host, registration, later("Go on", "go")));
  const undone = "Your address is not in the book.";
  const done = (): void => {
    say("Your address is in the book.");
    goOn(true);
  };
  const byWallet = (others: readonly HTMLElement[]): (() => void) =>
    showPayment(
      host,
      { inbox: registration.inbox, wallet, wallets, account: registration.payer, prepare: registration.call },
      { label: "Agree in wallet", kind, others, undone, done },
    );
  const { relay } = registration.inbox.site;
  if (relay === null) return byWallet([atHospital, later("Not now", "link")]);
  let end = (): void => undefined;
  const pay = button("Pay with my wallet", () => {
    end();
    end = byWallet([later("Not now", "link")]);
    focusHeading(host);
  });
  end = offerRelay(host, {
    sign: async (onAsk) => {
      const { act, signature } = await registration.sign(onAsk);
      return () => relayAct(act, signature, relay.act);
    },
    label: "Put it in the book",
    kind,
    others: [pay, later("Not now", "link")],
    otherwise: [atHospital],
    undone,
    done,
  });
  return () => {
    end();
  };
}

/** A signed act, which costs nothing to sign; the hospital relays it and pays. */
async function signForHospital(host: HTMLElement, { sign }: Registration, goOn: HTMLElement): Promise<void> {
  const buttons = [goOn];
  try {
    const { act, signature } = await sign(() => {
      fill(host, notice({ tone: "info", title: LOOK_IN_WALLET, text: ASKED_TO_SIGN, buttons }));
      focusHeading(host);
    });
    const does = "it puts your address in the book";
    fill(host, saveForHospital(act, signature, { name: "radiogram-address.json", does, buttons }));
  } catch (error) {
    const details = error instanceof Error ? error.message : undefined;
    fill(host, notice({ tone: "warn", title: "Nothing was signed.", text: NOTHING_CHANGED, buttons, details }));
  }
  focusHeading(host);
}
