"""Look for what is wrong, and repair it."""

from radiogram.cli.commands.doctor import cli

__all__ = ["cli"]
