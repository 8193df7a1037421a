"""A day's list of studies and their recipients, as a file of comma-separated values (RFC 4180). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from radiogram.errors import ListError

MAX_BYTES = 4 << 20
MAX_ROWS = 10_000
REQUIRED = ("study", "recipient")
OPTIONAL = ("label",)
COLUMNS = (*REQUIRED, *OPTIONAL)


@dataclass(frozen=True)
class ListRow:
    """What one row asks for, as it is written, without the spaces around."""

    line: int
    """Of the file, from 1: where the row begins."""
    study: str
    recipient: str
    label: str
    """Empty where the list does not say."""


def parse_list(data: bytes) -> list[ListRow]:
    """The rows of a list: UTF-8, with or without a byte order mark; the first row names the columns, in any order.

    Lines without anything are passed over. Raises ListError, which names the line.
    """
    if len(data) > MAX_BYTES:
        raise ListError(f"the list has more than {MAX_BYTES:,} bytes", "divide it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ListError(f"line {line} of the list is not UTF-8", "save it as CSV in UTF-8") from None
    records = _records(text)
    header_line, header = next(records, (1, []))
    columns = _columns(header_line, header)
    rows = [_row(line, dict(zip(columns, _checked(line, cells, columns), strict=True))) for line, cells in records]
    if not rows:
        raise ListError("the list has no study", "write one in each line after that of the columns")
    if len(rows) > MAX_ROWS:
        raise ListError(f"the list has {len(rows):,} studies", f"divide it: {MAX_ROWS:,} go at once")
    return rows


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise ListError(f"line {line} of the list is not CSV", "quote what holds a comma or a quote") from None
        if cells is None:
            return
        stripped = [each.strip() for each in cells]
        if any(stripped):
            yield line, stripped


def _columns(line: int, header: list[str]) -> list[str]:
    names = [each.casefold() for each in header]
    example = ",".join(REQUIRED)
    if not set(names) & set(COLUMNS):
        way_out = "separate by commas" if ";" in "".join(names) or "\t" in "".join(names) else f"write {example}"
        raise ListError(f"line {line} of the list does not name the columns", way_out)
    if unknown := [each for each in header if each.casefold() not in COLUMNS]:
        raise ListError(f"line {line} of the list has an unknown column {unknown[0]!r}", f"it has {', '.join(COLUMNS)}")
    if twice := [each for each in names if names.count(each) > 1]:
        raise ListError(f"line {line} of the list names the column {twice[0]} twice", "leave one out")
    if missing := [each for each in REQUIRED if each not in names]:
        raise ListError(f"line {line} of the list names no column {missing[0]}", f"write {example}")
    return names


def _checked(line: int, cells: list[str], columns: list[str]) -> list[str]:
    if len(cells) != len(columns):
        has = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        way_out = "quote what holds a comma" if len(cells) > len(columns) else "write a comma for each that is empty"
        raise ListError(f"line {line} of the list has {has}, and there are {len(columns)} columns", way_out)
    return cells


def _row(line: int, cells: dict[str, str]) -> ListRow:
    for name, value in cells.items():
        if name in REQUIRED and not value:
            raise ListError(f"line {line} of the list has no {name}", "write it, or leave the line out")
        if not value.isprintable():
            raise ListError(f"line {line} of the list has a {name} with signs that can't be printed", "write it anew")
    return ListRow(line, cells["study"], cells["recipient"], cells.get("label", ""))
