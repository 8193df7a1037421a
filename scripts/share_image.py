"""Hand images on to a doctor."""

from radiogram.cli.commands.share_image import cli

__all__ = ["cli"]
