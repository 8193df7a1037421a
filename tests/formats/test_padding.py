"""Bundles that zeros make longer: how long, and that readers take them as they are."""

import io
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.formats import bundle, ciphertext
from radiogram.formats.padding import padded_bundle_bytes, padme
from radiogram.formats.source_files import read_study
from tests.formats.test_bundle import SIGNATURE, bundled, read_tree, unpacked
from tests.formats.test_vectors import vectors

sizes = st.integers(1, 2**60)


@pytest.mark.parametrize("vector", vectors("padding.json", "bundles"), ids=lambda v: str(v["bytes"]))
def test_a_bundle_is_padded_to_the_length_of_its_vector(vector):
    assert padded_bundle_bytes(int(vector["bytes"])) == int(vector["padded_bytes"])


@pytest.mark.parametrize(
    ("size", "padded"),
    [(1, 1), (2, 2), (3, 3), (8, 8), (9, 10), (15, 16), (16, 16), (17, 18), (31, 32), (513, 544), (1000, 1024)],
)
def test_padme_of_small_numbers(size, padded):
    assert padme(size) == padded


@given(sizes)
def test_padding_costs_at_most_12_percent(size):
    assert size <= padme(size) <= size * 1.12


@given(sizes)
def test_what_is_padded_is_not_padded_again(size):
    assert padme(padme(size)) == padme(size)


@given(sizes, sizes)
def test_a_larger_size_is_not_padded_to_less(one, another):
    assert (padme(one) <= padme(another)) == (one <= another) or padme(one) == padme(another)


@given(st.integers(4, 2**40).map(lambda blocks: 512 * blocks))
def test_a_bundle_is_padded_with_whole_blocks(size):
    assert padded_bundle_bytes(size) % 512 == 0


def test_lengths_up_to_a_terabyte_are_few():
    """Of 2^31 lengths in blocks, as many as Padmé promises: some bits more than none."""
    count, size = 0, 1
    while size <= 2**31:
        count, size = count + 1, padme(size + 1)
    assert count < 700


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(bytes(3000) + b"end")
    return folder


@pytest.fixture(params=[1, 512, 10_000_000, None], ids=lambda more: f"{more or 'Padmé'}")
def padded(request, study) -> bytes:
    data = bundled([study])
    return data + bytes(request.param or padded_bundle_bytes(len(data)) - len(data))


def test_a_padded_bundle_is_unpacked_as_another(study, padded, tmp_path):
    header = unpacked(padded, tmp_path / "out")
    assert read_tree(tmp_path / "out" / "study") == read_tree(study)
    assert bundle.read_bundle_header(io.BytesIO(padded)) == header


def test_a_padded_bundle_is_encrypted_and_decrypted_to_its_last_byte(padded, tmp_path):
    key = ciphertext.new_content_key()
    encrypted = io.BytesIO(b"".join(ciphertext.encrypt([padded], key)))
    with ciphertext.open_decrypted(encrypted, key) as plaintext:
        assert plaintext.read() == padded


def test_stock_tar_takes_a_padded_bundle(padded):
    listed = subprocess.run(["tar", "-tf", "-"], input=padded, capture_output=True, check=True)
    assert b"files/study/1.dcm" in listed.stdout


def written(study, **options) -> bytes:
    return b"".join(bundle.pieces(study, SIGNATURE, **options))


@pytest.mark.parametrize("size", [3003, 600_000, 5_000_000])
def test_a_bundle_is_padded_by_its_writer_where_that_is_asked_for_and_not_otherwise(tmp_path, size):
    (tmp_path / "1.dcm").write_bytes(bytes(size))
    study = read_study([tmp_path / "1.dcm"])  # once: a list says when it was made
    plain, padded = written(study), written(study, padded=True)
    assert len(padded) == padded_bundle_bytes(len(plain)) > len(plain)
    assert padded == plain.ljust(len(padded), b"\0")
    assert written(study, padded=False) == plain
