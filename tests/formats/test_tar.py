"""A tar archive, member by member: what is written is read, and damage is seen where it is."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import BundleError
from radiogram.formats import tar

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=300).filter(
    lambda name: not name.endswith("/")
)
sizes = st.one_of(st.integers(0, 2000), st.sampled_from([8**11 - 1, 8**11, 10**15]))
contents = st.binary(max_size=2000)
END = bytes(2 * tar.BLOCK_BYTES)


def archived(name: str, content: bytes) -> bytes:
    return tar.header(name, len(content)) + content + tar.padding(len(content))


@given(names, sizes)
def test_a_header_reads_as_it_was_written(name, size):
    stream = io.BytesIO(tar.header(name, size) + b"content")
    assert tar.next_member(stream) == tar.Member(name, size)
    assert stream.read() == b"content"


@given(st.lists(st.tuples(names, contents), max_size=4), st.integers(1, 3000))
def test_members_are_read_one_after_the_other(members, step):
    stream = io.BytesIO(b"".join(archived(*each) for each in members) + END)
    for name, content in members:
        assert tar.next_member(stream) == tar.Member(name, len(content))
        pieces = tar.read_pieces(stream, len(content), memoryview(bytearray(step)))
        assert b"".join(bytes(each) for each in pieces) == content
    assert tar.next_member(stream) is None


@given(names, contents)
def test_a_small_member_is_read_whole(name, content):
    stream = io.BytesIO(archived(name, content) + END)
    tar.next_member(stream)
    assert tar.read_content(stream, len(content)) == content
    assert tar.next_member(stream) is None


@given(names, contents.filter(bool), st.floats(0, 1, exclude_max=True), st.booleans())
def test_an_archive_that_is_cut_short_has_no_end(name, content, place, in_pieces):
    whole = archived(name, content)
    stream = io.BytesIO(whole[: int(place * len(whole))])
    with pytest.raises(EOFError):
        member = tar.next_member(stream)
        if in_pieces:
            list(tar.read_pieces(stream, member.size, memoryview(bytearray(100))))
        else:
            tar.read_content(stream, member.size)


@given(st.integers(0, 147), st.integers(1, 255))
def test_a_header_with_any_byte_changed_is_refused(place, difference):
    block = bytearray(tar.header("files/a", 5))
    block[place] ^= difference
    with pytest.raises((tarfile.TarError, UnicodeError)):
        tar.next_member(io.BytesIO(bytes(block)))


def test_the_end_is_two_blocks_of_zeros_at_least_and_nothing_else():
    buffer = memoryview(bytearray(1000))
    for more in (0, 1, 512, 999, 1000, 5000):
        tar.read_end(io.BytesIO(bytes(512 + more)), buffer)
    for size in (0, 1, 511):
        with pytest.raises(EOFError):
            tar.read_end(io.BytesIO(bytes(size)), buffer)


@given(st.integers(0, 4999), st.integers(1, 255))
def test_whatever_stands_behind_the_end_is_refused(place, value):
    behind = bytearray(5000)
    behind[place] = value
    with pytest.raises(BundleError, match="more than its list"):
        tar.read_end(io.BytesIO(bytes(behind)), memoryview(bytearray(1000)))


def test_an_extended_header_without_a_file_is_cut_short():
    data = tar.header("ü" * 100, 5)
    with pytest.raises(EOFError):
        tar.next_member(io.BytesIO(data[: -tar.BLOCK_BYTES]))


def test_an_extended_header_before_the_end_is_refused():
    data = tar.header("ü" * 100, 5)[: -tar.BLOCK_BYTES] + END
    with pytest.raises(tarfile.HeaderError):
        tar.next_member(io.BytesIO(data))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE, tarfile.XGLTYPE, tarfile.CONTTYPE])
def test_another_kind_of_member_is_refused(kind):
    info = tarfile.TarInfo("files/a")
    info.type = kind
    with pytest.raises(BundleError, match="other than files"):
        tar.next_member(io.BytesIO(info.tobuf(tarfile.USTAR_FORMAT)))


def test_the_old_mark_of_a_file_is_taken():
    info = tarfile.TarInfo("files/a")
    info.type = tarfile.AREGTYPE
    assert tar.next_member(io.BytesIO(info.tobuf(tarfile.USTAR_FORMAT))) == tar.Member("files/a", 0)


# ---- headers that others write


def block_of(name=b"files/a", prefix=b"", size=b"5", checksum=b"%06o\0 ", kind=b"0", rest=b"") -> bytes:
    """A header of these fields."""
    block = bytearray(tar.BLOCK_BYTES)
    texts = (0, name), (100, b"0000644"), (136, b"15350000000"), (345, prefix), (500, rest)
    for start, field in (*texts, (124, size), (148, b" " * 8), (156, kind)):
        block[start : start + len(field)] = field
    block[148:156] = checksum % sum(block)
    return bytes(block)


def read(*blocks: bytes) -> tar.Member | None:
    return tar.next_member(io.BytesIO(b"".join(blocks)))


def test_a_name_fills_its_fields_to_the_last_byte():
    name, folder = "é" * 50, "ü" * 77 + "d"
    block = block_of(name.encode(), folder.encode(), rest=b"whatever")
    assert read(block) == tar.Member(f"{folder}/{name}", 5)


@pytest.mark.parametrize("checksum", [b"%08o", b"%07o\0", b"%6o\0 "])
def test_a_checksum_may_stand_in_its_field_as_programs_write_it(checksum):
    assert read(block_of(checksum=checksum)) == tar.Member("files/a", 5)


@pytest.mark.parametrize("size", [b"5", b" 5 ", b"000000000005", b"00000000005\0", b"5\0junk"])
def test_a_number_ends_with_its_field_or_a_zero(size):
    assert read(block_of(size=size)) == tar.Member("files/a", 5)


@pytest.mark.parametrize("size", [b"X5", b"5X", b"8", b"0o5", b"-5", b"\x80\0\0\0\0\0\0\0\0\0\0\5"])
def test_a_number_that_is_not_octal_is_refused(size):
    with pytest.raises(tarfile.TarError):
        read(block_of(size=size))


@pytest.mark.parametrize("record", [b"9 path=ab\n", b"12 path=a\n", b"x path=a\n", b"4 =\n"])
def test_a_record_of_another_length_than_it_says_is_refused(record):
    extended = block_of(size=b"%o" % len(record), kind=b"x") + record + tar.padding(len(record))
    with pytest.raises(tarfile.TarError):
        read(extended, block_of())
