/** What people call the networks that wallets are on. */

const NETWORKS: Readonly<Record<number, string>> = {
  1: "Ethereum",
  10: "OP Mainnet",
  56: "BNB Chain",
  100: "Gnosis",
  137: "Polygon",
  324: "ZKsync",
  1337: "a local network",
  8453: "Base",
  17000: "Holesky",
  31337: "a local network",
  42161: "Arbitrum",
  43114: "Avalanche",
  59144: "Linea",
  534352: "Scroll",
  560048: "Hoodi",
  11155111: "Sepolia",
};

export function networkName(chainId: number): string {
  return NETWORKS[chainId] ?? "another network";
}
