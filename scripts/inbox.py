"""List the messages of an inbox."""

from radiogram.cli.commands.inbox import cli

__all__ = ["cli"]
