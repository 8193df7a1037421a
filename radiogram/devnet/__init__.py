"""The local network: a chain and an IPFS node that run when a command needs them."""
