"""What a bundle says of itself, `manifest.json`: its files, and what the sender tells of the studies (docs/format.md).

Pure. Patient attributes are kept out of `repr`, and so out of logs.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from radiogram.errors import BundleError, LongListError, RadiogramError, StudyError
from radiogram.nested_json import parse_json

VERSION = 1
MANIFEST_LIMIT = 32 << 20  # bytes, for writers and readers alike
MAX_FILES = 100_000  # are read and checked in about a second
NAME_LIMIT = 255  # UTF-8 bytes of one part of a name: what common file systems take
PARTIAL_PREFIX = ".radiogram-partial-"
"""How the name of a folder begins that holds a download in progress; no file may be named so."""
MAX_TEXT = 256  # characters of any value
MAX_LABEL = 100  # characters of a sender's label
MAX_STUDIES, MAX_SERIES = 100, 1000
# Which Windows takes for devices, whatever follows a dot (Naming Files, Paths, and Namespaces).
_DEVICE = re.compile(r"(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(\..*)?", re.IGNORECASE | re.ASCII)
_MAX_INTEGER = 2**53 - 1  # what every reader of JSON keeps exactly
_SEXES = ("M", "F", "O")


@dataclass(frozen=True)
class PatientMetadata:
    """Whose images they are; empty where the files do not say."""

    name: str = field(default="", repr=False)
    """As in DICOM (PS3.5 6.2.1), decoded: `Okafor^Grace`, alphabets divided by `=`. People are shown `shown_name`."""
    birth_date: str = field(default="", repr=False)
    """`YYYY-MM-DD`; straight from a file, what the file has."""
    sex: str = field(default="", repr=False)
    """`M`, `F` or `O`."""
    id: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    """Who gave the ID: the same number is another patient's elsewhere."""

    def to_json(self) -> dict[str, str]:
        """The object of a manifest: what is empty, or no date, is left out."""
        return _present(asdict(self) | _dated(self.birth_date, "birth_date"))


@dataclass(frozen=True)
class SeriesMetadata:
    """One series; texts empty and numbers None where the files do not say."""

    uid: str = field(default="", repr=False)
    number: int | None = None
    modality: str = field(default="", repr=False)
    """A DICOM code, `CT`; but any text may stand here."""
    body_part: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    images: int = 0
    """Files with an image."""
    frames: int = 0
    """Of those files together."""


@dataclass(frozen=True)
class StudyMetadata:
    """One study, as DICOM means it."""

    patient: PatientMetadata = PatientMetadata()
    uid: str = field(default="", repr=False)
    date: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    series: tuple[SeriesMetadata, ...] = ()

    @property
    def images(self) -> int:
        return sum(each.images for each in self.series)

    @property
    def frames(self) -> int:
        return sum(each.frames for each in self.series)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those of the series, each once, in order."""
        return tuple(dict.fromkeys(each.modality for each in self.series if each.modality))

    def to_json(self) -> dict[str, Any]:
        """The object of the manifest: what is empty, or not of its form, is left out."""
        value = asdict(self)
        value["patient"] = self.patient.to_json()
        value["series"] = [_present(each) for each in value["series"][:MAX_SERIES]]
        return _present(value | _dated(self.date, "date"))


@dataclass(frozen=True)
class FileEntry:
    """One file as the manifest lists it."""

    name: str
    """Relative POSIX path, of parts that are safe on every common file system."""
    bytes: int
    sha256: str
    """64 hex digits, lower case."""
    media_type: str


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds, as its sender says."""

    created: str
    """When it was made, ISO 8601 UTC."""
    files: tuple[FileEntry, ...]
    sender_label: str = ""
    """What the sender calls itself: a claim, to be shown as one."""
    studies: tuple[StudyMetadata, ...] = ()
    """What the DICOM files say of themselves."""

    def to_bytes(self) -> bytes:
        """The exact bytes that are digested for the signature. Raises StudyError for more than any reader takes."""
        value: dict[str, Any] = {"format": "radiogram-bundle", "version": VERSION, "created": self.created}
        if self.sender_label:
            value["sender_label"] = self.sender_label
        if self.studies:
            value["studies"] = [study.to_json() for study in self.studies[:MAX_STUDIES]]
        raw = json.dumps(value | {"files": [asdict(f) for f in self.files]}, ensure_ascii=False, indent=1).encode()
        if len(raw) > MANIFEST_LIMIT:
            raise StudyError(
                f"the list of files has {len(raw):,} bytes, and may have at most {MANIFEST_LIMIT:,}",
                "send it in parts, or shorten the files' names",
            )
        return raw

    @property
    def plaintext_bytes(self) -> int:
        return sum(entry.bytes for entry in self.files)


def parse_manifest(raw: bytes) -> Manifest:
    """The manifest in these bytes. Raises BundleError.

    A label or a study that is not as docs/format.md says is left out, and refuses nothing.
    """
    try:
        value = parse_json(raw)
        if value["format"] != "radiogram-bundle":
            raise BundleError("the bundle is not one of Radiogram's")
        if value["version"] != VERSION or isinstance(value["version"], bool):  # true is 1 to Python
            version = _shortened(value["version"])
            raise BundleError(f"the bundle has format version {version}", "update, and retrieve it again")
        if not isinstance(value["files"], list):
            raise TypeError("no list")
        if len(value["files"]) > MAX_FILES:
            raise LongListError(f"the bundle lists more than {MAX_FILES:,} files", "ask the sender to send it in parts")
        files = tuple(map(_entry, value["files"]))
        check_names([entry.name for entry in files], BundleError)
        label, studies = parse_label(value.get("sender_label")), parse_studies(value.get("studies"))
        return Manifest(_of_text(value["created"]), files, label, studies)
    except (ValueError, KeyError, TypeError):
        raise BundleError("the bundle's list of files is damaged", "ask the sender to send it again") from None


