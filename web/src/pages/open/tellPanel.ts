/** Tells a study's sender that it came: by a transaction, or signed by the key for another to pay. */

import type { Message } from "../../chain/inbox.ts";
import { actDeadline, saveForHospital } from "../../registration/relayFile.ts";
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
  const save = async (): Promise<void> => {
    const act = inbox.acknowledgeAct(message, actDeadline());
    const signature = await controller.keyring.signAct(act);
    const [name, does] = [`radiogram-answer-${String(index)}.json`, "it passes your answer on"];
    fill(paying, saveForHospital(act, signature, { name, does, buttons: [button("Close", close)] }));
    focusHeading(paying);
  };
  fill(
    host,
    h("h2", { tabindex: -1 }, "Tell the sender you got it?"),
    h("p", {}, "Everyone can see that you answered, not what you got."),
    isOwn &&
      h("p", { class: "hint" }, "A wallet pays the fee. No wallet? Save your answer as a file for the hospital."),
    paying,
  );
  const asFile = button("Save my answer as a file", save, { props: { id: "answer-file" } });
  const notNow = button("Not now", close);
  return showPayment(
    paying,
    {
      inbox,
      wallet: controller.wallet,
      wallets: () => controller.wallets,
      account: isOwn ? null : recipient,
      prepare: async () => {
        if (!isOwn) return inbox.acknowledgeCall(message);
        const act = inbox.acknowledgeAct(message, actDeadline());
        return inbox.relayCall(act, await controller.keyring.signAct(act));
      },
    },
    { label: "Tell them", others: isOwn ? [asFile, notNow] : [notNow], undone: "The sender was not told.", done },
  );
}
