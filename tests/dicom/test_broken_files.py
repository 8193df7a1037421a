"""Files that can't be rendered: one plain line, and nothing else. PreviewError, whatever is wrong."""

import io
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib
from contextlib import suppress

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import MPEG2MPML, DeflatedExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

from radiogram.dicom import header
from radiogram.dicom.contact_sheet import contact_sheet
from radiogram.dicom.metadata import study_overview
from radiogram.dicom.picture import Picture, preview_png
from radiogram.dicom.previews import write_previews
from radiogram.errors import PreviewError

RAMP = np.arange(1024, dtype=np.uint16).reshape(32, 32)
META = b"\0" * 128 + b"DICM"


def transfer_syntax(uid: str) -> bytes:
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return b"\x02\0\x10\0UI" + struct.pack("<H", len(value)) + value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not DICOM"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 300, "not DICOM"),
        (b"\0" * 4096, "not DICOM"),
        (META, "no image"),
        (META + transfer_syntax("1.2.840.10008.1.2.1"), "no image"),
    ],
)
def test_what_is_no_dicom_image_is_refused(content, words):
    with pytest.raises(PreviewError, match=words):
        preview_png(content)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MR_truncated.dcm", "cut short"),
        ("rtplan.dcm", "no image"),
        ("test-SR.dcm", "no image"),
        ("DICOMDIR", "no image"),
        ("JPEG2000-embedded-sequence-delimiter.dcm", "damaged"),
        ("SC_rgb_jpeg.dcm", "damaged or unusual"),
    ],
)
def test_a_broken_or_imageless_sample_is_refused_in_one_line(sample, name, words):
    with pytest.raises(PreviewError, match=words) as refused:
        preview_png(sample(name))

    assert "\n" not in str(refused.value)


def test_twelve_bits_where_eight_are_all_that_there_may_be_are_refused(sample):
    extended = sample("JPGExtended.dcm").read_bytes()

    with pytest.raises(PreviewError, match=r"no decoder here for this image's compression, JPEG of 12 bits"):
        preview_png(extended.replace(b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.50"))


def test_twelve_bits_in_a_file_that_has_room_for_eight_are_refused(sample):
    extended = sample("JPGExtended.dcm").read_bytes()
    allocated = b"\x28\0\0\x01US\x02\0"

    with pytest.raises(PreviewError, match="JPEG of 12 bits"):
        preview_png(extended.replace(allocated + b"\x10\0", allocated + b"\x08\0"))


@pytest.mark.parametrize("name", ["no_meta_group_length.dcm", "OT-PAL-8-face.dcm", "explicit_VR-UN.dcm", "badVR.dcm"])
def test_an_unusual_sample_is_shown_or_refused_and_nothing_else(sample, name):
    try:
        assert preview_png(sample(name)).startswith(b"\x89PNG")
    except PreviewError as refused:
        assert "\n" not in str(refused)  # noqa: PT017


def test_a_file_without_a_preamble_is_shown(sample, build):
    whole = build(RAMP)

    assert preview_png(whole[132:]) == preview_png(whole)


def test_a_compression_without_a_decoder_is_named(build):
    with pytest.raises(PreviewError, match="MPEG2"):
        preview_png(encapsulated(build, MPEG2MPML, b"\0\0\x01\xb3" + b"\0" * 60))


@given(cut=st.integers(0, 2000))
def test_a_file_cut_anywhere_is_refused_with_one_error(build, cut):
    whole = build(RAMP)

    with pytest.raises(PreviewError):
        preview_png(whole[: min(cut, len(whole) - 1)])


@given(st.data())
def test_a_file_with_any_byte_changed_is_shown_or_refused(build, data):
    damaged = bytearray(build(RAMP, WindowCenter=5, WindowWidth=9))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(128, 800))] = data.draw(st.integers(0, 255))

    try:
        assert preview_png(bytes(damaged)).startswith(b"\x89PNG")
    except PreviewError as refused:
        assert "\n" not in str(refused)  # noqa: PT017


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "PhotometricInterpretation"])
def test_an_image_that_does_not_say_what_it_is_is_refused(build, keyword):
    from pydicom import dcmread

    dataset = dcmread(io.BytesIO(build(RAMP)))
    del dataset[keyword]
    sink = io.BytesIO()
    dataset.save_as(sink)

    with pytest.raises(PreviewError):
        preview_png(sink.getvalue())


