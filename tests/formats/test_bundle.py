"""Properties of the bundle: docs/format.md, Bundle."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import time
import tracemalloc
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import BundleError, LongListError, StudyError
from radiogram.formats import bundle, source_files, tar
from radiogram.formats.kept_manifest import FOLDER
from radiogram.formats.manifest import PatientMetadata, SeriesMetadata, StudyMetadata, check_names
from radiogram.formats.tar import PAX_HEADER_LIMIT
from tests.formats.strategies import file_names

SIGNATURE = b"\x11" * 65
trees = st.dictionaries(
    st.lists(file_names, min_size=1, max_size=3).map("/".join),
    st.one_of(st.binary(max_size=2000), st.sampled_from([511, 512, 513]).map(bytes)),
    min_size=1,
    max_size=6,
).filter(lambda tree: is_a_tree(tree.keys()))


def is_a_tree(names) -> bool:
    """No name is another's folder, and no two are one on a file system that ignores case. None is where manifests of
    received files lie: these are left out.
    """
    if any(FOLDER in name.split("/")[:-1] for name in names):
        return False
    folded = [name.casefold() for name in names]
    return len(set(map(normalized, folded))) == len(folded) and not any(
        a != b and (b + "/").startswith(a + "/") for a in folded for b in folded
    )


def normalized(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def write_tree(folder: Path, tree: dict[str, bytes]) -> Path:
    for name, content in tree.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder


def read_tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def bundled(paths: list[Path], signature: bytes = SIGNATURE) -> bytes:
    return b"".join(bundle.pieces(source_files.read_study(paths), signature))


def unpacked(data: bytes, folder: Path) -> bundle.BundleHeader:
    folder.mkdir(parents=True, exist_ok=True)
    return bundle.unpack(io.BytesIO(data), folder)


def unpacked_of(tmp_path, size, progress=lambda _: None):
    """A file of `size` bytes, bundled and unpacked: as it was."""
    file, out = tmp_path / "image.bin", tmp_path / "out"
    file.write_bytes(os.urandom(size))
    out.mkdir()
    bundle.unpack(io.BytesIO(bundled([file])), out, progress=progress)
    assert (out / file.name).read_bytes() == file.read_bytes()


@given(tree=trees)
def test_unpack_inverts_bundling_bit_for_bit(tmp_path_factory, tree):
    top = tmp_path_factory.mktemp("tree")
    study = write_tree(top / "study", tree)
    result = unpacked(bundled([study]), top / "out")
    assert read_tree(top / "out") == {f"study/{name}": content for name, content in tree.items()}
    assert result.signature == SIGNATURE


@given(tree=trees)
def test_the_manifest_lists_name_size_and_digest_of_every_file(tmp_path_factory, tree):
    study = write_tree(tmp_path_factory.mktemp("tree") / "study", tree)
    files = source_files.read_study([study]).manifest.files
    assert {(f.name, f.bytes, f.sha256) for f in files} == {
        (f"study/{name}", len(content), hashlib.sha256(content).hexdigest()) for name, content in tree.items()
    }


@given(content=st.binary(max_size=2000), place=st.floats(0, 1, exclude_max=True), difference=st.integers(1, 255))
def test_a_bundle_with_a_byte_changed_never_yields_other_files(tmp_path_factory, content, place, difference):
    top = tmp_path_factory.mktemp("tree")
    study = write_tree(top, {"image.dcm": content})
    data = bytearray(bundled([study / "image.dcm"]))
    data[int(place * len(data))] ^= difference
    try:
        result = unpacked(bytes(data), top / "out")
    except BundleError:
        return
    # What age did not catch (it always does), the digests do; what they do not cover is the list itself.
    name = result.manifest.files[0].name
    assert read_tree(top / "out") == {name: content}


@given(content=st.binary(max_size=2000), place=st.floats(0, 1, exclude_max=True))
def test_a_bundle_cut_short_is_refused_or_whole(tmp_path_factory, content, place):
    top = tmp_path_factory.mktemp("tree")
    data = bundled([write_tree(top, {"image.dcm": content}) / "image.dcm"])
    cut = data[: int(place * len(data))]
    if len(cut) >= len(data) - 1024:  # only the tar's closing zeros are missing
        return
    with pytest.raises(BundleError):
        unpacked(cut, top / "out")


def test_a_single_file_keeps_its_name(tmp_path):
    (tmp_path / "hand.png").write_bytes(b"\x89PNG")
    unpacked(bundled([tmp_path / "hand.png"]), tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"hand.png": b"\x89PNG"}


def test_files_and_folders_are_bundled_together(tmp_path):
    write_tree(tmp_path, {"report.pdf": b"%PDF", "ct/1.dcm": b"1", "ct/2.dcm": b"2"})
    unpacked(bundled([tmp_path / "report.pdf", tmp_path / "ct"]), tmp_path / "out")
    assert sorted(read_tree(tmp_path / "out")) == ["ct/1.dcm", "ct/2.dcm", "report.pdf"]


def test_a_folder_named_by_a_dot_keeps_its_name(tmp_path, monkeypatch):
    write_tree(tmp_path / "ct", {"1.dcm": b"1"})
    monkeypatch.chdir(tmp_path / "ct")
    assert [f.name for f in source_files.read_study([Path()]).manifest.files] == ["ct/1.dcm"]


def test_media_types_are_told_by_content_for_dicom_and_by_name_otherwise(tmp_path):
    write_tree(tmp_path, {"a": bytes(128) + b"DICM", "b.png": b"", "c": b"?"})
    study = source_files.read_study([tmp_path / name for name in ["a", "b.png", "c"]])
    assert [f.media_type for f in study.manifest.files] == [
        "application/dicom",
        "image/png",
        "application/octet-stream",
    ]


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (bytes(128) + b"DICM", "application/dicom"),
        (bytes(128) + b"DICM\x02\x00", "application/dicom"),
        (bytes(127) + b"DICM\x02\x00", "application/octet-stream"),
        (bytes(129) + b"DICM\x02\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_dicom_is_told_by_four_bytes_in_their_place(tmp_path, head, media_type):
    (tmp_path / "image").write_bytes(head)
    [entry] = source_files.read_study([tmp_path / "image"]).manifest.files
    assert entry.media_type == media_type


def test_stock_tar_unpacks_a_bundle(tmp_path):
    write_tree(tmp_path / "ct", {"1.dcm": b"1" * 700, "deep/ünïcode – " + "x" * 100: b"2"})
    (tmp_path / "bundle.tar").write_bytes(bundled([tmp_path / "ct"]))
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xf", str(tmp_path / "bundle.tar"), "-C", str(tmp_path / "out")], check=True)
    assert read_tree(tmp_path / "out" / "files") == {f"ct/{k}": v for k, v in read_tree(tmp_path / "ct").items()}


def test_bundling_holds_no_whole_file_in_memory(tmp_path):
    with (tmp_path / "big.dcm").open("wb") as stream:
        stream.truncate(200 << 20)
    tracemalloc.start()
    for _ in bundle.pieces(source_files.read_study([tmp_path / "big.dcm"]), SIGNATURE):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_unpacking_holds_no_whole_file_in_memory(tmp_path):
    data = bundled([write_tree(tmp_path / "in", {"a": bytes(20_000_000)})])
    (tmp_path / "out").mkdir()
    tracemalloc.start()
    try:
        bundle.unpack(io.BytesIO(data), tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_manifest_of_any_length_is_read_whole():
    files = [listed(f"{number}.dcm") for number in range(2000)]
    header = bundle.read_bundle_header(io.BytesIO(crafted(files=files)))
    assert len(header.manifest_bytes) > 2 * source_files.READ_BYTES
    assert [entry.name for entry in header.manifest.files] == [each["name"] for each in files]


def test_progress_is_told_every_byte_read(tmp_path):
    (tmp_path / "a").write_bytes(bytes(3_000_000))
    told: list[int] = []
    source_files.read_study([tmp_path / "a"], told.append)
    assert sum(told) == 3_000_000


def test_progress_is_told_every_byte_bundled_and_unpacked(tmp_path):
    tree = {"a": bytes(300_000), "b/c": b"12345", "empty": b""}
    study = source_files.read_study([write_tree(tmp_path / "in", tree)])
    there, back = [], []
    data = b"".join(bundle.pieces(study, SIGNATURE, there.append))
    (tmp_path / "out").mkdir()
    bundle.unpack(io.BytesIO(data), tmp_path / "out", progress=back.append)
    assert sum(there) == sum(back) == 300_005


def test_the_names_are_shown_before_anything_is_written(tmp_path):
    data = bundled([write_tree(tmp_path / "in", {"a": b"1", "b/c": b"2"})])
    (tmp_path / "out").mkdir()
    shown = []

    def accept(names):
        shown.append((names, list((tmp_path / "out").iterdir())))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bundle.unpack(io.BytesIO(data), tmp_path / "out", accept)
    assert shown == [(["in/a", "in/b/c"], [])]
    assert not list((tmp_path / "out").iterdir())


def test_a_large_file_is_begun_to_be_brought_to_the_disk_while_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "DISK_BYTES", 1 << 20)
    begun, told = [], []

    def advise(descriptor, start, size, advice):
        assert advice == os.POSIX_FADV_DONTNEED
        assert os.fstat(descriptor).st_size >= start + size, "it was written"
        begun.append(range(start, start + size))

    monkeypatch.setattr(os, "posix_fadvise", advise)
    unpacked_of(tmp_path, size := (3 << 20) + 5, told.append)
    assert [each.start for each in begun] == [0, 1 << 20, 2 << 20], "each part once, one behind the other"
    assert begun[-1].stop == 3 << 20, "and what comes last is left to fsync"
    assert sum(told) == size


def no_advice(*_):
    raise OSError("not on this file system")


@pytest.mark.parametrize("advise", [None, no_advice], ids=["another system", "another file system"])
def test_where_that_can_not_be_begun_a_large_file_is_unpacked_all_the_same(tmp_path, monkeypatch, advise):
    monkeypatch.setattr(bundle, "DISK_BYTES", 1 << 20)
    if advise:
        monkeypatch.setattr(os, "posix_fadvise", advise)
    else:
        monkeypatch.delattr(os, "posix_fadvise")
    unpacked_of(tmp_path, 3 << 20)


def test_what_lies_behind_the_tar_is_read_to_its_end_in_pieces(tmp_path):
    class Watched(io.BytesIO):
        most = 0

        def read(self, size=-1):
            data = super().read(size)
            self.most = max(self.most, len(data))
            return data

        def readinto(self, buffer):
            self.most = max(self.most, len(buffer))
            return super().readinto(buffer)

    stream = Watched(bundled([write_tree(tmp_path / "in", {"a": b"1"})]) + bytes(3_000_000))
    (tmp_path / "out").mkdir()
    bundle.unpack(stream, tmp_path / "out")
    assert stream.read() == b""
    assert 512 < stream.most <= bundle.UNPACK_BYTES


def test_of_a_bundle_no_more_than_its_beginning_is_read_for_its_header(tmp_path):
    study = source_files.read_study([write_tree(tmp_path / "in", {"a": bytes(3_000_000)})])
    stream = io.BytesIO(b"".join(bundle.pieces(study, SIGNATURE)))
    header = bundle.read_bundle_header(stream)
    left = len(stream.read())
    assert (header.manifest, header.signature) == (study.manifest, SIGNATURE)
    assert header.manifest_bytes == study.manifest.to_bytes()
    assert left > 2_900_000


def test_a_study_of_which_a_file_is_not_listed_is_not_bundled(tmp_path):
    study = source_files.read_study([write_tree(tmp_path / "in", {"a": b"1", "b": b"2"})])
    fewer = replace(study, manifest=replace(study.manifest, files=study.manifest.files[:1]))
    with pytest.raises(ValueError, match="zip"):
        list(bundle.pieces(fewer, SIGNATURE))


def test_study_metadata_and_the_senders_label_travel_in_the_manifest(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    metadata = StudyMetadata(
        PatientMetadata("Okafor^Grace"), "1.2.3", series=(SeriesMetadata("1.2.3.1", 1, "CT", images=1),)
    )
    study = source_files.read_study([tmp_path / "a"]).with_metadata("Clinic", (metadata,))
    manifest = unpacked(b"".join(bundle.pieces(study, SIGNATURE)), tmp_path / "out").manifest
    assert (manifest.sender_label, manifest.studies) == ("Clinic", (metadata,))


def test_a_manifest_without_them_has_no_such_members(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    assert set(json.loads(source_files.read_study([tmp_path / "a"]).manifest.to_bytes())) == {
        "format",
        "version",
        "created",
        "files",
    }


# ---- what can't be sent


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"nothing\.dcm does not exist"):
        source_files.read_study([tmp_path / "nothing.dcm"])


def test_no_file_at_all_is_refused():
    with pytest.raises(StudyError, match="nothing to send"):
        source_files.read_study([])


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "ct" / "deeper").mkdir(parents=True)
    with pytest.raises(StudyError, match="ct is empty"):
        source_files.read_study([tmp_path / "ct"])


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.dcm").write_bytes(b"1")
    real_open = Path.open

    def refuse(self, *args, **kwargs):  # root may read everything, so that a mode of 0 would not do
        if self.name == "a.dcm":
            raise PermissionError(13, "Permission denied", str(self))
        return real_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StudyError, match=r"a\.dcm can't be read: Permission denied"):
        source_files.read_study([tmp_path / "a.dcm"])


def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StudyError, match="not a regular file"):
        source_files.read_study([tmp_path / "pipe"])


def test_two_files_of_one_name_are_refused(tmp_path):
    write_tree(tmp_path, {"a/1.dcm": b"1", "b/1.dcm": b"2"})
    with pytest.raises(StudyError, match="would be one file"):
        source_files.read_study([tmp_path / "a" / "1.dcm", tmp_path / "b" / "1.dcm"])


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b/c", "A"], ["x/Ä", "y", "x/ä/1"]])
def test_a_file_where_a_folder_must_be_is_refused(names):
    for order in (names, names[::-1]):
        with pytest.raises(StudyError, match="would be a file, and a folder for"):
            check_names(order, StudyError)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ct/A.dcm", "ct/b", "ct/a.dcm"], "ct/A.dcm and ct/a.dcm would be one file on some computers"),
        (["a/b", "a/c", "x/y/z", "x/y", "a/d/e"], "x/y would be a file, and a folder for x/y/z"),
        (["a/b", "a/c", "a"], "a would be a file, and a folder for a/b"),
    ],
)
def test_the_names_that_do_not_go_together_are_said(names, words):
    with pytest.raises(StudyError) as refusal:
        check_names(names, StudyError)
    assert refusal.value.message == words


@pytest.mark.parametrize(("length", "shown"), [(1, "'?'"), (254, f"'{'?' * 254}'"), (255, f"'{'?' * 255}…")])
def test_of_a_name_that_is_refused_256_signs_are_said(length, shown):
    with pytest.raises(StudyError) as refusal:
        check_names(["?" * length], StudyError)
    assert refusal.value.message == f"{shown} is not a usable file name on every computer"


@pytest.mark.parametrize("name", ["", "\udcff.dcm", "a/\ud800"])
def test_a_name_that_is_no_text_is_refused(name):
    with pytest.raises(StudyError, match="is not a usable file name: rename it"):
        check_names([name], StudyError)


@pytest.mark.parametrize("name", ["X", "MAX", "ct/axial.X", "a b", ".hidden", "a..b"])
def test_a_name_that_every_computer_can_write_is_sent(name):
    check_names([name], StudyError)


@pytest.mark.parametrize(("sign", "most"), [("x", 255), ("ü", 127)])
def test_a_part_of_a_name_has_255_bytes_at_most(sign, most):
    check_names([f"ct/{sign * most}/{sign * most}"], StudyError)
    with pytest.raises(StudyError, match="too long a file name: shorten it to 255 bytes"):
        check_names([f"ct/{sign * (most + 1)}"], StudyError)


def test_when_a_study_was_made_is_said_in_utc(tmp_path):
    before = datetime.now(UTC).replace(microsecond=0)
    created = source_files.read_study([write_tree(tmp_path / "in", {"a": b"1"})]).manifest.created
    assert created.endswith("+00:00")
    assert before <= datetime.fromisoformat(created) <= datetime.now(UTC)


def test_a_study_has_a_hundred_thousand_files_at_most():
    names = [f"ct/{number}" for number in range(100_001)]
    check_names(names[1:], StudyError)
    with pytest.raises(StudyError, match=r"at most 100,000 files, and this one 100,001: send it in parts"):
        check_names(names, StudyError)


def test_two_files_that_differ_only_in_case_are_refused(tmp_path):
    write_tree(tmp_path / "ct", {"IM1": b"1", "im1": b"2"})
    with pytest.raises(StudyError, match="would be one file"):
        source_files.read_study([tmp_path / "ct"])


@pytest.mark.parametrize("name", ["CON", "nul", "Aux.dcm", "com1", "LPT9.tar.gz", "COM¹", "conin$", "con .txt"])
def test_a_name_that_is_a_device_to_windows_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"1")
    with pytest.raises(StudyError, match="not a usable file name"):
        source_files.read_study([tmp_path / name])


def test_a_name_that_only_begins_as_that_of_a_device_is_sent(tmp_path):
    write_tree(tmp_path / "ct", dict.fromkeys(["CONTRAST", "com10", "auxiliary.dcm", "a.con", "lpt"], b"1"))
    assert len(source_files.read_study([tmp_path / "ct"]).manifest.files) == 5


@pytest.mark.parametrize("name", ["a:b", "trailing.", "trailing ", "new\nline", "back\\slash", "what?"])
def test_a_name_that_some_computers_can_not_write_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"1")
    with pytest.raises(StudyError, match="not a usable file name"):
        source_files.read_study([tmp_path / name])


def test_a_file_rewritten_with_its_time_restored_is_refused(tmp_path):
    image = tmp_path / "a.dcm"
    image.write_bytes(b"before")
    before = image.stat()
    study = source_files.read_study([image])
    with image.open("r+b") as stream:
        stream.write(b"after!")
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(StudyError, match="changed while"):
        list(bundle.pieces(study, SIGNATURE))


def test_a_file_that_holds_more_than_its_size_says_is_refused():
    with pytest.raises(StudyError, match=r"/proc/version holds more than the 0 bytes that its size says: copy it"):
        source_files.read_study([Path("/proc/version")])


# ---- links


def linked(link: Path, target: Path | str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


def names(*paths: Path) -> list[str]:
    return [file.name for file in source_files.find_files(list(paths))]


def test_manifests_of_what_was_received_are_left_out_wherever_they_lie(tmp_path):
    for place in (tmp_path / "study", tmp_path / "study" / "ct"):
        (place / FOLDER).mkdir(parents=True)
        (place / FOLDER / "0.json").write_bytes(b"{}")
        (place / "1.dcm").write_bytes(b"1")
    (tmp_path / "study" / f"{FOLDER}.txt").write_bytes(b"1")
    assert names(tmp_path / "study") == [f"study/{FOLDER}.txt", "study/1.dcm", "study/ct/1.dcm"]


def test_a_file_of_the_name_of_that_folder_is_not_left_out(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / FOLDER).write_bytes(b"1")
    assert names(tmp_path / "study") == [f"study/{FOLDER}"]


def test_a_link_of_the_name_of_that_folder_is_followed_as_any_is(tmp_path):
    (tmp_path / "study" / "ct").mkdir(parents=True)
    (tmp_path / "study" / "ct" / "1.dcm").write_bytes(b"1")
    linked(tmp_path / "study" / FOLDER, tmp_path / "study" / "ct")
    assert names(tmp_path / "study") == [f"study/{FOLDER}/1.dcm", "study/ct/1.dcm"]


def test_a_link_that_is_named_itself_is_followed(tmp_path):
    write_tree(tmp_path, {"real/1.dcm": b"1"})
    linked(tmp_path / "study", tmp_path / "real")
    linked(tmp_path / "image.dcm", tmp_path / "real" / "1.dcm")
    assert names(tmp_path / "study", tmp_path / "image.dcm") == ["study/1.dcm", "image.dcm"]


def test_links_within_the_named_folder_are_followed(tmp_path):
    write_tree(tmp_path / "ct", {"a/1.dcm": b"1", "b/2.dcm": b"2"})
    linked(tmp_path / "ct" / "b" / "series", "../a")
    linked(tmp_path / "ct" / "first.dcm", "a/1.dcm")
    assert names(tmp_path / "ct") == ["ct/a/1.dcm", "ct/b/2.dcm", "ct/b/series/1.dcm", "ct/first.dcm"]


@pytest.mark.parametrize("target", ["../elsewhere", "../elsewhere/3.dcm", "/etc/hostname"])
def test_a_link_that_leads_out_of_the_named_folder_is_refused_by_name(tmp_path, target):
    write_tree(tmp_path, {"ct/1.dcm": b"1", "elsewhere/3.dcm": b"3"})
    linked(tmp_path / "ct" / "out", target)
    with pytest.raises(StudyError, match=r"ct/out is a link to .* outside of .*ct: name that too, or copy it there"):
        names(tmp_path / "ct")


def test_a_link_to_nothing_is_refused_by_name(tmp_path):
    write_tree(tmp_path / "ct", {"1.dcm": b"1"})
    linked(tmp_path / "ct" / "2.dcm", "nowhere.dcm")
    with pytest.raises(StudyError, match=r"ct/2\.dcm is a link to nothing: remove it"):
        names(tmp_path / "ct")


@pytest.mark.parametrize("target", [".", "..", "../b"])
def test_a_link_to_a_folder_that_holds_it_is_refused_by_name(tmp_path, target):
    write_tree(tmp_path / "ct", {"b/1.dcm": b"1"})
    linked(tmp_path / "ct" / "b" / "again", target)
    with pytest.raises(StudyError, match=r"b/again is a link to a folder that it lies in: remove it"):
        names(tmp_path / "ct")


def test_two_links_that_lead_to_each_other_are_refused(tmp_path):
    write_tree(tmp_path / "ct", {"a/1.dcm": b"1", "b/1.dcm": b"1"})
    linked(tmp_path / "ct" / "a" / "other", "../b")
    linked(tmp_path / "ct" / "b" / "other", "../a")
    with pytest.raises(StudyError, match="is a link to a folder that it lies in"):
        names(tmp_path / "ct")


# ---- changes


def test_a_file_that_changes_while_it_is_sent_is_refused(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"before")
    study = source_files.read_study([tmp_path / "a.dcm"])
    (tmp_path / "a.dcm").write_bytes(b"after!")
    os.utime(tmp_path / "a.dcm", ns=(1, 1))
    with pytest.raises(StudyError, match="changed while"):
        list(bundle.pieces(study, SIGNATURE))


# ---- what can't be unpacked


def crafted(
    *members: tuple[tarfile.TarInfo, bytes], files: list[dict] | None = None, sign=lambda _: SIGNATURE, **manifest
) -> bytes:
    """A bundle of the given members behind a manifest that lists `files`; `sign` is given the text to sign."""
    value = {"format": "radiogram-bundle", "version": 1, "created": "2026-01-01T00:00:00+00:00", "files": files or []}
    raw = json.dumps(value | manifest).encode()
    signature = sign(bundle.signing_text(raw))
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in ((named("manifest.json"), raw), (named("manifest.sig"), signature), *members):
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return sink.getvalue()


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def listed(name: str, content: bytes = b"1") -> dict:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "bytes": len(content), "sha256": digest, "media_type": "application/octet-stream"}


def test_the_crafted_bundles_of_these_tests_are_otherwise_good(tmp_path):
    unpacked(crafted((named("files/a"), b"1"), files=[listed("a")]), tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"a": b"1"}


@pytest.mark.parametrize(
    "name",
    ["../a", "/a", "a/../../b", "a//b", "./a", "", "a/.", "..", "c:\\a", "a\x00b", "a\nb", ".radiogram-partial-x/a"],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(BundleError):
        unpacked(crafted((named("files/" + name), b"1"), files=[listed(name)]), tmp_path / "out")
    assert read_tree(tmp_path) == {}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_no_plain_file_is_refused(tmp_path, kind):
    with pytest.raises(BundleError, match="other than files"):
        unpacked(crafted((named("files/a", kind, "/etc/passwd"), b""), files=[listed("a", b"")]), tmp_path / "out")


def test_a_sparse_member_is_refused(tmp_path):
    sparse = named("files/a")
    sparse.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": "5000000000000"}
    with pytest.raises(BundleError, match="sparse"):
        unpacked(crafted((sparse, b"1"), files=[listed("a")]), tmp_path / "out")


def test_a_huge_header_is_refused(tmp_path):
    wide = named("files/a")
    wide.pax_headers = {"comment": "x" * 1_000_000}
    with pytest.raises(BundleError):
        unpacked(crafted((wide, b"1"), files=[listed("a")]), tmp_path / "out")


def extended(records: bytes, number: int = 1) -> bytes:
    """So many extended headers, and a file after them."""
    header = named("././@PaxHeader", tarfile.XHDTYPE)
    header.size = len(records)
    block = header.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % tarfile.BLOCKSIZE)
    return block * number + named("manifest.json").tobuf(tarfile.USTAR_FORMAT) + bytes(2 * tarfile.BLOCKSIZE)


@pytest.mark.parametrize(
    ("records", "number"),
    [
        (b"1" * PAX_HEADER_LIMIT, 1),  # 20 s for the regular expressions of Python's library
        (b"", 2000),  # which calls itself for each
        (b"25 GNU.sparse.map=1,2,3,\n", 1),
        (b"22 GNU.sparse.size=x\n", 1),
        (b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", 1),
        (b"12 size=-51\n", 1),
        (b"9 size=\xd9\xa1\n", 1),
        (b"7 size=\n", 1),
        (b"11 path=\xff\xff\n", 1),
        (b"99999999999999999999 path=x\n", 1),
        (b"10 path=xyz", 1),
        (b"0 path=xyz\n", 1),
        (b"11 pathxyz\n\n", 1),
        (b"11 pathxyz\n", 1),
        (b"11 path=xyz", 1),
        (b"20 path=xyz\n", 1),
        (b"x path=xyz\n", 1),
    ],
    ids=lambda value: str(value[:30]) if isinstance(value, bytes) else str(value),
)
def test_a_damaged_extended_header_is_refused_at_once(records, number):
    started = time.monotonic()
    with pytest.raises(BundleError, match=r"damaged|not made by Radiogram"):
        bundle.read_bundle_header(io.BytesIO(extended(records, number)))
    assert time.monotonic() - started < 10


def extending(records: bytes, file: tarfile.TarInfo, content: bytes, listing: dict) -> bytes:
    """A bundle of one file, with these records before it."""
    data = crafted(files=[listing]).rstrip(b"\0")
    data += bytes(-len(data) % tarfile.BLOCKSIZE)
    header = named("././@PaxHeader", tarfile.XHDTYPE)
    header.size = len(records)
    for block in (header.tobuf(tarfile.USTAR_FORMAT), records, file.tobuf(tarfile.USTAR_FORMAT), content):
        data += block + bytes(-len(block) % tarfile.BLOCKSIZE)
    return data + bytes(2 * tarfile.BLOCKSIZE)


def record(key: bytes, value: bytes, size: int) -> bytes:
    made = b"%d %s=%s\n" % (size, key, value)
    assert len(made) == size
    return made


@pytest.mark.parametrize(
    "records",
    [
        b"",
        record(b"comment", b"a b c d", 19),
        record(b"k", b"a b c", 11),
        record(b"comment", b"x" * (PAX_HEADER_LIMIT - 15), PAX_HEADER_LIMIT),
    ],
    ids=["empty", "with spaces", "short", "as long as may be"],
)
def test_an_extended_header_that_says_nothing_of_a_file_changes_nothing(tmp_path, records):
    file = named("files/a")
    file.size = 1
    unpacked(extending(records, file, b"1", listed("a")), tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"a": b"1"}


def test_an_extended_header_of_a_byte_more_than_may_be_is_refused(tmp_path):
    size = PAX_HEADER_LIMIT + 1
    records = record(b"comment", b"x" * (size - 15), size)
    with pytest.raises(BundleError, match="something other than files"):
        unpacked(extending(records, named("files/a"), b"", listed("a", b"")), tmp_path / "out")


def test_an_extended_header_may_say_the_size_of_a_file(tmp_path):
    unpacked(extending(record(b"size", b"3", 9), named("files/a"), b"123", listed("a", b"123")), tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"a": b"123"}


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    file = named("files/a")
    data = extending(b"", file, b"", listed("a", b""))
    bad = bytearray(file.tobuf(tarfile.USTAR_FORMAT))
    bad[6] = 0xFF
    bad[148:156] = b"%06o\0 " % (sum(bad[:148]) + 8 * 32 + sum(bad[156:512]))
    with pytest.raises(BundleError, match="damaged"):
        unpacked(data.replace(file.tobuf(tarfile.USTAR_FORMAT), bytes(bad)), tmp_path / "out")


def test_an_extended_header_counts_for_the_next_file_alone(tmp_path):
    name = "ü" * 60
    unpacked(
        crafted((named("files/" + name), b"1"), (named("files/b"), b"2"), files=[listed(name), listed("b", b"2")]),
        tmp_path / "out",
    )
    assert read_tree(tmp_path / "out") == {name: b"1", "b": b"2"}


def test_a_size_below_nothing_is_refused(tmp_path):
    data = bytearray(crafted())
    data[124:136] = b"\xff" * 12  # -1, as GNU's tar writes what octal digits can't say
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    with pytest.raises(BundleError):
        unpacked(bytes(data), tmp_path / "out")


def test_a_file_that_is_not_listed_is_refused(tmp_path):
    with pytest.raises(BundleError, match="more than its list"):
        unpacked(crafted((named("files/a"), b"1"), (named("files/b"), b"2"), files=[listed("a")]), tmp_path / "out")


def test_a_listed_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(BundleError, match="b is not in the bundle"):
        unpacked(crafted((named("files/a"), b"1"), files=[listed("a"), listed("b")]), tmp_path / "out")


def test_a_file_of_another_size_than_listed_is_refused(tmp_path):
    with pytest.raises(BundleError, match="a is not in the bundle as it was listed"):
        unpacked(crafted((named("files/a"), b"12"), files=[listed("a")]), tmp_path / "out")


def test_a_file_of_another_digest_than_listed_is_refused(tmp_path):
    with pytest.raises(BundleError, match="SHA-256 differs"):
        unpacked(crafted((named("files/a"), b"2"), files=[listed("a")]), tmp_path / "out")


def test_a_file_listed_twice_is_refused(tmp_path):
    twice = [listed("a"), listed("a")]
    with pytest.raises(BundleError, match="would be one file"):
        unpacked(crafted((named("files/a"), b"1"), (named("files/a"), b"1"), files=twice), tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "format version 2"),
        ({"format": "zip"}, "not one of Radiogram's"),
        ({"files": [{"name": "a"}]}, "list of files is damaged"),
        ({"files": 7}, "list of files is damaged"),
        ({"files": [listed("a") | {"bytes": float("inf")}]}, "list of files is damaged"),
        ({"files": [listed("a") | {"bytes": -1}]}, "list of files is damaged"),
        ({"files": [listed("a") | {"bytes": "1"}]}, "list of files is damaged"),
        ({"files": [listed("a") | {"bytes": True}]}, "list of files is damaged"),
        ({"files": [listed("a") | {"sha256": 7}]}, "list of files is damaged"),
        ({"files": [listed("a") | {"media_type": None}]}, "list of files is damaged"),
        ({"files": ["a"]}, "list of files is damaged"),
        ({"version": "9" * 1_000_000}, "format version '9{1,300}…: update"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(tmp_path, change, words):
    with pytest.raises(BundleError, match=words):
        unpacked(crafted(**change), tmp_path / "out")


@pytest.mark.parametrize("name", [7, None, [], {}, True])
def test_a_name_of_another_kind_than_text_is_refused(tmp_path, name):
    with pytest.raises(BundleError, match="is not a usable file name"):
        unpacked(crafted(files=[listed("a") | {"name": name}]), tmp_path / "out")


def test_a_tar_without_a_manifest_is_refused(tmp_path):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        tar.addfile(named("files/a"), io.BytesIO(b""))
    with pytest.raises(BundleError, match=r"no manifest\.json"):
        unpacked(sink.getvalue(), tmp_path / "out")


@pytest.mark.parametrize("read", [bundle.read_bundle_header, lambda stream: bundle.unpack(stream, Path("none"))])
def test_a_list_of_files_that_is_too_long_is_said_to_be(read):
    with pytest.raises(LongListError, match="list of files is too long: 33,554,433 bytes"):
        read(io.BytesIO(tar.header("manifest.json", (32 << 20) + 1)))


def test_a_list_of_files_may_be_as_long_as_a_writer_makes_it(tmp_path):
    longest = b'{"format":"radiogram-bundle","version":1,"created":"","files":[]}'.ljust(32 << 20)
    bundled = b"".join(
        (tar.header("manifest.json", len(longest)), longest, tar.header("manifest.sig", 0), bytes(2 * tar.BLOCK_BYTES))
    )
    assert bundle.unpack(io.BytesIO(bundled), tmp_path).manifest_bytes == longest


def test_a_tar_that_ends_after_its_manifest_is_refused(tmp_path):
    data = crafted()
    first = tarfile.BLOCKSIZE + len(data[tarfile.BLOCKSIZE :].split(b"\0")[0])
    manifest = data[: first + -first % tarfile.BLOCKSIZE]
    with pytest.raises(BundleError, match=r"no manifest\.sig"):
        unpacked(manifest + bytes(2 * tarfile.BLOCKSIZE), tmp_path / "out")


@given(st.binary(max_size=2000))
def test_arbitrary_bytes_are_refused(tmp_path_factory, junk):
    with pytest.raises(BundleError):
        unpacked(junk, tmp_path_factory.mktemp("out"))
