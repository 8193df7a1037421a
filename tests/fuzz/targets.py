"""What reads bytes of strangers, each behind one function of bytes: it returns, or raises what is not to come out.

The errors of radiogram.errors are answers, not findings. What a reader makes of its input is checked as far as that can
be said of every input: a file lies in its folder, a text can be shown, what is written reads the same.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from unittest import mock

from aiohttp import StreamReader, hdrs
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from radiogram.chain.events import concerns, parse_log
from radiogram.cli.wording import printable
from radiogram.dicom.contact_sheet import contact_sheet, study_sheet
from radiogram.dicom.display import clean, shown_counts, shown_date, shown_name, shown_patient, shown_study
from radiogram.dicom.metadata import file_metadata, instance_metadata, study_overview
from radiogram.dicom.picture import preview_png
from radiogram.errors import KeyFormatError, PreviewError, RadiogramError
from radiogram.formats import bundle, ciphertext, envelope, key_card, key_file, key_packet
from radiogram.formats.age_file import decode_armour, encode_armour, parse_age_file
from radiogram.formats.age_header import AgeFileError
from radiogram.formats.clinic_card import parse_clinic_card
from radiogram.formats.key_reference import KeyReference, parse_key_reference, raw_cid
from radiogram.formats.manifest import PatientMetadata, parse_manifest
from radiogram.formats.public_key import parse_address
from radiogram.formats.signed_act import parse_signed_act
from radiogram.ipfs import replies
from radiogram.ipfs.car import CarFile
from radiogram.ipfs.car_import import check_files
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Endpoint
from radiogram.nested_json import parse_json
from radiogram.server.bodies import Patience
from radiogram.server.json_rpc import read_question
from radiogram.server.upload_form import UploadForm
from tests.fuzz import seeds

MEMORY_LIMIT = 512  # MB that a target may take
SECONDS_LIMIT = 10  # for one input
CHEAP = 10  # work factor of scrypt, so that a passphrase can be tried thousands of times
HOST = Endpoint("https", "node.example", 443)
SPOOL = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, which fuzzing does not wear out


@dataclass(frozen=True)
class Target:
    run: Callable[[bytes], object]
    """Raises what is a finding."""
    seeds: Callable[[], list[bytes]]
    """Inputs that are well formed, to begin with."""
    longest: int = 4096
    """Bytes of an input."""


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="radiogram-fuzz-", dir=SPOOL))
    try:
        yield made
    finally:
        shutil.rmtree(made)


# ---- formats


def of_envelope(data: bytes) -> None:
    with suppress(RadiogramError):
        envelope.open_envelope(data, seeds.PRIVATE_KEY, seeds.CONTEXT)


def of_envelope_plaintext(data: bytes) -> None:
    """As a sender sealed it who writes what it likes."""
    with suppress(RadiogramError):
        contents = envelope.open_envelope(seeds.sealed(data), seeds.PRIVATE_KEY, seeds.CONTEXT)
        if isinstance(contents, KeyReference):
            assert contents.to_bytes(seeds.CONTEXT) == data
        cid_text(contents.cid)
    parsed = parse_key_reference(data)
    assert parsed is None or len(parsed[1].content_key) == 32


def of_ciphertext(data: bytes) -> None:
    with suppress(RadiogramError), ciphertext.open_decrypted(io.BytesIO(data), seeds.PRIVATE_KEY) as plaintext:
        plaintext.read()


def of_age_file(data: bytes) -> None:
    with suppress(AgeFileError):
        parse_age_file(data)
    with suppress(AgeFileError):
        assert decode_armour(encode_armour(decode_armour(data.decode("latin-1")))) is not None
    with suppress(RadiogramError):
        key_packet.open_key_packet(data, raw_cid(data), seeds.HYBRID_SECRET, seeds.CONTEXT)
    with suppress(RadiogramError):
        key_packet.decrypt_packet(data, seeds.HYBRID_SECRET)


def of_bundle(data: bytes) -> None:
    with suppress(RadiogramError):
        bundle.read_bundle_header(io.BytesIO(data))
    with folder() as top:
        inside = top / "inside"
        inside.mkdir()
        with suppress(RadiogramError):
            header = bundle.unpack(io.BytesIO(data), inside)
            written = {path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()}
            assert written == {entry.name for entry in header.manifest.files}
        assert list(top.iterdir()) == [inside]
        assert not [path for path in inside.rglob("*") if path.is_symlink()]


def of_manifest(data: bytes) -> None:
    with suppress(RadiogramError):
        found = parse_manifest(data)
        with suppress(UnicodeEncodeError):  # JSON can name halves of characters; nothing that was received is written
            assert parse_manifest(found.to_bytes()).files == found.files
        for study in found.studies:
            check_shown(shown_study(study), shown_counts(study), shown_patient(study.patient))


def of_key_card(data: bytes) -> None:
    with folder() as place, suppress(KeyFormatError):
        (place / "card").write_bytes(data)
        keys = key_card.read_card(place / "card")
        (place / "again").write_bytes(key_card.encode_card(keys))
        assert key_card.read_card(place / "again") == keys
    with suppress(KeyFormatError):
        code = key_card.key_code(key_card.parse_key_code(data.decode(errors="replace")))
        assert key_card.key_code(key_card.parse_key_code(code)) == code
    with suppress(KeyFormatError):
        parse_address(data.decode(errors="replace"))


def of_key_file(data: bytes) -> None:
    """With limits so low that a passphrase is tried in a millisecond."""
    limits = mock.patch.multiple(key_file, WORK_FACTOR_LIMIT=CHEAP, KEYSTORE_MEMORY=1 << 20, KEYSTORE_ROUNDS=1000)
    with limits, folder() as place, suppress(KeyFormatError):
        (place / "key").write_bytes(data)
        assert len(key_file.read_keys(place / "key", lambda: seeds.PASSPHRASE).private_key) == 32


def of_clinic_card(data: bytes) -> None:
    with suppress(RadiogramError):
        card = parse_clinic_card(data)
        assert parse_clinic_card(card.to_bytes()) == parse_clinic_card(card.link("https://a.b").encode()) == card
        check_shown(clean(card.label))
        card.check_signature()


def of_signed_act(data: bytes) -> None:
    with suppress(RadiogramError):
        signed = parse_signed_act(data)
        assert parse_signed_act(signed.to_bytes()) == signed
        check_shown(str(signed.act))


# ---- what nodes and browsers say


def of_ipfs_reply(data: bytes) -> None:
    """The first line is a header's value, the rest a body."""
    line, _, body = data.partition(b"\n")
    said = line.decode("latin-1")
    with suppress(RadiogramError):
        replies.added_cid(body)
    for status in (200, 301, 404, 500):
        check_shown(str(replies.status_error(status, body, HOST)))
    for name in ("Content-Length", "X-Content-Length"):
        with suppress(RadiogramError):
            replies.check_size({name: said}, 1234, HOST)
    assert replies.moved_to(HOST, seeds.CID, said) in (None, Endpoint("https", f"{seeds.CID}.ipfs.node.example", 443))


