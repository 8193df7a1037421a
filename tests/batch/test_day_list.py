"""A day's list: what is written is read, and what is no list is refused by its line."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.batch.day_list import MAX_BYTES, MAX_ROWS, ListRow, parse_list
from radiogram.errors import ListError

CELLS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30) | st.sampled_from(
    ['a "quoted" one', "a, comma", "Äneas 山田/ct"]
)


def written(rows, columns=("study", "recipient"), **dialect) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, **dialect).writerows([columns, *rows])
    return stream.getvalue().encode()


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS | st.just("")), min_size=1, max_size=20),
    order=st.permutations([0, 1, 2]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    lines=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_is_read(rows, order, mark, lines, quoting):
    columns = [("study", "recipient", "label")[place] for place in order]
    data = written([[row[place] for place in order] for row in rows], columns, lineterminator=lines, quoting=quoting)
    assert parse_list(mark + data) == [ListRow(line, *row) for line, row in enumerate(rows, 2)]


@given(st.binary(max_size=300))
def test_whatever_bytes_there_are_they_are_a_list_or_refused(data):
    rows = []
    with suppress(ListError):
        rows = parse_list(b"study,recipient\n" + data)
    assert all(row.study and row.recipient and row.line > 1 for row in rows)


def test_the_label_may_be_left_out():
    assert parse_list(b"study,recipient\nct,card.json\n") == [ListRow(2, "ct", "card.json", "")]


def test_spaces_around_and_capital_letters_of_columns_do_not_matter():
    assert parse_list(b"Study, RECIPIENT\n ct , card.json \n") == [ListRow(2, "ct", "card.json", "")]


def test_lines_without_anything_are_passed_over_and_counted():
    assert [row.line for row in parse_list(b"\nstudy,recipient\n\na,b\n,\n\nc,d\n")] == [4, 7]


def test_a_row_is_named_by_the_line_that_it_begins_on():
    with pytest.raises(ListError, match="line 3 of the list has a study with signs that can't be printed"):
        parse_list(b'study,recipient\na,b\n"two\nlines",b\n')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1 of the list does not name the columns: write study,recipient"),
        (b"a,b\n", "line 1 of the list does not name the columns: write study,recipient"),
        (b"study;recipient\na;b\n", "separate by commas"),
        (b"study\trecipient\na\tb\n", "separate by commas"),
        (b"study,recipient,name\na,b,c\n", "line 1 of the list has an unknown column 'name'"),
        (b"study,recipient,\na,b,c\n", "line 1 of the list has an unknown column ''"),
        (b"study,recipient,study\na,b,c\n", "line 1 of the list names the column study twice"),
        (b"study,label\na,b\n", "line 1 of the list names no column recipient"),
        (b"study,recipient\n", "the list has no study"),
        (b"study,recipient\na\n", "line 2 of the list has 1 cell, and there are 2 columns"),
        (b"study,recipient\na,b\nc,d,e\n", "line 3 of the list has 3 cells"),
        (b"study,recipient\n,b\n", "line 2 of the list has no study"),
        (b"study,recipient\na, \n", "line 2 of the list has no recipient"),
        (b'study,recipient\na,b\nc,"d\n', "line 3 of the list is not CSV"),
        (b'study,recipient\na"b"c,d\n"x"y,d\n', "line 3 of the list is not CSV"),
        (b"study,recipient\na,b\x00\n", "line 2 of the list"),
        (b"study,recipient\na,b\xff\n", "line 2 of the list is not UTF-8"),
        ("study,recipient\na,b\n".encode("utf-16"), "line 1 of the list is not UTF-8"),
        (b"study,recipient\na,b\xe2\x80\xae\n", "line 2 of the list has a recipient with signs that can't be printed"),
    ],
)
def test_what_is_no_list_is_refused_by_its_line(data, message):
    with pytest.raises(ListError) as refusal:
        parse_list(data)
    assert message in str(refusal.value)


def test_a_list_that_is_too_long_is_refused():
    with pytest.raises(ListError, match=f"more than {MAX_BYTES:,} bytes"):
        parse_list(b"study,recipient\n" + b"a,b\n" * (MAX_BYTES // 4))
    with pytest.raises(ListError, match=f"has {MAX_ROWS + 1:,} studies"):
        parse_list(b"study,recipient\n" + b"a,b\n" * (MAX_ROWS + 1))
    assert len(parse_list(b"study,recipient\n" + b"a,b\n" * MAX_ROWS)) == MAX_ROWS
