"""The canvas shows the very pixels of the Python preview."""

import io

import numpy as np
import pytest
from openjpeg.utils import encode_array
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
)

from radiogram.dicom.picture import Picture
from tests.dicom.htj2k import encoded as high_throughput
from tests.dicom.jpeg_lossless import VECTORS, wrapped
from tests.web.viewer.page import at_full_size, difference, sample, settle

EXACT = {
    "grey, signed or not, rescaled, windowed or not, both MONOCHROMEs, either byte order, deflated": (
        "CT_small 693_UNCR MR_small MR2_UNCR RG1_UNCR RG3_UNCR MR_small_bigendian MR_small_implicit ExplVR_BigEnd "
        "image_dfl"
    ),
    "colours": "examples_palette examples_rgb_color SC_rgb_small_odd_big_endian SC_ybr_full_422_uncompressed",
    "RLE": "MR_small_RLE SC_rgb_rle_16bit_2frame SC_rgb_rle_32bit OBXXXX1A_rle",
    "JPEG": (
        "examples_ybr_color color3d_jpeg_baseline SC_rgb_jpeg_dcmtk SC_rgb_jpeg_app14_dcmd SC_jpeg_no_color_transform "
        "SC_rgb_dcmtk_+eb+cy+s4 SC_rgb_small_odd_jpeg"
    ),
    "JPEG Lossless": "JPEG-LL JPGLosslessP14SV1_1s_1f_8b SC_rgb_jpeg_gdcm",
    "JPEG-LS": (
        "MR_small_jpeg_ls_lossless JPEGLSNearLossless_08 JPEGLSNearLossless_16 SC_rgb_jls_lossy_line "
        "SC_rgb_jls_lossy_sample"
    ),
    "JPEG 2000, lossless": (
        "693_J2KR MR2_J2KR RG1_J2KR RG3_J2KR US1_J2KR MR_small_jp2klossless emri_small_jpeg_2k_lossless "
        "J2K_pixelrep_mismatch GDCMJ2K_TextGBR explicit_VR-UN examples_jpeg2k"
    ),
    "JPEG 2000, lossy": "JPEG2000 693_J2KI MR2_J2KI RG1_J2KI RG3_J2KI US1_J2KI SC_rgb_gdcm_KY",
}


@pytest.mark.parametrize("kind", EXACT)
def test_the_canvas_shows_the_very_pixels_of_the_python_preview(viewer, kind):
    page = viewer()
    for name in EXACT[kind].split():
        assert not difference(page, sample(f"{name}.dcm")).any(), name


@pytest.mark.parametrize("name", ["rtdose", "rtdose_rle", "liver_1frame"])
def test_values_of_1_and_32_bits_are_shown_as_the_very_pixels_of_the_python_preview(viewer, tmp_path, name):
    made = dcmread(sample(f"{name}.dcm"))  # a dose or a segmentation, which are no pictures by their class
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    made.save_as(tmp_path / "picture.dcm")
    assert not difference(viewer(), tmp_path / "picture.dcm").any()


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K])
def test_high_throughput_jpeg_2000_shows_the_very_pixels_of_the_python_preview(viewer, tmp_path, syntax):
    page = viewer()
    for name in ("CT_small.dcm", "RG3_UNCR.dcm", "examples_rgb_color.dcm"):
        file = high_throughput(sample(name), tmp_path / name, syntax)
        assert not difference(page, file).any(), name


