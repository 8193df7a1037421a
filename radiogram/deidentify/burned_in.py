"""Which images are of a kind that often has text in the picture: the patient's name may be burned in (PS3.15 E.3.1)."""

from __future__ import annotations

import re

from pydicom import Dataset
from pydicom.uid import UID

from radiogram.deidentify.picture_data import unused_bits
from radiogram.dicom.header import values
from radiogram.errors import PictureTextError

PLAIN_MODALITIES = {"CR", "CT", "DX", "IO", "MG", "MR", "NM", "PT", "PX", "XA"}
PLAIN_CLASSES = {  # SOP classes whose pixels a scanner writes, without text as a rule
    f"1.2.840.10008.5.1.4.1.1.{each}"
    for each in (
        *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),  # CR, DX, MG, intra-oral
        *("2", "2.1", "2.2", "4", "4.1", "4.4", "20", "128", "128.1", "130"),  # CT, MR, NM, PET
        *("12.1", "12.1.1", "13.1.1", "13.1.2", "13.1.3", "13.1.4", "13.1.5"),  # angiography, 3D X-ray, tomosynthesis
    )
}
SLICES = {f"1.2.840.10008.5.1.4.1.1.{each}" for each in ("2", "4", "128")}  # CT, MR, PET: a slice lies somewhere
TELLING = (  # attributes whose words tell what a picture is of
    *("ImageType", "SeriesDescription", "ProtocolName", "AcquisitionProtocolName", "DerivationDescription"),
    *("ImageComments", "PerformedProcedureStepDescription", "RequestedProcedureDescription", "BodyPartExamined"),
    *("SequenceName", "ScanOptions", "ConvolutionKernel", "FrameComments", "AcquisitionComments"),
)
SHEET_WORDS = (  # in them: sheets of text, and what programs draw, with a caption as a rule
    *("dose info", "dose report", "dose record", "dose sheet", "dose summary", "dose page", "dose protocol"),
    *("dosis", "patient protocol", "patientenprotokoll", "exam protocol", "prot", "summary", "report", "result"),
    *("results", "befund", "rapport", "screen", "screenshot", "screensave", "screen capture", "screen save"),
    *("capture", "captured", "snapshot", "print", "printed", "film", "scanned", "document", "worksheet", "annotated"),
    *("annotation", "graph", "chart", "table", "mip", "minip", "mips", "projection image", "vrt", "volume rendering"),
    *("rendered", "ssd", "fused", "fusion", "key images"),
)
_SHEET = re.compile(
    rf"(?<![a-z])(?:{'|'.join(sorted(SHEET_WORDS, key=len, reverse=True))})(?![a-z])".replace(" ", "[^a-z]*")
)


def refuse_likely_text(header: Dataset) -> None:
    """Raise PictureTextError for an image of a kind that often has text in the picture."""
    if reason := _text_likely(header, UID(header.SOPClassUID)):
        raise PictureTextError(reason)


def _text_likely(header: Dataset, sop_class: UID) -> str | None:
    """Why the picture may have text in it; None if there is no sign of that."""
    kind = [str(word).strip().upper() for word in values(header.get("ImageType"))]
    photometric, modality = str(header.get("PhotometricInterpretation")), str(header.get("Modality"))
    drawn = [header[tag].value for tag in list(header.keys()) if (tag.group & 0xFF00, tag.element) == (0x6000, 0x0102)]
    if header.get("BurnedInAnnotation") == "YES":
        return "it says that text is part of the picture"
    if str(sop_class) not in PLAIN_CLASSES:
        return f"pictures of its kind, {sop_class.name}, often have the patient's name in them"
    if modality not in PLAIN_MODALITIES:
        return "pictures of its modality often have the patient's name in them"
    if "ConversionType" in header:
        return "it is a capture of a screen, film or video, which may show the patient's name"
    if kind[1:2] == ["SECONDARY"]:
        return "it was made from other images, and what makes them writes the patient's name beside them"
    if word := next(filter(None, (_sheet_word(header, each) for each in TELLING)), None):
        return f"it says {word!r} of itself, as sheets of text and drawn pictures do, which may show the patient's name"
    if str(sop_class) in SLICES and not _is_slice(header):
        return (
            "it does not say where in the body it lies, as captures of screens don't, which may show the patient's name"
        )
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return "it is in colour, as captures of screens are, which may show the patient's name"
    if any(bit and not unused_bits(header) >> int(bit) & 1 for bit in drawn):  # the others are cleared
        return "an overlay is drawn into its pixels, which may show the patient's name"
    return None


def _sheet_word(header: Dataset, keyword: str) -> str | None:
    """The first of SHEET_WORDS in an attribute, as it is in that list."""
    found = _SHEET.search("\\".join(map(str, values(header.get(keyword)))).lower())
    return re.sub("[^a-z]+", " ", found[0]) if found else None


def _is_slice(header: Dataset) -> bool:
    """Whether it has what PS3.3 C.7.6.2 asks of every slice, and more than the 8 bits that screens have."""
    placed = all(header.get(each) for each in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"))
    return placed and header.get("BitsAllocated") != 8
