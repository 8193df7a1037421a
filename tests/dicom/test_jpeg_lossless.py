"""JPEG Lossless of every kind is shown exactly; web/test/dicom-lossless.test.ts says the same of the page."""

import numpy as np

from radiogram.dicom.pixels import StoredPixels
from tests.dicom.jpeg_lossless import VECTORS, pixels, wrapped


def test_every_kind_of_8_to_16_bits_is_decoded_exactly(tmp_path):
    for number, vector in enumerate(vector for vector in VECTORS if vector["bits"] >= 8):
        found = StoredPixels(wrapped(vector, tmp_path / f"{number}.dcm")).frame(0)
        expected = pixels(vector)
        assert (np.reshape(found, expected.shape) == expected).all(), vector
