"""Delete what a message led to, take it back, and keep a receipt."""

from radiogram.cli.commands.erase import cli

__all__ = ["cli"]
