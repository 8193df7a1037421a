"""The website's server: the built pages, and a small proxy to chain and IPFS."""