def of_cid(data: bytes) -> None:
    with suppress(RadiogramError):
        assert cid_bytes(cid_text(data)) == data
    with suppress(RadiogramError):
        text = data.decode("latin-1")
        assert cid_text(cid_bytes(text)) == text


def of_car(data: bytes) -> None:
    """A CAR file that somebody hands over, of which every file is read that its header names."""
    with tempfile.NamedTemporaryFile(dir=SPOOL) as file, suppress(RadiogramError):
        file.write(data)
        file.flush()
        car = CarFile(Path(file.name))
        assert car.blocks * 37 <= len(data)
        for root in car.roots:
            assert raw_cid(Ipfs(cars=[car]).read(root, 1 << 20)) == root
        check_files(car)


def of_question(data: bytes) -> None:
    """What a page asks the chain through our server."""
    with suppress(RadiogramError):
        json.dumps(asyncio.run(_question(data)))


async def _question(data: bytes) -> object:
    return await read_question(_request("/rpc", "application/json", data), Patience(SECONDS_LIMIT))


def of_upload(data: bytes) -> None:
    """What a page uploads through our server: the first line is the content type's boundary."""
    boundary, _, body = data.partition(b"\n")
    with suppress(RadiogramError):
        asyncio.run(_upload(boundary.decode("latin-1"), body))


async def _upload(boundary: str, body: bytes) -> None:
    request = _request("/upload", f"multipart/form-data; boundary={boundary}", body)
    form = await UploadForm.of(request, 2000, Patience(SECONDS_LIMIT))
    size = 0
    async for piece in form.pieces(Patience(SECONDS_LIMIT)):
        size += len(piece)
    assert size <= 2000 + 10_000


