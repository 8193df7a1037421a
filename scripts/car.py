"""Take an encrypted study along in a file, or put it from there onto an IPFS node."""

from radiogram.cli.commands.car import cli

__all__ = ["cli"]
