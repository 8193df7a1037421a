"""One run of a command: the options that all share, what they open, and failures in one line."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from radiogram.cli import fee
from radiogram.cli.accounts import Accounts
from radiogram.cli.network import LOCAL_NETWORK, Network
from radiogram.cli.process import orderly
from radiogram.cli.terminal import Terminal
from radiogram.cli.wording import printable

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.outgoing.audit_log import AuditLog
    from radiogram.outgoing.journal import Journal
    from radiogram.outgoing.uploads import Attempt
    from radiogram.sends import Sends


class Session:
    """A command's terminal, network and accounts. What is opened for it is closed at the end, in reverse order."""

    def __init__(self, network: str | None, account: str | None, as_json: bool, yes: bool) -> None:
        self._open_until_exit = ExitStack()
        self.terminal = Terminal(as_json, yes)
        self.network = Network(network, self.terminal, self._open_until_exit)
        self.accounts = Accounts(account, self.network)

    def __enter__(self) -> Session:
        fee.ether_price(os.environ)  # said wrongly, it is refused before anything is paid
        # A terminated command leaves as an interrupted one does: nodes stopped, partial files removed.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def journal(self) -> Journal:
        """The journal of sends, in the state folder."""
        from radiogram.outgoing.journal import Journal
        from radiogram.sends import COMMANDS

        waiting = "Another run is sending the same: waiting for it"
        return Journal(self.network.home / COMMANDS, lambda: self.terminal.note(waiting))

    def journal_of(self, attempt: Attempt) -> Journal:
        """The one that has it, of commands or of pages: its entry is held while something is done about its message."""
        from radiogram.sends import journal_of

        waiting = "Another command is at work on this message: waiting for it"
        return journal_of(attempt, self.network.home, lambda: self.terminal.note(waiting))

    def sends(self, inbox: Inbox | None = None) -> Sends:
        """What was sent from the state folder, by commands and by pages: see radiogram.sends. Raises InboxError."""
        from radiogram.sends import read_sends

        return read_sends(self.network.home, inbox)

    def audit_log(self) -> AuditLog:
        """The audit log, in the state folder."""
        from radiogram.outgoing.audit_log import AuditLog

        return AuditLog(self.network.home)

    def __exit__(self, *exc: Any) -> bool | None:  # noqa: ANN401
        return self._open_until_exit.__exit__(*exc)


class Command(click.Command):
    """A command whose function is given a session; its failures are one line and exit status 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["--network"], metavar="CHOICE", help=f"Network, as Ape names it [default: {LOCAL_NETWORK}]."),
            click.Option(
                ["--account"], metavar="ALIAS", help="Account: an Ape alias, an address, or a test account's number."
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object, and nothing else."),
            click.Option(["--yes"], is_flag=True, help="Ask no questions."),
        ]

    @orderly
    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        from radiogram.cli import hints

        shared = [ctx.params.pop(name) for name in ("network", "account", "as_json", "yes")]
        until_final = ctx.params.pop("finalized", False)
        try:
            session = Session(*shared)
            with session:
                session.network.until_final = until_final
                return ctx.invoke(self.callback or (lambda _: None), session, **ctx.params)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (KeyboardInterrupt, SystemExit) as stopped:
            for note in getattr(stopped, "__notes__", ()):
                click.echo(printable(note), err=True)
            raise
        except Exception as error:
            if "RADIOGRAM_DEBUG" in os.environ:
                raise
            done = f"; but {session.terminal.done}" if session.terminal.done else ""
            raise click.ClickException(printable(hints.line(error) + done)) from error


class SendingCommand(Command):
    """One that puts something on the chain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        option = "Wait until no reorganisation can undo it: until the network calls its block final (minutes)."
        self.params.append(click.Option(["--finalized"], is_flag=True, help=option))
