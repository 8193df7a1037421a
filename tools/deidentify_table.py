"""Write the lists of docs/deidentify.md that the code decides: `python tools/deidentify_table.py`.

Each attribute is put into a data set and cleaned, and the list says what became of it. `--check` writes nothing, and
says with exit status 1 that the page is not what the code does. Needs the environment of `make setup-dev`, active.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.uid import UID, CTImageStorage

from radiogram.deidentify import burned_in, profile, terms
from radiogram.deidentify.search import Identifiers

FILE = Path(__file__).resolve().parent.parent / "docs" / "deidentify.md"
START = "<!-- made by tools/deidentify_table.py: do not edit below -->\n"
SAMPLES = {
    "AE": "STATION1", "AS": "061Y", "AT": 0x00100010, "CS": "OTHER", "DA": "20240131", "DS": "1.5",
    "DT": "20240131093000", "FD": 1.5, "FL": 1.5, "IS": "7", "OB": b"\1\2", "OD": bytes(8), "OF": bytes(4),
    "OL": bytes(4), "OV": bytes(8), "OW": b"\1\2", "SL": 7, "SS": 7, "SV": 7, "TM": "093000", "UC": "text",
    "UI": "1.2.3.4", "UL": 7, "UN": b"\1\2", "UR": "https://example.org", "US": 7, "UT": "text", "UV": 7,
}  # fmt: skip
OUTCOMES = {
    "removed": "Removed",
    "emptied": "Emptied",
    "a new UID": "Given a new UID",
    "replaced": "Replaced by a dummy value, or by the pseudonym",
    "cleaned": "Kept as a sequence, its items cleaned",
    "kept": "Kept, unless an identifier of the study is found in it",
}


def outcome(tag: int) -> str:
    """What becomes of an attribute, seen on a data set that has it."""
    vr = dictionary_VR(tag).split(" or ")[0]
    dataset = Dataset()
    dataset.add_new(tag, vr, [Dataset()] if vr == "SQ" else SAMPLES.get(vr, "text"))
    before = dataset[tag].value
    dataset.setdefault("SOPClassUID", CTImageStorage)
    profile.Profile(Identifiers()).cleaned(dataset)
    if tag not in dataset:
        return "removed"
    after = dataset[tag].value
    if not after and after != 0:
        return "emptied"
    if vr == "SQ":
        return "cleaned"
    if after == before:
        return "kept"
    return "a new UID" if vr == "UI" else "replaced"


def keywords(tags: list[int]) -> str:
    return ", ".join(sorted(keyword_for_tag(tag) for tag in tags))


def dated() -> list[int]:
    """Attributes that get a date or time in images of frames, and in no others."""
    single, of_frames = profile.rules_by_tag(), profile.rules_by_tag(of_frames=True)
    return [int(tag) for tag, rule in of_frames.items() if rule is not single[tag]]


def by_words() -> dict[frozenset[str], list[str]]:
    """Attributes by the words that DICOM has for them."""
    found: dict[frozenset[str], list[str]] = {}
    for keyword, words in terms.TERMS.items():
        found.setdefault(words, []).append(keyword)
    return found


def generated() -> str:
    """All below the marker."""
    found: dict[str, list[int]] = {each: [] for each in OUTCOMES}
    for tag in {*map(int, profile.rules_by_tag()), *filter(None, profile.KEPT)}:
        found[outcome(tag)].append(tag)
    classes = sorted(UID(each).name for each in burned_in.PLAIN_CLASSES)
    return "\n".join(
        [
            START,
            "## Every attribute\n",
            "What becomes of each attribute that the profile's table or the code names. Of all others, UIDs are given"
            " new ones,\nsequences are cleaned within, texts, dates, times and binary values are removed, and codes and"
            " numbers stay.\n",
            "| becomes | attributes |",
            "| --- | --- |",
            *(f"| {OUTCOMES[each]} ({len(tags)}) | {keywords(tags)} |" for each, tags in found.items()),
            "\nIn enhanced, 3D and tomosynthesis images, these are not removed or emptied, but are 1 January 1900,"
            f" midnight: {keywords(dated())}.\n",
            "\n## Images that are taken without `--force-pixels`\n",
            "| what | values |",
            "| --- | --- |",
            f"| SOP class | {', '.join(classes)} |",
            f"| Modality | {', '.join(sorted(burned_in.PLAIN_MODALITIES))} |",
            "| PhotometricInterpretation | MONOCHROME1, MONOCHROME2 |",
            "| second value of ImageType | anything but SECONDARY |",
            f"| {', '.join(burned_in.TELLING)}: no word of | {', '.join(sorted(burned_in.SHEET_WORDS))} |",
            "| ConversionType | none |",
            f"| of {', '.join(sorted(UID(each).name for each in burned_in.SLICES))}: what must be there |"
            " ImagePositionPatient, ImageOrientationPatient, PixelSpacing, BitsAllocated above 8 |",
            "| BurnedInAnnotation | anything but YES |",
            "\n## DICOM's own words\n",
            "In these attributes these words are no name of anybody, whoever is called so.\n",
            "| attributes | words |",
            "| --- | --- |",
            *(f"| {', '.join(names)} | {', '.join(sorted(words))} |" for words, names in by_words().items()),
            "",
        ]
    )


def main() -> int:
    text = FILE.read_text()
    wanted = re.split(re.escape(START), text)[0] + generated()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(wanted)
    elif text != wanted:
        print("docs/deidentify.md is not what the code does: python tools/deidentify_table.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
