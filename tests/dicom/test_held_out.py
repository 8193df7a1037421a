"""Previews of files that the decoders were not made with, beside other programs': 1 grey level apart on average."""

import numpy as np
import pytest

from radiogram.dicom.picture import Picture
from tests.dicom.held_out import FILES, HIGH_THROUGHPUT, SOURCES, WHOLE_RANGE, for_dcmtk, high_throughput, twelve_bit


@pytest.fixture
def at_native_size(monkeypatch):
    """Pixels left as they are, as dcmtk leaves them."""
    monkeypatch.setattr("radiogram.dicom.picture.pixel_aspect", lambda settings: 1.0)


def apart(path, frame, theirs) -> np.ndarray:
    ours = np.asarray(Picture(path).frame(frame, None))
    assert ours.shape == theirs.shape
    assert np.ptp(ours) > 50
    return np.abs(ours.astype(int) - theirs)


@pytest.mark.parametrize("kind", FILES)
def test_a_preview_is_the_picture_that_others_make(kind, dcmtk, need, tmp_path, at_native_size):
    path, frame, options = FILES[kind]
    assert apart(path, frame, dcmtk(for_dcmtk(path, tmp_path, need), frame, *options)).mean() <= 1


@pytest.mark.parametrize("name", SOURCES)
def test_a_preview_of_12_bit_jpeg_is_the_picture_that_dcmtk_makes(name, dcmtk, need, tmp_path, at_native_size):
    path = twelve_bit(SOURCES[name], tmp_path / "12.dcm", need)
    assert apart(path, 0, dcmtk(path, 0, *WHOLE_RANGE)).mean() <= 1


@pytest.mark.parametrize("kind", HIGH_THROUGHPUT)
@pytest.mark.parametrize("name", SOURCES)
def test_a_preview_of_high_throughput_jpeg_2000_is_the_picture_that_openjph_decodes(
    name, kind, dcmtk, need, tmp_path, at_native_size
):
    path = high_throughput(SOURCES[name], tmp_path / "ht.dcm", kind)
    assert apart(path, 0, dcmtk(for_dcmtk(path, tmp_path, need), 0, *WHOLE_RANGE)).mean() <= 1
