// A node with the rules that RADIOGRAM_RULES names. Hardhat's own accounts are those of Ganache and Anvil.
// RADIOGRAM_GAS_CAP=off leaves out what a transaction may ask for at most (EIP-7825).
export default {
  networks: {
    node: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: process.env.RADIOGRAM_RULES,
      blockGasLimit: 200_000_000,
      ...(process.env.RADIOGRAM_GAS_CAP === "off" ? { transactionGasCap: false } : {}),
    },
  },
};
