"""Files on a disk against the manifests beside them: what differs is named, whatever it is."""

import hashlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiogram.errors import VerificationError
from radiogram.formats.kept_manifest import EXPORTED_MANIFEST, EXPORTED_SIGNATURE, FOLDER, kept_names
from radiogram.formats.manifest import MANIFEST_LIMIT, FileEntry, Manifest
from radiogram.verification import check_files, read_manifests

FILES = {"ct/1.dcm": b"first", "ct/2.dcm": b"second", "letter.pdf": b"%PDF"}
SIGNATURE = b"\x01" * 65


def manifest_of(files: dict[str, bytes], created: str = "2026-11-27T00:00:00+00:00") -> bytes:
    entries = [FileEntry(name, len(data), hashlib.sha256(data).hexdigest(), "x/y") for name, data in files.items()]
    return Manifest(created, tuple(entries)).to_bytes()


def write(folder, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def received(folder, files: dict[str, bytes] = FILES, signature: bytes = SIGNATURE) -> bytes:
    """A folder as retrieve_image leaves it; its manifest."""
    manifest = manifest_of(files)
    write(folder, files)
    write(folder, dict(zip(kept_names(manifest), (manifest, signature), strict=True)))
    return manifest


def verify(folder) -> list:
    manifests = read_manifests(folder)
    check_files(folder, manifests)
    return manifests


def refusal(folder) -> str:
    with pytest.raises(VerificationError) as refused:
        verify(folder)
    return refused.value.message


# ---- received folders


def test_what_is_as_it_was_received_is_verified_and_every_byte_counted(tmp_path):
    manifest = received(tmp_path)
    counted = []
    (kept,) = read_manifests(tmp_path)
    check_files(tmp_path, [kept], counted.append)
    assert (kept.manifest_bytes, kept.signature) == (manifest, SIGNATURE)
    assert sum(counted) == kept.manifest.plaintext_bytes == 15


def test_empty_folders_are_no_files(tmp_path):
    received(tmp_path)
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    assert verify(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FILES)), st.integers(0, 3), st.integers(1, 255))
def test_any_byte_that_differs_is_found_and_its_file_named(tmp_path, name, place, flip):
    received(tmp_path)
    data = bytearray(FILES[name])
    data[place] ^= flip
    write(tmp_path, {name: bytes(data)})
    assert refusal(tmp_path) == f"{name} is not what was signed"


@pytest.mark.parametrize("change", [b"firs", b"first\0", b""])
def test_a_byte_more_or_less_is_found(tmp_path, change):
    received(tmp_path)
    write(tmp_path, {"ct/1.dcm": change})
    assert refusal(tmp_path) == "ct/1.dcm is not what was signed"


def test_of_several_the_first_in_the_manifest_is_named(tmp_path):
    received(tmp_path)
    write(tmp_path, {"letter.pdf": b"", "ct/2.dcm": b""})
    assert refusal(tmp_path) == "ct/2.dcm is not what was signed"


def test_two_files_that_changed_places_are_found(tmp_path):
    received(tmp_path)
    write(tmp_path, {"ct/1.dcm": FILES["ct/2.dcm"], "ct/2.dcm": FILES["ct/1.dcm"]})
    assert refusal(tmp_path) == "ct/1.dcm is not what was signed"


def test_a_file_that_is_missing_is_named(tmp_path):
    received(tmp_path)
    (tmp_path / "ct" / "2.dcm").unlink()
    assert refusal(tmp_path) == "ct/2.dcm is missing"


@pytest.mark.parametrize("name", ["more.dcm", "ct/3.dcm", f"{FOLDER}/notes.txt", "ct/.hidden"])
def test_a_file_that_nobody_listed_is_named(tmp_path, name):
    received(tmp_path)
    write(tmp_path, {name: b""})
    assert refusal(tmp_path) == f"{name} is not in the manifest: nobody signed it"


@pytest.mark.parametrize("kind", ["file", "folder", "nothing", "fifo"])
def test_a_link_or_a_pipe_is_no_file(tmp_path, kind):
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    received(folder)
    write(elsewhere, FILES)
    if kind == "folder":
        for path in (folder / "ct").iterdir():
            path.unlink()
        (folder / "ct").rmdir()
        (folder / "ct").symlink_to(elsewhere / "ct")
    else:
        (folder / "ct" / "1.dcm").unlink()
        if kind == "fifo":
            os.mkfifo(folder / "ct" / "1.dcm")
        else:
            (folder / "ct" / "1.dcm").symlink_to(elsewhere / ("ct/1.dcm" if kind == "file" else "none"))
    assert refusal(folder) == "ct/1.dcm is missing"


def test_a_link_that_nobody_listed_is_named(tmp_path):
    folder = tmp_path / "folder"
    received(folder)
    (folder / "more").symlink_to(tmp_path)
    assert refusal(folder) == "more is not in the manifest: nobody signed it"


def test_a_folder_in_the_place_of_a_file_is_no_file(tmp_path):
    received(tmp_path)
    (tmp_path / "letter.pdf").unlink()
    (tmp_path / "letter.pdf").mkdir()
    with pytest.raises(VerificationError):
        verify(tmp_path)


def test_several_studies_in_one_folder_are_all_checked(tmp_path):
    received(tmp_path)
    received(tmp_path, {"other.dcm": b"other"})
    assert sorted(len(each.manifest.files) for each in verify(tmp_path)) == [1, 3]
    write(tmp_path, {"other.dcm": b"changed"})
    assert refusal(tmp_path) == "other.dcm is not what was signed"