def test_no_refusal_repeats_what_the_file_holds(build):
    file = build(RAMP, PatientName="Secret^Sarah").replace(b"MONOCHROME2 ", b"SecretSarah ")

    with pytest.raises(PreviewError) as refused:
        preview_png(file)

    assert "Secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_frame_that_is_not_there_is_refused(build):
    with pytest.raises(PreviewError, match="no frame 2"):
        Picture(build(RAMP)).frame(1)


def test_an_image_beyond_the_limit_is_refused_before_it_is_decoded(build):
    with pytest.raises(PreviewError, match="too large"):
        preview_png(build(RAMP, Rows=65535, Columns=65535))


def test_a_compressed_frame_larger_than_announced_is_refused_before_it_is_decoded(build):
    sink = io.BytesIO()
    Image.new("L", (6000, 6000)).save(sink, "JPEG")

    with pytest.raises(PreviewError, match="size"):
        preview_png(encapsulated(build, JPEGBaseline8Bit, sink.getvalue()))


def encapsulated(build, syntax, frame):
    return build(np.zeros((32, 32), np.uint8), syntax, PixelData=encapsulate([frame + b"\0" * (len(frame) % 2)]))


# ---- JPEG Lossless, JPEG-LS and 12-bit JPEG, whose decoder ends the process at a damaged frame


BY_GDCM = ("JPEG-LL.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPGExtended.dcm")


def first_frame(path) -> tuple[bytes, int]:
    """A file's bytes, and where the content of its first compressed frame begins."""
    whole = path.read_bytes()
    return whole, whole.index(b"\xff\xd8\xff", whole.index(b"\xe0\x7f\x10\0"))


@pytest.mark.parametrize("name", BY_GDCM)
@given(data=st.data())
@settings(max_examples=15)
def test_a_damaged_frame_is_shown_or_refused_and_the_next_one_is_shown(sample, name, data):
    whole, at = first_frame(sample(name))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[at + data.draw(st.integers(2, 400))] = data.draw(st.integers(0, 255))

    try:
        assert preview_png(bytes(damaged)).startswith(b"\x89PNG")
    except PreviewError as refused:
        assert "\n" not in str(refused)  # noqa: PT017
    assert preview_png(whole).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", BY_GDCM)
@pytest.mark.parametrize("what", ["rows", "columns", "samples"])
def test_a_frame_that_lies_about_its_size_is_refused_before_it_is_decoded(sample, monkeypatch, name, what):
    monkeypatch.setattr("radiogram.dicom.pixels._GDCM.decode", None)
    whole, at = first_frame(sample(name))
    start = next(found for marker in (b"\xff\xc3", b"\xff\xf7", b"\xff\xc1") if (found := whole.find(marker, at)) > 0)
    place = start + {"rows": 5, "columns": 7, "samples": 9}[what]

    with pytest.raises(PreviewError, match="its size is not the one"):
        preview_png(whole[:place] + bytes([whole[place] ^ 2]) + whole[place + 1 :])


@pytest.mark.parametrize("name", BY_GDCM)
def test_a_frame_of_the_largest_size_with_nothing_in_it_stays_within_bounds(sample, name):
    """8192 × 8192 pixels of 16 bits, announced alike by file and frame, and none of them there."""
    whole, at = first_frame(sample(name))
    start = next(found for marker in (b"\xff\xc3", b"\xff\xf7", b"\xff\xc1") if (found := whole.find(marker, at)) > 0)
    whole = whole[: start + 5] + b"\x20\x00\x20\x00" + whole[start + 9 :]
    for tag in (b"\x28\0\x10\0US\x02\0", b"\x28\0\x11\0US\x02\0"):
        place = whole.index(tag) + len(tag)
        whole = whole[:place] + b"\x00\x20" + whole[place + 2 :]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    try:
        preview_png(whole)
    except PreviewError as refused:
        assert "\n" not in str(refused)  # noqa: PT017
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000  # kB