def _request(path: str, kind: str, body: bytes):
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), 1 << 16, loop=loop)
    stream.feed_data(body)
    stream.feed_eof()
    return make_mocked_request("POST", path, headers={hdrs.CONTENT_TYPE: kind}, payload=stream)


def of_chain_reply(data: bytes) -> None:
    """What a chain's node answers to whatever is read of an inbox."""
    from tests.fuzz.chain import inbox  # loads Ape, which takes seconds

    with inbox() as (asked, node):
        ways: list[Callable[[], object]] = [
            lambda: asked.count(seeds.ADDRESS),
            lambda: [message.status for message in islice(asked.messages(seeds.ADDRESS), 300)],
            lambda: asked.message(seeds.ADDRESS, 0),
            lambda: asked.key(seeds.ADDRESS),
            lambda: (asked.restriction(seeds.ADDRESS), asked.approval(seeds.ADDRESS, seeds.ADDRESS)),
        ]
        for ask in ways:
            try:
                node.say(data)
            except (ValueError, RecursionError):
                return
            with suppress(RadiogramError):
                ask()


def of_chain_log(data: bytes) -> None:
    """One event of those that a chain's node gives."""
    try:
        raw = parse_json(data)
    except ValueError:
        return
    with suppress(ValueError):  # what it refuses is left out
        if log := parse_log(raw, seeds.ADDRESS):
            assert concerns(log.event, getattr(log.event, "recipient", None) or getattr(log.event, "account", ""))


# ---- DICOM, and what people are shown


def of_dicom_header(data: bytes) -> None:
    with suppress(PreviewError):
        for found in file_metadata(data):
            check_shown(shown_name(found.patient.name), found.description, found.study_date, found.modality)
    with suppress(PreviewError):
        instance_metadata(data)
    overview = study_overview([data, data])
    check_shown(shown_patient(overview.patient), *map(shown_study, overview.studies))


def of_dicom_picture(data: bytes) -> None:
    for make in (preview_png, contact_sheet, lambda source: study_sheet([source])):
        with suppress(PreviewError):
            assert make(data).startswith(b"\x89PNG")


def of_text(data: bytes) -> None:
    """Text of a stranger on its way to a terminal."""
    text = data.decode("utf-8", "surrogateescape")  # halves of characters too, as in a file's name
    check_shown(clean(text), shown_name(text), shown_date(text), shown_patient(PatientMetadata(text, text, text, text)))
    shown = printable(text)
    assert printable(shown) == shown
    check_shown(shown.replace("\n", "").replace("\t", ""))


def check_shown(*texts: str) -> None:
    """Nothing in them turns the direction of writing, moves a cursor, or can't be encoded."""
    for text in texts:
        text.encode()
        assert printable(text) == text
        assert not {"\n", "\t", "\x1b"} & set(text)


TARGETS = {
    "envelope": Target(of_envelope, seeds.envelopes, 400),
    "envelope-plaintext": Target(of_envelope_plaintext, seeds.envelope_plaintexts, 200),
    "ciphertext": Target(of_ciphertext, seeds.ciphertexts, 40_000),
    "age-file": Target(of_age_file, seeds.age_files),
    "bundle": Target(of_bundle, seeds.bundles, 32_000),
    "manifest": Target(of_manifest, seeds.manifests),
    "clinic-card": Target(of_clinic_card, seeds.clinic_cards),
    "key-card": Target(of_key_card, seeds.key_cards),
    "key-file": Target(of_key_file, seeds.key_files),
    "signed-act": Target(of_signed_act, seeds.signed_acts),
    "ipfs-reply": Target(of_ipfs_reply, seeds.ipfs_replies, 16_000),
    "chain-reply": Target(of_chain_reply, seeds.chain_replies),
    "chain-log": Target(of_chain_log, seeds.chain_logs),
    "cid": Target(of_cid, seeds.cids, 4096),
    "car": Target(of_car, seeds.cars, 8_000),
    "question": Target(of_question, seeds.questions),
    "upload": Target(of_upload, seeds.uploads),
    "dicom-header": Target(of_dicom_header, seeds.dicom_files, 16_000),
    "dicom-picture": Target(of_dicom_picture, seeds.dicom_files, 16_000),
    "text": Target(of_text, seeds.texts, 2000),
}
