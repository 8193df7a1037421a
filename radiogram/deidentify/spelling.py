"""How else a name or a date may be written: capitals, alphabets, transliterations, orders of day, month and year.

Pure: texts in, texts out.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

import iuliia  # type: ignore[import-untyped]
from anyascii import anyascii

# How DICOM files write text (PS3.3 C.12.1.1.2), as Python names it, and Unicode's own ways.
SINGLE_BYTE = (*(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)), "tis-620")
MULTI_BYTE = ("shift_jis", "iso2022_jp_2", "euc_kr", "gb18030")
UNICODE = ("utf-8", "utf-16-le", "utf-16-be")

_MARKS = [point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == "Mn"]
_LETTERS = dict(zip("ıøđłħðʹʺ", ("i", "o", "d", "l", "h", "d", "", ""), strict=True)) | {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
_KANA = {point: point + 0x60 for point in range(0x3041, 0x3097)}  # hiragana as katakana
_FOLDING = dict.fromkeys(_MARKS) | {ord(letter): other for letter, other in _LETTERS.items()} | _KANA
_UMLAUTS = str.maketrans(dict(zip("äöüåøÄÖÜÅØ", ("ae", "oe", "ue", "aa", "oe") * 2, strict=True)))
_CYRILLIC = re.compile("[\u0400-\u04ff]")

# How months begin, folded, in English, German, Dutch, French, Italian, Spanish, Portuguese, Russian and Greek.
_MONTHS = (
    *("jan|gen|ene|янв|ιαν", "feb|fev|фев|φεβ", "mar|mrz|maa|мар|μαρ", "apr|abr|avr|апр|απρ"),
    *("mai|may|mag|maj|mei|маи|мая|μαι", "jun|juin|giu|июн|ιουν", "jul|juil|lug|июл|ιουλ", "aug|ago|aou|авг|αυγ"),
    *("sep|set|сен|σεπ", "oct|okt|ott|out|окт|οκτ", "nov|noe|ноя|νοε", "dec|dez|dic|des|дек|δεκ"),
)
_MONTH = rf"(?<![^\W\d_])({'|'.join(_MONTHS)})[^\W\d_]*"
_GAP = r"[\s.,/-]*(?:d[eu]l?\s+|of\s+)?'?"
_NUMERIC = re.compile(r"(?<!\d)(?<!\d[./-])(\d{1,4})([-./ ]) ?(\d{1,2})\2 ?(\d{1,4})(?!\d)(?![./-]\d)")
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|o|a)?{_GAP}{_MONTH}{_GAP}(\d{{4}}|\d\d)(?!\d)")
_MONTH_FIRST = re.compile(rf"{_MONTH}{_GAP}(\d{{1,2}})(?:st|nd|rd|th)?[\s.,/-]+'?(\d{{4}}|\d\d)(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<!\d)(\d{{4}}){_GAP}{_MONTH}{_GAP}(\d{{1,2}})(?!\d)")
_JAPANESE = re.compile(r"(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日")


def folded(text: str) -> str:
    """For comparing: capitals, accents, kinds of kana, and characters that Unicode holds alike make no difference."""
    if text.isascii():
        return text.lower()
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return once.translate(_FOLDING)


def latin(text: str) -> str:
    """`text` folded, in Latin letters, as people write it who have no others."""
    return folded(anyascii(unicodedata.normalize("NFC", text)))


def spellings(name: str) -> set[str]:
    """How `name` may be written, folded: with `ue` for `ü` or the other way about, in Latin letters, without signs."""
    composed = unicodedata.normalize("NFC", name)
    found = {folded(composed), folded(composed.translate(_UMLAUTS))}
    found |= {re.sub("([aou])e", r"\1", each) for each in found}
    if not name.isascii():
        found.add(latin(composed))
    if _CYRILLIC.search(composed):
        found |= {folded(schema.translate(composed)) for schema in _schemas()}
    return found | {re.sub("['’ʼ`´-]", "", each) for each in found}


@cache
def _schemas() -> list[iuliia.Schema]:
    """Every way of writing Cyrillic in Latin letters that iuliia knows: passports', libraries', maps', newspapers'."""
    return [getattr(iuliia, name.upper()) for name in iuliia.schemas.names()]


def dates_in(text: str) -> Iterator[str]:
    """Each date that a part of folded `text` may mean, as YYYYMMDD: in any order, with month names, short years."""
    for first, sign, second, third in _NUMERIC.findall(text):
        is_short = len(first) < 3 and len(third) == 2
        if len(first) == 4 or (is_short and sign != " "):
            yield from _dates(first, second, third)
        if len(third) == 4 or (is_short and sign != " "):
            yield from _dates(third, second, first)
    for day, month, year in _DAY_FIRST.findall(text):
        yield from _dates(year, _number(month), day, either_order=False)
    for month, day, year in _MONTH_FIRST.findall(text):
        yield from _dates(year, _number(month), day, either_order=False)
    for year, month, day in _YEAR_FIRST.findall(text):
        yield from _dates(year, _number(month), day, either_order=False)
    for year, month, day in _JAPANESE.findall(text):
        yield from _dates(year, month, day, either_order=False)


def _dates(year: str, month: str, day: str, *, either_order: bool = True) -> Iterator[str]:
    years = [year] if len(year) == 4 else [f"19{year:>02}", f"20{year:>02}"]
    for each in years:
        yield f"{each}{month:>02}{day:>02}"
        if either_order:
            yield f"{each}{day:>02}{month:>02}"


def _number(month: str) -> str:
    """1 to 12, of how a month's name begins."""
    return str(next(place for place, names in enumerate(_MONTHS, 1) if month in names.split("|")))


def decodings(content: bytes, codecs: frozenset[str]) -> Iterator[tuple[str, str]]:
    """`content` in each of `codecs`, folded, and the codec, Unicode's first; UTF-16 from either byte on."""
    seen = set()
    for codec in (*UNICODE, *sorted(codecs.difference(UNICODE))):
        for shift in (0, 1) if codec.startswith("utf-16") else (0,):
            text = folded(content[shift:].decode(codec, "replace"))
            if text not in seen:
                seen.add(text)
                yield codec, text
