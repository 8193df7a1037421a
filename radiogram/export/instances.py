"""The DICOM instances of a study, as another system is sent them: their data sets bit for bit as they are.

An instance is sent as the file that it is. One whose header (PS3.10 7.1) is missing or wrong is given a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.uid import UID

from radiogram.dicom.header import is_dicom, missing_head, read_header, read_meta, refusals
from radiogram.errors import PreviewError

NOT_DICOM = "it is no DICOM file"
OWN_DIRECTORY = "it is a DICOMDIR, which lists files for media alone"
BLOCK_BYTES = 128 << 10
_UIDS = ("SOPClassUID", "SOPInstanceUID")


@dataclass(frozen=True)
class Instance:
    """One instance: its name in the study, its file, and what of it travels beside it."""

    name: str
    path: Path
    sop_class: str
    sop_instance: str = field(repr=False)
    syntax: str


@dataclass
class Sent:
    """What came of sending a study. Each list: names in the study, and why, one line each."""

    stored: list[str] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    """Of those stored: where the other system says that it did not keep all as it was."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Not sent, since such systems take DICOM instances alone."""
    commitment: str | None = None
    """Whether the other system has promised to keep them (PS3.4 J); None where that can't be asked."""


def instances(files: Sequence[tuple[str, Path]]) -> tuple[list[Instance], list[tuple[str, str]]]:
    """What of the `files` (name in the study, path) can be sent; and the names of the others, with why not.

    A file that lacks a header is rewritten with one, where it lies.
    """
    found: dict[str, Instance] = {}
    left_out = []
    for name, path in files:
        try:
            instance = _instance(name, path)
        except PreviewError as error:
            left_out.append((name, str(error)))
            continue
        if instance.sop_instance in found:
            left_out.append((name, "another file has the same SOPInstanceUID"))
        else:
            found[instance.sop_instance] = instance
    return list(found.values()), left_out


def _instance(name: str, path: Path) -> Instance:
    """Raises PreviewError if it is none."""
    if not is_dicom(path):
        raise PreviewError(NOT_DICOM)
    with refusals():
        _, header, _ = read_header(path, [*_UIDS, "DirectoryRecordSequence"])
        if "DirectoryRecordSequence" in header:
            raise PreviewError(OWN_DIRECTORY)
        for keyword in _UIDS:
            if not UID(str(header.get(keyword, ""))).is_valid:
                raise PreviewError(f"it has no valid {keyword}")
        if syntax := read_meta(path)[0].get("TransferSyntaxUID"):
            header.file_meta.TransferSyntaxUID = syntax  # a deflated file was read as what it was inflated to
        head, start = missing_head(path, header)
        if head:
            _put_head(path, head, start)
        return Instance(name, path, header.SOPClassUID, header.SOPInstanceUID, header.file_meta.TransferSyntaxUID)


def _put_head(path: Path, head: bytes, start: int) -> None:
    """Give the file this head in place of its first `start` bytes."""
    changed = path.with_name(f"{path.name}.headed")
    with path.open("rb") as old, changed.open("xb") as new:
        new.write(head)
        old.seek(start)
        while block := old.read(BLOCK_BYTES):
            new.write(block)
    changed.replace(path)
