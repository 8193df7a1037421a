"""What every program says when it holds a recipient and images against a register: tests/vectors/contact_check.json."""

import json
from pathlib import Path

import pytest

from radiogram.contacts.check import check
from radiogram.formats.manifest import PatientMetadata
from radiogram.formats.register import parse_register
from tests.vectors.contacts import said

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "contact_check.json").read_text())["check"]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["why"])
def test_a_register_says_what_it_says_to_every_program(case):
    value = {"format": "radiogram-register", "version": 1, "contacts": case["contacts"]}
    patients = [PatientMetadata(**each) for each in case["patients"]]
    verdict = check(parse_register(json.dumps(value).encode()), case["address"], tuple(case["words"]), patients)
    assert said(verdict) == case["verdict"]
