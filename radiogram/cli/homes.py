"""The homes that a user has set up, and that a study is kept by as many as are wanted before it is sent."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.session import Session

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.ipfs.client import Ipfs
    from radiogram.ipfs.homes.home import Home
    from radiogram.ipfs.homes.home_list import HomeList
    from radiogram.ipfs.homes.keeping import Waits
    from radiogram.ipfs.homes.place import File
    from radiogram.outgoing.journal import Sealed
    from radiogram.server.homes import Door, Message, Record

NAME = "homes.toml"
VARIABLE = "RADIOGRAM_HOMES"


def read_list(session: Session) -> HomeList:
    """What is set up in `homes.toml` of the state folder, or in the file that RADIOGRAM_HOMES names; if there is none,
    that the node that studies are added to is the one home. Raises IpfsError.
    """
    from radiogram.cli.environment import credentials_in, read_private
    from radiogram.errors import HomeListError
    from radiogram.ipfs.homes.home_list import HomeList, parse_home_list

    if (file := _list_file(session)) is None:
        return HomeList()
    text = read_private(file, VARIABLE, HomeListError)
    return parse_home_list(text, lambda name: credentials_in(file.parent / Path(name).expanduser(), "auth_file"))


def _list_file(session: Session) -> Path | None:
    named = os.environ.get(VARIABLE)
    file = Path(named).expanduser() if named else session.network.home / NAME
    return file if named or file.exists() else None


def all_homes(listed: HomeList, ipfs: Ipfs) -> list[Home]:
    """The node that studies are added to, and what is listed. Raises IpfsReadOnly where that is a gateway."""
    from radiogram.ipfs.homes.home_list import OWN_NAME
    from radiogram.ipfs.homes.kubo import KuboHome

    return [KuboHome(OWN_NAME, ipfs), *listed.homes]


def keeper(session: Session, ipfs: Ipfs | None, pins: int | None = None) -> Callable[[Sealed], None]:
    """Called with what is to be sent, before it is: comes back when as many homes keep it as are wanted.

    `pins`: how many, if not as many as the list says. Raises HomeListError if there are not so many.
    """
    if pins in (None, 1) and _list_file(session) is None:
        return lambda _: None
    from radiogram.errors import HomesError
    from radiogram.ipfs.homes.home import Origin
    from radiogram.ipfs.homes.keeping import keep

    listed = read_list(session)
    wanted = listed.pins if pins is None else pins
    if wanted == 1 or ipfs is None:  # it was read back from the node that it was added to
        return lambda _: None
    homes = all_homes(listed, ipfs)
    check_enough(homes, wanted)
    told = waiting(session)

    def kept(sealed: Sealed) -> None:
        try:
            keep(files_of(sealed), homes, wanted, Origin(ipfs), patience=listed.patience, told=told)
        except HomesError as error:
            raise HomesError(f"not sent: {error.message}", error.hint) from error

    return kept


def files_of(sealed: Sealed) -> list[File]:
    """What a message leads to, of what was uploaded for it."""
    from radiogram.ipfs.homes.place import File

    study = [File(sealed.cid, sealed.ciphertext_bytes)] if sealed.has_uploaded else []
    return study + ([File(sealed.packet_cid, None)] if sealed.packet_cid else [])


def check_enough(homes: Sequence[Home], wanted: int) -> None:
    """Raises HomeListError if there are not so many."""
    from radiogram.errors import HomeListError
    from radiogram.ipfs.homes.keeping import count_places

    if wanted > (most := count_places(homes)):
        raise HomeListError(
            f"{wanted} homes are to keep what is sent, and there {'is' if most == 1 else 'are'} {most}",
            f"set up more of them in {NAME} (docs/homes.md), or ask for fewer (--pins)",
        )


def door_for_pages(session: Session, inbox: Inbox, ipfs: Ipfs) -> Door | None:
    """What writes down what pages are about to send, and has as many homes as the list says keep it; None where pages
    can't upload. Raises HomeListError if there are not so many.
    """
    from radiogram.ipfs.homes.home import Origin
    from radiogram.ipfs.homes.keeping import keep
    from radiogram.server.homes import Door

    if not ipfs.api:
        return None
    listed, record = read_list(session), _recorder(session, inbox)
    if listed.pins == 1:  # the node that has it is enough
        return Door(record)
    own, *others = all_homes(listed, ipfs)
    check_enough([own, *others], listed.pins)

    def kept(files: Sequence[File], told: Callable[[Waits], None]) -> None:
        keep(files, [own, *others], listed.pins, Origin(ipfs), patience=listed.patience, told=told)

    return Door(record, own, kept, listed.pins)


def _recorder(session: Session, inbox: Inbox) -> Record:
    """Writes what pages are about to send into the state folder."""
    from radiogram import sends
    from radiogram.outgoing.journal import Begun, Sealed

    folder, chain, address = session.network.home, inbox.chain, inbox.address

    def record(message: Message, files: Sequence[File]) -> None:
        begun = Begun(int(time.time()), chain, address, message.sender, message.recipient, message.since)
        study = next((file for file in files if file.size is not None), None)
        packet = next((file.cid for file in files if file.size is None), None)
        cid, size = (study.cid, study.size or 0) if study else (b"", 0)  # of what is handed on, the packet alone
        sends.record(folder, begun, Sealed(cid, size, packet, 0, message.envelope, has_uploaded=study is not None))

    return record


def waiting(session: Session) -> Callable[[Waits], None]:
    """Tells a person on a terminal what is waited for; of many studies, the same once."""
    told: set[str] = set()
    is_seen = sys.stderr.isatty()  # a progress bar takes its place

    def tell(waits: Waits) -> None:
        if is_seen and str(waits) not in told:
            told.add(str(waits))
            session.terminal.note(f"Waiting for homes: {waits}")

    return tell
