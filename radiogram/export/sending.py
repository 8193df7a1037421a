"""Sends a study to a doctor's system: all of it that such systems take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from radiogram.errors import DestinationError
from radiogram.export import dicomweb, storage
from radiogram.export.commitment import commit
from radiogram.export.instances import Instance, Sent, instances

Files = Sequence[tuple[str, Path]]
Progress = Callable[[int], None]


def by_dicom(files: Files, peer: storage.Peer, progress: Progress, commitment_port: int | None = None) -> Sent:
    """Send `files` (name in the study, path) by C-STORE, and ask for storage commitment. Raises DestinationError."""
    found, sent = _sendable(files)
    with _told_if_stopped(found, sent):
        storage.store(found, peer, sent, progress)
        commit(found, peer, sent, commitment_port)
    return sent


def over_http(files: Files, service: dicomweb.Service, progress: Progress) -> Sent:
    """Send `files` by STOW-RS. Raises DestinationError."""
    found, sent = _sendable(files)
    with _told_if_stopped(found, sent):
        dicomweb.store(found, service, sent, progress)
    return sent


@contextmanager
def _told_if_stopped(found: Sequence[Instance], sent: Sent) -> Iterator[None]:
    """Whoever stops it is told how far it came."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stopped:
        stopped.add_note(f"{len(sent.stored):,} of {len(found):,} DICOM instances were stored there by then")
        raise


def _sendable(files: Files) -> tuple[list[Instance], Sent]:
    found, left_out = instances(files)
    if not found:
        raise DestinationError("this study has no DICOM instance", "take its files out, and hand them on as they are")
    return found, Sent(left_out=left_out)
