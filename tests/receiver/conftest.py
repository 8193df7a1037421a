"""A receiver on an outbox of its own, and what sends to it."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE, _config

from radiogram.formats import outbox
from radiogram.receiver.provider import Receiver, Terms
from tests.flows.images import GRACE, write_image
from tests.outbox.box import SECRET, box, kept, opened, receiving  # noqa: F401 - fixtures

TITLE = "RADIOGRAM"


class Running:
    """A receiver that listens, and its outbox."""

    def __init__(self, held, server, notes):
        self.box, self.notes = held, notes
        self.host, self.port = server.server_address[:2]

    def kept(self) -> dict[str, list[bytes]]:
        """The instances of each study, decrypted, in the order in which they arrived."""
        return {each.name: [opened(path) for path in each.instances] for each in self.box.studies()}

    def files(self) -> list[bytes]:
        return kept(self.box)

    def refusals(self):
        return [outbox.parse_refused(outbox.open_record(p.read_bytes(), SECRET)) for p in self.box.refusals()]

    def incoming(self) -> list[Path]:
        return list((self.box.folder / "incoming").iterdir())

    def storescu(self, program: str, *arguments: object) -> subprocess.CompletedProcess:
        """dcmtk's (`program`), with a called title unless `-aec` is among the arguments."""
        title = () if "-aec" in arguments else ("-aec", TITLE)
        command = [program, "-v", *title, *map(str, arguments[:-1]), self.host, str(self.port), str(arguments[-1])]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    @contextmanager
    def association(self, *contexts, calling="CT1", called=TITLE, **tls):
        """pynetdicom's; `contexts`: a SOP class and a transfer syntax each."""
        peer = AE(ae_title=calling)
        for sop_class, transfer_syntax in contexts:
            peer.add_requested_context(sop_class, transfer_syntax)
        made = peer.associate(self.host, self.port, ae_title=called, **tls)
        try:
            yield made
        finally:
            if made.is_established:
                made.release()

    def send(self, *files: Path) -> list:
        """Each as it is, not a bit changed; the status that each gets."""
        metas = [dcmread(file, stop_before_pixels=True, force=True).file_meta for file in files]
        contexts = {(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) for meta in metas}
        with self.association(*contexts) as peer:
            assert peer.is_established
            return [peer.send_c_store(file) for file in files]


@pytest.fixture
def receive(box, monkeypatch):  # noqa: F811
    """receive(tls=None, **terms): a receiver that listens until the test ends."""
    monkeypatch.setattr(_config, "STORE_SEND_CHUNKED_DATASET", True)
    running = []

    def start(tls=None, **terms):
        notes = []
        receiver = Receiver(box, Terms(**{"titles": (TITLE,), "patience": 20.0} | terms), notes.append)
        server = receiver.listen("127.0.0.1", 0, tls)
        for context in (box.receiving(), receiver.serving(server)):
            context.__enter__()
            running.append(context)
        found = Running(box, server, notes)
        found.tend = receiver.tend
        return found

    yield start
    while running:
        running.pop().__exit__(None, None, None)


@pytest.fixture
def slice_of(tmp_path):
    """slice_of(number, **attributes): a file of a slice of Grace's."""

    def made(number=1, **attributes):
        uid = f"{GRACE['StudyInstanceUID']}.9.{number}"
        changed = GRACE | {"SOPInstanceUID": uid, "InstanceNumber": number} | attributes
        path = write_image(tmp_path / "slices" / f"{number}.dcm", **changed)
        dataset = dcmread(path)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(path)
        return path

    return made


def until(happened) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
