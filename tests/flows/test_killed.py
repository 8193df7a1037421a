"""Commands that are killed: what they leave, the next run puts right."""

import os
import signal
import time

FILE_BYTES = 40_000_000  # long enough to be caught in the middle


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
    assert [path.name for path in out.iterdir()] == ["large.bin"]
    assert (out / "large.bin").read_bytes() == image.read_bytes()


def test_received_images_are_for_nobody_else_to_read(devnet, tmp_path, xray, patient):
    index = devnet.json("send_image", xray.parent, "--to", patient.public_key)["index"]
    devnet.json("retrieve_image", index, "--preview", "--out", tmp_path / "out")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]}
    assert modes == {"out": "0o700", "study": "0o700", "CT_small.dcm": "0o600", "CT_small.dcm.png": "0o600"}
