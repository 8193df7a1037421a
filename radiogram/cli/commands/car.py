"""Take an encrypted study along in a file, or put it from there onto an IPFS node."""

from pathlib import Path

import click

from radiogram.cli import cars
from radiogram.cli.options import MessageName, NamedPath, keyring_options, message_argument
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("car", cls=Command)
@message_argument
@click.option("--to-car", metavar="FILE", type=NamedPath(), help="Write this file; none is overwritten.")
@click.option("--from-car", metavar="FILE", type=NamedPath(), help="Put what this file has onto the IPFS node.")
@keyring_options
def cli(
    session: Session,
    name: str | None,
    to_car: Path | None,
    from_car: Path | None,
    key_file: Path | None,
    of: str | None,
) -> None:
    """Write what message INDEX leads to on IPFS, the encrypted study and its key packet, into a CAR file: a copy that
    travels on a USB stick. `retrieve_image --offline` opens it.

    Of a message that you sent from this computer, --of names the recipient (a label of your register, or as send_image
    has it), and no key is needed; of your own inbox, your key opens the message.

    With --from-car, the IPFS node gets what such a file has, and keeps it: that needs no key, and no message. Each
    block is checked, and what is not encrypted is refused.
    """
    if (to_car is None) == (from_car is None):
        fail("name the file: --to-car to write it, or --from-car to put it onto the IPFS node")
    if from_car:
        if name or of or key_file:
            fail("--from-car takes what the file has: leave out INDEX, --of and --key-file")
        session.terminal.result(cars.put(session, from_car))
        return
    if to_car:
        from radiogram.output.files import check_place

        check_place(to_car)
        held = cars.held_by(session, name or session.terminal.ask_index(MessageName()), key_file, of)
        written = cars.write(session, to_car, held, session.network.ipfs_to_read())
        session.terminal.result(held.fields() | written)
