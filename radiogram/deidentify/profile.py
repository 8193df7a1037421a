"""De-identifies images by the Basic Application Level Confidentiality Profile (DICOM PS3.15, Annex E).

The table of attributes and the dummy values are those of the library dicom-anonymizer. It is handed one item of one
file at a time, and what it leaves undone is done here: items of sequences, attributes that its table does not name,
UIDs, the file's own header. Pixels are copied bit for bit. Then each file is read again and searched for all that the
originals call their patient (radiogram/identifiers.py). Any doubt refuses all files. docs/deidentify.md says more.
"""

from __future__ import annotations

import io
import mmap
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast
from uuid import uuid4

from dicomanonymizer import simpledicomanonymizer as library  # type: ignore[import-untyped]
from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from radiogram.deidentify.search import MIN_BYTES, Identifiers, is_registered
from radiogram.dicom.header import Source, opened, positive, read_header, refusals, sequence
from radiogram.errors import DeidentificationError, DicomError, OutputError, PictureTextError, PreviewError

COPY_BYTES = 1 << 20
METHOD = ["DICOM PS3.15 Basic Profile, table of 2024b", f"dicom-anonymizer {version('dicom-anonymizer')} in Radiogram"]

NOT_CLAIMED = (
    "Text in the pictures themselves was not looked for: look at each one first.",
    "A face can be rebuilt from CT or MR slices of a head; implants and rare findings can tell who it is.",
    "Descriptions and comments are removed whole; names in fields that DICOM does not mean for names are found only "
    "if the file gives them elsewhere too.",
)

_PICTURE_TAGS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_PLAIN_MODALITIES = {"CR", "CT", "DX", "IO", "MG", "MR", "NM", "PT", "PX", "XA"}
_PLAIN_CLASSES = {  # SOP classes whose pixels a scanner writes, without text as a rule
    f"1.2.840.10008.5.1.4.1.1.{each}"
    for each in (
        *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),  # CR, DX, MG, intra-oral
        *("2", "2.1", "2.2", "4", "4.1", "4.4", "20", "128", "128.1", "130"),  # CT, MR, NM, PET
        *("12.1", "12.1.1", "13.1.1", "13.1.2", "13.1.3", "13.1.4", "13.1.5"),  # angiography, 3D X-ray, tomosynthesis
    )
}
_SCREEN_WORDS = {"SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN SHOT", "SCREEN CAPTURE", "DOSE INFO", "DOSE_INFO"}
_DESCRIBING_PIXELS = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "ExtendedOffsetTable"),
)

# VRs that can hold anything. An attribute of one of them goes, unless it is in the table or among the kept ones below,
# which a doctor's program needs, or which say how the picture was made.
_TEXT_VRS = frozenset(("AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"))
_DATA_VRS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_KEPT = """
    Manufacturer ManufacturerModelName SoftwareVersions CodeValue LongCodeValue CodingSchemeDesignator
    CodingSchemeVersion CodeMeaning SequenceName PulseSequenceName ImagedNucleus ReceiveCoilName TransmitCoilName
    StackID PositionReferenceIndicator ConvolutionKernel FilterType CollimatorGridName PhosphorType AcquisitionMode
    ViewName PaddleDescription Radiopharmaceutical RadiopharmaceuticalRoute ContrastBolusRoute EnergyWindowName
    ReconstructionMethod AttenuationCorrectionMethod ScatterCorrectionMethod RescaleType
    WindowCenterWidthExplanation LUTExplanation ModalityLUTType LUTLabel LUTData DimensionDescriptionLabel FrameLabel
    ICCProfile
    RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    AlphaPaletteColorLookupTableData SegmentedRedPaletteColorLookupTableData
    SegmentedGreenPaletteColorLookupTableData SegmentedBluePaletteColorLookupTableData
    ExtendedOffsetTable ExtendedOffsetTableLengths
"""
KEPT = frozenset(map(tag_for_keyword, _KEPT.split()))

Rule = Callable[[Dataset, tuple[int, int]], None]


