"""Folder and ZIP file, whole or not at all."""

import io
import os
import subprocess
import sys
import zipfile

import pytest
from pydicom import dcmread

from radiogram.cli import hints
from radiogram.errors import OutputError, OutputExists, OutputFolderError
from radiogram.export.fileset import NAMES, Export
from tests.dicom.export.material import RAMP, digest, state


def test_the_zip_file_holds_what_the_folder_holds(exported, zipped):
    with zipfile.ZipFile(zipped.out) as archive:
        assert archive.testzip() is None
        packed = {name: digest(archive.read(name)) for name in archive.namelist()}
    assert packed == {name: digest(data) for name, data in state(exported.out).items()}


def test_the_same_files_give_the_same_zip_file(export, zipped, real_study, tmp_path):
    export(real_study, tmp_path / "again.zip")

    assert digest((tmp_path / "again.zip").read_bytes()) == digest(zipped.out.read_bytes())


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_nothing_stays_behind_but_the_export(export, build, tmp_path, name):
    export({"image": build(RAMP)}, tmp_path / name)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name == "out":
        assert {path.name for path in (tmp_path / name).iterdir()} == set(NAMES) - {
            "OTHER",
            "MANIFEST.JSN",
            "MANIFEST.SIG",
        }


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_fails_leaves_nothing(tmp_path, name):
    with pytest.raises(OutputError, match="can't be written"), Export(tmp_path / name) as made:
        made.finish([("gone.dcm", tmp_path / "gone.dcm")])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_what_is_there_is_not_replaced_unless_asked(export, build, tmp_path, name):
    export({"image": build(RAMP), "letter": b"old"}, tmp_path / name)
    before = state(tmp_path)

    with pytest.raises(OutputExists, match="is there already"):
        export({"image": build(RAMP)}, tmp_path / name)

    assert state(tmp_path) == before


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_earlier_export_is_replaced_whole(export, build, tmp_path, name):
    image = build(RAMP)
    export({"image": build(RAMP), "letter": b"old"}, tmp_path / name)
    export({"image": image}, tmp_path / name, overwrite=True)

    export({"image": image}, tmp_path / f"new-{name}")

    old, new = state(tmp_path / name), state(tmp_path / f"new-{name}")
    assert old == new


def test_a_folder_of_somebody_else_is_never_replaced(export, build, tmp_path):
    (tmp_path / "DICOM").mkdir()
    (tmp_path / "DICOM" / "mine").write_bytes(b"precious")

    with pytest.raises(OutputFolderError, match=r"DICOM is there already$") as refused:
        export({"image": build(RAMP)}, tmp_path, overwrite=True)

    assert hints.line(refused.value).endswith("DICOM is there already: choose another --out")
    assert state(tmp_path) == {"DICOM/mine": b"precious"}


def test_other_files_in_the_folder_stay(export, build, tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"mine")

    export({"image": build(RAMP)}, tmp_path)

    assert state(tmp_path)["notes.txt"] == b"mine"


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_earlier_export_stays_if_the_new_one_fails(export, build, tmp_path, name):
    export({"image": build(RAMP)}, tmp_path / name)
    before = state(tmp_path)

    with pytest.raises(OutputError), Export(tmp_path / name, overwrite=True) as made:
        made.finish([("gone.dcm", tmp_path / "gone.dcm")])

    assert state(tmp_path) == before


def test_five_thousand_files_are_all_listed(export, build, tmp_path):
    """In the quick profile 500: the way is the same."""
    count = 500 if os.environ.get("HYPOTHESIS_PROFILE", "quick") == "quick" else 5000
    template = build(SOPInstanceUID="1.2.3.70000", InstanceNumber=70000)
    files = {f"{place}": template.replace(b"70000", b"%d" % (70000 + place)) for place in range(count)}

    exported = export(files, tmp_path / "out.zip")

    assert exported.dicom_files == count
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        directory = dcmread(io.BytesIO(archive.read("DICOMDIR")))
        names = set(archive.namelist())
    ids = ["/".join(each.ReferencedFileID) for each in directory.DirectoryRecordSequence if "ReferencedFileID" in each]
    assert len(set(ids)) == count
    assert set(ids) <= names


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_large_file_is_not_held_in_memory(build, tmp_path, name):
    """400 MB of pixels: less than 150 MB beyond what the imports take."""
    image = build(RAMP, Rows=14000, Columns=14000)
    with (tmp_path / "large").open("wb") as stream:
        stream.write(image[: -RAMP.nbytes - 4] + (400 << 20).to_bytes(4, "little"))
        stream.truncate(stream.tell() + (400 << 20))
    script = """
import resource, sys
from pathlib import Path
from radiogram.export.fileset import Export
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Export(Path(sys.argv[2])) as made:
    done = made.finish([("large", Path(sys.argv[1]))])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, done.dicom_files)
"""
    command = [sys.executable, "-c", script, tmp_path / "large", tmp_path / name]
    grown, count = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert count == "1"
    assert int(grown) < 150_000  # kB
