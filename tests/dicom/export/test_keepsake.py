"""A keepsake as a file: what is put into the page, and what is refused."""

import base64
import html.parser

import pytest

from radiogram.errors import OutputExists, OutputFolderError
from radiogram.export.keepsake import Keepsake

PAGE = b"<body>\n<!--files-->\n<p>The end</p>\n"


class Blocks(html.parser.HTMLParser):
    """The blocks of a page: attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.blocks = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self.blocks.append((dict(attrs), ""))

    def handle_data(self, data):
        if self.tags[-1] == "script" and data.strip():
            self.blocks[-1] = (self.blocks[-1][0], data)


@pytest.fixture
def write(tmp_path):
    """Writes a keepsake of files (name, content), and gives its text."""
    (tmp_path / "page.html").write_bytes(PAGE)

    def written(*files, out="keepsake.html", overwrite=False) -> str:
        with Keepsake(tmp_path / out, tmp_path / "page.html", overwrite) as keepsake:
            keepsake.received.mkdir()
            placed = []
            for number, (name, content) in enumerate(files):
                (keepsake.received / str(number)).write_bytes(content)
                placed.append((name, "application/dicom", keepsake.received / str(number)))
            keepsake.finish(placed)
        return (tmp_path / out).read_text()

    return written


@pytest.mark.parametrize("size", [0, 1, 2, 3, 786_431, 786_432, 786_433, 2_000_000])
def test_a_file_of_any_size_comes_out_as_it_went_in(write, size):
    content = bytes(place * 7 % 251 for place in range(size))

    ((said, text),) = Blocks(write(("CT/1", content))).blocks

    assert base64.b64decode(text, validate=True) == content
    assert (said["data-name"], said["type"]) == ("CT/1", "application/octet-stream")


def test_no_name_can_be_taken_for_markup(write):
    evil = "a\"'></script><script>alert(1)</script><!--&amp;"

    page = Blocks(write((evil, b"1")))

    assert page.tags == ["body", "script", "p"]
    assert page.blocks[0][0]["data-name"] == evil


def test_what_is_there_is_replaced_when_asked_and_not_before(write, tmp_path):
    first = write(("a", b"1"))

    with pytest.raises(OutputExists, match="is there already"):
        write(("a", b"2"))

    assert (tmp_path / "keepsake.html").read_text() == first
    assert write(("a", b"2"), overwrite=True) != first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keepsake.html", "page.html"]


def test_a_place_that_can_not_be_written_is_named(write):
    with pytest.raises(OutputFolderError, match="can't be written: Not a directory"):
        write(("a", b"1"), out="page.html/keepsake.html")
