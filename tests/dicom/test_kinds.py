"""Every class of objects that DICOM stores is drawn, written out, applied, or named: never a blob."""

import numpy as np
import pytest
from pydicom._uid_dict import UID_dictionary

from radiogram.dicom.kinds import LABEL_MAP, Role, described, is_drawn, role_of, sop_class_name
from radiogram.dicom.metadata import instance_metadata
from radiogram.dicom.previews import write_previews

ROOT = "1.2.840.10008.5.1.4.1.1."
STORED = {
    uid: name
    for uid, (name, kind, *_) in UID_dictionary.items()
    if kind == "SOP Class" and "Storage" in name and uid.startswith("1.2.840.10008.5.1.4.")
} | {LABEL_MAP: "Label Map Segmentation Storage"}
PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8)


@pytest.mark.parametrize(("uid", "name"), STORED.items(), ids=STORED.values())
def test_a_class_is_drawn_exactly_if_it_is_of_images_and_has_words_otherwise(uid, name, build, tmp_path):
    assert sop_class_name(uid) == name
    is_image = "Image" in name or name.startswith("Enhanced US Volume")
    assert (role_of(uid) is Role.IMAGE) == is_image == is_drawn(uid)
    assert is_image or ": " in described(uid)
    path = tmp_path / "a.dcm"
    path.write_bytes(build(PIXELS, SOPClassUID=uid))
    previews = write_previews([path], tmp_path, False)
    assert (tmp_path / "a.dcm.png").exists() == is_image
    assert instance_metadata(path).frames == int(is_image)
    assert is_image or previews.named or previews.refused


@pytest.mark.parametrize("uid", ["1.2.840.10008.5.1.4.1.1.9999", "1.3.6.1.4.1.5962.301.9", "x"])
def test_what_dicom_does_not_name_is_drawn_if_it_has_pixels_and_is_called_unknown(uid, build, tmp_path):
    assert (role_of(uid), sop_class_name(uid)) == (Role.UNKNOWN, None)
    (tmp_path / "a.dcm").write_bytes(build(PIXELS, SOPClassUID=uid))
    (tmp_path / "b.dcm").write_bytes(build(SOPClassUID=uid))
    previews = write_previews([tmp_path / "a.dcm", tmp_path / "b.dcm"], tmp_path, False)
    assert f"{tmp_path / 'a.dcm.png'}  (a picture of a kind that DICOM does not name)" in previews.lines()
    assert [(path.name, str(why)) for path, why in previews.refused] == [("b.dcm", "this DICOM file holds no image")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rtplan.dcm", "RT Plan: a plan for radiotherapy, for the radiotherapy department; it has no picture"),
        ("rtdose.dcm", "RT Dose: the dose that is planned, for the radiotherapy department; it has no picture"),
        (
            "rtstruct.dcm",
            "RT Structure Set: outlines of what is treated and what is spared, for the radiotherapy department; "
            "it has no picture",
        ),
    ],
)
def test_radiotherapy_is_named_and_no_picture_is_made_of_it(name, said, sample, tmp_path):
    path = tmp_path / name
    path.write_bytes(sample(name).read_bytes())
    previews = write_previews([path], tmp_path, False)
    assert previews.lines() == [f"{path}  ({said})"]
    assert (previews.refused, previews.overview, list(tmp_path.iterdir())) == ([], None, [path])


def test_a_waveform_that_is_no_ecg_is_named_and_not_drawn_as_one(sample, tmp_path):
    from pydicom import dcmread

    made = dcmread(sample("waveform_ecg.dcm"))
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = f"{ROOT}9.7.1"
    made.save_as(tmp_path / "eeg.dcm")
    previews = write_previews([tmp_path / "eeg.dcm"], tmp_path, False)
    assert previews.written == []
    assert previews.named[0][1].startswith("Routine Scalp Electroencephalogram Waveform: a recording over time")
