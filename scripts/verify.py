"""Check that a folder holds what was signed."""

from radiogram.cli.commands.verify import cli

__all__ = ["cli"]
