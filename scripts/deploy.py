"""Put the inbox contract at its address, unless it is there."""

from radiogram.cli.commands.deploy import cli

__all__ = ["cli"]
