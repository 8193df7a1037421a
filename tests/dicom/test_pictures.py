"""What is true of every picture, whatever the file."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pydicom.uid import HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL

from radiogram.dicom.contact_sheet import contact_sheet, large_sheets, sheet
from radiogram.dicom.frames import spread
from radiogram.dicom.picture import Picture, preview_png
from radiogram.errors import PreviewError
from tests.dicom.htj2k import encoded as high_throughput

shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
pixels = st.sampled_from([np.uint8, np.uint16, np.int16, np.int8]).flatmap(lambda kind: arrays(kind, shapes))
RAMP = np.arange(-512, 512, dtype=np.int16).reshape(32, 32)


def shown(file, index=0):
    return np.asarray(Picture(file).frame(index, None)).astype(int)


@given(pixels)
def test_monochrome1_is_monochrome2_inverted(build, values):
    ours = shown(build(values)) + shown(build(values, PhotometricInterpretation="MONOCHROME1"))

    # where all pixels are alike, both are one flat grey
    assert (np.abs(ours - 255) <= 1).all()


@given(pixels)
def test_an_inverse_presentation_shape_inverts_once(build, values):
    both = build(values, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")

    assert (shown(both) == shown(build(values, PhotometricInterpretation="MONOCHROME1"))).all()


@given(pixels, st.integers(-300, 300), st.integers(2, 4000), st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]))
def test_a_higher_value_is_never_darker(build, values, center, width, function):
    grey = shown(build(values, WindowCenter=center, WindowWidth=width, VOILUTFunction=function))

    order = np.argsort(values, axis=None)
    assert (np.diff(grey.ravel()[order]) >= 0).all()


def test_a_window_goes_from_black_to_white(build):
    grey = shown(build(RAMP, WindowCenter=0, WindowWidth=101, RescaleSlope=1, RescaleIntercept=0))

    assert grey[RAMP <= -51].max() == 0
    assert grey[RAMP >= 50].min() == 255
    assert grey[RAMP == 0] == pytest.approx(128, abs=1)


def test_a_window_is_applied_to_rescaled_values(build):
    rescaled = build(RAMP, WindowCenter=100, WindowWidth=200, RescaleSlope=2, RescaleIntercept=-10)
    plain = build((RAMP.astype(np.int32) * 2 - 10).astype(np.int16), WindowCenter=100, WindowWidth=200)

    assert (shown(rescaled) == shown(plain)).all()


def test_the_first_of_several_windows_is_used(build):
    several = build(RAMP, WindowCenter=[0, 400], WindowWidth=[100, 5])

    assert (shown(several) == shown(build(RAMP, WindowCenter=0, WindowWidth=100))).all()


def test_each_frame_of_an_enhanced_image_has_its_own_window(build):
    from pydicom import Dataset

    groups = []
    for center in (-200, 200):
        voi, group = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = center, 100
        group.FrameVOILUTSequence = [voi]
        groups.append(group)
    file = build(np.stack([RAMP, RAMP]), PerFrameFunctionalGroupsSequence=groups)

    assert (shown(file, 0) == shown(build(RAMP, WindowCenter=-200, WindowWidth=100))).all()
    assert (shown(file, 1) == shown(build(RAMP, WindowCenter=200, WindowWidth=100))).all()


WHOLE = np.floor((RAMP.astype(float) + 512) / 1023 * 255 + 0.5)


@pytest.mark.parametrize(("center", "width"), [(40, 0), (40, -10), (0, 0), ("", ""), ([40, 80], [0, -1]), (40, "")])
def test_a_window_without_a_width_shows_all_from_the_darkest_to_the_brightest(build, center, width):
    assert (shown(build(RAMP, WindowCenter=center, WindowWidth=width)) == WHOLE).all()


def test_the_first_window_that_has_a_width_is_used(build):
    several = build(RAMP, WindowCenter=[40, -100, 0], WindowWidth=[0, 200, 5])

    assert (shown(several) == shown(build(RAMP, WindowCenter=-100, WindowWidth=200))).all()


def test_a_window_of_a_frame_that_has_no_width_makes_way_for_that_of_all_frames(build):
    from pydicom import Dataset

    voi, group, all_frames = Dataset(), Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = 77, 0
    group.FrameVOILUTSequence = [voi]
    shared = Dataset()
    shared.WindowCenter, shared.WindowWidth = -100, 300
    all_frames.FrameVOILUTSequence = [shared]
    file = build(
        np.stack([RAMP, RAMP]),
        PerFrameFunctionalGroupsSequence=[group, group],
        SharedFunctionalGroupsSequence=[all_frames],
        WindowCenter=5,
        WindowWidth=5,
    )

    assert (shown(file, 1) == shown(build(RAMP, WindowCenter=-100, WindowWidth=300))).all()


def test_center_and_width_are_of_one_place(build):
    from pydicom import Dataset

    voi, group = Dataset(), Dataset()
    voi.WindowCenter = -300
    group.FrameVOILUTSequence = [voi]
    file = build(RAMP, PerFrameFunctionalGroupsSequence=[group], WindowCenter=10, WindowWidth=100)

    assert (shown(file) == shown(build(RAMP, WindowCenter=10, WindowWidth=100))).all()


def test_a_window_of_one_is_black_up_to_its_edge_and_white_above(build):
    grey = shown(build(RAMP, WindowCenter=100.5, WindowWidth=1))

    assert (grey == np.where(RAMP <= 100, 0, 255)).all()


def test_a_window_narrower_than_linear_may_be_goes_from_half_a_width_below_to_half_above(build):
    values = np.arange(1000, dtype=np.uint16).reshape(25, 40)
    rescale = {"RescaleSlope": 0.001, "RescaleIntercept": 0}

    grey = shown(build(values, WindowCenter=0.5, WindowWidth=0.5, **rescale))

    assert (grey == np.floor(np.clip((values * 0.001 - 0.5) / 0.5 + 0.5, 0, 1) * 255 + 0.5)).all()


@pytest.mark.parametrize(("spacing", "size"), [([2, 1], (32, 64)), ([1, 2], (64, 32)), ([0, 1], (32, 32))])
def test_pixels_that_are_not_square_are_made_so(build, spacing, size):
    assert Picture(build(RAMP, PixelSpacing=spacing)).frame(0, None).size == size


def test_a_picture_is_never_flipped(build):
    corner = np.zeros((8, 8), np.uint8)
    corner[0, 7] = 200

    grey = shown(build(corner, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0], PatientOrientation=["R", "H"]))

    assert np.argwhere(grey == 255).tolist() == [[0, 7]]


@pytest.mark.parametrize(
    "name", ["emri_small.dcm", "color3d_jpeg_baseline.dcm", "rtdose.dcm", "liver.dcm", "OBXXXX1A_rle_2frame.dcm"]
)
def test_every_frame_has_the_same_size(sample, name):
    picture = Picture(sample(name))

    assert len({picture.frame(index).size for index in spread(picture.frames, 8)}) == 1


def test_a_preview_is_a_png_of_1024_pixels_at_most(sample):
    image = Image.open(io.BytesIO(preview_png(sample("RG3_UNCR.dcm").read_bytes())))

    assert (image.format, image.size, image.mode) == ("PNG", (1024, 1024), "L")


def test_bytes_a_path_and_a_stream_give_the_same_picture(sample):
    path = sample("MR_small.dcm")
    with path.open("rb") as stream:
        pictures = {preview_png(path), preview_png(path.read_bytes()), preview_png(stream)}
        assert not stream.closed

    assert len(pictures) == 1


def test_a_contact_sheet_shows_sixty_frames_at_most(sample, monkeypatch):
    seen = []
    monkeypatch.setattr("radiogram.dicom.contact_sheet.sheet", lambda rows: seen.extend(rows) or sheet(rows))

    contact_sheet(sample("color3d_jpeg_baseline.dcm"))

    ((heading, tiles),) = seen
    assert heading == "60 of 120 frames"
    assert [tiles[0][0], tiles[-1][0], len(tiles)] == ["frame 1", "frame 120", 60]


@given(st.integers(0, 500), st.integers(1, 60))
def test_frames_are_chosen_evenly_and_once(total, most):
    chosen = spread(total, most)

    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(total, most)
    assert total < 2 or most < 2 or (chosen[0], chosen[-1]) == (0, total - 1)


@pytest.mark.parametrize(
    ("declared", "frames"), [("junk", 3), ("0", 3), ("-5", 3), ("", 3), ("99999999", 3), ("2", 2), ("2.5", 3)]
)
def test_a_junk_number_of_frames_is_replaced_by_what_the_file_holds(build, declared, frames):
    file = build(np.stack([RAMP] * 3), NumberOfFrames="77777777")

    assert Picture(file.replace(b"77777777", declared.encode().ljust(8))).frames == frames


@pytest.mark.parametrize(("syntax", "most"), [(HTJ2KLossless, 0), (HTJ2KLosslessRPCL, 0), (HTJ2K, 2)])
@pytest.mark.parametrize("name", ["RG3_UNCR.dcm", "examples_rgb_color.dcm"])
def test_a_high_throughput_jpeg_2000_picture_is_that_of_its_uncompressed_twin(sample, tmp_path, name, syntax, most):
    ours = np.asarray(Picture(high_throughput(sample(name), tmp_path / name, syntax)).frame(0, None)).astype(int)

    assert np.abs(ours - np.asarray(Picture(sample(name)).frame(0, None))).max() <= most


def test_large_sheets_show_each_frame_of_each_image_large_enough_to_read(sample):
    sheets = list(large_sheets([sample("color3d_jpeg_baseline.dcm"), sample("CT_small.dcm")]))
    told = [shown for _, shown in sheets]
    assert (told[0], told[-1]) == ("image 1, frame 1 of 120 to image 1, frame 11 of 120", "image 2")
    assert len(sheets) == 11
    assert all(max(Image.open(io.BytesIO(each)).size) >= 1024 for each, _ in sheets)


def test_large_sheets_of_an_image_that_can_not_be_shown_are_refused(sample):
    with pytest.raises(PreviewError):
        list(large_sheets([sample("CT_small.dcm"), sample("rtplan.dcm")]))
