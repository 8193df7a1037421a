/** Tells a study's sender that it came: by a transaction, or signed by the key for another to pay. */

import type { Message } from "../../chain/inbox.ts";
import type { Hex } from "../../formats/bytes.ts";
import type { Act } from "../../formats/signedAct.ts";
import { actDeadline, saveForHospital } from "../../registration/relayFile.ts";
import { relayAct } from "../../registration/relay.ts";
import { offerRelay } from "../../registration/relayPanel.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { focusHeading } from "../../ui/notice.ts";
import { say } from "../../ui/speech.ts";
import { showPayment } from "../../wallet/paymentPanel.ts";
import type { InboxController } from "./inboxController.ts";

/** Fills `host`. Returns what ends it. */
export function tellPanel(
  controller: InboxController,
  message: Pick<Message, "recipient" | "index" | "cursor">,
  host: HTMLElement,
  close: () => void,
): () => void {
  const { inbox } = controller;
  const { recipient, index } = message;
  const isOwn = controller.owner?.address === recipient;
  const paying = h("div");
  const done = (): void => {
    controller.dispatch({ type: "acknowledged", index });
    fill(host, h("h2", { tabindex: -1 }, "The sender knows now."), h("div", { class: "ways" }, button("Close", close)));
    focusHeading(host);
    say("The sender knows now.");
  };
  const sign = async (): Promise<{ act: Act; signature: Hex }> => {
    const act = inbox.acknowledgeAct(message, actDeadline());
    return { act, signature: await controller.keyring.signAct(act) };
  };
  const save = async (): Promise<void> => {
    const { act, signature } = await sign();
    const [name, does] = [`radiogram-answer-${String(index)}.json`, "it passes your answer on"];
    fill(paying, saveForHospital(act, signature, { name, does, buttons: [button("Close", close)] }));
    focusHeading(paying);
  };
  const { relay } = inbox.site;
  const notNow = button("Not now", close);
  const asFile = button("Save my answer as a file", save, { props: { id: "answer-file" } });
  const undone = "The sender was not told.";
  const byWallet = (others: readonly HTMLElement[]): (() => void) =>
    showPayment(
      paying,
      {
        inbox,
        wallet: controller.wallet,
        wallets: () => controller.wallets,
        account: isOwn ? null : recipient,
        prepare: async () => {
          if (!isOwn) return inbox.acknowledgeCall(message);
          const { act, signature } = await sign();
          return inbox.relayCall(act, signature);
        },
      },
      { label: "Tell them", others, undone, done },
    );
  fill(
    host,
    h("h2", { tabindex: -1 }, "Tell the sender you got it?"),
    h("p", {}, "Everyone can see that you answered, not what you got."),
    isOwn &&
      relay === null &&
      h("p", { class: "hint" }, "A wallet pays the fee. No wallet? Save your answer as a file for the hospital."),
    paying,
  );
  if (!isOwn) return byWallet([notNow]);
  if (relay === null) return byWallet([asFile, notNow]);
  let end = (): void => undefined;
  const pay = button("Pay with my wallet", () => {
    end();
    end = byWallet([notNow]);
    paying.querySelector("button")?.focus();
  });
  end = offerRelay(paying, {
    sign: async () => {
      const { act, signature } = await sign();
      return () => relayAct(act, signature, relay.act);
    },
    label: "Tell them",
    others: [pay, notNow],
    otherwise: [asFile],
    undone,
    done,
  });
  return () => {
    end();
  };
}
