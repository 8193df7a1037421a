"""Say who may send to a restricted inbox."""

from radiogram.cli.commands.approve_sender import cli

__all__ = ["cli"]
