"""What a copy says of itself and keeps, and what the report says of it."""

import json
import re

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.uid import DeflatedExplicitVRLittleEndian

from radiogram.deidentify.profile import KEPT
from radiogram.deidentify.search import is_naming
from radiogram.deidentify.study import deidentify
from tests.dicom.deidentify.material import RAMP, STUDY, changed, in_private_elements


def test_a_copy_says_how_it_was_made(image, clean):
    (copy,) = clean(image()).datasets
    assert copy.PatientIdentityRemoved == "YES"
    assert copy.LongitudinalTemporalInformationModified == "REMOVED"
    (code,) = copy.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")
    assert code.CodeMeaning == "Basic Application Confidentiality Profile"
    assert all(len(method) <= 64 for method in copy.DeidentificationMethod)


def test_a_copy_claims_nothing_of_faces_and_text_in_pixels(image, clean):
    (copy,) = clean(image(BurnedInAnnotation="YES", RecognizableVisualFeatures="YES"), force_pixels=True).datasets
    assert (copy.BurnedInAnnotation, copy.RecognizableVisualFeatures) == ("YES", "YES")
    (copy,) = clean(image()).datasets
    assert "BurnedInAnnotation" not in copy
    assert "RecognizableVisualFeatures" not in copy


def test_what_a_doctor_needs_to_see_the_picture_stays(image, clean):
    kept = {
        "Manufacturer": "ACME Imaging",
        "ConvolutionKernel": "B30f",
        "SliceThickness": "1.25",
        "PixelSpacing": [0.5, 0.5],
        "ImagePositionPatient": [1.5, 2.5, -3.5],
        "WindowCenter": "40",
        "BodyPartExamined": "ABDOMEN",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "KVP": "120",
    }
    (copy,) = clean(image(**kept)).datasets
    assert {keyword: copy[keyword].value for keyword in kept} == kept


def test_dates_ages_and_descriptions_are_gone(image, clean):
    there = {
        "PatientAge": "061Y",
        "StudyDescription": "Abdomen of Mrs O.",
        "SeriesDescription": "Axial",
        "ImageComments": "as discussed by phone",
        "StudyTime": "101500",
        "AcquisitionDate": "20240131",
        "PatientWeight": "71",
        "AcquisitionProtocolName": "The boss's own",
    }
    (copy,) = clean(image(**there)).datasets
    assert not any(copy.get(keyword) for keyword in there)


def test_a_copy_is_named_by_numbers_and_not_as_its_original(image, clean):
    copies = clean(image(), image(), image(SeriesNumber=None, InstanceNumber=None))
    names = ["/".join(path.parts[-2:]) for path in copies.paths]
    assert names == ["series-002/image-0007.dcm", "series-002/image-0007-2.dcm", "series-000/image-0000.dcm"]


def test_each_patient_gets_a_name_of_their_own(image, clean):
    first, again, other = clean(image(), image(), image(PatientID="99", PatientName="Roe^Jane")).datasets
    assert first.PatientID == again.PatientID != other.PatientID
    assert str(first.PatientName) == f"{first.PatientID}^"


def test_the_original_is_not_touched(image, tmp_path):
    path = tmp_path / "original.dcm"
    path.write_bytes(image())
    before = path.read_bytes(), path.stat().st_mtime_ns
    deidentify([path], tmp_path / "out")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_deflated_file_is_searched_and_written_without_deflation(image, clean):
    copies = clean(image(syntax=DeflatedExplicitVRLittleEndian))
    assert copies.datasets[0].file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
    assert copies.datasets[0].PixelData == RAMP.tobytes()
    assert copies.report.inflated == 1


def test_the_report_counts_attributes_by_keyword(image, clean):
    def change(dataset):
        in_private_elements(dataset)
        dataset.StudyDescription = "Abdomen"

    report = clean(changed(image(), change), changed(image(), change)).report
    assert report.removed == {"StudyDescription": 2}
    assert report.emptied.keys() == {
        "PatientBirthDate",
        "PatientSex",
        "AccessionNumber",
        "ReferringPhysicianName",
        "StudyDate",
    }
    assert report.replaced.keys() == {
        "InstitutionName",
        "PatientName",
        "PatientID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "FrameOfReferenceUID",
    }
    assert set(report.replaced.values()) == {2}
    assert report.unnamed == 8
    assert report.sought >= 11


def test_the_report_holds_no_value(image, clean):
    told = json.dumps(vars(clean(image(StudyDescription="Mrs Okafor")).report)) + repr(clean(image()).report)
    assert not re.search("(?i)okafor|grace|elsewhere|4711|1962|quack|" + re.escape(STUDY), told)


def test_no_kept_attribute_is_one_that_names_somebody():
    for tag in KEPT:
        element = DataElement(tag, dictionary_VR(tag).split(" or ")[-1], "")
        assert not is_naming(element), keyword_for_tag(tag)
