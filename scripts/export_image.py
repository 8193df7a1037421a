"""Export images for a doctor's system."""

from radiogram.cli.commands.export_image import cli

__all__ = ["cli"]
