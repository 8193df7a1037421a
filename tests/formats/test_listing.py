"""The list of opened messages: only beginnings are fetched, and one bad message never hides the others."""

import hashlib
import io
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from radiogram import transfer
from radiogram.chain.inbox import Message
from radiogram.errors import BundleError, CiphertextError, IpfsNotFound, WrongContextError, WrongKeyError
from radiogram.formats import bundle, ciphertext, source_files, tar
from radiogram.formats.envelope import PacketReference
from radiogram.formats.hybrid_key import hybrid_recipient_of
from radiogram.formats.key_packet import seal_key_packet
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.manifest import FileEntry, Manifest, PatientMetadata, StudyMetadata
from radiogram.inbox_listing import LastSeen, open_rows, parse_since
from radiogram.transfer import OpenedEnvelope

PERSON = "0x" + "11" * 20
CONTEXT = Context(1, PERSON, PERSON, PERSON)
KEY = bytes(range(32))
STUDY_CID = raw_cid(b"study")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
METADATA = (StudyMetadata(PatientMetadata("Okafor^Grace")),)


def message(index: int, **changes) -> Message:
    usual = {"key_version": 0, "cursor": PERSON, "retracted": False, "acknowledged": False, "envelope": b""}
    return Message(PERSON, index, PERSON, NOW, **(usual | changes))


def encrypted(folder, size: int = 10) -> bytes:
    (folder / "image.dcm").write_bytes(bytes(size))
    study = source_files.read_study([folder / "image.dcm"]).with_metadata("Klinik", METADATA)
    return b"".join(ciphertext.encrypt(bundle.pieces(study, b""), KEY))


class Node:
    """In place of an IPFS node: what each CID stands for, be it bytes, an error, or silence."""

    def __init__(self, **held) -> None:
        self.held = {name.encode(): value for name, value in held.items()}
        self.read_bytes = 0
        self.silence = threading.Event()

    @contextmanager
    def open(self, cid: bytes, size: int, *, read_ahead: int):
        held = self.held[cid]
        if isinstance(held, Exception):
            raise held
        if held is None:
            self.silence.wait()
        node = self

        class Counted(io.BytesIO):
            def read(self, size=-1):
                data = super().read(size)
                node.read_bytes += len(data)
                return data

            def readinto(self, buffer):
                count = super().readinto(buffer)
                node.read_bytes += count
                return count

        yield Counted(held)

    def read(self, cid: bytes, limit: int) -> bytes:
        assert limit == 4096
        if isinstance(packet := self.packets[cid], Exception):
            raise packet
        return packet


def opened(node: Node, *cids: str, patience: float = 20):
    messages = [message(index) for index in range(len(cids))]
    contents = {index: KeyReference(KEY, 1, cid.encode()) for index, cid in enumerate(cids)}
    return open_rows(
        messages, lambda each: OpenedEnvelope(contents[each.index], CONTEXT, None), node, patience=patience
    )


def test_a_row_says_what_the_beginning_of_its_study_says(tmp_path):
    (row,) = opened(Node(good=encrypted(tmp_path)), "good")
    assert (row.problem, row.preview.manifest.sender_label, row.preview.manifest.studies) == ("", "Klinik", METADATA)
    assert row.preview.signed_by is None


def test_no_more_than_the_beginning_of_a_large_study_is_read(tmp_path):
    node = Node(large=encrypted(tmp_path, 20 << 20))
    (row,) = opened(node, "large")
    assert row.preview.manifest.files[0].bytes == 20 << 20
    assert node.read_bytes < 1 << 20


def test_a_study_of_a_thousand_files_is_listed_though_its_manifest_is_long(tmp_path):
    for number in range(1000):
        (tmp_path / f"{number}").write_bytes(b"")
    study = source_files.read_study([tmp_path])
    (row,) = opened(Node(many=b"".join(ciphertext.encrypt(bundle.pieces(study, b""), KEY))), "many")
    assert len(row.preview.manifest.files) == 1000


def test_a_study_whose_list_is_too_long_to_read_beside_others_is_not_called_damaged():
    names = [f"IMG{number:06}.dcm" for number in range(50_000)]
    files = tuple(FileEntry(name, 0, hashlib.sha256(b"").hexdigest(), "application/dicom") for name in names)
    raw = Manifest("2026-11-23T20:00:00+00:00", files).to_bytes()
    start = tar.header("manifest.json", len(raw)) + raw + tar.padding(len(raw)) + tar.header("manifest.sig", 0)
    (row,) = opened(Node(many=b"".join(ciphertext.encrypt([start], KEY))), "many")
    assert row.problem == "its list of files is too long to show here: retrieve it"


def test_each_bad_message_says_why_and_the_others_stay(tmp_path):
    good = encrypted(tmp_path)
    node = Node(
        good=good,
        cut=good[:300],
        flipped=good[:-3] + bytes([good[-3] ^ 1]) + good[-2:],
        absent=IpfsNotFound("not here"),
        other=b"".join(ciphertext.encrypt([b"no tar" * 200], KEY)),
        strange=RuntimeError("a fault of ours"),
        last=good,
    )
    rows = opened(node, "good", "cut", "flipped", "absent", "other", "strange", "last")
    assert [row.problem for row in rows] == [
        "",
        "damaged",
        "damaged",
        "not reachable now",
        "damaged, or of a newer version",
        "can't be read",
        "",
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [(WrongKeyError("x"), "sealed to another key"), (WrongContextError("x"), "copied from another place")],
)
def test_an_envelope_that_does_not_open_says_why(error, words):
    def refuse(_):
        raise error

    (row,) = open_rows([message(0)], refuse, Node())
    assert (row.problem, row.opened) == (words, None)


