"""Our pictures beside those of an independent renderer, dcmtk's dcmj2pnm.

Tolerance: 1 grey level of 256 on average and 2 at most (the two round in different places), correlation above 0.999.
dcmtk has no JPEG 2000: there the reference is dcmtk's picture of the uncompressed twin. JPEG-LS it decodes with a tool
of its own, dcmdjpls.
"""

import subprocess

import numpy as np
import pytest
from pydicom import dcmread

from radiogram.dicom.picture import Picture

WINDOW, LUT, WHOLE_RANGE = ("+Wi", "1"), ("+Wl", "1"), ("+Wm",)

# file, frame, how dcmtk is told what we choose by ourselves
CASES = {
    "MONOCHROME2 with rescale and window": ("693_UNCR.dcm", 0, WINDOW),
    "MONOCHROME2 without a window": ("CT_small.dcm", 0, WHOLE_RANGE),
    "MONOCHROME2 signed, MR": ("MR_small.dcm", 0, WINDOW),
    "MONOCHROME2 large, MR": ("MR2_UNCR.dcm", 0, WINDOW),
    "MONOCHROME1 X-ray": ("RG1_UNCR.dcm", 0, WINDOW),
    "MONOCHROME1 X-ray, demo": ("RG3_UNCR.dcm", 0, WINDOW),
    "modality LUT": ("mlut_18.dcm", 0, WHOLE_RANGE),
    "VOI LUT": ("vlut_04.dcm", 0, LUT),
    "32 bit dose": ("rtdose.dcm", 7, WHOLE_RANGE),
    "1 bit segmentation, frame not on a byte": ("liver.dcm", 2, WHOLE_RANGE),
    "PALETTE COLOR": ("OT-PAL-8-face.dcm", 0, ()),
    "PALETTE COLOR, ultrasound": ("examples_palette.dcm", 0, ()),
    "RGB": ("US1_UNCR.dcm", 0, ()),
    "RGB by planes": ("color-pl.dcm", 0, ()),
    "RGB 16 bit": ("SC_rgb_16bit.dcm", 0, ()),
    "YBR_FULL": ("SC_ybr_full_uncompressed.dcm", 0, ()),
    "RLE, RGB 16 bit": ("SC_rgb_rle_16bit_2frame.dcm", 1, ()),
    "big endian, RGB": ("SC_rgb_expb_2frame.dcm", 1, ()),
    "YBR_FULL_422": ("SC_ybr_full_422_uncompressed.dcm", 0, ()),
    "implicit VR": ("MR_small_implicit.dcm", 0, WINDOW),
    "big endian": ("MR_small_bigendian.dcm", 0, WINDOW),
    "PALETTE COLOR, big endian, 8 bit": ("OBXXXX1A_expb_2frame.dcm", 1, ()),
    "deflated": ("image_dfl.dcm", 0, WHOLE_RANGE),
    "RLE": ("MR_small_RLE.dcm", 0, WINDOW),
    "PALETTE COLOR, RLE": ("OBXXXX1A_rle_2frame.dcm", 1, ()),
    "RLE enhanced multi-frame": ("emri_small_RLE.dcm", 5, WHOLE_RANGE),
    "enhanced multi-frame": ("emri_small.dcm", 9, WHOLE_RANGE),
    "JPEG baseline, YBR_FULL_422 cine": ("color3d_jpeg_baseline.dcm", 60, ()),
    "JPEG baseline, RGB not transformed": ("SC_jpeg_no_color_transform.dcm", 0, ()),
    "JPEG baseline, YBR_FULL": ("SC_rgb_small_odd_jpeg.dcm", 0, ()),
    "JPEG extended, 12 bit": ("JPGExtended.dcm", 0, WHOLE_RANGE),
    "JPEG extended, 12 bit, by another encoder": ("JPEG-lossy.dcm", 0, WHOLE_RANGE),
    "JPEG lossless": ("JPGLosslessP14SV1_1s_1f_8b.dcm", 0, ()),
    "JPEG lossless, 16 bit": ("JPEG-LL.dcm", 0, WHOLE_RANGE),
    "JPEG lossless, RGB": ("SC_rgb_jpeg_gdcm.dcm", 0, ()),
}
JPEG_LS = {
    "lossless": ("MR_small_jpeg_ls_lossless.dcm", 0, WINDOW),
    "lossless, enhanced multi-frame": ("emri_small_jpeg_ls_lossless.dcm", 7, WHOLE_RANGE),
    "near-lossless, 8 bit": ("JPEGLSNearLossless_08.dcm", 0, WHOLE_RANGE),
    "near-lossless, 16 bit": ("JPEGLSNearLossless_16.dcm", 0, WHOLE_RANGE),
    "near-lossless, RGB by lines": ("SC_rgb_jls_lossy_line.dcm", 0, ()),
    "near-lossless, RGB by samples": ("SC_rgb_jls_lossy_sample.dcm", 0, ()),
}


