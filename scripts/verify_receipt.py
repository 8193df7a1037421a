"""Check a receipt."""

from radiogram.cli.commands.verify_receipt import cli

__all__ = ["cli"]