def check_names(names: list[str], error: type[RadiogramError]) -> None:
    """Raises `error` for too many names, for one that can't be written everywhere, and for two that would lie at the
    same place where case is ignored, be one of them a folder.
    """
    if len(names) > MAX_FILES:
        raise error(f"a study has at most {MAX_FILES:,} files, and this one {len(names):,}", "send it in parts")
    taken: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        folded = unicodedata.normalize("NFC", _check_name(name, error)).casefold()
        if folded in taken:
            raise error(f"{taken[folded]} and {name} would be one file on some computers", "rename one of them")
        taken[folded] = name
        while (folded := folded.rpartition("/")[0]) and folded not in folders:
            folders[folded] = name
    for folded in folders.keys() & taken.keys():
        raise error(f"{taken[folded]} would be a file, and a folder for {folders[folded]}", "rename one of them")


def parse_studies(value: object) -> tuple[StudyMetadata, ...]:
    """The `studies` of a manifest. What is not as docs/format.md says is absent: nothing is refused."""
    return tuple(_study(each) for each in _objects(value, MAX_STUDIES))


def parse_label(value: object) -> str:
    """The `sender_label` of a manifest; empty if there is none."""
    return _text({"label": value}, "label", MAX_LABEL)


def is_date(text: str) -> bool:
    """Whether it is a day of the calendar, `YYYY-MM-DD`."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


def _entry(value: Mapping[str, Any]) -> FileEntry:
    """Raises ValueError for what can't be a file, as well as KeyError and TypeError."""
    sha256, size = _of_text(value["sha256"]), _integer(value, "bytes")
    if size is None or size < 0 or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError("no size or no SHA-256")
    return FileEntry(value["name"], size, sha256, _of_text(value["media_type"]))


def _of_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _shortened(value: object) -> str:
    """To be named in an error."""
    shown = repr(value)
    return shown if len(shown) <= MAX_TEXT else f"{shown[:MAX_TEXT]}…"


def _dated(text: str, name: str) -> dict[str, str]:
    return {name: text if is_date(text) else ""}


def _present(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if each not in ("", None, {})}


def _study(value: Mapping[str, Any]) -> StudyMetadata:
    return StudyMetadata(
        read_patient(value.get("patient")),
        _text(value, "uid"),
        _date(value, "date"),
        _text(value, "description"),
        tuple(_series(each) for each in _objects(value.get("series"), MAX_SERIES)),
    )


def read_patient(value: object) -> PatientMetadata:
    """Of an object of a manifest: what is not of its form is absent."""
    held: Mapping[str, Any] = value if isinstance(value, dict) else {}
    return PatientMetadata(
        _text(held, "name"), _date(held, "birth_date"), _sex(held), _text(held, "id"), _text(held, "issuer")
    )


def _series(value: Mapping[str, Any]) -> SeriesMetadata:
    return SeriesMetadata(
        _text(value, "uid"),
        _integer(value, "number"),
        _text(value, "modality"),
        _text(value, "body_part"),
        _text(value, "description"),
        max(_integer(value, "images") or 0, 0),
        max(_integer(value, "frames") or 0, 0),
    )


def _objects(value: object, most: int) -> list[dict[str, Any]]:
    return [each for each in value[:most] if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Mapping[str, Any], name: str, most: int = MAX_TEXT) -> str:
    text = value.get(name)
    return text if isinstance(text, str) and len(text) <= most else ""


def _date(value: Mapping[str, Any], name: str) -> str:
    text = _text(value, name)
    return text if is_date(text) else ""


def _sex(value: Mapping[str, Any]) -> str:
    text = _text(value, "sex")
    return text if text in _SEXES else ""


def _integer(value: Mapping[str, Any], name: str) -> int | None:
    number = value.get(name)
    if isinstance(number, float) and number.is_integer():
        number = int(number)  # JSON has but one kind of number: 3.0 is 3
    return number if type(number) is int and abs(number) <= _MAX_INTEGER else None


def _check_name(name: object, error: type[RadiogramError]) -> str:
    """`name`, if it is a relative POSIX path that stays inside its folder and can be written everywhere."""
    if not isinstance(name, str) or not name or not _is_encodable(name):
        raise error(f"{_shortened(name)} is not a usable file name", "rename it")
    for part in name.split("/"):
        if part in ("", ".", "..") or re.search(r'[\x00-\x1f\x7f\\:*?"<>|]', part) or part != part.rstrip(". "):
            raise error(f"{_shortened(name)} is not a usable file name on every computer", "rename it")
        if _DEVICE.fullmatch(part):
            raise error(f"{_shortened(name)} is not a usable file name on Windows", "rename it")
        if len(part.encode()) > NAME_LIMIT:
            raise error(f"{_shortened(name)} is too long a file name", f"shorten it to {NAME_LIMIT} bytes")
        if part.startswith(PARTIAL_PREFIX):
            raise error(f"{_shortened(name)} is left of an interrupted download", "remove it")
    return name


def _is_encodable(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False
