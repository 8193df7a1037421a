"""Put somebody's signed act on the chain."""

from radiogram.cli.commands.relay import cli

__all__ = ["cli"]
