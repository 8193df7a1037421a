"""Whatever is broken in what belongs to an image, the image has its picture, and the rest is named in one line."""

import random
import warnings

import numpy as np
import pytest

from radiogram.dicom.previews import write_previews
from tests.dicom.key_objects import selection
from tests.dicom.presentation_states import annotated, graphic, state, window, written
from tests.dicom.segmentations import described, masks, scan, segmentation

SHUTTERS = {
    "ShutterShape": ["CIRCULAR", "POLYGONAL"],
    "CenterOfCircularShutter": [64, 50],
    "RadiusOfCircularShutter": 30,
    "VerticesOfThePolygonalShutter": [10, 10, 20, 110, 120, 64],
    "ImageRotation": 90,
}
PIXELS = 128 * 128 // 8  # bytes of two outlines of one bit a pixel, which stand at the end


def made(kind: str, image):
    if kind == "segmentation":
        return segmentation([image], masks(128, 128, 1, 2), [described(1, "Liver"), described(2, "Tumour")])
    if kind == "selection":
        return selection([image], [image])
    shapes = [graphic("CIRCLE", np.array([[40, 40], [40, 52]]))]
    drawn = annotated([image], shapes, [written("Nodule", (0.1, 0.1, 0.9, 0.3))])
    return state([image], voi_lut_transformations=window(40, 400), **drawn, **SHUTTERS)


@pytest.mark.parametrize("kind", ["segmentation", "selection", "state"])
def test_changed_bytes_are_refused_in_one_line_and_keep_no_image_from_being_seen(kind, tmp_path):
    image = scan(tmp_path, 1)[0]
    made(kind, image).save_as(tmp_path / "object")
    whole = (tmp_path / "object").read_bytes()
    end = len(whole) - 2 * PIXELS * (kind == "segmentation")
    chance = random.Random(11)  # noqa: S311 - no secret
    for _ in range(25):
        broken = bytearray(whole)
        for _ in range(3):
            broken[chance.randrange(400, end)] = chance.randrange(256)
        (tmp_path / "object").write_bytes(broken)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # they would quote the file
            previews = write_previews([tmp_path / "ct-1.dcm", tmp_path / "object"], tmp_path, True)
        assert tmp_path / "ct-1.dcm.png" in previews.written
        assert all("\n" not in str(why) for _, why in previews.refused)
        assert all("\n" not in line for line in previews.lines())
