"""Erases what a message led to, from every home, takes it back, and keeps a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli import erasure_report, fee, homes, report
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Inbox, Message


def receipt_file(message: Message) -> Path:
    """Where its receipt goes, if nobody says."""
    return Path(f"erased-{message.index}-{message.recipient[:10]}.json")


def erase(
    session: Session, inbox: Inbox, message: Message, sender: AccountAPI, file: Path, *, is_offered: bool = False
) -> None:
    """Ask, do it, and say what was done. Raises ErasureError, IpfsError and others, as radiogram.erasure has them.

    `is_offered`: nobody has asked for it, so that a No is no failure; and it is a No where there is nobody to ask.
    """
    from radiogram import erasure
    from radiogram.formats import receipt as receipts
    from radiogram.formats.public_key import parse_address
    from radiogram.output import files

    terminal, network = session.terminal, session.network
    files.check_place(file)
    plan = erasure.make_plan(session.sends().history, inbox, message, parse_address(sender.address))
    node = network.ipfs_to_add()
    if node.api is None:
        fail("a gateway deletes nothing: set RADIOGRAM_IPFS_API to the node that has it")
    retraction = inbox.retraction(plan.message)
    reach = erasure.find_reach(plan, homes.all_homes(homes.read_list(session), node))
    blocks = erasure.find_blocks(plan, reach.nodes)
    is_new = not plan.message.retracted
    cost = fee.expected(network.provider, retraction.expected_fee(sender)) if is_new else ""
    question = erasure_report.question(plan, reach, cost)
    if is_offered and not terminal.agrees(question):
        return
    if not is_offered:
        terminal.confirm(question)

    sender = session.accounts.unlocked(sender)
    erasure.note(plan, session.journal_of(plan.attempt))
    with terminal.counter("Deleting", len(reach.nodes) * sum(map(len, blocks.values()))) as done:
        deleted = erasure.delete(plan, blocks, reach, done)
    terminal.done = "what it leads to is deleted: run it again to finish"
    receipt = retraction.send(sender) if is_new else None
    terminal.done = "it was erased: run it again for a receipt"
    said = erasure_report.receipt(plan, deleted, reach, inbox, receipt)
    signature = session.accounts.signer(sender)(receipts.signing_text(said))
    files.write_new(file, receipts.to_bytes(said, signature), 0o600)
    terminal.done = f"it was erased: see {file}"
    terminal.result(
        {"network": network.name, "receipt": str(file), "signed": bool(signature)}
        | {name: said[name] for name in ("sender", "recipient", "index", "deleted", "kept")}
        | report.change_fields(network, receipt)
    )
    terminal.say(*erasure_report.lines(plan, deleted, reach, str(file), is_signed=bool(signature)))
    if receipt:
        terminal.say(report.fee_line(network, receipt))
