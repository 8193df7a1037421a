"""The whole story on a real X-ray."""

from pathlib import Path

import click

from radiogram.cli.demo import Demo
from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session


@click.command("demo", cls=Command)
@click.option("--out", type=NamedPath(), default=Path("demo"), show_default=True, help="Folder.")
def cli(session: Session, out: Path) -> None:
    """Tell the whole story on a real X-ray: deploy, send, list, refuse a wrong key, retrieve, compare bit for bit."""
    session.terminal.result(Demo(session).play(out))
