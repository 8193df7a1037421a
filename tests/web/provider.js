// A wallet's provider as a page sees it (EIP-1193), announced as EIP-6963 says. What it answers, Python decides.
(() => {
  const { uuid, name, icon, rdns, legacy, late } = /* DETAIL */ null;
  const ask = globalThis.__walletAsk;
  const waiting = new Map();
  const listeners = new Map();
  let last = 0;

  const emit = (event, value) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(value));

  const finish = ({ resolve, reject }, answer) => {
    answer.events?.forEach(([event, value]) => emit(event, value));
    if (answer.error) {
      const { code, message, data } = answer.error;
      reject(Object.assign(new Error(message), data == null ? { code } : { code, data }));
    } else {
      resolve(answer.result ?? null);
    }
  };

  const provider = {
    request: ({ method, params }) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        ask(JSON.stringify({ uuid, id, method, params: params ?? null })).then((answer) => {
          if (!answer.pending) settle(id, answer);
        }, reject);
      }),
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return provider;
    },
    removeListener(event, listener) {
      listeners.set(event, (listeners.get(event) ?? []).filter((each) => each !== listener));
      return provider;
    },
  };

  const settle = (id, answer) => {
    const promise = waiting.get(id);
    waiting.delete(id);
    if (promise) finish(promise, answer);
  };

  if (legacy) globalThis.ethereum = Object.assign(provider, { isMetaMask: true });

  const detail = Object.freeze({ info: Object.freeze({ uuid, name, icon, rdns }), provider });
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  (globalThis.__wallets ??= {})[uuid] = { emit, settle, announce };
  if (late) return;
  addEventListener("eip6963:requestProvider", announce);
  announce();
})();