def test_a_frame_that_takes_too_long_ends_the_decoding_process_and_nothing_else():
    script = """
import time
import radiogram.dicom.gdcm as decoder
decoder.MAX_SECONDS = 1
decoder._answer = lambda *_: time.sleep(60)
decoder.main()
"""

    done = subprocess.run([sys.executable, "-c", script], input=b'{"bytes": 0}\n', capture_output=True, check=False)

    assert done.returncode == -signal.SIGALRM


def test_the_decoding_process_ends_with_the_one_it_works_for(sample):
    script = """
import os, signal, sys
from pathlib import Path
from radiogram.dicom import picture, pixels
picture.preview_png(Path(sys.argv[1]))
print(pixels._GDCM._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", script, str(sample("JPEG-LL.dcm"))]

    helper = int(subprocess.run(command, capture_output=True, text=True, check=False).stdout)

    with suppress(psutil.NoSuchProcess):
        psutil.Process(helper).wait(30)
    assert not psutil.pid_exists(helper)


def test_a_jpeg_2000_frame_can_not_hide_its_size_behind_a_smaller_one(build):
    sink = io.BytesIO()
    Image.new("L", (4000, 4000)).save(sink, "JPEG2000")
    boxed = sink.getvalue()
    lure = b"\xff\x4f\xff\x51\0\x29\0\0" + struct.pack(">8I", 32, 32, 0, 0, 32, 32, 0, 0) + b"\0\x01\x07\x01\x01"
    box = struct.pack(">I", 8 + len(lure)) + b"free" + lure

    with pytest.raises(PreviewError, match="size"):
        preview_png(encapsulated(build, JPEG2000Lossless, boxed[:12] + box + boxed[12:]))


def test_a_jpeg_2000_frame_in_boxes_is_shown(build):
    sink = io.BytesIO()
    Image.effect_noise((32, 32), 60).save(sink, "JPEG2000")
    assert sink.getvalue()[4:8] == b"jP  "

    assert preview_png(encapsulated(build, JPEG2000Lossless, sink.getvalue())).startswith(b"\x89PNG")


def test_too_many_elements_before_the_data_set_are_refused(monkeypatch):
    monkeypatch.setattr(header._Counted, "_left", 1000)

    with pytest.raises(PreviewError, match="too many"):
        preview_png(META + b"\x02\0\x16\0AE\0\0" * 2000)


def nested(depth: int) -> bytes:
    """Sequences of undefined length within each other."""
    return b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * depth


@pytest.mark.parametrize("depth", [200, 5000])
def test_sequences_nested_too_deep_are_refused(depth):
    file = META + transfer_syntax("1.2.840.10008.1.2.1") + nested(depth)

    with pytest.raises(PreviewError):
        preview_png(file)
    assert study_overview([file]).unreadable == (0,)


def test_too_many_data_elements_are_refused(monkeypatch):
    monkeypatch.setattr(header._Counted, "_left", 1000)
    element = b"\x09\0\x10\0LO\0\0"
    file = META + transfer_syntax("1.2.840.10008.1.2.1") + element * 2000

    with pytest.raises(PreviewError, match="too many"):
        preview_png(file)


def test_a_sequence_of_too_many_items_is_refused_before_it_is_unpacked(build):
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * (header.MAX_ITEMS + 1)
    sequence = b"\x00\x52\x30\x92SQ\0\0" + struct.pack("<I", len(items)) + items
    whole = build(RAMP)
    at = whole.index(b"\xe0\x7f\x10\0OW")

    with pytest.raises(PreviewError, match="too many"):
        preview_png(whole[:at] + sequence + whole[at:])


def test_a_deflated_bomb_is_refused_in_little_memory(tmp_path):
    """400 KB that would become 400 MB: refused within 1 GB of address space beyond what the imports take."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = b"\x09\0\x10\0OB\0\0" + struct.pack("<I", 400 << 20)
    body = deflater.compress(head) + b"".join(deflater.compress(bytes(1 << 20)) for _ in range(400)) + deflater.flush()
    bomb = tmp_path / "bomb.dcm"
    bomb.write_bytes(META + transfer_syntax(DeflatedExplicitVRLittleEndian) + body)
    assert bomb.stat().st_size < 500_000
    script = """
import resource, sys
from pathlib import Path
from radiogram.dicom.picture import preview_png
from radiogram.errors import PreviewError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    preview_png(Path(sys.argv[1]))
except PreviewError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""

    done = subprocess.run([sys.executable, "-c", script, str(bomb)], capture_output=True, text=True, check=True)

    grown, words = done.stdout.split(" ", 1)
    assert "grow beyond 256 MB" in words
    assert int(grown) < 600_000  # kB


# ---- fragments by the hundred thousand


def in_fragments(frames: int, fragments: list[bytes]) -> bytes:
    """A JPEG 2000 sample of so many frames, with these fragments and no table of where its frames begin."""
    dataset = dcmread(get_testdata_file("JPEG2000.dcm", download=False))
    dataset.NumberOfFrames = frames
    dataset.PixelData = encapsulate([b"\xff\xd9"], has_bot=False)
    sink = io.BytesIO()
    dataset.save_as(sink)
    head, tag, _ = sink.getvalue().partition(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff")
    item = b"\xfe\xff\0\xe0"
    items = b"".join(item + struct.pack("<I", len(each)) + each for each in fragments)
    return head + tag + item + bytes(4) + items + b"\xfe\xff\xdd\xe0" + bytes(4)


@pytest.mark.parametrize("frames", [1, 400_000, 500_000])
def test_an_image_in_half_a_million_fragments_is_refused_in_seconds(frames):
    content = in_fragments(frames, [b"\xff\xd9"] * 500_000)
    before = time.process_time()
    with pytest.raises(PreviewError, match="its image is in too many pieces"):
        contact_sheet(content)
    assert time.process_time() - before < 10


def test_frames_that_would_have_to_be_searched_for_again_and_again_are_refused():
    with pytest.raises(PreviewError, match="its image is in too many pieces"):
        contact_sheet(in_fragments(10_500, [b"\xff\xd9"] * 11_000))


def test_of_many_frames_of_one_fragment_each_the_last_is_found_at_once(sample):
    frame = next(generate_frames(dcmread(sample("JPEG2000.dcm")).PixelData, number_of_frames=1))
    damaged = [b"\xff\xd9"] * 50_000
    picture = Picture(in_fragments(50_001, [*damaged, frame]))
    assert picture.frames == 50_001
    before = time.process_time()
    assert picture.frame(50_000).size == Picture(sample("JPEG2000.dcm")).frame().size
    assert time.process_time() - before < 5


# ---- a disk that is full


def test_a_picture_that_a_full_disk_cut_is_removed_and_keeps_no_later_one_out(tmp_path, sample):
    path = tmp_path / "CT_small.dcm"
    path.write_bytes(sample("CT_small.dcm").read_bytes())

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    write = """
import sys
from pathlib import Path
from radiogram.dicom.previews import write_previews
write_previews([Path(sys.argv[1])], Path(), False)
"""
    done = subprocess.run(
        [sys.executable, "-c", write, path], preexec_fn=limited, capture_output=True, text=True, check=False
    )
    assert "OutputError" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["CT_small.dcm"]
    assert write_previews([path], tmp_path, False).written == [tmp_path / "CT_small.dcm.png"]
