"""What DICOM files call their patient, and whether any of it stands in other bytes: the check of a de-identification.

It knows nothing of how the other bytes were made. Values are kept out of `repr`, and no result holds one: what is
found is named by the keyword of the attribute that it came from.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from pydicom import DataElement, Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.uid import UID

from radiogram.deidentify.spelling import (
    MULTI_BYTE,
    SINGLE_BYTE,
    UNICODE,
    dates_in,
    decodings,
    folded,
    latin,
    spellings,
)
from radiogram.deidentify.terms import are_terms, is_known_code, is_term
from radiogram.dicom.header import sequence, values

MIN_BYTES = 4  # of a value, or a part of one: what is shorter is everywhere
MIN_DIGITS = 6  # of a number that is sought among all numbers; shorter ones are sought in texts alone
MIN_UID = 10  # characters
ALONE_BYTES = 6  # shorter texts count only as words of their own: PRIMARY is no Mary
BLOCK_BYTES = 1 << 20  # of pixels that are read at a time
PIXEL_BYTES = 8  # among pixels, any shorter text is there by chance
DUMMY_DATE = "19000101"  # of nobody: put in where a date must be, and by many where none is known

_TEXTS = {"AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT"}
_NAMING = re.compile(
    "ID(s|Issuer)?$|Identif|Number|Address|Tele(phone|com)|Institution|Station|Location|Residence|Organization|AE(Title)?$"
    "|Locator|Barcode|Department|Owner|BirthDate|DeathDate|ModifyingSystem|SourceOfPreviousValues|TreatmentMachineName"
    "|^ClinicalTrial.*Name$|InsurancePlan"
)  # keywords of attributes that name a person, a place, a device or a record; other texts describe
_NOT_NAMING = {"StackID", "ContextGroupVersion", "ContextGroupLocalVersion", "ImplementationClassUID"}
# Said of anybody, or put in by us:
_EMPTY_WORDS = frozenset(
    (b"none", b"null", b"unknown", b"anon", b"anonymous", b"anonymized", b"anonymised", b"deid", b"phantom", b"patient")
)
_UID = re.compile(rb"\d+(?:\.\d+)+")
_DIGITS = re.compile(rb"\d+")


@dataclass
class Identifiers:
    """All that the files seen so far call their patient, each with the keyword of the attribute it was first met in."""

    _values: set[str] = field(default_factory=set, repr=False)
    _texts: dict[bytes, str] = field(default_factory=dict, repr=False)  # in lower case
    _numbers: dict[bytes, str] = field(default_factory=dict, repr=False)  # without leading zeros
    _dates: dict[bytes, str] = field(default_factory=dict, repr=False)  # YYYYMMDD
    _short_dates: dict[bytes, str] = field(default_factory=dict, repr=False)  # six digits, sought in texts alone
    _uids: dict[bytes, str] = field(default_factory=dict, repr=False)
    _spelt: dict[str, str] = field(default_factory=dict, repr=False)  # texts in every spelling, folded
    _codecs: set[str] = field(default_factory=lambda: {"iso8859-1", *UNICODE})  # that what was seen may be written in

    def __len__(self) -> int:
        """How many different values are long enough to be sought."""
        return sum(len(value.encode()) >= MIN_BYTES for value in self._values)

    def gather(self, dataset: Dataset) -> None:
        """Add what `dataset` and the items of its sequences hold. Raises what pydicom raises of what it can't read."""
        for tag in list(dataset.keys()):
            raw = dataset.get_item(tag)
            written = raw.value if isinstance(raw.value, bytes) else b""
            if _vr(raw) == "SQ":
                for item in sequence(dataset, cast(str, tag)):
                    self.gather(item)
            elif _vr(raw) in _TEXTS | {"PN", "UI", "DA", "DT"}:
                self._add(keyword_for_tag(tag) or "a private attribute", dataset[tag], written)

    def found_in(self, content: bytes, least_digits: int = MIN_DIGITS, terms: str = "") -> str | None:
        """The attribute that a value found in `content` came from; None if there is none.

        What stands in `terms`, which are in it for reasons of their own, is not counted.
        """
        lower, own = content.lower(), terms.encode()
        decoded = ((codec, text) for codec, text in decodings(content, frozenset(self._codecs)))
        found = (
            keyword
            for text, keyword in self._texts.items()
            if text in lower and _count(text, lower) > _count(text, own)
        )
        digits = set(_DIGITS.findall(lower))
        numbers = {number.lstrip(b"0") for number in digits}
        dates = {number[:8] for number in digits}
        return next(
            itertools.chain(
                found,
                _common(self._numbers, (number for number in numbers if len(number) >= least_digits)),
                _common(self._dates, dates),
                _common(self._uids, _UID.findall(lower)),
                (keyword for codec, text in decoded for keyword in self._spelt_in(text, codec, terms)),
            ),
            None,
        )

    def found_in_text(self, text: str) -> str | None:
        """As found_in, in a text, where a short number is no measure, and other alphabets may stand for this one."""
        lower = folded(text)
        short = _common(self._short_dates, (digits.encode() for digits in re.findall(r"\d+", lower)))
        spelt = (keyword for each in {lower, latin(text)} for keyword in self._spelt_in(each))
        return self.found_in(text.encode(), MIN_BYTES) or next(itertools.chain(spelt, short), None)

    def found_in_texts(self, dataset: Dataset) -> str | None:
        """As found_in, in the texts of `dataset` alone, where a short number is no measure."""
        raw = (self.found_in(text, MIN_BYTES) for text in _raw_texts(dataset))
        return next(filter(None, itertools.chain(raw, map(self.found_in_text, _texts(dataset)))), None)

    def found_in_pixels(self, stream: BinaryIO, start: int, end: int) -> str | None:
        """As found_in, for these bytes of `stream`, where anything short is there by chance, and so are even ramps."""
        sought = _shortest({**self._texts, **self._numbers, **self._dates})
        overlap = max(map(len, sought), default=1) - 1
        for at in range(start, end, BLOCK_BYTES):
            stream.seek(at)
            block = stream.read(min(BLOCK_BYTES + overlap, end - at)).lower()
            if found := next((keyword for text, keyword in sought.items() if text in block), None):
                return found
        return None

    def _spelt_in(self, text: str, codec: str = "utf-8", terms: str = "") -> Iterator[str]:
        """The attributes of names that stand in folded `text`, which was read by `codec`, and of dates."""
        own = "" if codec.startswith("utf-16") else terms
        least = 4 if codec in SINGLE_BYTE else 2  # of MIN_BYTES
        for name, keyword in self._spelt.items():
            if name in text and (name.isascii() or len(name) >= least) and _words(name, text) > _words(name, own):
                yield keyword
        if codec in UNICODE:
            yield from _common(self._dates, (date.encode() for date in dates_in(text)))

    def _add(self, keyword: str, element: DataElement, written: bytes) -> None:
        several = element.value if element.VM > 1 else [element.value] if element.VM else []
        for value in map(str, several):
            if element.VR == "PN":
                self._add_name(keyword, value)
            elif element.VR == "UI":
                self._add_uid(keyword, value)
            elif element.VR in ("DA", "DT"):
                self._add_date(keyword, value)
            elif is_naming(element) and not are_terms(value):
                self._values.add(value)
                self._add_parts(keyword, [value, *re.split(r"[\^=\r\n,]", value)])
        is_text = element.VR in _TEXTS and is_naming(element) and not any(map(are_terms, map(str, several)))
        if element.VR == "PN" or is_text:
            for part in (written, *re.split(rb"[\^=\\]" if element.VR != "PN" else rb"[\^= \\]", written)):
                self._add_bytes(keyword, part)

    def _add_name(self, keyword: str, value: str) -> None:
        """A name, its components, their words, and family and given name written as one."""
        self._values.add(value)
        for group in value.split("="):
            components = [part.strip() for part in group.split("^")]
            self._add_parts(keyword, [value, group, *components, *re.split(r"[\s,^-]+", group)])
            for pair in itertools.permutations(filter(None, components[:3]), 2):
                self._add_parts(keyword, ["".join(pair), " ".join(pair), ", ".join(pair), "_".join(pair)])

    def _add_uid(self, keyword: str, value: str) -> None:
        if is_registered(value) or keyword in _NOT_NAMING:
            return
        self._values.add(value)
        if not re.fullmatch(r"[\d.]+", value):
            self._add_text(keyword, value)
        elif len(value) >= MIN_UID:
            self._uids.setdefault(value.encode(), keyword)

    def _add_date(self, keyword: str, value: str) -> None:
        """A date as DICOM writes it, and as people do."""
        found = re.match(r"(\d{4})[.-]?(\d\d)[.-]?(\d\d)", value)
        if keyword in _NOT_NAMING or (found and (int(found[1]) < 1800 or "".join(found.groups()) == DUMMY_DATE)):
            return
        self._values.add(value)
        if not found:
            self._add_text(keyword, value)
            return
        year, month, day = found.groups()
        self._dates.setdefault(f"{year}{month}{day}".encode(), keyword)
        for short in (year[2:] + month + day, day + month + year[2:], month + day + year[2:]):
            self._short_dates.setdefault(short.encode(), keyword)
        for long in (day + month + year, month + day + year):
            self._numbers.setdefault(long.lstrip("0").encode(), keyword)
        for order in ((year, month, day), (day, month, year), (month, day, year)):
            for sign in "-./":
                self._add_text(keyword, sign.join(order))

    def _add_parts(self, keyword: str, parts: Iterable[str]) -> None:
        for part in parts:
            self._add_text(keyword, part)

    def _add_text(self, keyword: str, text: str) -> None:
        text = text.strip(" \0")
        others = [] if text.isascii() else [codec for codec in (*SINGLE_BYTE, *MULTI_BYTE) if _can_write(codec, text)]
        self._codecs.update(others)
        for spelling in dict.fromkeys((text, text.lower(), text.upper(), text.title())):
            for coding in ("utf-8",) if text.isdecimal() else (*UNICODE, *others):
                self._add_bytes(keyword, spelling.encode(coding, "ignore"))
        for spelt in spellings(text):
            written = spelt.encode()
            if len(written) >= MIN_BYTES and written not in _EMPTY_WORDS and re.search(r"[^\W\d_]", spelt):
                self._spelt.setdefault(spelt, keyword)

    def _add_bytes(self, keyword: str, written: bytes) -> None:
        lower = written.strip(b" \0").lower()
        if len(lower) < MIN_BYTES or lower in _EMPTY_WORDS or not lower.strip(b"\0 -_.,*?^=\\0"):
            return
        digits = lower.lstrip(b"0") if re.fullmatch(rb"\d+", lower) else b""
        if not digits:
            self._texts.setdefault(lower, keyword)
        elif len(digits) >= MIN_BYTES:
            self._numbers.setdefault(digits, keyword)


