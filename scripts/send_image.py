"""Send images to a patient."""

from radiogram.cli.commands.send_image import cli

__all__ = ["cli"]
