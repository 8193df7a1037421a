"""What an object is by its SOP class (PS3.6 A, PS3.4 B.5), and how it is named to people.

The web page has the same table: web/src/dicom/kinds.ts. Pure.
"""

from __future__ import annotations

from enum import StrEnum

from pydicom.config import IGNORE
from pydicom.uid import UID

_ROOT = "1.2.840.10008.5.1.4."
LABEL_MAP = f"{_ROOT}1.1.66.7"
"""Label Map Segmentation Storage, which pydicom does not name yet."""


class Role(StrEnum):
    """What is done with an object."""

    IMAGE = "image"
    """Drawn, or played where it is a video."""
    DOCUMENT = "document"
    """Taken out as the file that it holds."""
    REPORT = "report"
    """Written out as a page."""
    ECG = "ecg"
    """Drawn as on paper."""
    SEGMENTATION = "segmentation"
    """Drawn over the images that it is of, where they are there."""
    STATE = "state"
    """Applied to the images that it is of, where all of it can be."""
    KEYS = "keys"
    """A list of images, which are marked."""
    NAMED = "named"
    """Named, and never drawn."""
    UNKNOWN = "unknown"
    """Of a class that DICOM does not name, or none: drawn if it has an image's pixels, and called unknown."""


_IMAGES = ("Enhanced US Volume",)  # besides what is called an image
_ROLES = {
    "1.1.11.1": Role.STATE,
    "1.1.66.4": Role.SEGMENTATION,
    "1.1.66.7": Role.SEGMENTATION,
    "1.1.88.59": Role.KEYS,
    "1.1.9.3.1": Role.ECG,
}
_STARTS = (("1.1.104.", Role.DOCUMENT), ("1.1.88.", Role.REPORT), ("1.1.9.1.", Role.ECG))
_RADIOTHERAPY = "for the radiotherapy department"
_VIEWERS = "for a doctor’s viewer"
_PROGRAMS = "for a doctor’s program"
_PURPOSES = (  # by what the name begins with; the first that fits
    ("RT Plan", f"a plan for radiotherapy, {_RADIOTHERAPY}"),
    ("RT Ion Plan", f"a plan for radiotherapy, {_RADIOTHERAPY}"),
    ("RT Structure Set", f"outlines of what is treated and what is spared, {_RADIOTHERAPY}"),
    ("RT Dose", f"the dose that is planned, {_RADIOTHERAPY}"),
    ("RT Physician Intent", f"what radiotherapy is meant to do, {_RADIOTHERAPY}"),
    ("RT Segment Annotation", f"outlines of what is treated and what is spared, {_RADIOTHERAPY}"),
    ("RT Treatment Preparation", f"a plan for radiotherapy, {_RADIOTHERAPY}"),
    ("RT Radiation Set", f"a plan for radiotherapy, {_RADIOTHERAPY}"),
    ("RT", f"a record of radiotherapy, {_RADIOTHERAPY}"),
    ("Parametric Map", f"values that were measured or computed, pixel by pixel, {_VIEWERS}"),
    ("Ophthalmic Thickness Map", "thicknesses that were measured, for the eye doctor’s program"),
    ("Corneal Topography Map", "the shape of the cornea, for the eye doctor’s program"),
    ("Stereometric Relationship", "which photos of the eye are pairs, for the eye doctor’s program"),
    ("Raw Data", "what the scanner measured, for the maker’s programs"),
    ("Spatial Registration", f"how images lie on top of each other, {_VIEWERS}"),
    ("Deformable Spatial Registration", f"how images lie on top of each other, {_VIEWERS}"),
    ("Spatial Fiducials", f"points that are the same in several images, {_VIEWERS}"),
    ("Segmentation", f"outlines of parts of the body, {_VIEWERS}"),
    ("Label Map Segmentation", f"outlines of parts of the body, {_VIEWERS}"),
    ("Surface Segmentation", f"outlines of parts of the body, {_VIEWERS}"),
    ("Surface Scan", f"the shape of a surface, {_VIEWERS}"),
    ("Tractography Results", f"paths of nerve fibres, {_VIEWERS}"),
    ("Real World Value Mapping", f"what the brightness of images stands for, {_VIEWERS}"),
    ("Hanging Protocol", f"how images are laid out on a screen, {_VIEWERS}"),
    ("Basic Structured Display", f"how images are laid out on a screen, {_VIEWERS}"),
    ("Color Palette", f"colours for images, {_VIEWERS}"),
    ("Key Object Selection", f"a list of the images that somebody marked, {_VIEWERS}"),
    ("MR Spectroscopy", "measurements of chemical substances, for the MRI department"),
    ("Standalone Overlay", f"lines to be drawn over an image, {_VIEWERS}"),
    ("Standalone", f"how images are to be shown, {_VIEWERS}"),
    ("Basic Voice Audio", f"a recording of sound, {_PROGRAMS}"),
    ("General Audio", f"a recording of sound, {_PROGRAMS}"),
    ("Content Assessment Results", f"what a check of images found, {_PROGRAMS}"),
    ("Microscopy Bulk Simple Annotations", f"what was marked in images of a microscope, {_VIEWERS}"),
    ("Spectacle Prescription", "a prescription for glasses, for the optician’s program"),
    ("Macular Grid Thickness", "thicknesses that were measured, for the eye doctor’s program"),
    ("Intraocular Lens Calculations", "computed for a lens of the eye, for the eye doctor’s program"),
    ("Protocol Approval", "how a scan was planned, for the scanner"),
    ("Inventory", "a list of what an archive holds, for archives"),
    ("DICOS", "for programs that check baggage"),
    ("Encapsulated", "a document, for a doctor’s program"),
)
_ANYWHERE = (  # the first that stands anywhere in the name
    (" SR", f"a report, {_PROGRAMS}"),
    ("Presentation State", f"how images are to be shown, {_VIEWERS}"),
    ("Waveform", f"a recording over time, {_PROGRAMS}"),
    ("Defined Procedure Protocol", "how a scan was planned, for the scanner"),
    ("Performed Procedure Protocol", "how a scan was made, for the scanner"),
    ("Radiation Record", f"a record of radiotherapy, {_RADIOTHERAPY}"),
    ("Radiation Storage", f"a plan for radiotherapy, {_RADIOTHERAPY}"),
    ("Implant", "for choosing an implant, for the surgeon’s program"),
    ("Report", f"a report, {_PROGRAMS}"),
    ("Log", f"a report, {_PROGRAMS}"),
    ("Measurements", f"measurements, {_PROGRAMS}"),
    ("Analysis", f"measurements, {_PROGRAMS}"),
)


