"""Objects that are neither pictures nor documents: named for what they are, and never drawn."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import dcmread

from tests.web.viewer.page import corner, pixels, sample

ROOT = "1.2.840.10008.5.1.4.1.1."


def of_class(sop_class: str, folder, name: str = "CT_small.dcm"):
    made = dcmread(sample(name))
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = sop_class
    made.save_as(folder / "object.dcm")
    return folder / "object.dcm"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("481.2", "RT Dose: the dose that is planned, for the radiotherapy department."),
        ("30", "Parametric Map: values that were measured or computed, pixel by pixel, for a doctor’s viewer."),
        ("66", "Raw Data: what the scanner measured, for the maker’s programs."),
        ("66.1", "Spatial Registration: how images lie on top of each other, for a doctor’s viewer."),
        ("4.2", "MR Spectroscopy: measurements of chemical substances, for the MRI department."),
        ("67", "Real World Value Mapping: what the brightness of images stands for, for a doctor’s viewer."),
        ("11.2", "Color Softcopy Presentation State: how images are to be shown, for a doctor’s viewer."),
    ],
)
def test_what_has_pixels_and_is_no_picture_is_named_and_not_drawn(viewer, tmp_path, place, words):
    page = viewer(of_class(ROOT + place, tmp_path))
    expect(page.get_by_role("heading", name="There are no pictures here.")).to_be_visible()
    assert page.get_by_role("listitem").inner_text().split("\n")[:2] == ["object.dcm", words]
    assert not pixels(page).any()


def test_the_real_dose_of_a_plan_is_named_beside_the_image(viewer):
    page = viewer(sample("CT_small.dcm"), sample("rtdose.dcm"))
    expect(page.get_by_label("Series")).to_be_hidden()
    page.get_by_text("1 file for the doctors’ programs").click()
    expect(page.get_by_role("listitem")).to_contain_text("RT Dose: the dose that is planned")


def test_a_radiotherapy_image_is_an_x_ray_picture_and_is_called_what_it_is(viewer, tmp_path):
    made = dcmread(of_class(f"{ROOT}481.1", tmp_path))
    made.Modality = "RTIMAGE"
    made.save_as(tmp_path / "object.dcm")
    page = viewer(tmp_path / "object.dcm")
    assert pixels(page).any()
    assert corner(page, "tl").startswith("Radiotherapy image")


def test_a_picture_of_a_private_class_is_drawn_and_called_unknown(viewer, tmp_path):
    page = viewer(of_class("1.3.6.1.4.1.5962.301.9", tmp_path))
    assert pixels(page).any()
    assert corner(page, "tl").startswith("CT of an unknown kind")


def test_what_is_of_a_private_class_and_has_no_pixels_is_no_picture(viewer, tmp_path):
    page = viewer(of_class("1.3.6.1.4.1.5962.301.9", tmp_path, "rtplan.dcm"))
    assert not np.any(pixels(page))
    expect(page.get_by_role("listitem")).to_contain_text("This DICOM file holds no image.")


def test_a_recording_that_is_no_ecg_is_not_drawn_as_one(viewer, tmp_path):
    page = viewer(of_class(f"{ROOT}9.7.1", tmp_path, "waveform_ecg.dcm"))
    assert not pixels(page).any()
    expect(page.get_by_role("listitem")).to_contain_text(
        "Routine Scalp Electroencephalogram Waveform: a recording over time, for a doctor’s program."
    )
