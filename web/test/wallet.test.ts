import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Site } from "../src/site.ts";
import { discoverWallets, type Provider, type WalletInfo } from "../src/wallet/discovery.ts";
import { Wallet } from "../src/wallet/wallet.ts";
import { refusalOf } from "./vectors.ts";

const TECHNOLOGIST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const HASH = `0x${"12".repeat(32)}`;
const site: Site = {
  name: "Local network",
  chainId: 1337,
  inbox: "0xD5a216726aD004196c6D121F0918e3B0096FEb09",
  rpc: "http://localhost/rpc",
  gateways: [],
  upload: null,
  uploadLimit: 0,
  addChain: {
    rpcUrls: ["http://localhost/rpc"],
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  },
  directory: {},
  relay: null,
  outbox: null,
  homes: null,
};

/** A wallet whose answers are set by method: a value, or an error to throw. */
class FakeWallet implements Provider {
  asked: { method: string; params: unknown }[] = [];
  listeners = new Map<string, (value: unknown) => void>();
  answers: Record<string, (params: unknown[]) => unknown> = {
    eth_requestAccounts: () => [TECHNOLOGIST.toLowerCase()],
    eth_accounts: () => [],
    eth_chainId: () => "0x539",
    eth_sendTransaction: () => HASH,
  };

  async request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    this.asked.push({ method, params });
    await Promise.resolve();
    return this.answers[method]?.(params as unknown[]);
  }

  on(event: string, listener: (value: unknown) => void): void {
    this.listeners.set(event, listener);
  }

  removeListener(event: string): void {
    this.listeners.delete(event);
  }

  info(): WalletInfo {
    return { uuid: "1", name: "Fake", rdns: "org.example", provider: this };
  }
}

const thrown = (error: unknown) => (): never => {
  throw error;
};

let fake: FakeWallet;
beforeEach(() => {
  fake = new FakeWallet();
});

