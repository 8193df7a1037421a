"""What the scripts of acts share: an act goes to the chain, or into a file, signed, for somebody else to relay."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogram.cli.session import Session, fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Call, Inbox, Receipt
    from radiogram.formats.signed_act import Act

STDIO = "-"
DAY = 24 * 60 * 60  # seconds
F = TypeVar("F", bound=Callable[..., Any])


def signable(command: F) -> F:
    """The options of an act that its account may sign instead of sending it."""
    command = click.option(
        "--valid-for",
        metavar="DAYS",
        type=click.FloatRange(min=0, min_open=True, max=3650),
        default=7,
        show_default=True,
        help="How long the signature holds.",
    )(command)
    return click.option(
        "--sign-only",
        metavar="FILE",
        help="Send nothing: sign it into FILE (- is standard output), for anyone to pay for: `ape run relay FILE`.",
    )(command)


def carry_out(
    session: Session,
    inbox: Inbox,
    act: Act,
    account: AccountAPI,
    sign_only: str | None,
    valid_for: float,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Put `act` on the chain from its account, or sign it; `prepare` is called when nothing can hinder it any more."""
    in_effect = act.already_in_effect(inbox)
    if sign_only is not None:
        if in_effect:
            fail(f"there is nothing to sign: it is so already, that {in_effect}")
        sign(session, inbox, act, account, sign_only, valid_for, prepare)
    elif in_effect:
        report(session, inbox, str(in_effect), shown(in_effect), None)
    else:
        receipt = submit(session, inbox.act(act), account, str(act), prepare)
        act = replace(act, **{name: value for name, value in (receipt.event or {}).items() if name == "version"})
        report(session, inbox, str(act), shown(act), receipt)


def submit(
    session: Session, call: Call, payer: AccountAPI, statement: str, prepare: Callable[[], None] = lambda: None
) -> Receipt:
    """Send a call that would go well, once the person at the terminal agrees to its fee."""
    from radiogram.chain.inbox import ether

    fee = call.expected_fee(payer)
    session.confirm(f"{statement}.\nPut this on the chain, from {payer.address}, for a fee of about {ether(fee)}?")
    payer = session.unlocked(payer)
    prepare()
    return call.send(payer)


def report(session: Session, inbox: Inbox, statement: str, fields: dict[str, Any], receipt: Receipt | None) -> None:
    """Say what is so, and what it cost; without a receipt, that it was so already."""
    from radiogram.chain.inbox import ether

    changed = receipt is not None and receipt.event is not None
    session.result(
        {"network": session.network, "inbox": inbox.address}
        | fields
        | {
            "changed": changed,
            "tx_hash": receipt.tx_hash if receipt else None,
            "gas_used": receipt.gas_used if receipt else 0,
            "fee_wei": receipt.fee_wei if receipt else 0,
        }
    )
    session.say(f"{'Now' if changed else 'Already'} {statement}")
    if receipt:
        session.say(f"Fee {ether(receipt.fee_wei)} ({receipt.gas_used:,} gas), transaction {receipt.tx_hash}")


def sign(
    session: Session,
    inbox: Inbox,
    act: Act,
    account: AccountAPI,
    target: str,
    valid_for: float,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Sign `act` into a file that is not there yet, or to standard output."""
    from radiogram.formats import signed_act
    from radiogram.output import files

    if target != STDIO:
        files.refuse_existing(Path(target))
    deadline = int(time.time() + valid_for * DAY)
    account = session.unlocked(account)
    prepare()
    signature = session.sign_act(account, signed_act.signable(act, inbox.chain_id, inbox.address, deadline))
    signed = signed_act.SignedAct(act, inbox.chain_id, inbox.address, deadline, signature).to_bytes()
    if target == STDIO:
        click.echo(signed, nl=False)
        return
    files.write_new(Path(target), signed)
    session.result(
        {"network": session.network, "inbox": inbox.address, "act": act.NAME}
        | shown(act)
        | {"deadline": signed_act.iso(deadline), "file": target}
    )
    session.say(f"Signed, and not yet on the chain: {act}")
    session.say(f"Anyone can put it there until {signed_act.when(deadline)}: ape run relay {target}")


def shown(act: Act) -> dict[str, Any]:
    """The fields of an act for the JSON object."""
    from radiogram.formats.signed_act import Acknowledge, ApproveSender, RegisterKey, RestrictInbox, iso

    match act:
        case RegisterKey():
            public_key = "0x" + act.public_key.hex()
            return {"account": act.account, "public_key": public_key, "key_version": act.version}
        case RestrictInbox():
            return {"account": act.account, "restricted": act.restricted, "version": act.version}
        case ApproveSender():
            until = iso(act.until) if act.until else None
            return {"account": act.account, "sender": act.sender, "until": until, "version": act.version}
        case Acknowledge():
            return {"recipient": act.account, "index": act.index}
    raise TypeError(f"no act: {act}")
