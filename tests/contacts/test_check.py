"""What the register says of sending somebody's images to a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.contacts.check import (
    Conflict,
    Known,
    OtherKey,
    OtherPatient,
    Unknown,
    check,
    is_identified,
    is_same_patient,
)
from radiogram.formats.keys import Keys
from radiogram.formats.manifest import PatientMetadata
from radiogram.formats.register import Contact

GRACE = PatientMetadata("Okafor^Grace", "1962-03-14", "F", "4711", "ST MARY")
JANE = PatientMetadata("Roe^Jane", "1970-02-03", "F", "77", "ST MARY")
ONE, OTHER, THIRD = (Keys(bytes([each]) * 32).public() for each in (1, 2, 3))
NOBODY = PatientMetadata()


def contact(keys, patient=NOBODY, label="A") -> Contact:
    return Contact(label, keys.address, keys.public_key, patient=patient)


def said(contacts, keys, *patients):
    return check(contacts, keys.address, keys.words, patients)


def but(patient=GRACE, **attributes) -> PatientMetadata:
    return PatientMetadata(**(vars(patient) | attributes))


def test_an_empty_register_knows_nobody():
    assert said([], ONE, GRACE) == Unknown()


def test_a_key_of_the_register_is_known_and_what_agrees_is_told():
    assert said([contact(ONE, GRACE)], ONE, GRACE) == Known(
        contact(ONE, GRACE), ("name", "birth date", "patient id", "issuer of patient id")
    )


@pytest.mark.parametrize(
    ("attribute", "member", "value", "shown"),
    [
        ("name", "name", "Roe^Jane", ("ROE, Jane", "OKAFOR, Grace")),
        ("birth date", "birth_date", "1962-03-15", ("15-Mar-1962", "14-Mar-1962")),
        ("patient id", "id", "4712", ("4712", "4711")),
    ],
)
def test_one_attribute_of_another_patient_is_enough(attribute, member, value, shown):
    held = contact(ONE, GRACE)
    assert said([held], ONE, but(**{member: value})) == OtherPatient(held, (Conflict(attribute, *shown),))


def test_one_file_of_another_patient_is_enough():
    assert isinstance(said([contact(ONE, GRACE)], ONE, GRACE, JANE, GRACE), OtherPatient)


def test_what_only_one_of_both_has_is_no_difference():
    for sparse in (but(name=""), but(birth_date=""), but(id=""), but(issuer=""), PatientMetadata(id="4711")):
        assert isinstance(said([contact(ONE, GRACE)], ONE, sparse), Known)
        assert isinstance(said([contact(ONE, sparse)], ONE, GRACE), Known)


def test_images_of_nobody_agree_in_nothing():
    assert said([contact(ONE, GRACE)], ONE, NOBODY) == Known(contact(ONE, GRACE), ())
    assert said([contact(ONE, GRACE)], ONE) == Known(contact(ONE, GRACE), ())


def test_sex_capitals_and_alphabets_make_no_other_patient():
    other = but(name="OKAFOR^GRACE=山田", sex="O", id="4711")
    assert isinstance(said([contact(ONE, GRACE)], ONE, other), Known)


def test_numbers_of_two_issuers_are_no_two_patients_nor_one():
    elsewhere = but(issuer="ST ANNE", id="99")
    assert said([contact(ONE, GRACE)], ONE, elsewhere) == Known(contact(ONE, GRACE), ("name", "birth date"))
    assert said([contact(ONE, PatientMetadata(id="4711", issuer="ST ANNE"))], OTHER, GRACE) == Unknown()


def test_a_key_without_a_patient_takes_anybodys_images():
    assert said([contact(ONE)], ONE, GRACE, JANE) == Known(contact(ONE), ())


def test_a_parents_key_takes_the_images_of_each_child_and_of_no_other():
    children = [contact(ONE, GRACE, "A"), contact(ONE, JANE, "B")]
    assert said(children, ONE, JANE).contact == children[1]
    assert said(children, ONE, GRACE).contact == children[0]
    assert isinstance(said(children, ONE, but(id="1")), OtherPatient)
    assert isinstance(said(children, ONE, GRACE, JANE), OtherPatient)


def test_another_key_for_a_patient_of_the_register_is_told():
    held = contact(ONE, GRACE)
    assert said([contact(OTHER, JANE), held], THIRD, GRACE) == OtherKey(held, is_same_account=False)


@pytest.mark.parametrize("patient", [PatientMetadata(id="4711"), but(id="", issuer="")])
def test_a_number_or_name_and_birth_date_tell_who_it_is(patient):
    assert is_identified(patient)
    assert isinstance(said([contact(ONE, GRACE)], OTHER, patient), OtherKey)


@pytest.mark.parametrize("patient", [PatientMetadata(name="Okafor^Grace"), PatientMetadata(birth_date="1962-03-14")])
def test_a_name_or_a_birth_date_alone_does_not(patient):
    assert not is_identified(patient)
    assert said([contact(ONE, GRACE)], OTHER, patient) == Unknown()


def test_an_account_whose_key_has_changed_is_told_whoevers_images_they_are():
    held = Contact("A", ONE.address, OTHER.public_key, patient=GRACE)
    for patients in ((GRACE,), (JANE,), ()):
        assert said([held], ONE, *patients) == OtherKey(held, is_same_account=True)


attributes = st.sampled_from(["", "a", "b"])
patients = st.builds(
    PatientMetadata, attributes, st.sampled_from(["", "1962-03-14", "1970-02-03"]), st.just(""), attributes, attributes
)


@given(patients, patients)
def test_being_the_same_patient_goes_both_ways(one, other):
    assert is_same_patient(one, other) == is_same_patient(other, one)


@given(patients, patients)
def test_images_that_go_to_a_known_key_contradict_it_in_nothing(one, other):
    found = said([contact(ONE, one)], ONE, other)
    differ = {
        "name": one.name and other.name and one.name != other.name,
        "birth date": one.birth_date and other.birth_date and one.birth_date != other.birth_date,
        "patient id": one.id
        and other.id
        and one.id != other.id
        and not (one.issuer and other.issuer and one.issuer != other.issuer),
    }
    assert isinstance(found, OtherPatient) == any(differ.values())
