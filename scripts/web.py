"""Serve the website beside the chain and the IPFS node."""

from radiogram.cli.commands.web import cli

__all__ = ["cli"]
