"""The Basic Application Level Confidentiality Profile (DICOM PS3.15, Annex E), done to one header at a time.

The table of attributes and the dummy values are those of the library dicom-anonymizer. It is handed one item of one
file at a time, and what it leaves undone is done here: items of sequences, attributes that its table does not name,
UIDs. docs/deidentify.md lists what becomes of each attribute.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import cast
from uuid import uuid4

from dicomanonymizer import simpledicomanonymizer as library  # type: ignore[import-untyped]
from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.tag import BaseTag, Tag

from radiogram.deidentify.search import DUMMY_DATE, MIN_BYTES, Identifiers, is_registered
from radiogram.deidentify.terms import is_known_code
from radiogram.dicom.header import sequence, values

METHOD = ["DICOM PS3.15 Basic Profile, table of 2024b", f"dicom-anonymizer {version('dicom-anonymizer')} in Radiogram"]

# VRs that can hold anything. An attribute of one of them goes, unless it is in the table or among the kept ones below,
# which a doctor's program needs, or which say how the picture was made.
_TEXT_VRS = frozenset(("AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"))
_DATA_VRS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_KEPT = """
    Manufacturer ManufacturerModelName SoftwareVersions CodeValue LongCodeValue CodingSchemeDesignator
    CodingSchemeVersion CodeMeaning SequenceName PulseSequenceName ImagedNucleus ReceiveCoilName TransmitCoilName
    StackID PositionReferenceIndicator ConvolutionKernel FilterType CollimatorGridName PhosphorType AcquisitionMode
    ViewName PaddleDescription Radiopharmaceutical RadiopharmaceuticalRoute ContrastBolusRoute EnergyWindowName
    ReconstructionMethod AttenuationCorrectionMethod ScatterCorrectionMethod RescaleType
    WindowCenterWidthExplanation LUTExplanation ModalityLUTType LUTLabel LUTData DimensionDescriptionLabel FrameLabel
    ICCProfile
    RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    AlphaPaletteColorLookupTableData SegmentedRedPaletteColorLookupTableData
    SegmentedGreenPaletteColorLookupTableData SegmentedBluePaletteColorLookupTableData
    ExtendedOffsetTable ExtendedOffsetTableLengths
"""
KEPT = frozenset(map(tag_for_keyword, _KEPT.split()))

DUMMY_DATES = {"DA": DUMMY_DATE, "DT": f"{DUMMY_DATE}000000", "TM": "000000"}  # where a value must be

_OF_FRAMES = re.compile("Enhanced|3D|Tomosynthesis|Breast Projection")  # in the name of an SOP class

Rule = Callable[[Dataset, tuple[int, int]], None]


class _UidMap(dict[str, str]):
    """New UIDs by old ones: random (2.25. and a UUID, PS3.5 B.2), and the same for the same."""

    def __missing__(self, old: str) -> str:
        self[old] = new = f"2.25.{uuid4().int}"
        return new


class Profile:
    """What must be one and the same in all files: new UIDs, and what patients are called."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._uids = _UidMap()
        self._pseudonyms: dict[str, str] = {}
        self._rules = rules_by_tag()
        self._rules_of_frames = rules_by_tag(of_frames=True)

    def cleaned(self, header: Dataset) -> Dataset:
        """`header`, changed by the profile, with the attributes that say so."""
        patient = str(header.get("PatientID") or "") or str(header.get("PatientName") or "")
        pseudonym = self._pseudonyms.setdefault(patient, f"DEID-{secrets.token_hex(4).upper()}")
        self.clean(header, self._rules_of_frames if _OF_FRAMES.search(header.SOPClassUID.name) else self._rules)
        header.PatientName, header.PatientID = f"{pseudonym}^", pseudonym  # a name has components: PS3.5 6.2
        header.PatientIdentityRemoved = "YES"
        header.DeidentificationMethod = METHOD
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"  # PS3.16 CID 7050
        code.CodeMeaning = "Basic Application Confidentiality Profile"
        header.DeidentificationMethodCodeSequence = [code]
        header.LongitudinalTemporalInformationModified = "REMOVED"
        return header

    def clean(self, dataset: Dataset, rules: Mapping[BaseTag, Rule] | None = None) -> None:
        """One level of the data set, then the items of its sequences; by the rules of single images unless told."""
        rules = rules or self._rules
        for tag in list(dataset.keys()):
            if not _is_as_registered(dataset, tag):
                del dataset[tag]
        listed = [tag for tag in list(dataset.keys()) if tag in rules]
        present = {(tag.group, tag.element): rules[tag] for tag in listed}
        library.anonymize_dataset(dataset, base_rules_gen=lambda: present, delete_private_tags=False)
        for tag in list(dataset.keys()):
            vrs = vrs_of(dataset, tag)
            if "SQ" in vrs:
                for item in sequence(dataset, cast(str, tag)):
                    self.clean(item, rules)
            elif "UI" in vrs:
                self._map_uids(dataset, tag)
            elif tag not in rules and vrs & (_TEXT_VRS | _DATA_VRS):
                self._clean_free(dataset, tag)

    def _map_uids(self, dataset: Dataset, tag: BaseTag) -> None:
        mapped = [uid if is_registered(uid) else self._uids[uid] for uid in map(str, values(dataset[tag].value)) if uid]
        dataset[tag].value = mapped[0] if len(mapped) == 1 else mapped

    def _clean_free(self, dataset: Dataset, tag: BaseTag) -> None:
        """Remove what may hold anything, but for what is kept; of that, replace a text that holds an identifier."""
        if tag not in KEPT:
            del dataset[tag]
        elif vrs_of(dataset, tag) <= _TEXT_VRS and not is_known_code(dataset, tag):
            raw = dataset.get_item(tag).value
            written = raw if isinstance(raw, bytes) else b""
            text = "\\".join(map(str, values(dataset[tag].value)))
            if self._identifiers.found_in(written, MIN_BYTES) or self._identifiers.found_in_text(text):
                library.replace(dataset, tag)