def test_key_packets_are_opened_and_a_bad_one_says_why_and_hides_no_other(tmp_path):
    secret, stranger = b"\x01" * 32, b"\x02" * 32
    reference, moved = KeyReference(KEY, 1, STUDY_CID), Context(2, PERSON, PERSON, PERSON)
    good = seal_key_packet(reference, hybrid_recipient_of(secret), CONTEXT)
    to_other = seal_key_packet(reference, hybrid_recipient_of(stranger), CONTEXT)
    copied = seal_key_packet(reference, hybrid_recipient_of(secret), moved)
    absent, swapped = raw_cid(b"absent"), raw_cid(b"swapped")
    packets = [raw_cid(packet) for packet in (good, to_other, copied)] + [absent, swapped, raw_cid(good)]
    node = Node()
    node.held[STUDY_CID] = encrypted(tmp_path)
    node.packets = {raw_cid(each): each for each in (good, to_other, copied)}
    node.packets |= {absent: IpfsNotFound("not here"), swapped: good}

    def envelope(each: Message) -> OpenedEnvelope:
        return OpenedEnvelope(PacketReference(packets[each.index]), CONTEXT, secret)

    rows = open_rows([message(index) for index in range(len(packets))], envelope, node)
    assert [row.problem for row in rows] == [
        "",
        "sealed to another key",
        "copied from another place",
        "not reachable now",
        "its key packet is damaged",
        "",
    ]
    assert [row.opened.is_quantum_safe if row.opened else None for row in rows] == [True, None, None, None, None, True]


def test_a_key_without_a_hybrid_one_is_told_what_a_quantum_safe_message_needs():
    envelope = OpenedEnvelope(PacketReference(raw_cid(b"packet")), CONTEXT, None)
    (row,) = open_rows([message(0)], lambda _: envelope, Node())
    assert row.problem == "needs the key file with the 24 words"


def test_a_message_that_was_taken_back_is_not_opened():
    def never(_):
        raise AssertionError("opened")

    (row,) = open_rows([message(0, retracted=True)], never, Node())
    assert row.problem == "taken back by its sender"


def test_a_node_that_falls_silent_holds_nobody_up(tmp_path):
    node = Node(good=encrypted(tmp_path), silent=None)
    rows = opened(node, "silent", "good", patience=2)
    node.silence.set()
    assert [row.problem for row in rows] == ["not reachable now", ""]


def test_reading_a_manifest_refuses_what_is_no_bundle_and_what_is_damaged(tmp_path):
    node = Node(zeros=b"".join(ciphertext.encrypt([bytes(5000)], KEY)), cut=encrypted(tmp_path)[:250])
    with pytest.raises(BundleError):
        transfer.read_manifest(KeyReference(KEY, 1, b"zeros"), ipfs=node)
    with pytest.raises(CiphertextError):
        transfer.read_manifest(KeyReference(KEY, 1, b"cut"), ipfs=node)


# ---- since when


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        (" 7d ", NOW - timedelta(days=7)),
        ("0d", NOW),
    ],
)
def test_a_date_or_a_number_of_days_names_a_moment(text, moment):
    assert parse_since(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "2026-02-30", "01.11.2026", "1e3d"])
def test_other_texts_name_no_moment(text):
    with pytest.raises(ValueError, match=r"."):
        parse_since(text, NOW)


# ---- last seen


def test_what_came_after_the_last_look_is_new(tmp_path):
    last_seen = LastSeen(tmp_path / "seen", 1, PERSON, PERSON)
    last_seen.note(2)
    assert [last_seen.is_new(message(index), 4) for index in range(4)] == [False, False, True, True]


def test_each_inbox_has_looks_of_its_own(tmp_path):
    LastSeen(tmp_path / "seen", 1, PERSON, PERSON).note(5)
    others = [LastSeen(tmp_path / "seen", 2, PERSON, PERSON), LastSeen(tmp_path / "seen", 1, PERSON, "0x" + "22" * 20)]
    assert all(last_seen.is_new(message(0), 5) for last_seen in others)


def test_a_chain_that_began_anew_has_new_messages(tmp_path):
    last_seen = LastSeen(tmp_path / "seen", 1, PERSON, PERSON)
    last_seen.note(5)
    assert last_seen.is_new(message(0), 1)


@pytest.mark.parametrize("status", ["retracted", "acknowledged"])
def test_what_was_acknowledged_or_taken_back_is_not_new(tmp_path, status):
    assert not LastSeen(tmp_path / "seen", 1, PERSON, PERSON).is_new(message(0, **{status: True}), 1)


@pytest.mark.parametrize(
    "held", ["", "{", "[]", '{"1/x": "y"}', "[" * 9000], ids=["empty", "cut", "list", "text", "deep"]
)
def test_a_damaged_file_of_looks_is_as_none(tmp_path, held):
    (tmp_path / "seen").write_text(held)
    last_seen = LastSeen(tmp_path / "seen", 1, PERSON, PERSON)
    assert last_seen.is_new(message(0), 1)
    last_seen.note(1)
    assert not last_seen.is_new(message(0), 1)


def test_looks_that_can_not_be_written_are_not_missed(tmp_path):
    LastSeen(tmp_path / "nowhere" / "seen", 1, PERSON, PERSON).note(1)
