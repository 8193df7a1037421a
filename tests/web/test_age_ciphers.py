"""The cipher of the browser itself, and the one that comes with the page, open the same files and refuse the same."""

import base64
import functools
import hashlib
import os
import subprocess
import threading
from http.server import ThreadingHTTPServer

import pytest

from radiogram.formats import ciphertext
from tests.formats.published_vectors import age_vectors, require
from tests.formats.test_age_vectors import HYBRID, secret
from tests.web.browser import WEB
from tests.web.viewer.conftest import Handler

CHUNK = (1 << 16) + 16  # bytes


@pytest.fixture(scope="module")
def deciphering(tmp_path_factory):
    """URL of a page that decrypts by both."""
    folder = tmp_path_factory.mktemp("cipher") / "dist"
    config = WEB / "test" / "cipher-page" / "vite.config.ts"
    vite = [WEB / "node_modules" / ".bin" / "vite", "build", "--config", config, "--outDir", folder]
    done = subprocess.run([*vite, "--logLevel", "warn"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture
def opened(browser, troubles, deciphering):
    """opened(file, content_key): by each cipher the SHA-256 of the plaintext, or the error's name."""
    troubles.origins.add(deciphering.rstrip("/"))
    page = browser.new_page()
    page.goto(deciphering)
    page.wait_for_function("'opened' in globalThis")

    def both(file: bytes, key: bytes) -> dict[str, str]:
        return page.evaluate("([file, key]) => opened(file, key)", [base64.b64encode(file).decode(), list(key)])

    return both


def test_both_open_and_refuse_what_the_vectors_of_age_say(opened):
    vectors = [each for each in age_vectors() if len(each.identities) == 1 and not each.is_armoured]
    vectors = [each for each in vectors if HYBRID not in each.identities[0]]
    require(vectors, 67)
    for vector in vectors:
        said = opened(vector.file, secret(vector.identities[0]))
        expected = vector.payload if vector.expect == "success" else "CiphertextError"
        assert said == {"native": expected, "own": expected}, vector.name


@pytest.mark.parametrize("size", [0, 1, 65536, 4 * 65536, 4 * 65536 + 1, 3_000_000])
def test_both_open_files_of_any_length_and_none_that_is_damaged_or_cut(opened, size):
    plaintext, key = os.urandom(size), ciphertext.new_content_key()
    file = b"".join(ciphertext.encrypt([plaintext], key))
    digest = hashlib.sha256(plaintext).hexdigest()
    assert opened(file, key) == {"native": digest, "own": digest}
    refused = {"native": "CiphertextError", "own": "CiphertextError"}
    payload = len(file) - (size + max(-(-size // 65536), 1) * 16)
    for damaged in (
        file[:-1] + bytes([file[-1] ^ 1]),
        file[:payload] + bytes([file[payload] ^ 1]) + file[payload + 1 :],
        file + b"x",
        file[:-1],
        file[: payload + CHUNK * ((len(file) - payload - 1) // CHUNK)],  # a whole chunk less
    ):
        assert opened(damaged, key) == refused
