"""A made file with a name planted in it: the copy has it in no spelling, or there is no copy."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from radiogram.deidentify.spelling import MULTI_BYTE, SINGLE_BYTE, UNICODE, decodings, spellings
from radiogram.deidentify.study import deidentify
from radiogram.errors import DeidentificationError
from tests.dicom.deidentify.material import OKAFOR, RAMP

SETS = {  # Specific Character Set, and a name that can be written in it
    "ISO_IR 100": "Müllermeister^Jörg",
    "ISO_IR 101": "Łukasiewicz^Żaneta",
    "ISO_IR 144": "Щербаков^Юрий",
    "ISO_IR 126": "Παπαδόπουλος^Γιώργος",
    "ISO_IR 138": "שרון^דבורה",
    "ISO_IR 127": "قباني^لنزار",
    "ISO_IR 148": "Çelikoğlu^İbrahim",
    "ISO_IR 192": "Quackenbüsch^Åse",
    "GB18030": "王小东^明明",
    "\\ISO 2022 IR 87": "Yamadayama^Tarou=山田山^太郎",
    "\\ISO 2022 IR 149": "Gimhuijung^X=김희중^희중",
}
PLACES = ("Manufacturer", "SoftwareVersions", "ConvolutionKernel", "FilterType", "ScanOptions", "StudyDescription")
CASES = (str, str.upper, str.lower, str.title)


def copy_of(file: bytes) -> bytes | None:
    """The bytes of the copy; None if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        original = Path(folder) / "original.dcm"
        original.write_bytes(file)
        try:
            (place,), _ = deidentify([original], Path(folder) / "out")
        except DeidentificationError:
            return None
        return place.read_bytes()


@settings(max_examples=60)
@given(st.sampled_from(sorted(SETS)), st.sampled_from(PLACES), st.sampled_from(CASES), st.integers(0, 3), st.data())
def test_no_spelling_of_a_planted_name_is_in_the_copy(build, charset, place, case, word, data):
    name = SETS[charset]
    words = [each for group in name.split("=") for each in group.split("^") if len(each.encode()) >= 4]
    chosen = words[word % len(words)]
    written = data.draw(st.sampled_from(sorted({chosen, *spellings(chosen)})))
    assume(written.isascii() or place != "ScanOptions")  # which pydicom writes in ASCII alone
    attributes = {"PatientName": name, "SpecificCharacterSet": charset.split("\\"), place: f"for {case(written)} so"}
    copy = copy_of(build(pixels=RAMP, **(OKAFOR | attributes)))
    if copy is None:
        return
    for codec, text in decodings(copy, frozenset((*SINGLE_BYTE, *MULTI_BYTE, *UNICODE))):
        assert not any(each in text for each in spellings(chosen) if len(each) >= 4), codec


@pytest.mark.parametrize("charset", sorted(SETS))
def test_without_a_name_planted_there_is_a_copy_in_every_character_set(build, charset):
    attributes = {"PatientName": SETS[charset], "SpecificCharacterSet": charset.split("\\"), "Manufacturer": "ACME"}
    assert copy_of(build(pixels=RAMP, **(OKAFOR | attributes)))
