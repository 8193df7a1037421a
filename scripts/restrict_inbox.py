"""Restrict an inbox to approved senders, or open it again."""

from radiogram.cli.commands.restrict_inbox import cli

__all__ = ["cli"]