def sop_class_name(uid: str) -> str | None:
    """`CT Image Storage`, as PS3.6 has it; None of what is no class there for storing objects of patients."""
    if uid == LABEL_MAP:
        return "Label Map Segmentation Storage"
    if not uid.startswith(_ROOT):
        return None
    name = str(UID(uid, IGNORE).name)  # without a warning that quotes the file
    return name if "Storage" in name else None


def role_of(sop_class: str) -> Role:
    """What is done with objects of a class."""
    name = sop_class_name(sop_class)
    if name is None:
        return Role.UNKNOWN
    place = sop_class.removeprefix(_ROOT)
    if place in _ROLES:
        return _ROLES[place]
    if found := next((role for start, role in _STARTS if place.startswith(start)), None):
        return found
    return Role.IMAGE if "Image" in name or name.startswith(_IMAGES) else Role.NAMED


def is_drawn(sop_class: str) -> bool:
    """Whether objects of a class, if they have rows of pixels, are pictures to be looked at by themselves."""
    return role_of(sop_class) in (Role.IMAGE, Role.UNKNOWN)


def described(sop_class: str) -> str:
    """`RT Plan: a plan for radiotherapy, for the radiotherapy department`; never what a file calls itself."""
    whole = sop_class_name(sop_class)
    if whole is None:
        return "an object of a kind that DICOM does not name, for its maker’s programs"
    found = next((purpose for start, purpose in _PURPOSES if whole.startswith(start)), None) or next(
        (purpose for part, purpose in _ANYWHERE if part in whole), None
    )
    name = whole.replace(" Storage", "", 1)
    return f"{name}: {found}" if found else name
