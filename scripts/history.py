"""Tell everything that touched an inbox and its keys."""

from radiogram.cli.commands.history import cli

__all__ = ["cli"]
