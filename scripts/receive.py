"""Receive from scanners into the outbox."""

from radiogram.cli.commands.receive import cli

__all__ = ["cli"]
