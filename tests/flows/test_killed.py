"""Commands that are killed: what they leave, the next run puts right."""

import os
import re
import signal
import time
from collections import Counter

import pytest

from radiogram.formats.kept_manifest import FOLDER
from tests.faults import points
from tests.flows.strace import killed_at, traced

FILE_BYTES = 40_000_000  # long enough to be caught in the middle


@pytest.mark.fault(
    "The receiver is killed while it decrypts",
    "SIGKILL when a decrypted file appears",
    "run again, it removes that, and says so",
)
def test_what_a_killed_retrieve_has_decrypted_is_removed_by_the_next_one(devnet, tmp_path, patient):
    image, out = tmp_path / "large.bin", tmp_path / "out"
    image.write_bytes(os.urandom(FILE_BYTES))
    index = devnet.json("send_image", image, "--to", patient.public_key)["index"]

    killed = devnet.start("retrieve_image", index, "--out", out)
    deadline = time.monotonic() + 60
    while not (partial := list(out.glob(".radiogram-partial-*/new/large.bin"))):
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.001)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    abandoned = partial[0].parents[1]
    assert abandoned.is_dir()

    done = devnet.run("retrieve_image", index, "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"Removed {abandoned}, which a run that was killed had left" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == [FOLDER, "large.bin"]
    assert (out / "large.bin").read_bytes() == image.read_bytes()


def test_received_images_are_for_nobody_else_to_read(devnet, tmp_path, xray, patient):
    index = devnet.json("send_image", xray.parent, "--to", patient.public_key)["index"]
    devnet.json("retrieve_image", index, "--preview", "--out", tmp_path / "out")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]}
    kept = {name: mode for name, mode in modes.items() if name.endswith((".json", ".sig"))}
    assert list(kept.values()) == ["0o600"] * 2
    folders = {"out": "0o700", "study": "0o700", FOLDER: "0o700"}
    assert modes == folders | kept | {"CT_small.dcm": "0o600", "CT_small.dcm.png": "0o600"}


class Retrieve:
    """A command that retrieves two files, and the folder that it fills."""

    def __init__(self, devnet, study, index, out):
        self.devnet, self.study, self.out = devnet, study, out
        self.arguments = ("retrieve_image", index, "--out", out)

    def is_complete(self):
        """And nothing else is there."""
        found = {path.relative_to(self.out) for path in self.out.rglob("*") if path.is_file()}
        kept = {path for path in found if path.parts[0] == FOLDER}
        assert sorted(path.suffix for path in kept) == [".json", ".sig"]
        found -= kept
        sent = {path.relative_to(self.study.parent) for path in self.study.iterdir()}
        assert found == sent
        assert all((self.out / path).read_bytes() == (self.study.parent / path).read_bytes() for path in sent)

    def completes_when_run_again(self):
        done = self.devnet.run(*self.arguments)
        if done.returncode:  # it had come to its end
            assert "is there already" in done.stderr
        self.is_complete()


@pytest.fixture(scope="session")
def study(devnet, patient, tmp_path_factory):
    """A folder of two files, and the index of the message that holds it."""
    folder = tmp_path_factory.mktemp("study") / "study"
    folder.mkdir()
    for name in ("image", "report"):
        (folder / name).write_bytes(os.urandom(120_000))
    return folder, devnet.json("send_image", folder, "--to", patient.public_key)["index"]


@pytest.fixture
def retrieve(need, devnet, study, tmp_path):
    need("strace")
    return Retrieve(devnet, *study, tmp_path / "out")


@pytest.fixture(scope="session")
def calls(need, devnet, study, tmp_path_factory):
    """How often a retrieve makes each of some system calls."""
    need("strace")
    folder = tmp_path_factory.mktemp("calls")
    trace = folder / "trace"
    arguments = Retrieve(devnet, *study, folder / "out").arguments
    with traced(arguments, devnet.environment, "-e", f"trace={','.join(CALLS)}", "-o", str(trace)) as command:
        assert command.wait(120) == 0
    return Counter(re.findall(r"(\w+)\(", trace.read_text()))


CALLS = {"sendto": 12, "recvfrom": 12, "mkdir": 5, "rename": 6}
POINTS = [(call, point) for call, count in CALLS.items() for point in points(count, 1)]


@pytest.mark.fault(
    "The receiver is killed", "strace: SIGKILL at sendto, recvfrom, mkdir and rename", "run again, it leaves all files"
)
@pytest.mark.parametrize(("call", "point"), POINTS)
def test_a_retrieve_killed_anywhere_completes_when_it_is_run_again(retrieve, calls, call, point):
    made = calls[call] * 4 // 5 if call == "recvfrom" else calls[call]  # packets arrive together or apart
    count = 1 + point * (made - 1) // max(1, CALLS[call] - 1)
    assert killed_at(retrieve.arguments, retrieve.devnet.environment, call, count) == -signal.SIGKILL
    retrieve.completes_when_run_again()


@pytest.mark.fault(
    "The disk of the receiver is full", "strace: ENOSPC at a write of a file", "one line; nothing is left but what was"
)
@pytest.mark.parametrize("file", [1, 2, 3, 4])  # the study's, then manifest and signature
def test_a_retrieve_to_a_full_disk_leaves_nothing(retrieve, file):
    stderr = retrieve.out.parent / "stderr"
    inject = ("-e", "trace=fsync", "-e", f"inject=fsync:error=ENOSPC:when={file}")
    with (
        stderr.open("w") as errors,
        traced(retrieve.arguments, retrieve.devnet.environment, *inject, stderr=errors) as it,
    ):
        assert it.wait(120) == 1
    (line,) = stderr.read_text().splitlines()
    assert line.endswith("can't be written: No space left on device; make room, or choose another --out")
    assert not retrieve.out.exists()
    retrieve.completes_when_run_again()
