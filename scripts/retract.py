"""Take a message back."""

from radiogram.cli.commands.retract import cli

__all__ = ["cli"]
