"""List what was meant to be sent and is not finished."""

from radiogram.cli.commands.outgoing import cli

__all__ = ["cli"]
