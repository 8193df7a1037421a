"""A name is found in any character set, case and usual transliteration; a date in any order and form."""

import datetime
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom import Dataset

from radiogram.deidentify.search import _EMPTY_WORDS, Identifiers
from radiogram.deidentify.spelling import spellings
from radiogram.errors import DeidentificationError

LETTERS = {  # of each character set that DICOM has (PS3.3 C.12.1.1.2), and how Python calls it
    "iso8859-1": "ÄÖÜßäöüéèàñçøÅæþabcdefghij",
    "iso8859-2": "ąęłńśźżčřšžŁŻabcdefghij",
    "iso8859-3": "ĉĝĥĵŝŭabcdefg",
    "iso8859-4": "āēģīķļņūabcdefgh",
    "iso8859-5": "абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖ",
    "iso8859-6": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "iso8859-7": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώΑΒΓΔ",
    "iso8859-8": "אבגדהוזחטיכלמנסעפצקרשת",
    "iso8859-9": "ğışİöüçabcdefgh",
    "tis-620": "กขคงจฉชซญดตถทธนบปผพฟมยรลวสหอ",
    "shift_jis": "山田太郎川口明子ヤマダタロウハナコ",
    "iso2022_jp_2": "山田太郎川口明子やまだたろう",
    "euc_kr": "김희중이박최정강조윤장임홍길동",
    "gb18030": "王小东李明张伟刘洋陈静",
    "utf-8": "Äßżабвαβאغกखガ김王bcdef",
    "utf-16-le": "ÄßżабвαβאغกखガKLMNO김王",
    "utf-16-be": "ÄßżабвαβאغกखガKLMNO김王",
}
CASES = (str, str.upper, str.lower, str.title, str.swapcase)
OTHER = st.text("QXYZqxyz0189 .,_-+", max_size=40)


def known(**attributes) -> Identifiers:
    dataset, identifiers = Dataset(), Identifiers()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    identifiers.gather(dataset)
    return identifiers


@st.composite
def names(draw) -> tuple[str, str]:
    codec = draw(st.sampled_from(sorted(LETTERS)))
    return codec, draw(st.text(LETTERS[codec], min_size=6, max_size=12))


def written(text: str, codec: str) -> bytes | None:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


@given(names(), st.sampled_from(CASES), st.sampled_from(("NFC", "NFD")), OTHER, OTHER)
def test_a_name_is_found_in_any_character_set_case_and_form(name, case, form, before, after):
    codec, family = name
    assume(family.lower().encode() not in _EMPTY_WORDS)
    planted = written(unicodedata.normalize(form, case(family)), codec) or written(case(family), codec)
    assume(planted)  # not every capital of a character set is in it
    content = before.encode(codec, "ignore") + planted + after.encode(codec, "ignore")
    assert known(PatientName=f"{family}^Quux").found_in(content) == "PatientName"


@given(names(), st.sampled_from(CASES), st.sampled_from(("NFC", "NFD", "NFKC")))
def test_a_name_is_found_in_texts_in_any_case_and_form(name, case, form):
    _, family = name
    assume(family.lower().encode() not in _EMPTY_WORDS)
    text = f"seen for {unicodedata.normalize(form, case(family))} today"
    assert known(PatientName=f"{family}^Quux").found_in_text(text) == "PatientName"


@given(names(), OTHER)
def test_a_text_without_the_name_is_not_refused(name, text):
    codec, family = name
    identifiers = known(PatientName=family, PatientBirthDate="19610203", PatientID="MRN-4711")
    assume(not any(len(each) < 6 and each.isascii() for each in spellings(family)))
    assume(not any(each in text.lower() for each in spellings(family)))
    assert identifiers.found_in_text(f"CT Abdomen {text}") is None
    assert identifiers.found_in(f"ORIGINAL\\PRIMARY\\AXIAL\\{text}".encode(codec)) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Müller^Jörg", "Mueller"),
        ("Müller^Jörg", "MUELLER"),
        ("Müller^Jörg", "Muller"),
        ("Mueller^Joerg", "Müller"),
        ("Mueller^Joerg", "MÜLLER"),
        ("Weiß^Anna", "WEISS"),
        ("Weiss^Anna", "Weiß"),
        ("Bjørnstad^Åse", "Bjoernstad"),
        ("Łukasiewicz^Jan", "Lukasiewicz"),
        ("Çelik^İbrahim", "ibrahim"),
        ("O'Brien^Mary", "OBRIEN"),
        ("Müller-Lüdenscheidt^X", "LUEDENSCHEIDT"),
        ("Щербаков^Юрий", "Shcherbakov"),
        ("Щербаков^Юрий", "SCHERBAKOV"),
        ("Хрущёв^Никита", "Khrushchev"),
        ("Хрущёв^Никита", "Chruščev"),
        ("Shcherbakov^Yuriy", "Щербаков"),
        ("Ющенко^Віктор", "Yushchenko"),
        ("Παπαδόπουλος^Γιώργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ヤマダ"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ﾔﾏﾀﾞ"),
    ],
)
def test_a_usual_transliteration_is_found(name, text):
    assert known(PatientName=name).found_in_text(f"for {text}, again") == "PatientName"


