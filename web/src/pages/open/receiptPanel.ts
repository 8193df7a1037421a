/** Tells the sender of a letter in a mailbox that it came: by a signed receipt, as nobody can say so on the chain. */

import type { Address } from "viem";
import type { Message } from "../../chain/inbox.ts";
import { arrivalFile } from "../../formats/receipt.ts";
import { button } from "../../ui/button.ts";
import { fill, h } from "../../ui/dom.ts";
import { focusHeading, notice } from "../../ui/notice.ts";
import { saveBlob } from "../../ui/save.ts";
import type { InboxController } from "./inboxController.ts";

/** A letter in a mailbox. */
export interface MailboxLetter {
  readonly sent: Message;
  /** What the commands call it. */
  readonly name: string;
  /** Whose inbox is open. */
  readonly owner: Address;
}

/** Fills `host`. Returns what ends it. */
export function receiptPanel(
  controller: InboxController,
  { sent, name, owner }: MailboxLetter,
  host: HTMLElement,
  close: () => void,
): () => void {
  const canSign = controller.owner?.address === owner;
  const save = async (): Promise<void> => {
    const { chainId, inbox } = controller.site;
    const { recipient, index, cursor } = sent;
    const madeAt = new Date().toISOString().replace(/\.\d+Z$/, "+00:00");
    const arrival = { madeAt, chainId, inbox, account: owner, recipient, index, cursor };
    const file = arrivalFile(arrival, await controller.keyring.signArrival(arrival));
    const saved = saveBlob(new Blob([file]), `radiogram-receipt-${name}.json`, "application/json");
    const text = "Give this file to the sender, and to nobody else: it says that this letter is yours.";
    fill(host, notice({ tone: "ok", title: `Saved as ${saved}.`, text, buttons: [button("Close", close)] }));
    focusHeading(host);
  };
  const how = canSign
    ? "Save a receipt, which your key signs, and give it to the sender."
    : "Call the sender, or write to them.";
  fill(
    host,
    h("h2", { tabindex: -1 }, "Tell the sender you got it?"),
    h(
      "p",
      {},
      `Nobody but you and the sender can see whose this letter is. So nothing is written to the network. ${how}`,
    ),
    h(
      "div",
      { class: "ways" },
      canSign && button("Save a receipt", save, { kind: "go", props: { id: "save-receipt" } }),
      button("Not now", close),
    ),
  );
  return () => undefined;
}
