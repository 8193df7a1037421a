"""Tell people that there is news in their inboxes."""

from __future__ import annotations

from pathlib import Path

import click

from radiogram.cli.keyring import Keyring
from radiogram.cli.news import own_list, watching
from radiogram.cli.options import NamedPath, keyring_options
from radiogram.cli.session import Command, Session
from radiogram.cli.wording import counted


@click.group("notify")
def cli() -> None:
    """Tell people that there is news in their inboxes, and nothing more of it: not whose, and not from whom.

    It needs nobody's keys. Whoever runs it, and the chain's node that it asks, see which inboxes are watched together.
    """


@cli.command("watch", cls=Command)
@click.argument("watch_list", metavar="LIST", type=NamedPath(exists=True, dir_okay=False))
@click.option("--every", default=60.0, show_default=True, type=click.FloatRange(min=1), help="Seconds between looks.")
@click.option("--once", is_flag=True, help="Look once, and end: for a timer.")
@click.option("--smtp", metavar="URL", help="Mail server: smtp://HOST:587 (STARTTLS) or smtps://HOST:465.")
@click.option("--mail-from", metavar="ADDRESS", help="E-mail address that mail is from.")
def watch(
    session: Session, watch_list: Path, every: float, once: bool, smtp: str | None, mail_from: str | None
) -> None:
    """Look at the inboxes of LIST again and again, until Ctrl-C.

    LIST is a CSV file with the columns inbox and tell: an address, and https://… (a webhook: POST, JSON),
    ntfy+https://SERVER/TOPIC, or mailto:ADDRESS. Three more, first_day and last_day (2026-11-27, UTC) and hourly_from,
    say when. It may be changed meanwhile. What is in an inbox at the first look is no news. Whoever can't be told is
    told later, for a week; with --once the exit status is 1 while somebody is still to be told. Credentials for the
    mail server: RADIOGRAM_SMTP_AUTH or RADIOGRAM_SMTP_AUTH_FILE.
    """
    server = watching.mail_server(smtp, mail_from)
    watching.watch(session, watch_list, every, server, once=once)


@cli.command("list", cls=Command)
@click.argument("file", metavar="FILE", type=NamedPath())
@click.option("--tell", required=True, metavar="CHANNEL", help="Whom to tell: as in the column tell of `watch`.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 400), help="So many days of mailboxes.")
@keyring_options
def make_list(session: Session, file: Path, tell: str, days: int, key_file: Path | None, of: str | None) -> None:
    """Make the list of your own inbox, and of the mailboxes that clinics which you have checked may use.

    Those of the last 30 days are in it too, into which messages may still come. Whoever has it can see on the chain
    which messages are yours, and open none. Make a new one before the days end.
    """
    from radiogram.news.channels import parse_channel
    from radiogram.news.watch_list import encode_watch_list
    from radiogram.output.files import refuse_existing, write_new

    parse_channel(tell)
    refuse_existing(file)
    inbox = session.network.inbox()
    lines = list(own_list.lines(Keyring(session, key_file, of), inbox, tell, days))
    write_new(file, encode_watch_list(lines).encode(), 0o600)
    session.terminal.result({"file": str(file), "inboxes": len(lines)})
    session.terminal.say(f"{file} has {counted(len(lines), 'inbox', 'inboxes')}: `notify watch {file}` watches them")