DATES = [
    *("3 Feb 1961", "03 FEB 1961", "3-Feb-1961", "03FEB1961", "Feb 3 1961", "Feb 3, 1961", "February 3rd, 1961"),
    *("3rd of February 1961", "1961-02-03", "1961/2/3", "1961 Feb 3", "03.02.1961", "3.2.1961", "3. 2. 1961"),
    *("03.02.61", "3/2/61", "2/3/1961", "02/03/61", "61-02-03", "3.Februar 1961", "3 février 1961"),
    *("3 de febrero de 1961",),
    *("3 febbraio 1961", "3 февраля 1961", "1961年2月3日", "03 02 1961", "03021961", "02031961", "610203", "030261"),
    *("3 Feb 61", "3 Feb '61"),
]  # fmt: skip


@pytest.mark.parametrize("date", DATES)
def test_a_birth_date_is_found_as_people_write_it(date):
    assert known(PatientBirthDate="19610203").found_in_text(f"born {date} at home") == "PatientBirthDate"


@pytest.mark.parametrize("date", [each for each in DATES if not each.isdecimal() or len(each) == 8])
def test_a_birth_date_is_found_among_the_bytes_of_a_header_too(date):
    written = b"\x08\0\x08\0CS\x20\0ORIGINAL\\" + date.encode() + b"\\AXIAL\x18\0"
    assert known(PatientBirthDate="19610203").found_in(written) == "PatientBirthDate"
    assert known(PatientBirthDate="19610203", PatientName="Müller^X").found_in(written) == "PatientBirthDate"


@pytest.mark.parametrize("date", ["610203", "3 FEB 61", "03.02.61"])
def test_a_birth_date_in_a_code_is_refused(image, clean, date):
    with pytest.raises(DeidentificationError, match="a value of PatientBirthDate would stay"):
        clean(image(PatientBirthDate="19610203", ScanOptions=date))


@pytest.mark.parametrize(
    "text", ["1.2.3.61", "3.2.61.1", "2.25.3261", "4 Feb 1961", "3 Feb 1962", "13.02.61", "61", "3 2 61"]
)
def test_what_is_no_such_date_is_not_found(text):
    assert known(PatientBirthDate="19610203").found_in_text(f"version {text}") is None


@given(
    st.dates(datetime.date(1901, 1, 1), datetime.date(2099, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d", "%d.%m.%y", "%d-%b-%y"]),
)
def test_any_date_is_found_in_any_order(date, form):
    assert known(PatientBirthDate=f"{date:%Y%m%d}").found_in_text(date.strftime(form)) == "PatientBirthDate"


@pytest.mark.parametrize(
    ("charset", "codec", "name"),
    [
        ("ISO_IR 100", "iso8859-1", "Müllermeister"),
        ("ISO_IR 144", "iso8859-5", "Щербаков"),
        ("ISO_IR 126", "iso8859-7", "Παπαδόπουλος"),
        ("ISO_IR 192", "utf-8", "Łukasiewicz"),
        ("GB18030", "gb18030", "王小东"),
    ],
)
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_name_in_a_code_of_the_file_is_refused_in_its_character_set(image, clean, charset, codec, name, case):
    planted = case(name).encode(codec)
    file = image(
        SpecificCharacterSet=charset, PatientName=f"{name}^X", ScanOptions="Q" * (len(planted) + len(planted) % 2)
    )
    hidden = file.replace(b"Q" * (len(planted) + len(planted) % 2), planted + b" " * (len(planted) % 2))
    assert planted in hidden.partition(b"\x18\x00\x22\x00CS")[2]
    with pytest.raises(DeidentificationError, match="a value of PatientName would stay"):
        clean(hidden)
    assert clean(file).report.files == 1