@dataclass
class Report:
    """What was done, by attribute keyword and count; never a value."""

    files: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0  # removed attributes that have no keyword: private ones, and those that DICOM does not know
    inflated: int = 0  # files that were deflated and no longer are
    sought: int = 0  # how many names, numbers, dates and UIDs of the originals were sought in every file, in vain


def deidentify(
    files: Sequence[Path],
    out: Path,
    *,
    force_pixels: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[list[Path], Report]:
    """Write a de-identified copy of each file of a study into the folder `out`; where they are, and what was done.

    The copies are named by series and image number. `force_pixels` also takes images of kinds that often have text
    in the picture. Nothing is to be used from `out` if this raises. Raises DeidentificationError, OutputError.
    """
    identifiers = Identifiers()
    for number, file in enumerate(files, 1):
        with _refusing(file, number, len(files)):
            original = _Image.of(file)
            if not force_pixels:
                _refuse_likely_text(original.header)
            identifiers.gather(original.header.file_meta)
            identifiers.gather(original.header)
    study = _Study(identifiers)
    report = Report(sought=len(identifiers))
    places = []
    for number, file in enumerate(files, 1):
        with _refusing(file, number, len(files)):
            original, cleaned = _Image.of(file), study.cleaned(_Image.of(file).header)
            place = _free_place(out, cleaned)
            _write(cleaned, original, place)
            _check(original, _Image.of(place), place, identifiers, report)
        places.append(place)
        progress(file.stat().st_size)
    return places, report


# ---- reading


@dataclass
class _Image:
    """A DICOM image: what stands before its pixels, and where they are."""

    source: Source = field(repr=False)  # the file, or what it was inflated to
    header: Dataset = field(repr=False)
    element: int  # the byte at which the pixel data element begins
    start: int  # the first byte of its value
    end: int  # the first byte behind it
    fragments: list[tuple[int, int]]  # start and end of each compressed piece

    @classmethod
    def of(cls, file: Path) -> _Image:
        """Raises PreviewError."""
        source, header, at = read_header(file)
        _refuse_other_kinds(header)
        syntax = UID(header.file_meta.TransferSyntaxUID)
        if not syntax.is_transfer_syntax or syntax.is_private:
            raise PreviewError("its transfer syntax is not one of DICOM's")
        with opened(source) as stream:
            start, end, fragments = _extent(stream, at, syntax)
        return cls(source, header, at, start, end, fragments)

    def pixels(self) -> Iterator[bytes]:
        """The pixel data element, from its tag to its end, in pieces."""
        with opened(self.source) as stream:
            stream.seek(self.element)
            left = self.end - self.element
            while left:
                block = stream.read(min(COPY_BYTES, left))
                if not block:
                    raise PreviewError("it is cut short")
                left -= len(block)
                yield block


def _extent(stream: BinaryIO, at: int, syntax: UID) -> tuple[int, int, list[tuple[int, int]]]:
    """Where the value of the pixel data element at byte `at` starts and ends, and its compressed pieces (PS3.5 7.1).

    Raises PreviewError where there is none, or something other than an end behind it.
    """
    order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
    size = stream.seek(0, os.SEEK_END)
    stream.seek(at)
    head = stream.read(12)
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if len(head) < 12 or tag not in _PICTURE_TAGS:
        raise PreviewError("it holds no picture, and only pictures can be de-identified")
    start = at + (8 if syntax.is_implicit_VR else 12)
    length = int.from_bytes(head[4:8] if syntax.is_implicit_VR else head[8:12], order)
    fragments = []
    if length == 0xFFFFFFFF and syntax.is_encapsulated:
        fragments = list(_fragments(stream, start))
        end = (fragments[-1][1] if fragments else start) + 8  # the sequence delimiter
    else:
        end = start + length
    stream.seek(end)
    if end > size or (size > end and int.from_bytes(stream.read(2), order) < 0x7FE0):
        raise PreviewError("it is cut short, or its data elements are out of order")
    return start, end, fragments


def _fragments(stream: BinaryIO, start: int) -> Iterator[tuple[int, int]]:
    """Start and end of each item of encapsulated pixel data (PS3.5 A.4). Raises PreviewError."""
    while True:
        stream.seek(start)
        head = stream.read(8)
        if head[:4] == b"\xfe\xff\xdd\xe0":
            return
        length = int.from_bytes(head[4:], "little")
        if len(head) < 8 or head[:4] != b"\xfe\xff\x00\xe0" or length == 0xFFFFFFFF:
            raise PreviewError("its compressed picture is damaged")
        yield start + 8, start + 8 + length
        start += 8 + length


# ---- refusing


@contextmanager
def _refusing(file: Path, number: int, total: int) -> Iterator[None]:
    """Whatever goes wrong with a file refuses all of them, in one line that holds nothing of it."""
    trouble = None
    try:
        with refusals():
            try:
                yield
            except OSError as error:
                if error.errno is None:  # pydicom's own, of a file's content
                    raise
                trouble = error
    except DicomError as error:
        text_likely = isinstance(error, PictureTextError)
        raise (PictureTextError if text_likely else DeidentificationError)(
            f"{_which(file, number, total)} can't be de-identified",
            "look at it, and force its pixels if it shows no name" if text_likely else "leave its series out",
            reason=error.reason,
        ) from None
    if trouble:
        raise OutputError(f"a de-identified copy can't be written: {trouble.strerror}")


def _which(file: Path, number: int, total: int) -> str:
    """A file by its place and its series' number; its name may be the patient's."""
    try:
        with refusals():
            series = positive(read_header(file, ["SeriesNumber"])[1].get("SeriesNumber") or 0)
    except PreviewError:
        series = None
    return (f"file {number} of {total}" if total > 1 else "the file") + (f" (series {series})" if series else "")


def _refuse_other_kinds(header: Dataset) -> None:
    """Raise PreviewError for what is no image: reports, annotations, plans and documents hold text of any kind."""
    sop_class = UID(str(header.get("SOPClassUID", "")))
    if not is_registered(sop_class):
        raise PreviewError("it is of no kind that DICOM knows")
    if "Image Storage" not in sop_class.name:
        raise PreviewError(f"it is no image but {sop_class.name!r}")


def _refuse_likely_text(header: Dataset) -> None:
    """Raise PictureTextError for an image of a kind that often has text in the picture."""
    if reason := _text_likely(header, UID(header.SOPClassUID)):
        raise PictureTextError(reason)


def _text_likely(header: Dataset, sop_class: UID) -> str | None:
    """Why the picture may have text in it; None if there is no sign of that."""
    words = {str(word).strip().upper() for word in _values(header.get("ImageType"))}
    photometric, modality = str(header.get("PhotometricInterpretation")), str(header.get("Modality"))
    places = [header[tag].value for tag in list(header.keys()) if (tag.group & 0xFF00, tag.element) == (0x6000, 0x0102)]
    if header.get("BurnedInAnnotation") == "YES":
        return "it says that text is part of the picture"
    if str(sop_class) not in _PLAIN_CLASSES:
        return f"pictures of its kind, {sop_class.name}, often have the patient's name in them"
    if modality not in _PLAIN_MODALITIES:
        return "pictures of its modality often have the patient's name in them"
    if words & _SCREEN_WORDS or "ConversionType" in header:
        return "it is a capture of a screen, film or video, which may show the patient's name"
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return "it is in colour, as captures of screens are, which may show the patient's name"
    if any(places):
        return "an overlay is drawn into its pixels, which may show the patient's name"
    return None


def _values(value: Any) -> list[object]:  # noqa: ANN401 - as pydicom gives it
    return [] if value is None else [value] if isinstance(value, str) else list(value)


# ---- changing


class _UidMap(dict[str, str]):
    """New UIDs by old ones: random (2.25. and a UUID, PS3.5 B.2), and the same for the same."""

    def __missing__(self, old: str) -> str:
        self[old] = new = f"2.25.{uuid4().int}"
        return new


class _Study:
    """What must be one and the same in all files: new UIDs, and what patients are called."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._uids = _UidMap()
        self._pseudonyms: dict[str, str] = {}
        self._rules = _rules()

    def cleaned(self, header: Dataset) -> Dataset:
        """`header`, changed by the profile, with the attributes that say so."""
        patient = str(header.get("PatientID") or "") or str(header.get("PatientName") or "")
        pseudonym = self._pseudonyms.setdefault(patient, f"DEID-{secrets.token_hex(4).upper()}")
        self._clean(header)
        header.PatientName = header.PatientID = pseudonym
        header.PatientIdentityRemoved = "YES"
        header.DeidentificationMethod = METHOD
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"  # PS3.16 CID 7050
        code.CodeMeaning = "Basic Application Confidentiality Profile"
        header.DeidentificationMethodCodeSequence = [code]
        header.LongitudinalTemporalInformationModified = "REMOVED"
        return header

    def _clean(self, dataset: Dataset) -> None:
        """One level of the data set, then the items of its sequences."""
        for tag in list(dataset.keys()):
            if not _is_as_registered(dataset, tag):
                del dataset[tag]
        listed = [tag for tag in list(dataset.keys()) if tag in self._rules]
        present = {(tag.group, tag.element): self._rules[tag] for tag in listed}
        library.anonymize_dataset(dataset, base_rules_gen=lambda: present, delete_private_tags=False)
        for tag in list(dataset.keys()):
            vrs = _vrs(dataset, tag)
            if "SQ" in vrs:
                for item in sequence(dataset, cast(str, tag)):
                    self._clean(item)
            elif "UI" in vrs:
                self._map_uids(dataset, tag)
            elif tag not in self._rules and vrs & (_TEXT_VRS | _DATA_VRS):
                self._clean_free(dataset, tag)

    def _map_uids(self, dataset: Dataset, tag: BaseTag) -> None:
        mapped = [
            uid if is_registered(uid) else self._uids[uid] for uid in map(str, _values(dataset[tag].value)) if uid
        ]
        dataset[tag].value = mapped[0] if len(mapped) == 1 else mapped

    def _clean_free(self, dataset: Dataset, tag: BaseTag) -> None:
        """Remove what may hold anything, but for what is kept; of that, replace a text that holds an identifier."""
        if tag not in KEPT:
            del dataset[tag]
        elif _vrs(dataset, tag) <= _TEXT_VRS:
            value = dataset.get_item(tag).value
            content = value if isinstance(value, bytes) else str(value).encode()
            if self._identifiers.found_in(content, MIN_BYTES):
                library.replace(dataset, tag)


def _rules() -> dict[BaseTag, Rule]:
    """What becomes of each attribute of the table, by tag: the library's action, or a stricter one."""
    stricter = {
        library.delete: _remove,  # the library puts a dummy in place of a date
        library.empty: _empty,  # … and of a date, time or number
        library.delete_or_empty: _empty,
        library.replace_UID: _keep,  # UIDs are replaced afterwards, those that the table does not name too
        library.delete_or_empty_or_replace_UID: _keep,
    }
    rules: dict[BaseTag, Rule] = {}
    for place, action in library.initialize_actions_2024b().items():
        if len(place) == 2:  # the others are groups of curves and overlays, which go whole
            tag, rule = Tag(place), stricter.get(action, action)
            is_dummy_sequence = dictionary_VR(tag) == "SQ" and rule is action
            rules[tag] = _remove if is_dummy_sequence else _keep if dictionary_VR(tag) == "UI" else rule
    return rules


def _remove(dataset: Dataset, tag: tuple[int, int]) -> None:
    del dataset[tag]


def _empty(dataset: Dataset, tag: tuple[int, int]) -> None:
    dataset[tag].value = [] if dataset[tag].VR == "SQ" else None


def _keep(dataset: Dataset, tag: tuple[int, int]) -> None:
    pass


def _is_as_registered(dataset: Dataset, tag: BaseTag) -> bool:
    """Whether PS3.6 knows the attribute, and the VR that the file gives it: so neither private, nor of a command."""
    if tag.group < 8 or tag.is_private or not dictionary_has_tag(tag) or tag.group & 0xFF00 in (0x5000, 0x6000):
        return False
    if tag.group >= 0x7FE0 and tag not in KEPT:
        return False
    if dataset.get_item(tag).VR == "UN":
        dataset[tag]  # pydicom reads it by the registered VR
    return dataset.get_item(tag).VR in {None, dictionary_VR(tag), *dictionary_VR(tag).split(" or ")}


def _vrs(dataset: Dataset, tag: BaseTag) -> set[str]:
    return set((dataset.get_item(tag).VR or dictionary_VR(tag)).split(" or "))


# ---- writing


def _free_place(out: Path, header: Dataset) -> Path:
    """A file name of series and image number that is not taken."""
    series, image = (positive(header.get(each) or 0) or 0 for each in ("SeriesNumber", "InstanceNumber"))
    stem = out / f"series-{series:03}" / f"image-{image:04}"
    place, count = stem.with_suffix(".dcm"), 1
    while place.exists():
        count += 1
        place = stem.with_name(f"{stem.name}-{count}.dcm")
    return place


def _write(header: Dataset, original: _Image, place: Path) -> None:
    """A file of `header` and the pixels of `original`: an empty preamble, a header of its own, the data set."""
    syntax = header.file_meta.TransferSyntaxUID
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == DeflatedExplicitVRLittleEndian else syntax
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.preamble = bytes(128)
    sink = io.BytesIO()
    header.save_as(sink, enforce_file_format=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as stream:
        stream.write(sink.getbuffer())
        for block in original.pixels():
            stream.write(block)


# ---- checking


def _check(original: _Image, result: _Image, place: Path, identifiers: Identifiers, report: Report) -> None:
    """Refuse the file at `place` unless its picture is the original's, and no identifier is in it; else report it."""
    if any(original.header.get(each) != result.header.get(each) for each in _DESCRIBING_PIXELS):
        raise PreviewError("its header is damaged or unusual")
    if result.end - result.element != original.end - original.element or any(
        ours != theirs for ours, theirs in zip(result.pixels(), original.pixels(), strict=True)
    ):
        raise PreviewError("its pixels did not stay as they were")
    with place.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        outside = content[: result.start] + content[result.end :]
        within = b"\0".join(_compressed_headers(content, result.fragments))
        found = (
            identifiers.found_in(outside)
            or identifiers.found_in(within)
            or identifiers.found_in_texts(result.header)
            or identifiers.found_in_pixels(stream, result.start, result.end)
        )
    if found:
        raise PreviewError(f"a value of {found} would stay in it")
    report.files += 1
    report.inflated += isinstance(original.source, bytes)
    _compare(original.header, result.header, report)


def _compressed_headers(content: mmap.mmap, fragments: list[tuple[int, int]]) -> Iterator[bytes]:
    """What JPEG and JPEG 2000 pieces say before their pixels, comments included (T.81 B.1, T.800 A.1)."""
    for start, end in fragments:
        at = start + 2
        while at + 4 <= end and content[at] == 0xFF and content[at + 1] not in (0xDA, 0x90):
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        yield content[start : min(at, end)]


def _compare(original: Dataset, result: Dataset, report: Report) -> None:
    """Count what became of each attribute, from the two files as they are."""
    for tag in list(original.keys()):
        keyword = keyword_for_tag(tag)
        before = original.get_item(tag)
        after = result.get_item(tag) if tag in result else None
        if after is None and not keyword:
            report.unnamed += 1
        elif after is None:
            report.removed[keyword] += 1
        elif "SQ" in _vrs(result, tag):
            items = list(zip(sequence(original, cast(str, tag)), sequence(result, cast(str, tag)), strict=False))
            for ours, theirs in items:
                _compare(ours, theirs, report)
            if sequence(original, cast(str, tag)) and not items:
                report.emptied[keyword] += 1
        elif before.value != after.value and original[tag].value != result[tag].value:
            (report.emptied if result[tag].is_empty else report.replaced)[keyword] += 1
