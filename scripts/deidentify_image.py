"""De-identify images."""

from radiogram.cli.commands.deidentify_image import cli

__all__ = ["cli"]
