"""Send images to a patient."""

from pathlib import Path

import click

from radiogram.cli import cars
from radiogram.cli.options import NamedPath, paths_argument
from radiogram.cli.sending import Wishes, send_files, sending_options
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("send_image", cls=SendingCommand)
@paths_argument
@click.option(
    "--to",
    metavar="RECIPIENT",
    help="The patient: a label of your register (contacts), a key card file, a card link, a key code, a public key in "
    "hex (33, 64 or 65 bytes), or an address or ENS name that has registered a key.",
)
@click.option(
    "--batch",
    metavar="LIST.csv",
    type=NamedPath(),
    help="Send a list of studies instead of PATH: CSV in UTF-8 with the columns study (a path, from the list's folder "
    "on, or an ID of the outbox), recipient (as --to has it) and perhaps label. With --json, one object a line for "
    "each study, as it is done; what was not sent has line and error.",
)
@click.option(
    "--to-car",
    "car",
    metavar="FILE",
    type=NamedPath(),
    help="Write what is on IPFS, encrypted, into this file too, as a CAR file for a USB stick or another IPFS node.",
)
@sending_options
def cli(
    session: Session, paths: tuple[Path, ...], to: str | None, batch: Path | None, car: Path | None, wishes: Wishes
) -> None:
    """Encrypt files or a study folder, add them to IPFS, and put the encrypted hash into the patient's inbox.

    A command that is run again sends nothing twice: one that was interrupted is gone on with. Quantum-safe, where the
    patient's key is: never less than the card promises.

    The register of recipients (contacts) is looked at: another patient's images to a key that is in it are refused, and
    another key for a patient who is. On a terminal, a key that is not in it is introduced: its owner reads its words.

    DICOM files are looked at first: on a terminal you are shown whose they are and whose key they go to, and asked.
    Files of several patients or studies are refused where nobody can be asked, unless --several-patients or
    --several-studies is given.

    With --batch, each row of a list is checked in that way, and what would need a word typed is refused in its row. On
    a terminal you are shown a table, and asked once. A row that is refused stops no other; the exit status is 1 then.
    """
    if batch:
        from radiogram.cli.batch.sending import send_list

        if paths or to:
            fail("--batch says what is sent, and to whom: leave out PATH and --to")
        if car:
            fail("--to-car is for one study: leave it out, and write the files with `car` when the list is sent")
        send_list(session, batch, wishes)
        return
    from radiogram.formats.source_files import find_files
    from radiogram.output.files import check_place

    found = find_files(list(paths) or [Path(session.terminal.ask_file("PATH", "Image or study folder"))])
    to = to or session.terminal.ask_file("--to", "Patient's key card, or public key")
    if car:
        check_place(car)
    fields = send_files(session, found, to, wishes)
    session.terminal.result(fields | (cars.write_sent(session, car, fields) if car else {}))
