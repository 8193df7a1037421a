"""Files that are digested piece by piece, as the patient's page opens them."""

import os
import shutil

import pytest
from playwright.sync_api import expect

from radiogram.formats import bundle, ciphertext, source_files
from radiogram.formats.key_reference import KeyReference
from tests.web.controls import heading
from tests.web.open.page import bring, know, take, unlock

BYTES = 9_000_001  # more than is digested at once, and than waits for the Worker


@pytest.fixture
def large(tmp_path):
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(BYTES))
    return file


def digesting(page) -> list[str]:
    """The Workers from now on that digest."""
    started: list[str] = []
    page.on("worker", lambda worker: started.append(worker.url) if "digestWorker" in worker.url else None)
    return started


def test_a_large_file_is_digested_in_a_worker_of_its_own(page, postbox, person, technologist, large):
    postbox.send(person, postbox.add(large))
    at = page()
    started = digesting(at)
    know(at, technologist)
    unlock(at, person)
    take(at)
    assert len(started) == 1


def test_where_that_worker_does_not_load_a_large_file_is_digested_beside_the_key(
    page, serve, built, postbox, person, technologist, large, tmp_path, troubles
):
    troubles.expect("404|Failed to load|digestWorker")
    pages = shutil.copytree(built, tmp_path / "pages")
    (script,) = (pages / "assets").glob("digestWorker-*.js")
    script.unlink()
    postbox.send(person, postbox.add(large))
    at = page(site=serve("--folder", pages))
    know(at, technologist)
    unlock(at, person)
    take(at)


def test_a_large_file_that_is_not_what_its_list_says_is_refused(page, postbox, person, technologist, large):
    study, key = source_files.read_study([large]), ciphertext.new_content_key()
    packed = bytearray().join(bundle.pieces(study, postbox.signature(study.manifest.to_bytes())))
    packed[-BYTES // 2] ^= 1
    added = postbox.ipfs.add(ciphertext.encrypt([packed], key))
    postbox.send(person, KeyReference(key, added.size, added.cid))
    at = page()
    started = digesting(at)
    bring(at, technologist, person)
    expect(heading(at, "Do not trust this copy.")).to_be_focused(timeout=60_000)
    assert len(started) == 1
