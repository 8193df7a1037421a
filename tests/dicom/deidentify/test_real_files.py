"""Real files of many modalities, alphabets and compressions."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import UID

from radiogram.dicom.picture import Picture, preview_png
from radiogram.errors import PreviewError
from tests.dicom.deidentify.material import OKAFOR, RAMP, every_element

REWRITTEN = (
    "J2K",
    "jpeg_2k",
    "jp2k",
    "jpeg_ls",
    "MR_small_padded",
    "jpeg_dcmtk",
    "JPEG-LL",
    "color3d",
    "explicit_VR-UN",
)  # had comments
NAMING = ("PatientID", "AccessionNumber", "InstitutionName", "StationName", "StudyID")
PLAIN = [
    *("CT_small.dcm", "emri_small.dcm", "emri_small_RLE.dcm", "emri_small_big_endian.dcm"),
    *("emri_small_jpeg_2k_lossless.dcm", "J2K_pixelrep_mismatch.dcm"),
    *("693_UNCR.dcm", "693_J2KR.dcm", "MR2_J2KI.dcm", "RG1_UNCR.dcm", "RG3_UNCR.dcm", "bad_sequence.dcm"),
]
OFTEN_WITH_TEXT = [
    *("MR_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "MR_small_padded.dcm"),
    *("MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR-SIEMENS-DICOM-WithOverlays.dcm"),
    *("color3d_jpeg_baseline.dcm", "OBXXXX1A_rle_2frame.dcm", "US1_J2KR.dcm", "ExplVR_BigEnd.dcm", "JPEG-LL.dcm"),
    *(
        "gdcm-US-ALOKA-16.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_small_odd.dcm",
        "SC_rgb_16bit_2frame.dcm",
        "vlut_04.dcm",
    ),
    *("mlut_18.dcm", "OT-PAL-8-face.dcm", "explicit_VR-UN.dcm", "chrArab.dcm", "chrFrenMulti.dcm", "chrGerm.dcm"),
    *("chrGreek.dcm", "chrH31.dcm", "chrH32.dcm", "chrHbrw.dcm", "chrI2.dcm", "chrRuss.dcm", "chrX1.dcm", "chrX2.dcm"),
]


def plainly_identifying(dataset) -> set[str]:
    """Names, ids, dates and UIDs of a data set, found without the code under test."""
    values = set()
    for element in every_element(dataset):
        for value in map(str, every_value(element)):
            if element.VR == "PN":
                values |= {value, *re.split("[=^]", value)}
            is_own_uid = element.VR == "UI" and UID(value).name == value
            if is_own_uid or element.VR in ("DA", "DT") or element.keyword in NAMING:
                values.add(value)
    values -= {"NONE", "Anonymized", "ANON", str(dataset.file_meta.get("ImplementationClassUID"))}
    return {value for value in values if len(value) >= 4}


def drawn_by_lot(dataset) -> set[str]:
    """The new UIDs (PS3.5, B.2: a UUID in decimal digits) and pseudonyms of a copy."""
    values = {str(value) for each in every_element(dataset) if each.VR == "UI" for value in every_value(each)}
    pseudonyms = {str(dataset.get("PatientID", "")), str(dataset.get("PatientName", ""))}
    return {each for each in values if each.startswith("2.25.")} | {e for e in pseudonyms if e.startswith("DEID-")}


def every_value(element) -> list:
    return list(element.value) if element.VM > 1 else [element.value] if element.VM else []


@pytest.mark.parametrize(("name", "force"), [(n, False) for n in PLAIN] + [(n, True) for n in OFTEN_WITH_TEXT])
def test_a_copy_has_nothing_of_the_patient_and_the_very_same_picture(sample, clean, name, force):
    original = dcmread(sample(name), force=True)
    copies = clean(sample(name), force_pixels=force)
    (copy,) = copies.datasets
    rest = copies.files[0].replace(copy.PixelData, b"")
    for drawn in drawn_by_lot(copy) - plainly_identifying(original):  # in which "4900" may stand by chance
        rest = rest.replace(drawn.encode(), b"")
    encodings = ("utf-8", "latin-1", "iso2022_jp", "euc_kr", "gb18030", "utf-16-le")
    for value in plainly_identifying(original):
        assert not any(
            value.encode(each, "ignore") in rest for each in encodings if len(value.encode(each, "ignore")) > 3
        )
    assert copy.PixelData == original.PixelData or any(each in name for each in REWRITTEN)
    assert shown(copies.paths[0]) == shown(sample(name))


def shown(path: Path) -> tuple[str, ...] | str:
    """Each frame's picture, up to three; or why there is none."""
    try:
        picture = Picture(path)
        return tuple(hashlib.sha256(picture.frame(i).tobytes()).hexdigest() for i in range(min(picture.frames, 3)))
    except PreviewError as error:
        return str(error)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "693_UNCR.dcm"])
def test_dcmtk_reads_a_copy_and_shows_the_very_same_picture(sample, clean, dcmtk, name):
    copy = dcmtk(clean(sample(name), force_pixels=True).paths[0])
    assert np.array_equal(copy, dcmtk(sample(name)))


def test_a_whole_study_of_twenty_slices_is_one_study_afterwards(build, clean):
    slices = [build(RAMP + n, **(OKAFOR | {"InstanceNumber": n, "ImagePositionPatient": [0, 0, n]})) for n in range(20)]
    copies = clean(*slices)
    assert len({copy.SOPInstanceUID for copy in copies.datasets}) == 20
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID", "PatientName"):
        (value,) = {str(copy[keyword].value) for copy in copies.datasets}
        assert value != OKAFOR.get(keyword)
    assert [list(copy.ImagePositionPatient) for copy in copies.datasets] == [[0, 0, n] for n in range(20)]
    assert copies.report.files == 20
    assert copies.report.removed.keys() & copies.report.replaced.keys() == set()


def test_the_preview_of_a_copy_is_that_of_its_original(sample, clean):
    assert preview_png(clean(sample("CT_small.dcm")).paths[0]) == preview_png(sample("CT_small.dcm"))
