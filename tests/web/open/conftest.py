"""A patient's page, on the real chain, the real node and in Chromium."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from eth_account import Account
from pydicom.data import get_testdata_file

from radiogram.formats.key_reference import KeyReference
from tests.flows.conftest import PASSPHRASE, Person
from tests.web.open.page import know, take, unlock
from tests.web.postbox import Owner

SLICES = 12


@pytest.fixture(scope="session")
def chest(tmp_path_factory):
    """A made-up CT study of a chest, of nobody's."""
    folder = tmp_path_factory.mktemp("chest") / "OKAFOR Grace"
    folder.mkdir()
    y, x = np.mgrid[-1:1:512j, -1:1:512j]

    def oval(cx, cy, rx, ry):
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1

    template = pydicom.dcmread(get_testdata_file("693_UNCR.dcm", download=False))
    for place in range(SLICES):
        lung = 0.26 + 0.06 * np.sin(np.pi * place / (SLICES - 1))
        values = np.full((512, 512), -1000.0)
        for shape, value in (
            (oval(0, 0, 0.78, 0.58), -90),
            (oval(0, 0, 0.73, 0.53), 45),
            (oval(-0.34, -0.02, lung, 0.40), -820),
            (oval(0.34, -0.02, lung, 0.40), -820),
            (oval(0.06, 0.06, 0.24, 0.26), 60),
            (oval(0, 0.40, 0.10, 0.10), 420),
            (oval(0, 0.40, 0.06, 0.06), 180),
            (oval(0, -0.50, 0.08, 0.03), 380),
            (oval(-0.10, 0.32, 0.05, 0.05), 110),
        ):
            values[shape] = value
        values += np.random.default_rng(place).normal(0, 12, values.shape)
        template.PixelData = np.clip(values + 1024, 0, 4095).astype("<u2").tobytes()
        template.BitsStored, template.HighBit, template.PixelRepresentation = 12, 11, 0
        template.RescaleIntercept, template.RescaleSlope = -1024, 1
        template.WindowCenter, template.WindowWidth = 40, 400
        template.PatientName, template.PatientID = "Okafor^Grace", "4471 902"
        template.StudyDate, template.BodyPartExamined, template.StudyDescription = "20261112", "CHEST", "CT chest"
        template.InstanceNumber, template.ImagePositionPatient = place + 1, [-180, -180, 5 * place]
        template.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.10.2.{place}"
        template.save_as(folder / f"{place + 1:04}.dcm")
    return folder


@pytest.fixture
def ct(postbox, chest, kept):
    if "ct" not in kept:
        kept["ct"] = postbox.add(chest, label="St Anne Hospital")
    return kept["ct"]


@pytest.fixture
def person(newcomer, troubles):
    """A patient with an empty inbox."""
    made = newcomer()
    troubles.secret(made.private_key)
    return made


@pytest.fixture
def owner(chain, troubles):
    """A patient with an empty inbox and both keys."""
    made = Owner()
    chain.fund(made.address, 1)
    troubles.secret(made.private_key)
    troubles.secret(made.words)
    troubles.secret(made.keys.hybrid_secret.hex())
    return made


@pytest.fixture
def key_file(tmp_path):
    def write(person: Person, name: str = "key.json") -> Path:
        path = tmp_path / name
        path.write_bytes(json.dumps(Account.encrypt(person.private_key, PASSPHRASE)).encode())
        return path

    return write


@pytest.fixture
def opened(page, postbox, person, technologist):
    """opened(contents): the page of a patient who has this one letter open, from a sender that they know."""

    def do(contents: KeyReference, **options):
        postbox.send(person, contents)
        at = page(**options)
        know(at, technologist)
        unlock(at, person)
        take(at)
        return at

    return do


@pytest.fixture
def own_wallet(wallets, person):
    """The patient's own."""
    return wallets(person.private_key, "Test wallet", "org.example.test")
