"""Pictures beside received images, on request."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from tests.flows.conftest import Scripts


def sample(name: str) -> bytes:
    return Path(get_testdata_file(name, download=False)).read_bytes()


def test_a_preview_is_written_beside_each_dicom_file_and_one_sheet_for_all(devnet, tmp_path, patient):
    study = tmp_path / "study"
    study.mkdir()
    (study / "ct.dcm").write_bytes(sample("CT_small.dcm"))
    (study / "cine.dcm").write_bytes(sample("examples_rgb_color.dcm"))
    (study / "broken.dcm").write_bytes(sample("CT_small.dcm")[:900])
    (study / "report.txt").write_text("seen")
    index = devnet.json("send_image", study, "--to", patient.public_key, "--several-patients")["index"]

    done = devnet.run("retrieve_image", index, "--out", tmp_path / "out", "--preview")
    assert done.returncode == 0
    out = tmp_path / "out"
    assert Image.open(out / "study" / "ct.dcm.png").size == (128, 128)
    assert Image.open(out / "contact-sheet.png").width > 100
    assert not (out / "study" / "report.txt.png").exists()
    assert f"No picture of {out}/study/broken.dcm: " in done.stderr
    assert (out / "study" / "broken.dcm").read_bytes() == (study / "broken.dcm").read_bytes()


def test_every_frame_of_a_cine_gets_a_picture(devnet, tmp_path, patient):
    (tmp_path / "cine.dcm").write_bytes(sample("emri_small.dcm"))
    index = devnet.json("send_image", tmp_path / "cine.dcm", "--to", patient.public_key)["index"]
    written = devnet.json("retrieve_image", index, "--out", tmp_path / "out", "--preview")["previews"]
    frames = [path for path in written if "cine.dcm.frames/" in path]
    assert (len(frames), len(written)) == (10, 11)
    assert all(Image.open(path).format == "PNG" for path in written)


def test_a_picture_never_takes_the_place_of_a_file_of_the_study(devnet, tmp_path, patient):
    study = tmp_path / "study"
    study.mkdir()
    (study / "ct.dcm").write_bytes(sample("CT_small.dcm"))
    (study / "ct.dcm.png").write_bytes(b"the sender's own picture")
    index = devnet.json("send_image", study, "--to", patient.public_key, "--several-patients")["index"]

    done = devnet.run("retrieve_image", index, "--out", tmp_path / "out", "--preview", "--overwrite")

    assert (tmp_path / "out" / "study" / "ct.dcm.png").read_bytes() == b"the sender's own picture"
    assert "is taken by a file of the study" in done.stderr


def test_a_file_without_a_preamble_gets_its_picture_too(devnet, tmp_path, patient):
    (tmp_path / "bare").write_bytes(sample("CT_small.dcm")[132:])
    index = devnet.json("send_image", tmp_path / "bare", "--to", patient.public_key)["index"]

    written = devnet.json("retrieve_image", index, "--out", tmp_path / "out", "--preview")["previews"]

    assert written == [str(tmp_path / "out" / "bare.png")]


@pytest.mark.parametrize(("terminal", "shows"), [("xterm-kitty", True), ("xterm-256color", False)])
def test_a_terminal_that_can_show_images_shows_the_sheet(devnet, tmp_path, patient, monkeypatch, terminal, shows):
    study = tmp_path / "study"
    study.mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        (study / name).write_bytes(sample(name))
    index = devnet.json("send_image", study, "--to", patient.public_key, "--several-patients")["index"]
    for name in ("TMUX", "STY", "KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL"):
        monkeypatch.delenv(name, raising=False)

    child = Scripts(devnet.home).terminal(
        "retrieve_image", index, "--out", tmp_path / "out", "--preview", TERM=terminal
    )
    said = child.read()

    carried = "".join(re.findall(r"\x1b_G[^;]*;([^\x1b]*)\x1b", said))
    sheet = (tmp_path / "out" / "contact-sheet.png").read_bytes()
    assert base64.b64decode(carried) == (sheet if shows else b"")
