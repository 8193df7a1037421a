"""Acts of an account: put on the chain, or signed into a file for somebody else to relay."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogram.cli import fee, hints, report
from radiogram.cli.options import STDIO, SignOnly
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Call, Inbox, Receipt
    from radiogram.formats.signed_act import Act

DAY = 24 * 60 * 60  # seconds
Step = Callable[[], None]


def carry_out(
    session: Session,
    inbox: Inbox,
    act: Act,
    account: AccountAPI,
    sign_only: SignOnly | None,
    just_before: Step = lambda: None,
) -> None:
    """Put `act` on the chain from its account, or sign it; `just_before`: when nothing else can fail any more."""
    in_effect = act.already_in_effect(inbox)
    if in_effect and sign_only:
        fail(f"there is nothing to sign: it is so already, that {in_effect}")
    elif in_effect:
        tell(session, inbox, str(in_effect), report.act_fields(in_effect), None)
    elif sign_only:
        sign(session, inbox, act, account, sign_only, just_before)
    else:
        receipt = send(session, inbox.act(act), account, str(act), just_before)
        act = _with_version(act, receipt)
        tell(session, inbox, str(act), report.act_fields(act), receipt)


def send(session: Session, call: Call, payer: AccountAPI, statement: str, just_before: Step = lambda: None) -> Receipt:
    """Send a call that would go well, once the person at the terminal agrees to its fee."""
    cost = fee.expected(session.network.provider, call.expected_fee(payer))
    session.terminal.confirm(f"{statement}.\nPut this on the chain, from {payer.address}, for a fee of about {cost}?")
    payer = session.accounts.unlocked(payer)
    just_before()
    return call.send(payer)


def sign(session: Session, inbox: Inbox, act: Act, account: AccountAPI, sign_only: SignOnly, just_before: Step) -> None:
    """Sign `act` into a file that is not there yet, or to standard output."""
    from radiogram.formats import signed_act, unix_time
    from radiogram.output import files

    if sign_only.file != STDIO:
        files.check_place(Path(sign_only.file))
    deadline = int(time.time() + sign_only.valid_days * DAY)
    account = session.accounts.unlocked(account)
    just_before()
    request = signed_act.signable(act, inbox.chain_id, inbox.address, deadline)
    signature = session.accounts.sign_act(account, request)
    signed = signed_act.SignedAct(act, inbox.chain_id, inbox.address, deadline, signature).to_bytes()
    if sign_only.file == STDIO:
        click.echo(signed, nl=False)
        return
    files.write_new(Path(sign_only.file), signed)
    session.terminal.result(
        {"network": session.network.name, "inbox": inbox.address, "act": act.NAME}
        | report.act_fields(act)
        | {"deadline": unix_time.iso(deadline), "file": sign_only.file}
    )
    session.terminal.say(
        f"Signed, and not yet on the chain: {act}",
        f"Anyone can put it there until {unix_time.when(deadline)}: {hints.command('relay')} {sign_only.file}",
    )


def tell(session: Session, inbox: Inbox, statement: str, fields: dict[str, Any], receipt: Receipt | None) -> None:
    """Say what is so, and what it cost; without a receipt, that it was so already."""
    changes = report.change_fields(session.network, receipt)
    session.terminal.result({"network": session.network.name, "inbox": inbox.address} | fields | changes)
    session.terminal.say(f"{'Now' if changes['changed'] else 'Already'} {statement}")
    if receipt:
        session.terminal.say(report.fee_line(session.network, receipt))


def _with_version(act: Act, receipt: Receipt) -> Act:
    """`act` with the version that the chain gave it, if it has one."""
    given = {name: value for name, value in (receipt.event or {}).items() if name == "version"}
    return replace(act, **given)
