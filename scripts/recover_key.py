"""Make a key file anew from the recovery sheet."""

from radiogram.cli.commands.recover_key import cli

__all__ = ["cli"]
