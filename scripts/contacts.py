"""The register of recipients: whose key is whose."""

from radiogram.cli.commands.contacts import cli

__all__ = ["cli"]
