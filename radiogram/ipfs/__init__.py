"""The one IPFS node that we were told to use: add a ciphertext to it, read a ciphertext from it."""
