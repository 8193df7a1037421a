"""Segmentations as highdicom makes them, of real images."""

import highdicom as hd
import numpy as np
from highdicom.seg import SegmentAlgorithmTypeValues, SegmentationTypeValues, SegmentDescription
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

MAKER = hd.AlgorithmIdentificationSequence(name="OrganFinder", version="1.0", family=codes.DCM.ArtificialIntelligence)


def scan(folder, slices: int = 5, spacing_mm: float = 5.0) -> list:
    """A CT of some slices with all that a segmentation wants of its sources, written there and read again."""
    ct = dcmread(get_testdata_file("CT_small.dcm"))
    ct.StudyInstanceUID, ct.SeriesInstanceUID, ct.FrameOfReferenceUID = (generate_uid() for _ in range(3))
    ct.PatientName, ct.PatientID, ct.PatientBirthDate = "Okafor^Grace", "P-1", "19620314"
    ct.StudyID, ct.AccessionNumber = "1", ""
    made = []
    for place in range(slices):
        ct.SOPInstanceUID = ct.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        ct.InstanceNumber = place + 1
        ct.ImagePositionPatient = [-100.5, -90.25, place * spacing_mm]
        ct.save_as(folder / f"ct-{place + 1}.dcm")
        made.append(dcmread(folder / f"ct-{place + 1}.dcm"))
    return made


def multi_frame(folder, slices: list):
    """The same slices as the frames of one Enhanced CT, written there and read again."""
    for each in slices:
        each.AcquisitionDateTime, each.BodyPartExamined = "20240314", "CHEST"
    series = {"series_instance_uid": generate_uid(), "series_number": 3}
    instance = {"sop_instance_uid": generate_uid(), "instance_number": 1}
    hd.legacy.LegacyConvertedEnhancedCTImage(slices, **series, **instance).save_as(folder / "frames.dcm")
    return dcmread(folder / "frames.dcm")


def masks(rows: int, columns: int, frames: int, segments: int) -> np.ndarray:
    """Discs that move from frame to frame, (frames, rows, columns, segments); those of different segments overlap."""
    down, across = np.mgrid[:rows, :columns]
    made = np.zeros((frames, rows, columns, segments), np.uint8)
    for frame in range(frames):
        for each in range(segments):
            far = (down - rows / 3 - 7 * frame) ** 2 + (across - columns / 3 - 17 * each) ** 2
            made[frame, ..., each] = far < (rows / 6) ** 2
    return made


def described(number: int, label: str, colour=None, kind="AUTOMATIC") -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Liver,
        algorithm_type=SegmentAlgorithmTypeValues(kind),
        algorithm_identification=None if kind == "MANUAL" else MAKER,
        display_color=colour and hd.color.CIELabColor.from_rgb(*colour),
    )


def segmentation(sources, pixels, segments, kind="BINARY", **more):
    return hd.seg.Segmentation(
        source_images=sources,
        pixel_array=pixels,
        segmentation_type=SegmentationTypeValues(kind),
        segment_descriptions=segments,
        series_instance_uid=generate_uid(),
        series_number=7,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="Maker",
        manufacturer_model_name="Model",
        software_versions="1",
        device_serial_number="1",
        **more,
    )
