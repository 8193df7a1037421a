"""The clinics whose cards you have checked."""

from radiogram.cli.commands.clinics import cli

__all__ = ["cli"]
