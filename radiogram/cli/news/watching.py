"""`notify watch`: looks at the inboxes of a list until it is stopped."""

from __future__ import annotations

import base64
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from radiogram.cli import hints
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.news.channels import MailServer
    from radiogram.news.state import StateFile
    from radiogram.news.watch_list import Watched
    from radiogram.news.watcher import Round, Watcher

FOLDER = "news"
AUTH = "RADIOGRAM_SMTP_AUTH"


def mail_server(url: str | None, sender: str | None) -> MailServer | None:
    """That of the options and of RADIOGRAM_SMTP_AUTH; None where none is named. Raises NewsError."""
    from radiogram.cli.environment import credentials
    from radiogram.errors import NewsError
    from radiogram.news.channels import MailServer

    found = credentials(os.environ, AUTH, NewsError)
    if url is None:
        if sender or found:
            fail(f"--mail-from and {AUTH} are of no use without --smtp")
        return None
    if not sender:
        fail("--smtp needs --mail-from: the address that the mail is from")
    login = None
    if found:
        kind, _, token = found.reveal().partition(" ")
        if kind != "Basic":
            fail(f"{AUTH} must read basic:USER:SECRET")
        user, _, secret = base64.b64decode(token).decode().partition(":")
        login = user, secret
    return MailServer.parse(url, sender, login)


class List:
    """The file that says whom to tell; read again whenever it has changed."""

    def __init__(self, path: Path, server: MailServer | None) -> None:
        self._path, self._server, self._data, self._problem = path, server, b"", ""
        self.watched: list[Watched] = []
        self._read()

    def again(self, session: Session) -> list[Watched]:
        """As it is now. What can't be read is said once, and the list stays as it was."""
        from radiogram.errors import NewsError

        try:
            self._read()
            self._problem = ""
        except NewsError as error:
            if error.message != self._problem:
                session.terminal.note(f"The list stays as it was: {hints.line(error)}")
            self._problem = error.message
        return self.watched

    def _read(self) -> None:
        from radiogram.cli.private_file import check_private
        from radiogram.errors import NewsError
        from radiogram.news.watch_list import MAX_BYTES, parse_watch_list

        check_private(self._path, NewsError)
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise NewsError(f"{self._path} can't be read: {error.strerror}") from None
        if data == self._data:  # some thousand lines take a second
            return
        watched = parse_watch_list(data)
        if self._server is None and any(each.channel.kind == "mail" for each in watched):
            raise NewsError("the list has e-mail addresses, and there is no mail server", "name one with --smtp")
        self._data, self.watched = data, watched


def watch(session: Session, path: Path, every: float, server: MailServer | None, *, once: bool) -> None:
    """Until a signal ends it, or, with `once`, one time; then what that came to is the result."""
    from radiogram.news.state import StateFile

    listed = List(path, server)
    inbox = session.network.inbox()
    with StateFile.opened(session.network.home / FOLDER, inbox.chain, inbox.address, path) as file:
        if file.read() is None:
            session.terminal.note(f"{path} is looked at for the first time: what is in its inboxes is no news")
        if once:
            _tell_once(session, _watcher(inbox, listed.watched, file, server).look())
            return
        _announce(session, listed.watched, every)
        _go_on(session, listed, inbox, file, every, server)


def _watcher(inbox: Inbox, watched: list[Watched], file: StateFile, server: MailServer | None) -> Watcher:
    from radiogram.news import channels
    from radiogram.news.watcher import Watcher

    return Watcher(inbox, watched, file, partial(channels.tell, server=server))


def _go_on(
    session: Session, listed: List, inbox: Inbox, file: StateFile, every: float, server: MailServer | None
) -> NoReturn:
    from radiogram.errors import RadiogramError

    problem = ""
    while True:
        try:
            _say_failures(session, _watcher(inbox, listed.again(session), file, server).look())
            if problem:
                session.terminal.note("Looking again.")
            problem = ""
        except RadiogramError as error:  # nothing is lost: it is looked at later
            if error.message != problem:
                session.terminal.note(f"Not looked: {hints.line(error)}")
            problem = error.message
        time.sleep(every)


def _announce(session: Session, watched: list[Watched], every: float) -> None:
    inboxes, channels = len({each.inbox for each in watched}), len({each.channel for each in watched})
    session.terminal.result({"inboxes": inboxes, "channels": channels, "every_seconds": every})
    session.terminal.say(
        f"Watching {counted(inboxes, 'inbox', 'inboxes')} for {counted(channels, 'channel')}, every {every:g} seconds. "
        "Stop with Ctrl-C."
    )
    sys.stdout.flush()


def _tell_once(session: Session, done: Round) -> None:
    result = {"inboxes": done.watched, "told": done.told, "failed": len(done.failed)}
    session.terminal.result(result | {"waiting": done.waiting, "given_up": len(done.given_up)})
    session.terminal.say(
        f"Looked at {counted(done.watched, 'inbox', 'inboxes')}, told {counted(done.told, 'channel')} of news"
    )
    _say_failures(session, done)
    if done.waiting:
        fail(f"{counted(done.waiting, 'channel')} still to be told: run it again later")
    if done.given_up:
        fail(f"{counted(len(done.given_up), 'channel')} given up")


def _say_failures(session: Session, done: Round) -> None:
    for channel, why in done.failed:
        session.terminal.note(f"Not told: {why} (line of {channel})")
    for channel in done.given_up:
        session.terminal.note(f"Given up after a week: {channel}")
