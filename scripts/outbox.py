"""The outbox: studies that arrived from a scanner, and wait for a recipient."""

from radiogram.cli.commands.outbox import cli

__all__ = ["cli"]
