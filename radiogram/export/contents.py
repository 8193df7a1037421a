"""What is in a study, by SOP class, in the words of PS3.6: how many files, and how many frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydicom.uid import UID, MPEGTransferSyntaxes

UNKNOWN = "of a class that DICOM does not name"


@dataclass(frozen=True)
class Kind:
    """Files of one SOP class."""

    sop_class: str
    """Its name in PS3.6 A, without the word Storage: `CT Image`, `Encapsulated PDF`."""
    is_video: bool
    files: int
    frames: int
    """0: no images."""

    def __str__(self) -> str:
        """`CT Image · 20 images`, `Enhanced MR Image · 96 frames in 2 files`, `Encapsulated PDF · 1 file`."""
        return " · ".join([self.name, self.amount])

    @property
    def name(self) -> str:
        return f"{self.sop_class} (video)" if self.is_video else self.sop_class

    @property
    def amount(self) -> str:
        files = f"{self.files:,} file{'s' * (self.files != 1)}"
        if self.frames > self.files:
            return f"{self.frames:,} frames in {files}"
        return f"{self.frames:,} image{'s' * (self.frames != 1)}" if self.frames == self.files else files


def kinds(files: Iterable[tuple[str, str, int]]) -> list[Kind]:
    """The kinds of files, each given as SOP class UID, transfer syntax UID and number of frames; in their order."""
    counted: dict[tuple[str, bool], list[int]] = {}
    for sop_class, syntax, frames in files:
        counted.setdefault((sop_class_name(sop_class), syntax in MPEGTransferSyntaxes), []).append(frames)
    return [Kind(name, is_video, len(each), sum(each)) for (name, is_video), each in counted.items()]


def sop_class_name(uid: str) -> str:
    """`CT Image` of 1.2.840.10008.5.1.4.1.1.2."""
    name = UID(uid).name
    return UNKNOWN if name == uid else str(name).removesuffix(" Storage").replace(" Storage - ", " - ")
