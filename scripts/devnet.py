"""Keep the local chain and IPFS node up."""

from radiogram.cli.commands.devnet import cli

__all__ = ["cli"]
