"""UIDs: new ones, and the same ones wherever files refer to each other."""

import io

from pydicom import Dataset, dcmread
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, generate_uid

from tests.dicom.deidentify.material import FRAME, RAMP, STUDY, changed


def referring(dataset: Dataset) -> list[str]:
    return [item.ReferencedSOPInstanceUID for item in dataset.ReferencedImageSequence]


def with_references(*instances):
    def change(dataset):
        dataset.ReferencedImageSequence = []
        for instance in instances:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MRImageStorage, instance
            dataset.ReferencedImageSequence.append(item)

    return change


def test_references_between_files_stay_consistent(image, clean):
    scout = image()
    of_scout = dcmread(io.BytesIO(scout)).SOPInstanceUID
    elsewhere = generate_uid()
    first, second = clean(scout, changed(image(), with_references(of_scout, elsewhere))).datasets
    assert referring(second)[0] == first.SOPInstanceUID == first.file_meta.MediaStorageSOPInstanceUID
    assert referring(second)[1] not in (elsewhere, first.SOPInstanceUID)
    assert second.ReferencedImageSequence[0].ReferencedSOPClassUID == MRImageStorage


def test_new_uids_are_random_and_not_made_from_the_old_ones(image, clean):
    file = image()
    uids = [
        {str(element.value) for copy in clean(file).datasets for element in copy if element.VR == "UI"}
        for _ in range(2)
    ]
    fresh = [{uid for uid in each if uid.startswith("2.25.")} for each in uids]
    assert len(fresh[0]) == len(fresh[1]) == 4
    assert not fresh[0] & fresh[1]
    assert all(int(uid.removeprefix("2.25.")) >> 76 & 0xF == 4 for uid in fresh[0])  # UUIDs of version 4


def test_uids_that_no_table_names_are_new_too(image, clean):
    old = generate_uid()

    def change(dataset):
        dataset.RetrieveLocationUID = old
        dataset.VolumeFrameOfReferenceUID = FRAME

    (copy,) = clean(changed(image(), change)).datasets
    assert copy.RetrieveLocationUID != old
    assert copy.VolumeFrameOfReferenceUID == copy.FrameOfReferenceUID


def test_references_within_an_enhanced_image_stay_consistent(image, clean):
    source = generate_uid()

    def change(dataset):
        dataset.SOPClassUID = EnhancedMRImageStorage
        dataset.Modality, dataset.NumberOfFrames = "MR", 2
        dataset.PixelData = RAMP.tobytes() * 2
        dataset.PerFrameFunctionalGroupsSequence = []
        for _ in range(2):
            frame, derivation, item = Dataset(), Dataset(), Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MRImageStorage, source
            derivation.SourceImageSequence = [item]
            derivation.DerivationDescription = "of Mrs Okafor"
            frame.DerivationImageSequence = [derivation]
            dataset.PerFrameFunctionalGroupsSequence.append(frame)
        dataset.SourceImageEvidenceSequence = [Dataset()]
        dataset.SourceImageEvidenceSequence[0].StudyInstanceUID = STUDY

    copies = clean(changed(image(), change))
    (copy,) = copies.datasets
    derived = [frame.DerivationImageSequence[0] for frame in copy.PerFrameFunctionalGroupsSequence]
    assert len({each.SourceImageSequence[0].ReferencedSOPInstanceUID for each in derived}) == 1
    assert derived[0].SourceImageSequence[0].ReferencedSOPInstanceUID != source
    assert copy.SourceImageEvidenceSequence[0].StudyInstanceUID == copy.StudyInstanceUID
    assert copies.report.removed["DerivationDescription"] == 2
