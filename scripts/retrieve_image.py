"""Retrieve images from an inbox."""

from radiogram.cli.commands.retrieve_image import cli

__all__ = ["cli"]
