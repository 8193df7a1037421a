"""Where each study that was sent is kept."""

from radiogram.cli.commands.pins import cli

__all__ = ["cli"]
