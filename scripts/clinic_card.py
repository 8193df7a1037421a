"""Make a clinic's card."""

from radiogram.cli.commands.clinic_card import cli

__all__ = ["cli"]
