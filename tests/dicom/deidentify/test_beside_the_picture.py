"""What lies beside the picture in its own data element is gone, or the file is refused; the picture stays the same."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.uid import (
    MPEG2MPML,
    UID,
    ComputedRadiographyImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from radiogram.deidentify.codestream import cleaner
from radiogram.dicom.pixels import StoredPixels
from radiogram.errors import DeidentificationError, PreviewError
from tests.dicom.deidentify.material import RAMP, changed

SECRET = b"Okafor^Grace!"
GREY = RAMP.astype(np.uint8)
RADIOGRAPH = {"SOPClassUID": ComputedRadiographyImageStorage, "Modality": "CR"}
COMMENT = b"\xff\xfe" + struct.pack(">H", 2 + len(SECRET)) + SECRET


def compressed(image, frames: list[bytes], syntax: str, **attributes) -> bytes:
    file = image(pixels=GREY, syntax=syntax, PixelData=encapsulate(frames), **(RADIOGRAPH | attributes))
    return changed(file, lambda dataset: dataset["PixelData"].__setattr__("is_undefined_length", True))


def pillow(kind: str, **options) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(GREY).save(sink, kind, **options)
    return sink.getvalue()


def codestream() -> bytes:
    return pillow("JPEG2000", no_jp2=True, irreversible=False)


def pixels(file) -> list[np.ndarray]:
    stored = StoredPixels(file)
    return [stored.frame(index) for index in range(stored.frames)]


def in_jpeg() -> dict[str, bytes]:
    plain = pillow("JPEG")
    application = b"\xff\xe5" + COMMENT[2:]
    scan = plain.index(b"\xff\xda")
    return {
        "comment": pillow("JPEG", comment=SECRET),
        "EXIF": pillow("JPEG", exif=b"Exif\0\0" + SECRET),
        "an application's segment": plain[:2] + application + plain[2:],
        "a comment before the scan": plain[:scan] + COMMENT + plain[scan:],
        "a comment behind the scan": plain[:-2] + COMMENT + plain[-2:],
        "bytes behind the end": plain + SECRET,
        "a second picture": plain + pillow("JPEG", comment=SECRET),
    }


def in_jpeg_2000() -> dict[str, bytes]:
    plain = codestream()
    comment = b"\xff\x64" + struct.pack(">HH", 4 + len(SECRET), 1) + SECRET
    box = struct.pack(">I", 8 + len(SECRET)) + b"xml " + SECRET
    tile = plain.index(b"\xff\x90")
    boxed = pillow("JPEG2000", irreversible=False)
    return {
        "comment": plain[:tile] + comment + plain[tile:],
        "bytes behind the end": plain + SECRET,
        "box": boxed[:32] + box + boxed[32:],
        "box behind": boxed + box,
    }


@pytest.mark.parametrize("place", list(in_jpeg()))
def test_text_within_a_jpeg_is_gone_and_its_pixels_are_the_same(image, clean, place):
    original = compressed(image, [in_jpeg()[place]], JPEGBaseline8Bit)
    copies = clean(original)
    assert SECRET in original
    assert b"Okafor" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), pixels(original))


@pytest.mark.parametrize("place", list(in_jpeg_2000()))
def test_text_within_a_jpeg_2000_is_gone_and_its_pixels_are_the_same(image, clean, place):
    original = compressed(image, [in_jpeg_2000()[place]], JPEG2000Lossless)
    copies = clean(original)
    assert SECRET in original
    assert b"Okafor" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), pixels(original))


def test_text_within_a_jpeg_ls_is_gone_and_its_pixels_are_the_same(sample, clean):
    plain = dcmread(sample("MR_small_jpeg_ls_lossless.dcm"))
    (_, frame) = generate_fragments(plain.PixelData)
    plain.PixelData = encapsulate([frame[:2] + COMMENT + frame[2:] + SECRET])
    sink = io.BytesIO()
    plain.save_as(sink)
    copies = clean(sink.getvalue(), force_pixels=True)
    assert b"Okafor" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), pixels(sample("MR_small_jpeg_ls_lossless.dcm")))


def test_a_comment_within_a_tile_is_refused(image, clean):
    comment = b"\xff\x64" + struct.pack(">HH", 4 + len(SECRET), 1) + SECRET
    plain = codestream()
    tile, data = plain.index(b"\xff\x90"), plain.index(b"\xff\x93")
    longer = struct.pack(">I", int.from_bytes(plain[tile + 6 : tile + 10], "big") + len(comment))
    hidden = plain[: tile + 6] + longer + plain[tile + 10 : data] + comment + plain[data:]
    with pytest.raises(DeidentificationError, match="comment within a tile"):
        clean(compressed(image, [hidden], JPEG2000Lossless))


def rle(image, **attributes) -> bytes:
    dataset = dcmread(io.BytesIO(image(**attributes)))
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    sink = io.BytesIO()
    dataset.save_as(sink)
    return sink.getvalue()


def test_bytes_behind_a_segment_of_rle_are_gone_and_its_pixels_are_the_same(image, clean):
    def hide(dataset):
        (_, frame) = generate_fragments(dataset.PixelData)
        dataset.PixelData = encapsulate([frame + SECRET])

    copies = clean(changed(rle(image), hide))
    assert b"Okafor" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), [RAMP])


def test_bytes_in_the_unused_part_of_a_header_of_rle_are_gone(image, clean):
    def hide(dataset):
        (_, frame) = generate_fragments(dataset.PixelData)
        dataset.PixelData = encapsulate([frame[:50] + SECRET + frame[63:]])

    assert b"Okafor" not in clean(changed(rle(image), hide)).files[0]


def item(content: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(content)) + content


@pytest.mark.parametrize(
    ("table", "behind"),
    [
        (b"", item(SECRET + b"!") + b"\xfe\xff\xdd\xe0\0\0\0\0"),
        (bytes(4), b"\xfe\xff\xdd\xe0Oka\0"),
        (bytes(4) + SECRET[:8], b"\xfe\xff\xdd\xe0\0\0\0\0"),
    ],
)
def test_text_in_a_further_piece_in_the_table_of_offsets_or_in_the_end_is_gone(image, clean, table, behind):
    frame = pillow("JPEG") + b"\0" * (len(pillow("JPEG")) % 2)
    file = compressed(image, [frame], JPEGBaseline8Bit)
    start = file.index(item(bytes(4)) + item(frame))
    copies = clean(file[:start] + item(table) + item(frame) + behind)
    assert b"Oka" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), pixels(file))


def test_a_table_of_offsets_that_points_nowhere_is_refused(image, clean):
    file = compressed(image, [pillow("JPEG")], JPEGBaseline8Bit)
    with pytest.raises(DeidentificationError, match="damaged"):
        clean(file.replace(item(bytes(4)), item(SECRET[:4])))


def test_a_compressed_picture_without_anything_beside_it_stays_byte_for_byte(image, clean):
    file = compressed(image, [pillow("JPEG"), pillow("JPEG")], JPEGBaseline8Bit, NumberOfFrames=2)
    assert clean(file).datasets[0].PixelData == dcmread(io.BytesIO(file)).PixelData


def test_offsets_of_several_frames_are_right_afterwards(image, clean):
    frames = [pillow("JPEG", comment=SECRET), pillow("JPEG", comment=SECRET * 3)]
    file = compressed(image, frames, JPEGBaseline8Bit, NumberOfFrames=2)
    copies = clean(file)
    assert b"Okafor" not in copies.files[0]
    assert np.array_equal(pixels(copies.paths[0]), pixels(file))
    assert len(pixels(copies.paths[0])) == 2


def test_frames_that_the_header_does_not_tell_of_are_refused(image, clean):
    with pytest.raises(DeidentificationError, match="more than the frames that it says"):
        clean(image(pixels=np.stack([RAMP, RAMP]), NumberOfFrames=1))


def test_video_is_refused_by_name_even_if_forced(image, clean):
    with pytest.raises(DeidentificationError, match="MPEG2"):
        clean(compressed(image, [b"\0\0\1\xb3" + SECRET + b"!"], MPEG2MPML), force_pixels=True)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_bytes_behind_the_pixels_within_their_element_are_gone(image, clean, syntax):
    copies = clean(image(syntax=syntax, PixelData=RAMP.tobytes() + SECRET + b"\0"))
    assert b"Okafor" not in copies.files[0]
    assert copies.datasets[0].PixelData == RAMP.tobytes()


def test_the_byte_that_makes_a_length_even_is_zero(image, clean):
    odd = np.full((3, 3), 7, np.uint8)
    copies = clean(image(pixels=odd, PixelData=odd.tobytes() + b"O", **RADIOGRAPH))
    assert copies.datasets[0].PixelData == odd.tobytes() + b"\0"


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("signed", [0, 1])
def test_bits_above_those_that_are_stored_are_cleared(image, clean, syntax, signed):
    order = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
    bits = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": signed}
    copies = clean(image(syntax=syntax, PixelData=(RAMP | 0xA000).astype(order).tobytes(), **bits))
    cleared = dcmread(copies.paths[0]).PixelData
    assert np.array_equal(np.frombuffer(cleared, order).reshape(16, 16), RAMP)


def test_negative_numbers_keep_their_sign(image, clean):
    values = (RAMP.astype(np.int16) - 128).astype("<i2")
    file = image(pixels=values, BitsStored=12, HighBit=11)
    assert clean(file).datasets[0].PixelData == values.tobytes()


def test_an_old_overlay_in_the_high_bits_is_gone_and_nothing_is_in_doubt(image, clean):
    def draw(dataset):
        dataset.add_new(0x60000102, "US", 15)

    drawn = image(pixels=RAMP | 0x8000, BitsStored=12, HighBit=11)
    assert clean(changed(drawn, draw)).datasets[0].PixelData == RAMP.tobytes()


def test_bits_that_are_set_above_those_stored_in_a_compressed_picture_are_refused(image, clean):
    assert clean(rle(image, BitsStored=12, HighBit=11)).report.files == 1

    def change(dataset):
        dataset.BitsStored, dataset.HighBit = 12, 11

    with pytest.raises(DeidentificationError, match="bits set beside those"):
        clean(changed(rle(image, pixels=RAMP | 0x8000), change))


def frames() -> list[tuple[UID, bytes]]:
    """A frame of each kind of compression, of 16 × 16 pixels."""
    packed = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x7f" + bytes(range(128)) + b"\x7f" + bytes(range(128))
    return [
        (JPEGBaseline8Bit, in_jpeg()["comment"]),
        (JPEG2000Lossless, in_jpeg_2000()["comment"]),
        (JPEG2000Lossless, in_jpeg_2000()["box"]),
        (RLELossless, packed + SECRET),
    ]


@given(st.sampled_from(frames()), st.data())
def test_a_frame_with_any_byte_changed_or_cut_anywhere_is_refused_or_cleaned_once_and_for_all(case, data):
    syntax, frame = case
    clean_frame = cleaner(syntax, 256)
    changed_frame = bytearray(frame)
    for _ in range(data.draw(st.integers(0, 4))):
        changed_frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(changed_frame[: data.draw(st.integers(0, len(frame)))])
    try:
        picture = clean_frame(damaged)
    except PreviewError:
        return
    assert clean_frame(picture) == picture
    assert len(picture) <= len(damaged) + 15  # padding of segments of RLE


def test_every_one_of_these_frames_is_cleaned_as_it_is():
    assert not any(SECRET in cleaner(syntax, 256)(frame) for syntax, frame in frames())