def rules_by_tag(*, of_frames: bool = False) -> dict[BaseTag, Rule]:
    """What becomes of each attribute of the table, by tag: the library's action, or a stricter one.

    `of_frames`: for images of frames with attributes of their own, of which some dates must have a value.
    """
    stricter = {
        library.delete: _remove,  # the library puts a dummy in place of a date
        library.empty: _empty,  # … and of a date, time or number
        library.delete_or_empty: _empty,
        library.replace_UID: _keep,  # UIDs are replaced afterwards, those that the table does not name too
        library.delete_or_empty_or_replace_UID: _keep,
    }
    rules: dict[BaseTag, Rule] = {}
    for place, action in library.initialize_actions_2024b().items():
        if len(place) == 2:  # the others are groups of curves and overlays, which go whole
            tag, rule = Tag(place), stricter.get(action, action)
            is_dummy_sequence = dictionary_VR(tag) == "SQ" and rule is action
            if rule is action and dictionary_VR(tag) in ("PN", *DUMMY_DATES):  # the library's dummies are no dates
                absent = _empty if action is library.empty_or_replace else _remove
                rule = _date if of_frames and dictionary_VR(tag) != "PN" else absent
            rules[tag] = _remove if is_dummy_sequence else _keep if dictionary_VR(tag) == "UI" else rule
    return rules


def _remove(dataset: Dataset, tag: tuple[int, int]) -> None:
    del dataset[tag]


def _empty(dataset: Dataset, tag: tuple[int, int]) -> None:
    dataset[tag].value = [] if dataset[tag].VR == "SQ" else None


def _date(dataset: Dataset, tag: tuple[int, int]) -> None:
    dataset[tag].value = DUMMY_DATES[dataset[tag].VR]


def _keep(dataset: Dataset, tag: tuple[int, int]) -> None:
    pass


def _is_as_registered(dataset: Dataset, tag: BaseTag) -> bool:
    """Whether PS3.6 knows the attribute, and the VR that the file gives it: so neither private, nor of a command."""
    if tag.group < 8 or tag.is_private or not dictionary_has_tag(tag) or tag.group & 0xFF00 in (0x5000, 0x6000):
        return False
    if tag.group >= 0x7FE0 and tag not in KEPT:
        return False
    if dataset.get_item(tag).VR == "UN":
        dataset[tag]  # pydicom reads it by the registered VR
    return dataset.get_item(tag).VR in {None, dictionary_VR(tag), *dictionary_VR(tag).split(" or ")}


def vrs_of(dataset: Dataset, tag: BaseTag) -> set[str]:
    return set((dataset.get_item(tag).VR or dictionary_VR(tag)).split(" or "))