describe("a wallet", () => {
  test("that connects has an account in EIP-55 spelling, and a chain", async () => {
    const wallet = await Wallet.connect(fake.info());
    expect(wallet).toMatchObject({ account: TECHNOLOGIST, chainId: 1337 });
    expect(wallet.isOn(site)).toBe(true);
  });

  test("that was connected before is found without asking anybody", async () => {
    expect(await Wallet.reconnect(fake.info())).toBeUndefined();
    fake.answers["eth_accounts"] = () => [OTHER];
    expect((await Wallet.reconnect(fake.info()))?.account).toBe(OTHER);
    expect(fake.asked.map(({ method }) => method)).not.toContain("eth_requestAccounts");
  });

  test.each([
    ["its owner says no", { code: 4001, message: "User rejected" }, "Rejected"],
    ["it is asking already", { code: -32002, message: "pending" }, "WalletBusy"],
    ["it does not know the method", { code: 4200 }, "WalletError"],
    ["it wraps another's refusal", { code: -32603, data: { originalError: { code: 4001 } } }, "Rejected"],
    ["it throws a text", "no", "WalletError"],
    ["it throws nothing", undefined, "WalletError"],
    ["it shows no account", "none", "WalletError"],
  ])("does not connect where %s", async (_, error, name) => {
    fake.answers["eth_requestAccounts"] = error === "none" ? () => [] : thrown(error);
    expect(await refusalOf(() => Wallet.connect(fake.info()))).toBe(name);
  });

  test("that never answers is not waited for any longer than wanted", async () => {
    fake.answers["eth_requestAccounts"] = () => new Promise(() => undefined);
    const stop = new AbortController();
    const connecting = Wallet.connect(fake.info(), stop.signal);
    stop.abort();
    expect(await refusalOf(() => connecting)).toBe("AbortError");
  });

  test("that throws at once, and not by a promise, is understood too", async () => {
    const info = { ...fake.info(), provider: { request: thrown({ code: 4001 }) } };
    expect(await refusalOf(() => Wallet.connect(info))).toBe("Rejected");
  });

  test("switches to the network of the site", async () => {
    let chain = "0x1";
    fake.answers["eth_chainId"] = () => chain;
    fake.answers["wallet_switchEthereumChain"] = () => {
      chain = "0x539";
      return null;
    };
    const wallet = await Wallet.connect(fake.info());
    expect(wallet.isOn(site)).toBe(false);
    await wallet.switchTo(site);
    expect(wallet.isOn(site)).toBe(true);
  });

  test("is told of a network that it does not know", async () => {
    let chain = "0x1";
    fake.answers["eth_chainId"] = () => chain;
    fake.answers["wallet_switchEthereumChain"] = thrown({ code: -32603, data: { originalError: { code: 4902 } } });
    fake.answers["wallet_addEthereumChain"] = () => {
      chain = "0x539";
      return null;
    };
    const wallet = await Wallet.connect(fake.info());
    await wallet.switchTo(site);
    expect(wallet.isOn(site)).toBe(true);
    expect(fake.asked.find(({ method }) => method === "wallet_addEthereumChain")?.params).toEqual([
      { chainId: "0x539", chainName: "Local network", ...site.addChain },
    ]);
  });

  test.each([
    ["can't be told of the network", { ...site, addChain: null }, { code: 4902 }, "UnknownChain"],
    ["stays where it is", site, undefined, "UnknownChain"],
    ["is told no", site, { code: 4001 }, "Rejected"],
  ])("does not switch where it %s", async (_, to, error, name) => {
    fake.answers["eth_chainId"] = () => "0x1";
    fake.answers["wallet_switchEthereumChain"] = error ? thrown(error) : () => null;
    const wallet = await Wallet.connect(fake.info());
    expect(await refusalOf(() => wallet.switchTo(to))).toBe(name);
  });

  test("sends from its account, on the site's network only", async () => {
    const wallet = await Wallet.connect(fake.info());
    expect(await wallet.send({ to: site.inbox, data: "0x12" }, site)).toBe(HASH);
    const sent = fake.asked.find(({ method }) => method === "eth_sendTransaction");
    expect(sent?.params).toEqual([
      { from: TECHNOLOGIST, to: site.inbox, data: "0x12", value: "0x0", chainId: "0x539" },
    ]);
    fake.answers["eth_chainId"] = () => "0x1";
    expect(await refusalOf(() => wallet.send({ to: site.inbox, data: "0x12" }, site))).toBe("WalletError");
  });

  test.each([
    [{ code: -32000, message: "insufficient funds for gas" }, "InsufficientFundsError"],
    [{ code: 4100 }, "WalletError"],
    [{ code: 4900 }, "WalletError"],
  ])("that can't send says why: %o", async (error, name) => {
    fake.answers["eth_sendTransaction"] = thrown(error);
    const wallet = await Wallet.connect(fake.info());
    expect(await refusalOf(() => wallet.send({ to: site.inbox, data: "0x12" }, site))).toBe(name);
  });

  test.each([undefined, null, "0x12", 7])("that names no transaction is not believed: %s", async (answer) => {
    fake.answers["eth_sendTransaction"] = () => answer;
    const wallet = await Wallet.connect(fake.info());
    expect(await refusalOf(() => wallet.send({ to: site.inbox, data: "0x12" }, site))).toBe("WalletError");
  });

  test("signs a text with v 27 or 28, whatever it counts from", async () => {
    fake.answers["personal_sign"] = () => `0x${"11".repeat(64)}01`;
    const wallet = await Wallet.connect(fake.info());
    expect(await wallet.signText("ä")).toBe(`0x${"11".repeat(64)}1c`);
    expect(fake.asked.at(-1)?.params).toEqual(["0xc3a4", TECHNOLOGIST]);
    fake.answers["personal_sign"] = () => `0x${"11".repeat(70)}`;
    expect(await refusalOf(() => wallet.signText("ä"))).toBe("WalletError");
  });

  test("tells of another account, another chain, and of letting go", async () => {
    const wallet = await Wallet.connect(fake.info());
    const [change, disconnect] = [vi.fn(), vi.fn()];
    wallet.listen({ change, disconnect });
    fake.listeners.get("accountsChanged")?.([TECHNOLOGIST.toLowerCase()]);
    expect(change).not.toHaveBeenCalled();
    fake.listeners.get("accountsChanged")?.([OTHER.toLowerCase()]);
    fake.listeners.get("chainChanged")?.("0x1");
    expect(change).toHaveBeenCalledTimes(2);
    expect(wallet).toMatchObject({ account: OTHER, chainId: 1 });
    fake.listeners.get("accountsChanged")?.([]);
    expect(disconnect).toHaveBeenCalledTimes(1);
    wallet.close();
    expect(fake.listeners.size).toBe(0);
  });
});

describe("wallets that announce themselves", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("window", new EventTarget());
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const announce = (info: object, provider: unknown = fake): void => {
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info, provider } }));
  };

  test("are listed, each once, with an icon only if it is an image", () => {
    const seen: WalletInfo[][] = [];
    const stop = discoverWallets((wallets) => seen.push(wallets));
    announce({ uuid: "1", name: "One\u202e", icon: "data:image/png;base64,AA", rdns: "org.one" });
    announce({ uuid: "1", name: "One", icon: "data:image/png;base64,AA", rdns: "org.one" });
    announce({ uuid: "2", name: "Two", icon: "https://example.org/track.png", rdns: "org.two" });
    stop();
    announce({ uuid: "3", name: "Late", rdns: "" });
    expect(seen.at(-1)).toEqual([
      { uuid: "1", name: "One", icon: "data:image/png;base64,AA", rdns: "org.one", provider: fake },
      { uuid: "2", name: "Two", rdns: "org.two", provider: fake },
    ]);
  });

  test.each([[{}], [{ uuid: 1, name: "x" }], [{ uuid: "1", name: "x" }, {}], [{ uuid: "1", name: "x" }, null]])(
    "are left out where they are none: %o",
    (info, provider: unknown = fake) => {
      const onChange = vi.fn();
      discoverWallets(onChange);
      announce(info, provider);
      expect(onChange).not.toHaveBeenCalled();
    },
  );

  test("give way to window.ethereum where there are none", () => {
    const onChange = vi.fn<(wallets: WalletInfo[]) => void>();
    Object.assign(window, { ethereum: fake });
    discoverWallets(onChange);
    vi.advanceTimersByTime(1000);
    expect(onChange.mock.calls[0]?.[0][0]?.provider).toBe(fake);
  });
});
