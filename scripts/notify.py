"""Tell people that there is news in their inboxes."""

from radiogram.cli.commands.notify import cli

__all__ = ["cli"]
