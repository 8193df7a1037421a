"""What anybody may seal to a recipient: it becomes a row that says so, beside the rows of all others."""

import io
import json
import tarfile

import ecies
import pytest
from ecies.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiogram import transfer
from radiogram.chain.inbox import Message
from radiogram.cli import inbox_report, inbox_table
from radiogram.errors import IpfsNotFound
from radiogram.formats import ciphertext
from radiogram.formats.hybrid_key import hybrid_recipient_of
from radiogram.formats.key_packet import seal_key_packet
from radiogram.formats.key_reference import KeyReference, raw_cid
from radiogram.formats.keys import Keys
from radiogram.formats.public_key import public_key_of
from radiogram.inbox_listing import open_rows
from tests.formats.test_listing import CONTEXT, KEY, NOW, PERSON, Node, encrypted

PRIVATE_KEY, HYBRID_SECRET = b"\x07" * 32, b"\x01" * 32
KEYS = Keys(PRIVATE_KEY, HYBRID_SECRET)
CONFIG = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
STUDY, PACKET = raw_cid(b"study"), raw_cid(b"packet")


class Chain:
    """The two things that opening an envelope asks of an inbox."""

    chain_id, address = CONTEXT.chain_id, CONTEXT.inbox


def delivered(index: int, plaintext: bytes) -> Message:
    sealed = ecies.encrypt(public_key_of(PRIVATE_KEY), plaintext, CONFIG)
    return Message(PERSON, index, PERSON, NOW, 0, False, False, PERSON, sealed)


def listed(plaintexts: list[bytes], node: Node) -> list:
    """The rows, every one of them shown to a person and to a program."""
    messages = [delivered(index, plaintext) for index, plaintext in enumerate(plaintexts)]
    rows = open_rows(messages, lambda each: transfer.open_envelope(each, KEYS, Chain), node, patience=20)
    inbox_table.show([inbox_table.line(row, "0", is_new=True, aliases={}) for row in rows])
    json.dumps([inbox_report.opened_fields(row, {}) for row in rows]).encode()
    return rows


contexts = st.one_of(st.just(CONTEXT.digest()), st.binary(min_size=16, max_size=16))
cids = st.one_of(
    st.sampled_from([STUDY, PACKET, bytes(36), raw_cid(b"nowhere")]),
    st.binary(min_size=32, max_size=32).map(lambda digest: STUDY[:4] + digest),
    st.binary(min_size=30, max_size=40),
)
plaintexts = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda context, key, size, cid: b"\x01" + context + key + size + cid,
        contexts,
        st.binary(min_size=32, max_size=32),
        st.binary(min_size=8, max_size=8),
        cids,
    ),
    st.builds(lambda context, cid: b"\x02" + context + cid, contexts, cids),
)
held = st.one_of(
    st.binary(max_size=2000),
    st.sampled_from([IpfsNotFound("no"), OSError(5, "no"), RecursionError("no"), TypeError("no"), KeyError(1)]),
)


class Everything(dict):
    """Whatever CID is asked for, there is something."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __missing__(self, _: bytes) -> object:
        return self.value


@pytest.mark.fault("A message is well sealed, and holds anything", "hypothesis", "a row; the others are listed")
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(plaintexts, min_size=1, max_size=3), held)
def test_whatever_is_sealed_well_the_next_message_is_listed(tmp_path, hostile, behind):
    good = raw_cid(b"good")
    node = Node()
    node.held, node.packets = Everything(behind), Everything(behind)
    node.held[good] = encrypted(tmp_path)
    reference = KeyReference(KEY, 1, good).to_bytes(CONTEXT)
    *bad, last = listed([*hostile, reference], node)
    assert all(row.problem for row in bad)
    assert (last.problem, last.preview.manifest.sender_label) == ("", "Klinik")


@pytest.mark.fault("A key packet holds anything", "hypothesis", "a row")
@given(plaintexts)
def test_a_key_packet_of_any_contents_is_a_row(tmp_path_factory, contents):
    recipient = hybrid_recipient_of(HYBRID_SECRET)
    packet = seal_key_packet(KeyReference(KEY, 1, STUDY), recipient, CONTEXT)
    cut = packet[:-16] + contents[:16].ljust(16, b"\0")
    node = Node()
    node.packets = {raw_cid(cut): cut}
    (row,) = listed([b"\x02" + CONTEXT.digest() + raw_cid(cut)], node)
    assert row.problem == "its key packet is damaged"


# ---- manifests

values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -(10**400), 2**53, -1, 1e400, -1e400, 1.5, 3.0]),
        st.floats(),
        st.text(st.characters(), max_size=20),
        st.sampled_from(["\ud800", "\x1b]0;x\x07", "\u202e", "2026-02-30", "x" * 5000, "9" * 10]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *("name", "bytes", "sha256", "media_type", "patient", "birth_date", "sex", "id", "uid", "date"),
                    *("description", "series", "number", "modality", "body_part", "images", "frames"),
                ]
            ),
            inner,
            max_size=8,
        ),
    ),
    max_leaves=12,
)
files = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.one_of(values, st.just("a"), st.just("b/c")),
            "bytes": st.one_of(values, st.integers(0, 9)),
            "sha256": st.one_of(values, st.just("0" * 64)),
            "media_type": st.one_of(values, st.just("application/dicom")),
        }
    ),
    max_size=2,
)
manifests = st.fixed_dictionaries(
    {
        "format": st.just("radiogram-bundle"),
        "version": st.one_of(st.just(1), st.just(1), values),
        "created": st.one_of(st.just("2026-11-26"), values),
        "files": st.one_of(files, files, values),
    },
    optional={"sender_label": values, "studies": st.lists(values, max_size=3)},
)


def bundled(manifest: object, signature: bytes) -> bytes:
    """The beginning of a bundle, encrypted to the content key."""
    plaintext = io.BytesIO()
    with tarfile.open(fileobj=plaintext, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in (("manifest.json", json.dumps(manifest).encode()), ("manifest.sig", signature)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return b"".join(ciphertext.encrypt([plaintext.getvalue()], KEY))


@pytest.mark.fault("A manifest holds anything", "hypothesis", "a row")
@given(manifests, st.one_of(st.just(b""), st.binary(min_size=60, max_size=66)))
def test_a_manifest_of_any_contents_is_a_row(manifest, signature):
    node = Node()
    node.held = {STUDY: bundled(manifest, signature)}
    (row,) = listed([KeyReference(KEY, 1, STUDY).to_bytes(CONTEXT)], node)
    assert row.preview or row.problem == "damaged, or of a newer version"
