import type { Address } from "viem";
import { expect, test, vi } from "vitest";
import type { Inbox, Message } from "../src/chain/inbox.ts";
import { BundleError, ChainUnreachable, IpfsMismatch, IpfsNotFound, WrongKeyError } from "../src/errors.ts";
import type { Keyring } from "../src/keys/keyring.ts";
import { InboxController } from "../src/pages/open/inboxController.ts";
import type { Arrived } from "../src/pages/open/state.ts";
import { readSite } from "../src/site.ts";

vi.mock("../src/ui/address.ts", () => ({ keyFileName: () => "" })); // there is no document here

const ME = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const site = readSite(
  { name: "Test", chainId: 1, inbox: OTHER, rpc: "/rpc", gateways: [] },
  new URL("https://a.example/"),
);

/** Letters of these senders are on the list, and the chain is asked about approvals. */
function listing(...senders: Address[]): { controller: InboxController; approved: ReturnType<typeof vi.fn> } {
  const approved = vi.fn<Inbox["approved"]>();
  const on = { changed: () => undefined, progress: () => undefined, early: () => undefined };
  const message: Message = {
    ...{ recipient: ME, index: 0, sender: SENDER, sentAt: new Date(0), keyVersion: 0, cursor: OTHER },
    ...{ retracted: false, acknowledged: false, envelope: new Uint8Array() },
  };
  const page = (): Promise<{ messages: Message[] }> => Promise.resolve({ messages: [message] });
  const controller = new InboxController({ site, approved, page } as Partial<Inbox> as Inbox, on);
  controller.dispatch({ type: "unlock", way: "typed", own: ME, inbox: ME, keyVersion: 0, hybrid: true });
  arrive(controller, ...senders);
  return { controller, approved };
}

function arrive(controller: InboxController, ...senders: Address[]): void {
  const usual = { mailbox: null, retracted: false, acknowledged: false, readable: true, opened: false, hidden: false };
  const messages: Arrived[] = senders.map((sender, index) => ({ index, sender, sentAt: new Date(0), ...usual }));
  controller.dispatch({ type: "arrive", messages, more: false, fresh: true });
}

const familiar = ({ state }: InboxController): unknown => (state.at === "unlocked" ? [...state.familiar] : state.at);

test("whether a sender is approved is asked once", async () => {
  const { controller, approved } = listing(SENDER, OTHER);
  approved.mockResolvedValue([OTHER]);
  await controller.lookForApprovals();
  await controller.lookForApprovals();
  expect(approved.mock.calls).toEqual([[ME, [SENDER, OTHER]]]);
  expect(familiar(controller)).toEqual([OTHER]);
});

test("whether a sender is approved is asked anew where the chain did not answer", async () => {
  const { controller, approved } = listing(SENDER);
  approved.mockRejectedValueOnce(new ChainUnreachable("It is busy.")).mockResolvedValueOnce([SENDER]);
  await controller.lookForApprovals();
  expect(familiar(controller)).toEqual([]);
  await controller.lookForApprovals();
  await controller.lookForApprovals();
  expect(approved.mock.calls).toEqual([
    [ME, [SENDER]],
    [ME, [SENDER]],
  ]);
  expect(familiar(controller)).toEqual([SENDER]);
});

test("an answer that comes late approves nobody for another inbox", async () => {
  const { controller, approved } = listing(SENDER);
  let answer: (senders: Address[]) => void = () => undefined;
  approved.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const looking = controller.lookForApprovals();
  controller.hold({ lock: () => undefined } as Partial<Keyring> as Keyring);
  controller.enter("typed", OTHER, 0);
  answer([SENDER]);
  await looking;
  expect(familiar(controller)).toEqual([]);
});

test.each([
  ["is not there", new IpfsNotFound("no"), false],
  ["is not to be read for want of a Worker", new TypeError("no"), false],
  ["is of other bytes", new IpfsMismatch("no"), true],
  ["is damaged", new BundleError("no"), true],
  ["is sealed to another key", new WrongKeyError("no"), true],
])(
  "a study whose beginning %s is settled, or to be tried again; nothing of it stays open",
  async (_, error, isSettled) => {
    const { controller } = listing(SENDER);
    const close = vi.fn(() => Promise.resolve());
    const [open, manifest] = [(): Promise<object> => Promise.resolve({}), (): Promise<never> => Promise.reject(error)];
    controller.hold({ lock: () => undefined, open, manifest, close } as unknown as Keyring);
    await controller.look();
    expect(await controller.announce(0)).toBe(isSettled);
    expect(close).toHaveBeenCalledOnce();
  },
);
