"""Where names hide, and are gone."""

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import MRImageStorage, generate_uid

from tests.dicom.deidentify.material import (
    RAMP,
    changed,
    every_element,
    in_private_elements,
    in_texts_that_no_table_names,
)


def in_nested_items(dataset):
    item = Dataset()
    item.PatientName, item.OperatorsName, item.StationName = "Okafor^Grace Ann", "Okafor^Grace", "Okafor"
    item.ReferencedSOPInstanceUID, item.ReferencedSOPClassUID = generate_uid(), MRImageStorage
    in_private_elements(item)
    dataset.ReferencedImageSequence = [item]


def in_overlays_and_icons(dataset):
    dataset.add_new(0x60000010, "US", 8)
    dataset.add_new(0x60000011, "US", 8)
    dataset.add_new(0x60001500, "LO", "Okafor")
    dataset.add_new(0x60003000, "OW", b"Okafor!!")
    dataset.add_new(0x50003000, "OW", b"Okafor!!")
    icon = Dataset()
    icon.PixelData = b"Okafor!!"
    icon["PixelData"].VR = "OW"
    dataset.IconImageSequence = [icon]


def behind_the_pixels(dataset):
    dataset.DataSetTrailingPadding = b"Okafor!!"
    dataset.add_new(0x7FE10010, "LO", "Okafor")
    dataset.DigitalSignaturesSequence = [Dataset()]
    dataset.DigitalSignaturesSequence[0].CertificateOfSigner = b"Okafor!!"


def in_attributes_of_other_kinds(dataset):
    dataset.add(DataElement(0x00180050, "LO", "Okafor"))  # SliceThickness is a number
    dataset.add(DataElement(0x00189073, "ST", "Okafor"))  # AcquisitionDuration too
    dataset.add(DataElement(0x00080022, "PN", "Okafor"))  # AcquisitionDate


def in_unknown_attributes(dataset):
    dataset.add(DataElement(0x00081FFE, "LO", "Okafor"))
    dataset.add(DataElement(0x00181FFE, "UN", b"Okafor"))
    dataset.add_new(0x00080000, "UL", 12)


def in_other_binary_values(dataset):
    dataset.add_new(0x50003000, "OW", b"Okafor!!")
    dataset.add_new("EncapsulatedDocument", "OB", b"Okafor")
    dataset.add_new("SpectroscopyData", "OF", b"Okafor!!")


@pytest.mark.parametrize(
    "hide",
    [
        in_private_elements,
        in_nested_items,
        in_texts_that_no_table_names,
        in_overlays_and_icons,
        behind_the_pixels,
        in_attributes_of_other_kinds,
        in_unknown_attributes,
        in_other_binary_values,
    ],
)
def test_a_name_is_gone_wherever_it_hides(image, clean, hide):
    hidden = changed(image(), hide)
    assert b"Okafor" in hidden.partition(b"Okafor^Grace Ann")[2]
    copies = clean(hidden)
    assert b"okafor" not in copies.files[0].lower()
    assert b"Elsewhere" not in copies.files[0]
    assert not any(element.tag.is_private for element in every_element(copies.datasets[0]))
    assert copies.datasets[0].PixelData == RAMP.tobytes()


def test_a_name_is_gone_from_the_preamble_and_the_file_header(image, clean):
    def change(dataset):
        dataset.preamble = b"Okafor^Grace Ann".ljust(128, b".")
        dataset.file_meta.SourceApplicationEntityTitle = "OKAFOR"
        dataset.file_meta.ImplementationVersionName = "Okafor 1"
        dataset.file_meta.PrivateInformationCreatorUID = generate_uid()
        dataset.file_meta.PrivateInformation = b"Okafor"

    copies = clean(changed(image(), change))
    assert b"okafor" not in copies.files[0].lower()
    assert copies.files[0][:132] == bytes(128) + b"DICM"
    assert {element.keyword for element in copies.datasets[0].file_meta} == {
        "FileMetaInformationGroupLength",
        "FileMetaInformationVersion",
        "MediaStorageSOPClassUID",
        "MediaStorageSOPInstanceUID",
        "TransferSyntaxUID",
        "ImplementationClassUID",
        "ImplementationVersionName",
    }


def test_elements_of_a_network_message_do_not_stop_it(image, clean):
    file = image()
    at = file.index(b"\x08\0\x16\0UI")
    command = b"\0\0\0\0UL\x04\0\x0e\0\0\0" + b"\0\0\x00\x10UI\x06\x001.2.3\0" + b"\0\0\x30\x10AE\x06\0Okafor"
    copies = clean(file[:at] + command + file[at:])
    assert b"Okafor" not in copies.files[0]
    assert min(element.tag.group for element in copies.datasets[0]) == 8


def test_a_file_without_preamble_and_header_becomes_a_whole_one(image, clean):
    file = image()
    copies = clean(file[file.index(b"\x08\0\x16\0UI") :])
    assert copies.files[0][128:132] == b"DICM"
    assert copies.datasets[0].PixelData == RAMP.tobytes()


def test_an_implicit_file_with_a_private_sequence_is_cleaned(sample, clean):
    copies = clean(changed(sample("MR_small_implicit.dcm").read_bytes(), in_private_elements), force_pixels=True)
    assert b"Okafor" not in copies.files[0]
