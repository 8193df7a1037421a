"""Pictures beside received images, on request."""

from pathlib import Path

from PIL import Image
from pydicom.data import get_testdata_file


def sample(name: str) -> bytes:
    return Path(get_testdata_file(name, download=False)).read_bytes()


def test_a_preview_is_written_beside_each_dicom_file_and_one_sheet_for_all(devnet, tmp_path, patient):
    study = tmp_path / "study"
    study.mkdir()
    (study / "ct.dcm").write_bytes(sample("CT_small.dcm"))
    (study / "cine.dcm").write_bytes(sample("examples_rgb_color.dcm"))
    (study / "broken.dcm").write_bytes(sample("CT_small.dcm")[:900])
    (study / "report.txt").write_text("seen")
    index = devnet.json("send_image", study, "--to", patient.public_key)["index"]

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
