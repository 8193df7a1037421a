"""From Debian's Orthanc into the outbox, by extras/orthanc.py: each study that is stable, once, bit for bit."""

import json
import os
import shutil
import time
from contextlib import contextmanager

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats import outbox as formats
from radiogram.formats.account_key import secret_of
from radiogram.formats.ciphertext import open_decrypted
from tests.flows.conftest import ROOT
from tests.flows.receiving import new_study_uid, storescu, storing, until, write_slice
from tests.orthanc import PLUGINS, TITLE, running

INDEX = 7
ACCOUNT = ("--account", str(INDEX))
MNEMONIC = "test test test test test test test test test test test junk"


class Archive:
    """An Orthanc that can be started more than once."""

    def __init__(self, folder, tool, token):
        self.folder, self._tool, self.token = folder, tool, token
        self.log = folder / "orthanc.log"
        self.url = ""

    @contextmanager
    def running(self):
        settings = {
            "Plugins": [str(PLUGINS / "libOrthancPython.so")],
            "PythonScript": str(shutil.copy(ROOT / "extras" / "orthanc.py", self.folder / "radiogram.py")),
            "Radiogram": {"Url": self.url, "TokenFile": str(self.token)},
            "DicomServerEnabled": True,
            "StableAge": 1,
        }
        with running(self._tool, self.folder, log=self.log, **settings) as orthanc:
            orthanc.address = {"host": "127.0.0.1", "port": orthanc.dicom_port}
            yield orthanc


@pytest.fixture
def archive(need, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    if not (PLUGINS / "libOrthancPython.so").exists():
        need("libOrthancPython.so", "orthanc-python")
    (tmp_path / "orthanc").mkdir()
    made = Archive(tmp_path / "orthanc", need("Orthanc", "orthanc"), tmp_path / "token")
    yield made
    said = made.log.read_text()
    assert made.token.read_text().strip().removeprefix("bearer:") not in said
    assert "Okafor" not in said


@pytest.fixture
def slices(tmp_path):
    study = new_study_uid()
    return [write_slice(tmp_path / "ct" / f"{n}.dcm", n, StudyInstanceUID=study) for n in (1, 2, 3)]


@pytest.fixture
def send(dcmtk):
    def sent(orthanc, *files):
        done = storescu(dcmtk("storescu"), orthanc.address, *files, called=TITLE)
        assert done.returncode == 0, done.stderr

    return sent


def kept(scripts) -> list[bytes]:
    """What is in the outbox, decrypted with the account's key."""
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{INDEX}")
    signature = account.sign_message(encode_defunct(text=formats.KEY_TEXT)).signature
    secret = secret_of(bytes(signature), formats.KEY_INFO)
    found = []
    for path in scripts.home.glob("outbox/*/studies/*/*.age"):
        with path.open("rb") as stream, open_decrypted(stream, secret) as plaintext:
            found.append(plaintext.read())
    return sorted(found)


def test_a_study_that_is_stable_is_in_the_outbox_bit_for_bit(apart, archive, slices, send, tmp_path):
    with storing(apart, tmp_path, *ACCOUNT) as (_, place):
        archive.url = place["dicomweb"]
        with archive.running() as orthanc:
            send(orthanc, *slices)
            until(lambda: len(kept(apart)) == 3)
            assert kept(apart) == sorted(orthanc.files())
            (study,) = apart.json("outbox", *ACCOUNT)["studies"]
    assert (study["instances"], study["patient"]["name"]) == (3, "Okafor^Grace")


def test_a_study_for_which_nobody_listens_arrives_later_though_orthanc_was_started_anew(
    apart, archive, slices, send, tmp_path
):
    with storing(apart, tmp_path, *ACCOUNT) as (_, place):
        archive.url = place["dicomweb"]
    port = archive.url.split(":")[2].partition("/")[0]
    with archive.running() as orthanc:
        send(orthanc, *slices)
        until(lambda: "does not have study" in archive.log.read_text())
    assert kept(apart) == []
    with archive.running() as orthanc, storing(apart, tmp_path, *ACCOUNT, port=port):
        until(lambda: len(kept(apart)) == 3)
        assert kept(apart) == sorted(orthanc.files())


def test_what_comes_later_of_a_study_is_sent_alone(apart, archive, slices, send, tmp_path):
    with storing(apart, tmp_path, *ACCOUNT) as (_, place):
        archive.url = place["dicomweb"]
        with archive.running() as orthanc:
            send(orthanc, slices[0])
            until(lambda: len(kept(apart)) == 1)
            for each in apart.home.glob("outbox/*/studies/*"):  # as if it had been sent to its patient
                shutil.rmtree(each)
            send(orthanc, *slices)
            until(lambda: len(kept(apart)) == 2)
            time.sleep(3)  # more than a study takes to be stable
            assert len(kept(apart)) == 2


def test_a_token_that_is_wrong_or_that_others_may_read_is_told_and_nothing_is_sent(
    apart, archive, slices, send, tmp_path
):
    with storing(apart, tmp_path, *ACCOUNT) as (_, place):
        archive.url, archive.token = place["dicomweb"], tmp_path / "other"
        archive.token.write_text("x" * 40)
        archive.token.chmod(0o644)
        with archive.running():
            until(lambda: "others may read Radiogram.TokenFile" in archive.log.read_text())
        archive.token.chmod(0o600)
        with archive.running() as orthanc:
            send(orthanc, *slices)
            until(lambda: "it answers 401: another token is wanted" in archive.log.read_text())
    assert kept(apart) == []


def test_its_own_dicomweb_plugin_stores_in_the_outbox_too(apart, need, monkeypatch, slices, send, tmp_path):
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    plugin = PLUGINS / "libOrthancDicomWeb.so"
    if not plugin.exists():
        need(plugin.name, "orthanc-dicomweb")
    (tmp_path / "orthanc").mkdir()
    with storing(apart, tmp_path, *ACCOUNT) as (_, place):
        token = (tmp_path / "token").read_text().strip().removeprefix("bearer:")
        server = {"Url": place["dicomweb"], "HttpHeaders": {"Authorization": f"Bearer {token}"}}
        settings = {"DicomWeb": {"Servers": {"radiogram": server}}, "DicomServerEnabled": True}
        with running(
            need("Orthanc", "orthanc"), tmp_path / "orthanc", log=tmp_path / "log", Plugins=[str(plugin)], **settings
        ) as orthanc:
            orthanc.address = {"host": "127.0.0.1", "port": orthanc.dicom_port}
            send(orthanc, *slices)
            body = json.dumps({"Resources": orthanc("/studies"), "Synchronous": True}).encode()
            orthanc("/dicom-web/servers/radiogram/stow", body)
            assert kept(apart) == sorted(orthanc.files())


def test_an_address_that_would_send_unencrypted_is_refused(archive):
    archive.url = "http://images.example/dicomweb"
    archive.token.write_text("x" * 40)
    archive.token.chmod(0o600)
    with archive.running():
        until(lambda: "would send images unencrypted" in archive.log.read_text())
