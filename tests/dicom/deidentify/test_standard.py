"""A copy breaks no rule of DICOM that its original keeps."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import EnhancedMRImageStorage

from tests.dicom.deidentify.material import changed
from tests.dicom.deidentify.test_real_files import OFTEN_WITH_TEXT, PLAIN

DATES = ("InstanceCreationDate", "SeriesDate", "ContentDate", "AcquisitionDate", "StudyDate", "PatientBirthDate")
NO_DIRECTORY = "needed to build DICOMDIR"  # of study date, time and ID, which the profile empties


@pytest.fixture
def complaints(need):
    """What dciodvfy says against a file, by line."""
    tool = need("dciodvfy", "dicom3tools")

    def check(path: Path) -> Counter[str]:
        said = subprocess.run([tool, path], capture_output=True, text=True, errors="replace", check=False)
        lines = (said.stdout + said.stderr).splitlines()
        return Counter(line for line in lines if line.startswith(("Error", "Warning")) and NO_DIRECTORY not in line)

    return check


@pytest.mark.parametrize("name", [*PLAIN, *OFTEN_WITH_TEXT])
def test_dciodvfy_says_nothing_against_a_copy_that_it_does_not_say_against_its_original(
    sample, clean, complaints, name
):
    assert not complaints(clean(sample(name), force_pixels=True).paths[0]) - complaints(sample(name))


def dates(dataset: Dataset) -> Iterator[str]:
    return (str(each.value or "") for each in dataset.iterall() if each.VR in ("DA", "DT"))


def test_no_date_stays_or_becomes_one_that_is_none(image, clean):
    (copy,) = clean(image(**dict.fromkeys(DATES, "20240131"), AcquisitionDateTime="20240131101500")).datasets
    assert not any(dates(copy))


def test_an_image_that_must_have_dates_has_the_same_valid_one_for_all(image, clean):
    def change(dataset):
        dataset.SOPClassUID, dataset.Modality = EnhancedMRImageStorage, "MR"
        dataset.ContentDate, dataset.AcquisitionDateTime, dataset.ContentTime = "20240131", "20240131101500", "101500"
        content, frame = Dataset(), Dataset()
        content.FrameReferenceDateTime = "20240131101500.5"
        frame.FrameContentSequence = [content]
        dataset.SharedFunctionalGroupsSequence, dataset.PerFrameFunctionalGroupsSequence = [Dataset()], [frame]

    copies = clean(changed(image(), change))
    assert set(dates(copies.datasets[0])) == {"", "19000101", "19000101000000"}
    assert copies.datasets[0].ContentTime == "000000"
    assert clean(copies.paths[0]).report.files == 1