# ---- manifests


def test_a_manifest_that_was_changed_is_not_the_one_that_was_received(tmp_path):
    manifest = received(tmp_path)
    write(tmp_path, {kept_names(manifest)[0]: manifest.replace(b"2026", b"2027")})
    assert refusal(tmp_path).endswith(".json is not the manifest that was received")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    write(tmp_path, dict(zip(kept_names(content), (content, SIGNATURE), strict=True)))
    assert "is not a manifest" in refusal(tmp_path)


def test_a_signature_of_65_bytes_is_read_and_of_one_more_is_not(tmp_path):
    manifest = received(tmp_path, signature=b"")
    assert verify(tmp_path)[0].signature == b""
    write(tmp_path, {kept_names(manifest)[1]: bytes(66)})
    assert refusal(tmp_path).endswith(".sig is too large: it was not made by Radiogram")


def test_a_manifest_beyond_the_limit_is_not_parsed(tmp_path):
    write(tmp_path, {f"{FOLDER}/{'0' * 64}.json": b" " * (MANIFEST_LIMIT + 1)})
    assert refusal(tmp_path).endswith(".json is too large: it was not made by Radiogram")


def test_a_manifest_at_the_limit_is_parsed(tmp_path):
    content = manifest_of(FILES)
    content += b" " * (MANIFEST_LIMIT - len(content))
    write(tmp_path, FILES | dict(zip(kept_names(content), (content, SIGNATURE), strict=True)))
    assert verify(tmp_path)


def test_a_signature_of_half_a_size_is_no_signature(tmp_path):
    received(tmp_path, signature=SIGNATURE[:64])
    with pytest.raises(VerificationError, match="the sender's signature is damaged"):
        verify(tmp_path)


def test_a_signature_that_is_not_there_is_named(tmp_path):
    manifest = received(tmp_path)
    (tmp_path / kept_names(manifest)[1]).unlink()
    assert refusal(tmp_path).endswith(".sig can't be read: No such file or directory")


def test_a_folder_without_a_manifest_is_said_to_have_none(tmp_path):
    write(tmp_path, FILES)
    assert "has no manifest beside its files" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_what_is_no_folder_is_said_to_be_none(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    assert refusal(tmp_path / name) == f"{tmp_path / name} is no folder"


# ---- exports

EXPORTED = {
    "DICOMDIR": b"list",
    "README.TXT": b"read",
    "INDEX.HTM": b"page",
    "IHE_PDI/1.PNG": b"picture",
    "DICOM/P1/I1": b"second",
    "DICOM/P1/I2": b"first",
    "OTHER/letter.pdf": b"%PDF",
}


def exported(folder, files: dict[str, bytes] = FILES) -> None:
    write(folder, EXPORTED | {EXPORTED_MANIFEST: manifest_of(files), EXPORTED_SIGNATURE: SIGNATURE})


def test_an_export_is_verified_under_other_names(tmp_path):
    exported(tmp_path)
    (kept,) = verify(tmp_path)
    assert (len(kept.manifest.files), kept.signature) == (3, SIGNATURE)


def test_what_the_export_made_itself_is_not_checked(tmp_path):
    exported(tmp_path)
    write(tmp_path, {"INDEX.HTM": b"another page", "IHE_PDI/2.PNG": b"", "DICOMDIR": b""})
    assert verify(tmp_path)


@pytest.mark.parametrize("name", ["DICOM/P1/I1", "OTHER/letter.pdf"])
def test_an_exported_file_that_differs_is_named(tmp_path, name):
    exported(tmp_path)
    write(tmp_path, {name: b"changed"})
    assert refusal(tmp_path) == f"{name} is not what was signed"


def test_an_exported_file_that_is_there_twice_is_named(tmp_path):
    exported(tmp_path)
    write(tmp_path, {"DICOM/P1/I3": b"first"})
    assert refusal(tmp_path) == "DICOM/P1/I3 is not what was signed"


def test_an_exported_file_that_is_missing_is_named_as_the_sender_called_it(tmp_path):
    exported(tmp_path)
    (tmp_path / "DICOM" / "P1" / "I2").unlink()
    assert refusal(tmp_path) == "ct/1.dcm is missing"


def test_files_that_are_the_same_are_counted(tmp_path):
    exported(tmp_path, FILES | {"ct/9.dcm": b"first"})
    assert refusal(tmp_path) == "ct/1.dcm is missing"
    write(tmp_path, {"DICOM/P1/I3": b"first"})
    assert verify(tmp_path)


@pytest.mark.parametrize("name", ["more.txt", "IHE_PDI2", "DICOM2/I1", "OTHER2"])
def test_a_file_beside_an_export_is_named(tmp_path, name):
    exported(tmp_path)
    write(tmp_path, {name: b"first"})
    assert refusal(tmp_path) == f"{name} is not in the manifest: nobody signed it"


@pytest.mark.parametrize("name", ["DICOM", "OTHER"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path, name):
    write(tmp_path, {EXPORTED_MANIFEST: manifest_of(FILES), EXPORTED_SIGNATURE: SIGNATURE, name: b"first"})
    assert refusal(tmp_path) == f"{name} is not in the manifest: nobody signed it"
