"""Delete what a message led to, take it back, and keep a receipt."""

from pathlib import Path

import click

from radiogram.cli import erasure_report, fee, report
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import NamedPath, index_argument
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("erase", cls=SendingCommand)
@index_argument
@click.option("--of", metavar="RECIPIENT", help="Whose inbox: an address, ENS name, public key or key card.")
@click.option(
    "--receipt",
    "file",
    type=NamedPath(),
    help="Where the receipt goes; no file is overwritten [default: erased-INDEX-RECIPIENT.json].",
)
def cli(session: Session, index: int | None, of: str | None, file: Path | None) -> None:
    """Delete from your IPFS node what message INDEX, which you sent, leads to: the encrypted study, and its key packet.
    The message is marked as retracted, and a receipt says what was done and what not, signed by you.

    The journal on this computer knows what was uploaded for it. What another message needs too is kept, and named.
    Run again, it goes on where it was interrupted.

    It can't be undone, and is no recall: what was received stays received, copies elsewhere are out of reach, and the
    chain keeps the envelope.
    """
    from radiogram import erasure
    from radiogram.chain.recipients import find_account
    from radiogram.formats import receipt as receipts
    from radiogram.formats.public_key import parse_address
    from radiogram.ipfs.pins import Pins
    from radiogram.outgoing.uploads import read_history
    from radiogram.output import files

    terminal, network = session.terminal, session.network
    index = terminal.ask_index() if index is None else index
    recipient, _ = find_account(of or terminal.ask("--of", "Whose inbox"), network.resolve_name)
    file = file or Path(f"erased-{index}-{recipient[:10]}.json")
    files.refuse_existing(file)
    inbox, journal, sender = network.inbox(), session.journal(), session.accounts.own(SENDER_INDEX)
    history = read_history(journal.folder)
    plan = erasure.make_plan(history, inbox, inbox.message(recipient, index), parse_address(sender.address))
    if (node := network.ipfs_to_add().api) is None:
        fail("a gateway deletes nothing: set RADIOGRAM_IPFS_API to the node that has it")
    pins, retraction = Pins(node), inbox.retraction(plan.message)
    blocks = erasure.find_blocks(plan, pins)
    is_new = not plan.message.retracted
    cost = fee.expected(network.provider, retraction.expected_fee(sender)) if is_new else ""
    terminal.confirm(erasure_report.question(plan, node, cost))

    sender = session.accounts.unlocked(sender)
    erasure.note(plan, journal)
    with terminal.counter("Deleting", sum(map(len, blocks.values()))) as done:
        deleted = erasure.delete(plan, blocks, pins, done)
    receipt = retraction.send(sender) if is_new else None
    said = erasure_report.receipt(plan, deleted, node, inbox, receipt)
    signature = session.accounts.signer(sender)(receipts.signing_text(said))
    files.write_new(file, receipts.to_bytes(said, signature), 0o600)
    terminal.done = f"it was erased: see {file}"
    terminal.result(
        {"network": network.name, "receipt": str(file), "signed": bool(signature)}
        | {name: said[name] for name in ("sender", "recipient", "index", "deleted", "kept")}
        | report.change_fields(network, receipt)
    )
    terminal.say(*erasure_report.lines(plan, deleted, node, str(file), is_signed=bool(signature)))
    if receipt:
        terminal.say(report.fee_line(network, receipt))
