"""docs/display.md shows names and dates as the programs do."""

import json
import re
from pathlib import Path

import pytest

from radiogram.dicom.display import shown_date, shown_name

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "display.md").read_text()
NAMES = re.findall(r"^\| `(.+)` \| (.+) \|$", PAGE, re.M)
VECTORS = json.loads((ROOT / "tests" / "vectors" / "person_name.json").read_text())


def test_the_page_has_examples_of_names():
    assert len(NAMES) == 7


@pytest.mark.parametrize(("value", "shown"), NAMES)
def test_a_name_of_the_page_is_shown_as_it_says_and_is_a_vector(value, shown):
    assert shown_name(value) == shown
    assert {"raw": value, "shown": shown} in VECTORS


def test_a_date_is_shown_as_the_page_says():
    assert f"`{shown_date('1962-03-14')}`" in PAGE