def _vr(raw: Any) -> str:  # noqa: ANN401 - a DataElement or a RawDataElement
    """An element's VR; where the file does not say it, the registered one."""
    if raw.VR and raw.VR != "UN":
        return str(raw.VR)
    return dictionary_VR(raw.tag) if dictionary_has_tag(raw.tag) else "UN"


def is_registered(uid: str) -> bool:
    """Whether DICOM itself gave out this UID (PS3.6 A), so that it names no patient, study or device."""
    return UID(uid).name != str(uid) or re.fullmatch(r"1\.2\.840\.10008\.6\.1\.\d{1,5}", uid) is not None


def is_naming(element: DataElement) -> bool:
    """Whether a text names a person, a place, a device or a record, by its attribute's keyword."""
    keyword = keyword_for_tag(element.tag)
    return element.VR == "AE" or bool(_NAMING.search(keyword) and keyword not in _NOT_NAMING)


def _count(text: bytes, content: bytes) -> int:
    """How often `text` is in `content`: as a word of its own, unless it is long or not plain letters and digits."""
    if len(text) >= ALONE_BYTES or not text.isascii():
        return content.count(text)
    return len(re.findall(rb"(?<![a-z0-9])" + re.escape(text) + rb"(?![a-z0-9])", content))


def _words(name: str, text: str) -> int:
    """The same of folded texts: as a word, unless `name` is long, or of an alphabet that may not part words."""
    if len(name) >= ALONE_BYTES or any(unicodedata.category(each) == "Lo" for each in name):
        return text.count(name)
    letter = "[a-z0-9]" if name.isascii() else r"[^\W_]"
    return len(re.findall(f"(?<!{letter}){re.escape(name)}(?!{letter})", text))


