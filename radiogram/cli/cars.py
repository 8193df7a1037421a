"""Takes what a message leads to along in a CAR file, and puts such a file onto an IPFS node."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import transfers
from radiogram.cli.message_choice import open_message
from radiogram.cli.register.sending import find_inbox
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.ipfs.client import Ipfs
    from radiogram.transfer import Progress

ELSEWHERE = "choose another place"


@dataclass(frozen=True)
class Held:
    """What a message leads to on IPFS."""

    cid: bytes
    ciphertext_bytes: int
    packet_cid: bytes | None

    def roots(self) -> list[bytes]:
        """The study's CID, and that of the key packet if it has one."""
        return [self.cid, self.packet_cid] if self.packet_cid else [self.cid]

    def fields(self) -> dict[str, Any]:
        """For --json."""
        from radiogram.ipfs.cid import cid_text

        packet = cid_text(self.packet_cid) if self.packet_cid else None
        return {"cid": cid_text(self.cid), "packet_cid": packet, "ciphertext_bytes": self.ciphertext_bytes}

    def blocks(self, ipfs: Ipfs) -> Iterator[tuple[bytes, bytes]]:
        """All blocks of both, in this order, each checked. Raises IpfsError."""
        from radiogram.formats.key_packet import PACKET_LIMIT

        yield from ipfs.blocks(self.cid, self.ciphertext_bytes)
        if self.packet_cid:
            yield self.packet_cid, ipfs.read(self.packet_cid, PACKET_LIMIT)


def held_by(session: Session, name: str, key_file: Path | None, of: str | None) -> Held:
    """What message `name` leads to: of one that was sent from here the journal knows it, of others one's key."""
    from radiogram.erasure import attempt_of

    if of:
        address = find_inbox(session, of)
        if name.isdigit() and key_file is None:
            inbox = session.network.inbox()
            message = inbox.message(address, int(name))
            attempt = attempt_of(session.sends().history, inbox, message)
            if attempt and attempt.sealed and attempt.sealed.cid:
                return Held(attempt.sealed.cid, attempt.sealed.ciphertext_bytes, attempt.sealed.packet_cid)
        of = address
    opened = open_message(session, name, key_file, of).opened
    return Held(opened.reference.cid, opened.reference.ciphertext_bytes, opened.packet_cid)


def write_sent(session: Session, car: Path, sent: dict[str, Any]) -> dict[str, Any]:
    """Write the file of a message that was sent, by the fields of its result; the fields of the file's."""
    from radiogram.cli import hints
    from radiogram.errors import RadiogramError
    from radiogram.ipfs.cid import cid_bytes

    packet = cid_bytes(sent["packet_cid"]) if sent["packet_cid"] else None
    held = Held(cid_bytes(sent["cid"]), sent["ciphertext_bytes"], packet)
    try:
        return write(session, car, held, session.network.ipfs_to_read())
    except RadiogramError as error:
        fail(f"{hints.line(error)}; but {session.terminal.done}: run the same command again, which sends nothing twice")


def write(session: Session, car: Path, held: Held, ipfs: Ipfs) -> dict[str, Any]:
    """Write the file, all of it or none, and say so; the fields of the result. Raises IpfsError, OutputError."""
    from radiogram.errors import OutputError, OutputFolderError
    from radiogram.ipfs.car import write_car
    from radiogram.output.files import check_place
    from radiogram.output.staging import StagedOutput

    check_place(car)
    place = Path(os.path.abspath(car))
    transfers.remove_abandoned(session, place.parent)
    try:
        with (
            StagedOutput(place.parent) as staged,
            session.terminal.progress("Writing", held.ciphertext_bytes) as progress,
        ):
            with (staged.folder / place.name).open("xb") as sink:
                blocks = write_car(sink, held.roots(), _told(held.blocks(ipfs), progress))
                sink.flush()
                os.fsync(sink.fileno())
            staged.finish([place.name])
        length = place.stat().st_size
    except OutputFolderError as error:
        raise OutputError(error.message, ELSEWHERE) from None
    except OSError as error:
        raise OutputError(f"{car} can't be written: {error.strerror}", ELSEWHERE) from None
    session.terminal.say(
        f"{car}  {counted(blocks, 'block')}, {size(length)}, encrypted as on IPFS: `retrieve_image --offline` opens it"
    )
    return {"car": str(car), "car_bytes": length, "car_blocks": blocks}


def _told(blocks: Iterator[tuple[bytes, bytes]], progress: Progress) -> Iterator[tuple[bytes, bytes]]:
    for cid, block in blocks:
        yield cid, block
        progress(len(block))


def put(session: Session, car: Path) -> dict[str, Any]:
    """Put the files of a CAR file onto the IPFS node, and say so; the fields of the result. Raises IpfsError."""
    from radiogram.ipfs.car import CarFile
    from radiogram.ipfs.car_import import add_files, check_files
    from radiogram.ipfs.cid import cid_text

    terminal, source = session.terminal, CarFile(car)
    with terminal.progress("Checking", car.stat().st_size) as progress:
        found = check_files(source, progress)
    ipfs = session.network.ipfs_to_add()
    with terminal.progress("Adding", sum(found.files.values())) as progress:
        add_files(source, found, ipfs, progress)
    where = ipfs.api.url if ipfs.api else ""
    terminal.say(f"{where} keeps what {car} names:")
    terminal.say(*(f"{cid_text(cid)}  {size(count)}, encrypted" for cid, count in found.files.items()))
    if found.left_out:
        terminal.say(f"Left out: {counted(found.left_out, 'block')} of files that it does not name")
    return {
        "node": where,
        "car": str(car),
        "files": [{"cid": cid_text(cid), "bytes": count} for cid, count in found.files.items()],
        "blocks_left_out": found.left_out,
    }
