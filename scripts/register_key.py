"""Register the key that messages are to be sealed to."""

from radiogram.cli.commands.register_key import cli

__all__ = ["cli"]
