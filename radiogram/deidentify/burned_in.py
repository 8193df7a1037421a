"""Which images are of a kind that often has text in the picture: the patient's name may be burned in (PS3.15 E.3.1)."""

from __future__ import annotations

from pydicom import Dataset
from pydicom.uid import UID

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
SCREEN_WORDS = {"SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN SHOT", "SCREEN CAPTURE", "DOSE INFO", "DOSE_INFO"}


def refuse_likely_text(header: Dataset) -> None:
    """Raise PictureTextError for an image of a kind that often has text in the picture."""
    if reason := _text_likely(header, UID(header.SOPClassUID)):
        raise PictureTextError(reason)


def _text_likely(header: Dataset, sop_class: UID) -> str | None:
    """Why the picture may have text in it; None if there is no sign of that."""
    words = {str(word).strip().upper() for word in values(header.get("ImageType"))}
    photometric, modality = str(header.get("PhotometricInterpretation")), str(header.get("Modality"))
    places = [header[tag].value for tag in list(header.keys()) if (tag.group & 0xFF00, tag.element) == (0x6000, 0x0102)]
    if header.get("BurnedInAnnotation") == "YES":
        return "it says that text is part of the picture"
    if str(sop_class) not in PLAIN_CLASSES:
        return f"pictures of its kind, {sop_class.name}, often have the patient's name in them"
    if modality not in PLAIN_MODALITIES:
        return "pictures of its modality often have the patient's name in them"
    if words & SCREEN_WORDS or "ConversionType" in header:
        return "it is a capture of a screen, film or video, which may show the patient's name"
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return "it is in colour, as captures of screens are, which may show the patient's name"
    if any(places):
        return "an overlay is drawn into its pixels, which may show the patient's name"
    return None
