"""The page's pictures of files that the decoders were not made with, beside others': 1 grey apart on average."""

import numpy as np
import pytest
from PIL import Image

from tests.dicom.conftest import dcmtk  # noqa: F401 - a fixture
from tests.dicom.held_out import FILES, HIGH_THROUGHPUT, SOURCES, WHOLE_RANGE, for_dcmtk, high_throughput, twelve_bit
from tests.web.viewer.page import at_full_size, sample, settle


def apart(page, frame: int, theirs: np.ndarray) -> np.ndarray:
    if frame:
        page.get_by_role("slider").fill(str(frame + 1))
        settle(page)
    height, width = theirs.shape[:2]
    drawn = at_full_size(page, width, height)
    assert np.ptp(drawn) > 50
    return np.abs(drawn - np.asarray(Image.fromarray(theirs).convert("RGB")).astype(int))


@pytest.mark.parametrize("kind", FILES)
def test_the_page_shows_the_picture_that_others_make(viewer, kind, dcmtk, need, tmp_path):  # noqa: F811
    path, frame, options = FILES[kind]
    theirs = dcmtk(for_dcmtk(path, tmp_path, need), frame, *options)
    assert apart(viewer(path), frame, theirs).mean() <= 1


@pytest.mark.parametrize("name", SOURCES)
def test_the_page_shows_12_bit_jpeg_as_dcmtk_does(viewer, name, dcmtk, need, tmp_path):  # noqa: F811
    path = twelve_bit(SOURCES[name], tmp_path / "12.dcm", need)
    assert apart(viewer(path), 0, dcmtk(path, 0, *WHOLE_RANGE)).mean() <= 1


@pytest.mark.parametrize("name", ["JPGExtended.dcm", "JPEG-lossy.dcm"])
def test_the_page_shows_12_bit_jpeg_of_other_encoders_as_dcmtk_does(viewer, name, dcmtk):  # noqa: F811
    assert apart(viewer(sample(name)), 0, dcmtk(sample(name), 0, *WHOLE_RANGE)).mean() <= 1


@pytest.mark.parametrize("kind", HIGH_THROUGHPUT)
@pytest.mark.parametrize("name", SOURCES)
def test_the_page_shows_high_throughput_jpeg_2000_as_openjph_decodes_it(viewer, name, kind, dcmtk, need, tmp_path):  # noqa: F811
    path = high_throughput(SOURCES[name], tmp_path / "ht.dcm", kind)
    assert apart(viewer(path), 0, dcmtk(for_dcmtk(path, tmp_path, need), 0, *WHOLE_RANGE)).mean() <= 1
