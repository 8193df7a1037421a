"""The whole story on a real X-ray."""

from radiogram.cli.commands.demo import cli

__all__ = ["cli"]
