"""Words that DICOM itself gives for an attribute: where one stands in it, it says nothing of who the patient is.

So a Mrs Primary's ORIGINAL\\PRIMARY\\AXIAL is no leak, and no more is `Head` as the meaning of the code for a head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import cast

from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.sr._concepts_dict import concepts
from pydicom.sr._snomed_dict import mapping

from radiogram.dicom.header import sequence, values

_IMAGE = """
    ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER OTHER MIXED VOLUME SAMPLED DISTORTED STATIC DYNAMIC GATED TOMO
    RECON RECON_TOMO RECON_GATED_TOMO EMISSION TRANSMISSION SINGLE BIPLANE RESAMPLED AVERAGE MAXIMUM MINIMUM MEAN MEDIAN
    QUANTITY NONE ADDITION DIVISION MASKED MULTIPLICATION SUBTRACTION MAX_IP MIN_IP PERFUSION DIFFUSION VELOCITY
    MULTIPLANAR ENERGY_PROP_WT FILTERED ATTENUATION CINE FLUID_ATTENUATED FLOW_ENCODED PROTON_DENSITY STIR TAGGING
    TEMPERATURE T2_STAR ANGIO ANGIO_TIME CARDIAC CARDIAC_GATED CARDIAC_CTA CONTRAST CALCIUM_SCORING LUNG BONE BRAIN
    SOFT_TISSUE DIXON WATER FAT IN_PHASE OPP_PHASE OUT_PHASE MAGNITUDE PHASE REAL IMAGINARY REFORMATTED MPR PROJECTION
    PROJECTION IMAGE CEREBRAL FLOW MAP DEFAULT AXIAL HELICAL SPIRAL SCOUT TOPOGRAM SURVEY FUNCTIONAL SPECTROSCOPY
    WHOLE BODY STACK MOTION FIELD ANATOMY UNSPECIFIED MONOENERGETIC VMI MATERIAL GENERATED SYNTHETIC TOMOSYNTHESIS
"""
_BODY = """
    ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BRAIN BREAST BRONCHUS BUTTOCK CALCANEUS CALF
    CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CIRCLEOFWILLIS CLAVICLE COCCYX COLON CORNEA
    CORONARYARTERY CSPINE CTSPINE DUODENUM ELBOW ESOPHAGUS EXTREMITY EYELID FACE FEMUR FINGER FOOT GALLBLADDER HAND HEAD
    HEADNECK HEART HUMERUS ILEUM ILIUM JEJUNUM KIDNEY KNEE LARYNX LIVER LSPINE LSSPINE LUNG MAXILLA MEDIASTINUM MOUTH
    NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT OVARY PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX
    PROSTATE RECTUM SCALP SCAPULA SCLERA SCROTUM SHOULDER SKULL SPINE SPLEEN SSPINE STERNUM STOMACH SUBMANDIBULAR TESTIS
    THIGH THUMB THYMUS THYROID TLSPINE TONGUE TRACHEA TSPINE URETER URETHRA UTERUS VAGINA VULVA WHOLEBODY WRIST ZYGOMA
    LOWER UPPER ENTIRE BODY ABDOMEN PELVIS THORAX CRANIUM RIBS TIBIA FIBULA RADIUS ULNA FOREARM HIP LEG TOE JAW EAR
"""
_OF = {  # attributes, and the words for them (PS3.3; PS3.16 Annex L)
    "ImageType FrameType": _IMAGE,
    "BodyPartExamined": _BODY,
    "PhotometricInterpretation": "MONOCHROME1 MONOCHROME2 PALETTE COLOR",
    "VolumetricProperties VolumeBasedCalculationTechnique PixelPresentation AcquisitionContrast": _IMAGE + "MONOCHROME",
    "ComplexImageComponent AcquisitionType": _IMAGE + "SEQUENCED CONSTANT_ANGLE STATIONARY FREE SHUTTLE",
    "PresentationIntentType": "FOR PRESENTATION PROCESSING",
    "ContentQualification": "PRODUCT RESEARCH SERVICE",
    "CollimatorShape FieldOfViewShape ShutterShape": "ROUND RECTANGLE RECTANGULAR CIRCULAR HEXAGONAL POLYGONAL BITMAP",
    "FilterMaterial AnodeTargetMaterial": "ALUMINUM COPPER EUROPIUM LEAD MOLYBDENUM NIOBIUM RHODIUM SILVER TUNGSTEN",
    "DetectorType Grid": "DIRECT SCINTILLATOR STORAGE FILM FIXED FOCUSED RECIPROCATING PARALLEL NONE",
    "ScanningSequence SequenceVariant ScanOptions": "NONE AXIAL HELICAL SPIRAL MODE SURVIEW SCOUT CINE",
}  # fmt: skip
TERMS = {keyword: frozenset(words.split()) for names, words in _OF.items() for keyword in names.split()}
_WORDS = frozenset(word for words in TERMS.values() for word in words)
_CODE = frozenset(map(tag_for_keyword, ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")))
_SCHEMES = {"99SDM": "SRT", "SNM3": "SRT"}


def are_terms(text: str) -> bool:
    """Whether `text` has no word but DICOM's own, modalities and short numbers: `CT ABDOMEN`, `HEAD 1`."""
    words = re.split(r"[^A-Z0-9]+", text.upper().strip())
    return bool(re.search("[A-Z]{3}", text.upper())) and all(
        each in _WORDS or re.fullmatch(r"[A-Z]{0,2}|\d{1,2}", each) for each in words
    )


def is_known_code(item: Dataset, tag: int) -> bool:
    """Whether `tag` is part of a code of a public dictionary that pydicom has (DCM, SNOMED and others).

    Its meaning must have no word that the dictionary's has not: `Head`, of `Head structure (body structure)`.
    """
    if tag not in _CODE:
        return False
    scheme, code = (str(item.get(each) or "") for each in ("CodingSchemeDesignator", "CodeValue"))
    scheme = _SCHEMES.get(scheme, scheme)
    if scheme == "SRT":
        scheme, code = "SCT", mapping["SRT"].get(code, "")
    return _words(str(item.get("CodeMeaning") or "")) <= _words(_meanings().get((scheme, code), ""))


def is_term(keyword: str, value: str) -> bool:
    """Whether DICOM itself has this value, or its words, for the attribute."""
    return set(value.upper().split()) <= TERMS.get(keyword, frozenset())


def terms_in(dataset: Dataset) -> Iterator[str]:
    """The values of `dataset` and its items that are DICOM's own words for their attributes, in lower case."""
    for tag in list(dataset.keys()):
        keyword = keyword_for_tag(tag)
        if keyword == "CodeMeaning" and is_known_code(dataset, tag):
            yield str(dataset.CodeMeaning).lower()
        elif (dataset.get_item(tag).VR or (dictionary_has_tag(tag) and dictionary_VR(tag))) == "SQ":
            for item in sequence(dataset, cast(str, tag)):
                yield from terms_in(item)
        elif keyword in TERMS:
            several = (str(each).strip() for each in values(dataset[tag].value))
            yield from (each.lower() for each in several if is_term(keyword, each))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


@cache
def _meanings() -> dict[tuple[str, str], str]:
    return {
        (scheme, code): meaning
        for scheme, names in concepts.items()
        for codes in names.values()
        for code, (meaning, _) in cast(dict[str, tuple[str, list[int]]], codes).items()
    }
