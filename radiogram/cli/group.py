"""The commands of an installed package, from any folder: `ape radiogram NAME`, or `radiogram NAME`."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click

from radiogram.cli import commands


class Commands(click.Group):
    """Each module of radiogram.cli.commands by its name, imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{commands.__name__}.{cmd_name}").cli
        return command


cli = Commands("radiogram", help="Hand images to a patient, privately: send, list, retrieve, share.")
