"""Make the keys that open a patient's images."""

from radiogram.cli.commands.create_key import cli

__all__ = ["cli"]