@pytest.fixture
def at_native_size(monkeypatch):
    """Pixels left as they are, as dcmj2pnm leaves them."""
    monkeypatch.setattr("radiogram.dicom.picture.pixel_aspect", lambda settings: 1.0)


@pytest.mark.parametrize("case", CASES)
def test_a_picture_is_the_one_that_dcmtk_makes(case, sample, dcmtk, at_native_size):
    name, frame, options = CASES[case]

    ours = np.asarray(Picture(sample(name)).frame(frame, None))

    assert_alike(ours, dcmtk(sample(name), frame, *options), mean=1, most=2)


@pytest.mark.parametrize("case", JPEG_LS)
def test_a_jpeg_ls_picture_is_the_one_that_dcmtk_makes(case, sample, dcmtk, need, tmp_path, at_native_size):
    name, frame, options = JPEG_LS[case]
    subprocess.run([need("dcmdjpls", "dcmtk"), sample(name), tmp_path / "plain.dcm"], check=True)

    ours = np.asarray(Picture(sample(name)).frame(frame, None))

    assert_alike(ours, dcmtk(tmp_path / "plain.dcm", frame, *options), mean=1, most=2)


def test_signs_in_12_bit_jpeg_are_extended(sample, need, tmp_path):
    subprocess.run([need("dcmdjpeg", "dcmtk"), sample("JPGExtended.dcm"), tmp_path / "plain.dcm"], check=True)
    values = dcmread(tmp_path / "plain.dcm").pixel_array.astype(int)
    assert values.max() >= 256
    scan = dcmread(sample("JPGExtended.dcm"))
    scan.BitsStored, scan.HighBit, scan.PixelRepresentation = 9, 8, 1
    scan.save_as(tmp_path / "signed.dcm")

    ours = np.asarray(Picture(tmp_path / "signed.dcm").frame(0, None))

    signed = (values ^ 256) - 256
    share = (signed - signed.min()) / (signed.max() - signed.min())
    assert (ours == np.floor(share * 255 + 0.5)).all()


@pytest.mark.parametrize(
    ("compressed", "plain", "mean", "most"),
    [
        ("RG3_J2KR.dcm", "RG3_UNCR.dcm", 1, 2),
        ("693_J2KR.dcm", "693_UNCR.dcm", 1, 2),
        ("RG3_J2KI.dcm", "RG3_UNCR.dcm", 1, 4),
        ("US1_J2KR.dcm", "US1_UNCR.dcm", 1, 2),
    ],
)
def test_a_jpeg_2000_picture_is_that_of_its_uncompressed_twin(compressed, plain, mean, most, sample, dcmtk):
    ours = np.asarray(Picture(sample(compressed)).frame(0, None))

    assert_alike(ours, dcmtk(sample(plain), 0, *(() if ours.ndim == 3 else WINDOW)), mean, most)


def assert_alike(ours, theirs, mean, most):
    assert ours.shape == theirs.shape
    apart = np.abs(ours.astype(int) - theirs.astype(int))
    assert apart.mean() <= mean
    assert apart.max() <= most
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.999
