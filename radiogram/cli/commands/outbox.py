"""The outbox: studies that arrived from a scanner, and wait for a recipient."""

from __future__ import annotations

import click

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.outbox import kept, leaving, shown
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.sending import Wishes, sending_options
from radiogram.cli.session import Command, SendingCommand, Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted


class _Listing(click.Group):
    """Lists, where nothing else is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("outbox", cls=_Listing)
def cli() -> None:
    """Studies that arrived from a scanner (receive) and wait for a recipient. Without a command: lists them.

    They are encrypted to --account. Nothing leaves before a person has said to whom, unless `send --auto` is run.
    """


@cli.command("list", cls=Command)
def list_studies(session: Session) -> None:
    """All that wait, the newest last: whose, what, how many, and whom the register suggests; and what was refused."""
    from radiogram.outbox.opened import refused, said_by

    outbox, secret = kept.opened(session)
    contacts = contacts_of(session, session.accounts.own(SENDER_INDEX))
    studies = [(each, said_by(each, secret)) for each in outbox.studies()]
    rows = [(each, said, shown.suggested(said, contacts)) for each, said in studies]
    refusals = refused(outbox, secret)
    fields = {"account": outbox.key.account, "studies": [shown.study_fields(*row) for row in rows]}
    session.terminal.result(fields | {"refused": [shown.refused_fields(each) for each in refusals]})
    if not rows:
        session.terminal.say("Nothing waits")
    for row in rows:
        session.terminal.say(*shown.study_lines(*row))
    if refusals:
        session.terminal.say(f"{counted(len(refusals), 'refusal')} (`outbox forget --refused` forgets them)")
        session.terminal.say(*(f"          {shown.refused_line(each)}" for each in refusals))


@cli.command("send", cls=SendingCommand)
@click.argument("name", metavar="[ID]", required=False)
@click.option("--to", metavar="RECIPIENT", help="As of send_image [default on a terminal: whom the register suggests].")
@click.option("--incomplete", is_flag=True, help="Send what is there of a study that is still arriving.")
@click.option("--auto", is_flag=True, help="Send all that surely are a patient's of the register; nothing is asked.")
@sending_options
def send(session: Session, name: str | None, to: str | None, incomplete: bool, auto: bool, wishes: Wishes) -> None:
    """Send a study to its patient, as send_image does, with the same questions and checks; then it is gone from here.

    A command that is run again sends nothing twice. With --auto, every complete study is sent of which each image names
    one patient whom the register has once, with a key whose words were compared: for a timer, say.
    """
    if auto and (name or to or incomplete):
        fail("--auto says what is sent, and to whom: leave out ID, --to and --incomplete")
    if auto:
        session.terminal.yes = True
        session.terminal.result(leaving.send_known(session, wishes))
    else:
        session.terminal.result(leaving.send_one(session, name, to, wishes, incomplete=incomplete))


@cli.command("forget", cls=Command)
@click.argument("name", metavar="[ID]", required=False)
@click.option("--refused", is_flag=True, help="Forget what was refused, and no study.")
def forget(session: Session, name: str | None, refused: bool) -> None:
    """Delete a study that waits: no copy of it is left here."""
    terminal = session.terminal
    outbox, _ = kept.opened(session)
    if refused:
        terminal.result({"forgotten": outbox.forget_refusals()})
        terminal.say("The refusals are forgotten")
        return
    study = kept.called(outbox, name or terminal.ask("ID", "ID of the study"))
    what = counted(len(study.instances), "instance")
    terminal.confirm(f"Delete {what} that nobody has been sent?", "stopped: nothing was deleted")
    outbox.remove(study)
    terminal.result({"forgotten": len(study.instances)})
    terminal.say(f"Deleted {what}")
