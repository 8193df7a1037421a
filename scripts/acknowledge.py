"""Confirm receipt of a message."""

from radiogram.cli.commands.acknowledge import cli

__all__ = ["cli"]