def _can_write(codec: str, text: str) -> bool:
    try:
        return bool(text.encode(codec))
    except UnicodeEncodeError:
        return False


def _common(known: dict[bytes, str], seen: Iterable[bytes]) -> Iterator[str]:
    return (known[each] for each in seen if each in known)


def _raw_texts(dataset: Dataset) -> Iterator[bytes]:
    """The values of all texts as they are written, those within sequences included."""
    texts = (each for _, each in _text_elements(dataset) if _vr(each) != "CS")  # whose codes may be terms
    return (each.value for each in texts if isinstance(each.value, bytes))


def _texts(dataset: Dataset) -> Iterator[str]:
    """The same, read by the data set's character sets."""
    for owner, each in _text_elements(dataset):
        held, keyword = owner[each.tag].value, keyword_for_tag(each.tag)
        several = [held.decode("utf-8", "replace")] if isinstance(held, bytes) else map(str, values(held))
        yield "\\".join(value for value in several if not is_term(keyword, value))


def _text_elements(dataset: Dataset) -> Iterator[tuple[Dataset, Any]]:
    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        if _vr(raw) == "SQ":
            for item in sequence(dataset, cast(str, tag)):
                yield from _text_elements(item)
        elif _vr(raw) in _TEXTS | {"CS", "PN", "UN"} and not is_known_code(dataset, tag):
            yield dataset, raw


def _shortest(known: dict[bytes, str]) -> dict[bytes, str]:
    """Those that pixels are unlikely to be, without what holds another one, and what is in UTF-16."""
    shortest: dict[bytes, str] = {}
    for text in sorted(filter(_is_rare, known), key=len):
        if b"\0" not in text and not any(shorter in text for shorter in shortest):
            shortest[text] = known[text]
    return shortest


def _is_rare(text: bytes) -> bool:
    """Whether pixels are unlikely to be these bytes: enough of them, five different ones, and no even ramp."""
    steps = {after - before for before, after in itertools.pairwise(text)}
    return len(text) >= PIXEL_BYTES and len(set(text)) >= 5 and len(steps) > 1