LOSSLESS = {
    "colours of 16 bits": {"bits": 16, "samples": 3, "scans": 1, "predictor": 7},
    "a scan for each colour": {"bits": 8, "scans": 3, "predictor": 5},
    "a scan of two colours": {"scans": 2, "predictor": 6},
    "restart markers": {"samples": 1, "restart": 1, "predictor": 4},
    "restart markers, in colour": {"bits": 8, "restart": 2, "predictor": 2},
    "shifted samples, restart markers and a scan for each colour": {"shift": 2, "restart": 1, "scans": 3},
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_jpeg_lossless_of_any_kind_shows_the_very_pixels_of_the_python_preview(viewer, tmp_path, kind):
    vector = next(each for each in VECTORS if each.items() >= LOSSLESS[kind].items())
    assert not difference(viewer(), wrapped(vector, tmp_path / "unusual.dcm")).any()


@pytest.mark.parametrize(("dtype", "samples"), [(np.int8, 1), (np.int16, 1), (np.uint16, 3)])
def test_jpeg_2000_of_unusual_samples_shows_the_very_pixels_of_the_python_preview(viewer, tmp_path, dtype, samples):
    info, scan = np.iinfo(dtype), dcmread(sample("CT_small.dcm"))
    scan.Rows, scan.Columns, scan.SamplesPerPixel = 40, 56, samples
    scan.BitsAllocated = scan.BitsStored = info.bits
    scan.PixelRepresentation = int(info.min < 0)
    rows, columns = np.indices((40, 56))
    values = np.stack([rows * 3 + columns * (at + 1) for at in range(samples)], -1)
    values = (values * (int(info.max) - int(info.min)) // values.max() + int(info.min)).astype(dtype)
    colours = {1: 2, 3: 1}[samples]  # openjpeg's word for grey, and for red, green and blue
    frame = encode_array(values.squeeze(), bits_stored=info.bits, photometric_interpretation=colours, use_mct=False)
    if samples == 3:
        scan.PhotometricInterpretation, scan.PlanarConfiguration = "RGB", 0
    scan.file_meta.TransferSyntaxUID = JPEG2000Lossless
    scan.PixelData = encapsulate([frame])
    scan["PixelData"].VR = "OB"
    scan.save_as(tmp_path / "unusual.dcm")
    assert not difference(viewer(), tmp_path / "unusual.dcm").any()


@pytest.mark.parametrize("name", ["CT_small", "examples_rgb_color"])
@pytest.mark.parametrize("tile", [(1000, 1000), (48, 48)])
def test_jpeg_2000_whose_picture_does_not_begin_at_the_origin_is_shown_whole(viewer, tmp_path, name, tile):
    scan = dcmread(sample(f"{name}.dcm"))  # the Python preview refuses such: its reference is the picture itself
    values = scan.pixel_array.astype(np.uint8) if name == "CT_small" else scan.pixel_array
    scan.BitsAllocated = scan.BitsStored = 8
    scan.PixelRepresentation = 0
    scan.PixelData = values.tobytes()
    scan.save_as(tmp_path / "twin.dcm")
    frame = io.BytesIO()
    Image.fromarray(values).save(frame, "JPEG2000", offset=(17, 9), tile_size=tile, no_jp2=True)
    scan.file_meta.TransferSyntaxUID = JPEG2000Lossless
    scan.PixelData = encapsulate([frame.getvalue()])
    scan["PixelData"].VR = "OB"
    scan.save_as(tmp_path / "offset.dcm")
    assert not difference(viewer(), tmp_path / "offset.dcm", twin=tmp_path / "twin.dcm").any()


def test_a_later_frame_of_a_cine_shows_the_very_pixels_of_the_python_preview(viewer):
    page = viewer(sample("color3d_jpeg_baseline.dcm"))
    page.get_by_role("slider").fill("60")
    settle(page)
    expected = Picture(sample("color3d_jpeg_baseline.dcm")).frame(59, None)
    assert (at_full_size(page, *expected.size) == np.asarray(expected.convert("RGB"))).all()


def test_pixels_that_are_not_square_are_shown_in_their_true_shape(viewer):
    page = viewer(sample("color-px.dcm"))
    width, height = Picture(sample("color-px.dcm")).frame(0, None).size
    drawn = at_full_size(page, width, height)
    assert drawn[1:-1, 1:-1].max(axis=(1, 2)).any()
    assert drawn[height - 3].max() > 0
    assert drawn[2].max() > 0
