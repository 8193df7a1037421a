"""Files that can't be rendered: one plain line, and nothing else. PreviewError, whatever is wrong."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import MPEG2MPML, DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit

from radiogram import dicomfile
from radiogram.dicom import Picture, preview_png
from radiogram.errors import PreviewError
from radiogram.study import study_facts

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
        ("JPGExtended.dcm", "damaged or unusual"),
    ],
)
def test_a_broken_or_imageless_sample_is_refused_in_one_line(sample, name, words):
    with pytest.raises(PreviewError, match=words) as refused:
        preview_png(sample(name))

    assert "\n" not in str(refused.value)


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
    from PIL import Image

    sink = io.BytesIO()
    Image.new("L", (6000, 6000)).save(sink, "JPEG")

    with pytest.raises(PreviewError, match="size"):
        preview_png(encapsulated(build, JPEGBaseline8Bit, sink.getvalue()))


def encapsulated(build, syntax, frame):
    from pydicom.encaps import encapsulate

    def patch(dataset_pixels):
        return encapsulate([dataset_pixels])

    return build(np.zeros((32, 32), np.uint8), syntax, PixelData=patch(frame + b"\0" * (len(frame) % 2)))


def nested(depth: int) -> bytes:
    """Sequences of undefined length within each other."""
    return b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * depth


@pytest.mark.parametrize("depth", [200, 5000])
def test_sequences_nested_too_deep_are_refused(depth):
    file = META + transfer_syntax("1.2.840.10008.1.2.1") + nested(depth)

    with pytest.raises(PreviewError):
        preview_png(file)
    assert study_facts([file]).unreadable == (0,)


def test_too_many_data_elements_are_refused(monkeypatch):
    monkeypatch.setattr(dicomfile._Counted, "_left", 1000)
    element = b"\x09\0\x10\0LO\0\0"
    file = META + transfer_syntax("1.2.840.10008.1.2.1") + element * 2000

    with pytest.raises(PreviewError, match="too many"):
        preview_png(file)


def test_a_sequence_of_too_many_items_is_refused_before_it_is_unpacked(build):
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * (dicomfile.MAX_ITEMS + 1)
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
from radiogram.dicom import preview_png
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
