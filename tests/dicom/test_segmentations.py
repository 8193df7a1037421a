"""Segmentations over their images: the outlines that highdicom reads of them, and nothing where the grid is another."""

import numpy as np
import pytest
from highdicom.seg import segread
from PIL import Image, ImageCms
from pydicom import dcmread
from pydicom.uid import generate_uid

from radiogram.dicom.picture import Picture
from radiogram.dicom.planes import planes_of
from radiogram.dicom.previews import write_previews
from radiogram.dicom.segmentation import (
    MAX_ON_AN_IMAGE,
    NOT_HERE,
    OTHER_GRID,
    OTHER_SPACE,
    Segmentation,
    draw_over,
    rgb_of,
)
from radiogram.errors import PreviewError
from tests.dicom.segmentations import described, masks, multi_frame, scan, segmentation

LIVER, TUMOUR = described(1, "Liver", (200, 30, 40)), described(2, "Tumour", kind="MANUAL")


@pytest.fixture
def study(tmp_path):
    """Five slices of a CT, two segments on the middle three, and the masks that were drawn: (5, 128, 128, 2)."""
    slices = scan(tmp_path)
    drawn = masks(128, 128, 5, 2)
    drawn[[0, 4]] = 0
    made = segmentation(slices, drawn, [LIVER, TUMOUR], omit_empty_frames=True)
    made.save_as(tmp_path / "seg.dcm")
    return slices, drawn, tmp_path / "seg.dcm"


def plane(scan):
    return planes_of(scan, 1)[0]


def on(found: Segmentation, slice_):
    return found.layers(found.frames_on(plane(slice_)))


def changed(path, **attributes):
    made = dcmread(path)
    for name, value in attributes.items():
        setattr(made, name, value)
    made.save_as(path)
    return made


def without_sources(path):
    made = dcmread(path)
    for group in made.PerFrameFunctionalGroupsSequence:
        del group.DerivationImageSequence
    made.save_as(path)


def test_pixels_of_each_segment_on_each_image_are_those_that_highdicom_reads(study):
    slices, _, path = study
    found = Segmentation(path)
    expected = segread(path).get_pixels_by_source_instance([each.SOPInstanceUID for each in slices])
    for place, slice_ in enumerate(slices):
        read = {layer.colour: layer.coverage for layer in on(found, slice_)}
        for number, segment in found.segments.items():
            assert (read.get(segment.colour, np.zeros((128, 128))) == expected[place, ..., number - 1]).all()
    assert expected.any()


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_shares_of_pixels_and_label_maps_are_read_too(study, tmp_path, kind):
    slices, drawn, _ = study
    pixels = drawn * 0.5 if kind == "FRACTIONAL" else np.where(drawn[..., 1] > 0, 2, drawn[..., 0]).astype(np.uint8)
    segmentation(slices, pixels, [LIVER, TUMOUR], kind).save_as(tmp_path / "other.dcm")
    found = Segmentation(tmp_path / "other.dcm")
    liver, tumour = (layer.coverage for layer in on(found, slices[2]))
    if kind == "FRACTIONAL":
        assert np.abs(liver - drawn[2, ..., 0] * 0.5).max() < 1 / 255
    else:
        assert (liver == (pixels[2] == 1)).all()
        assert (tumour == (pixels[2] == 2)).all()


def test_a_segment_has_its_name_its_colour_and_who_drew_it(study):
    liver, tumour = Segmentation(study[2]).segments.values()
    assert (liver.name, liver.maker) == ("Liver", "drawn by a program, OrganFinder")
    assert (tumour.name, tumour.maker) == ("Tumour", "drawn by a person")
    assert liver.colour != tumour.colour


@pytest.mark.parametrize("colour", [(200, 30, 40), (10, 200, 30), (12, 40, 220), (250, 200, 40), (255, 255, 255)])
def test_a_colour_is_the_one_that_little_cms_makes_of_it(colour):
    lab, rgb = ImageCms.createProfile("LAB", 5000), ImageCms.createProfile("sRGB")
    converted = ImageCms.buildTransform(rgb, lab, "RGB", "LAB", renderingIntent=1)
    bytes_ = ImageCms.applyTransform(Image.new("RGB", (1, 1), colour), converted).getpixel((0, 0))
    ours = rgb_of([round(each * 65535 / 255) for each in bytes_])
    assert np.abs(np.subtract(ours, colour)).max() <= 3  # it has 8 bits of each


def test_outlines_are_half_transparent_and_change_no_other_pixel(study):
    slices, drawn, path = study
    layers = on(Segmentation(path), slices[2])
    plain = np.asarray(Picture(path.parent / "ct-3.dcm").frame(0, None))
    over = draw_over(plain, layers)
    covered = drawn[2].any(-1)
    assert (over[~covered] == plain[~covered][:, None]).all()
    only = covered & (drawn[2, ..., 1] == 0)
    assert (over[only] == np.floor(plain[only][:, None] * 0.5 + np.array(layers[0].colour) * 0.5 + 0.5)).all()


def test_frames_of_one_image_have_the_outlines_that_name_them(tmp_path):
    image = multi_frame(tmp_path, scan(tmp_path))
    drawn = masks(128, 128, 5, 1)
    drawn[:2] = 0
    segmentation([image], drawn[..., 0], [LIVER], omit_empty_frames=True).save_as(tmp_path / "seg.dcm")
    found = Segmentation(tmp_path / "seg.dcm")
    layers = [found.layers(found.frames_on(each)) for each in planes_of(image, 5)]
    assert [len(each) for each in layers] == [0, 0, 1, 1, 1]
    assert all((layers[frame][0].coverage == drawn[frame, ..., 0]).all() for frame in (2, 3, 4))
    previews = write_previews([tmp_path / "frames.dcm", tmp_path / "seg.dcm"], tmp_path, False)
    names = {each.name for each in (tmp_path / "frames.dcm.frames").glob("*.outlines.png")}
    assert names == {"0003.outlines.png", "0004.outlines.png", "0005.outlines.png"}
    assert "drawn over 3 pictures" in previews.named[0][1]


def test_a_frame_of_a_segment_that_is_not_described_is_refused(study):
    made = dcmread(study[2])
    made.SegmentSequence = made.SegmentSequence[:1]
    made.save_as(study[2])
    with pytest.raises(PreviewError, match="names a segment that it does not describe"):
        Segmentation(study[2])


def test_where_no_image_is_named_outlines_lie_where_they_are_in_the_same_space(study):
    slices, drawn, path = study
    without_sources(path)
    found = Segmentation(path)
    assert (on(found, slices[3])[0].coverage == drawn[3, ..., 0]).all()
    slices[3].ImagePositionPatient = [-100.495, -90.25, 15.0]  # rounded otherwise
    assert on(found, slices[3])
    slices[3].ImagePositionPatient = [-100.3, -90.25, 15.0]
    assert not on(found, slices[3])


def test_nothing_is_drawn_over_an_image_of_another_frame_of_reference(study):
    slices, _, path = study
    without_sources(path)
    changed(path, FrameOfReferenceUID=generate_uid())
    found = Segmentation(path)
    assert not any(found.frames_on(plane(each)) for each in slices)
    assert found.why_not_drawn([plane(each) for each in slices]) == OTHER_SPACE


@pytest.mark.parametrize(
    "change",
    [
        {"PixelSpacing": [0.7, 0.661468]},
        {"ImageOrientationPatient": [0, 1, 0, 1, 0, 0]},
        {"ImagePositionPatient": [-100.5, -90.25, 11]},
        {"Rows": 127},
    ],
)
def test_nothing_is_drawn_where_the_grid_is_another_even_if_the_image_is_named(study, change):
    slices, _, path = study
    for each in slices:
        for name, value in change.items():
            setattr(each, name, value)
    found = Segmentation(path)
    assert not found.frames_on(plane(slices[1]))
    if "ImagePositionPatient" not in change:
        assert found.why_not_drawn([plane(each) for each in slices]) == OTHER_GRID


def test_a_segmentation_of_images_that_are_not_here_is_drawn_nowhere(study, tmp_path):
    found = Segmentation(study[2])
    (tmp_path / "other").mkdir()
    others = scan(tmp_path / "other")
    assert not any(found.frames_on(plane(each)) for each in others)
    assert found.why_not_drawn([plane(each) for each in others]) == NOT_HERE


def test_too_many_outlines_on_one_image_are_refused(study):
    with pytest.raises(PreviewError, match="too many outlines lie on one image: 257"):
        Segmentation(study[2]).layers([0] * (MAX_ON_AN_IMAGE + 1))


def test_a_segmentation_that_claims_more_frames_than_it_has_is_cut_to_those(study):
    slices, _, path = study
    before = Segmentation(path).frames_on(plane(slices[2]))
    changed(path, NumberOfFrames=2_000_000_000)
    assert Segmentation(path).frames_on(plane(slices[2])) == before


def test_previews_stand_beside_the_plain_pictures_and_the_segmentation_is_named(study):
    _, drawn, path = study
    folder = path.parent
    previews = write_previews(sorted(folder.glob("*.dcm")), folder, False)
    assert previews.refused == []
    assert {each.name for each in folder.glob("*.outlines.png")} == {f"ct-{n}.dcm.outlines.png" for n in (2, 3, 4)}
    plain = np.asarray(Image.open(folder / "ct-3.dcm.png"))
    over = np.asarray(Image.open(folder / "ct-3.dcm.outlines.png")).astype(int)
    assert ((over != plain[..., None]).any(-1) <= drawn[2].any(-1)).all()
    assert not (folder / "seg.dcm.png").exists()
    said = "\n".join(previews.lines())
    assert "ct-3.dcm.outlines.png  (a picture with outlines drawn over it)" in said
    assert "seg.dcm  (Segmentation: outlines of parts of the body, for a doctor’s viewer; drawn over 3 pictures" in said
    assert "Okafor" not in said
    assert "Liver" not in said
    page = (folder / "seg.dcm.html").read_text()
    assert "<b>Liver</b>: drawn by a program, OrganFinder" in page
    assert previews.overview.name == "contact-sheet.png"


def test_a_segmentation_alone_has_no_picture_and_says_why(study, tmp_path):
    path = study[2].rename(tmp_path / "alone.dcm")
    previews = write_previews([path], tmp_path, False)
    assert [each.suffix for each in previews.written] == [".html"]
    assert previews.named[0][1].endswith("not drawn: the images that it is of are not here")
    assert previews.overview is None


def test_a_segmentation_that_is_cut_short_is_refused_and_leaves_the_plain_pictures(study):
    _, _, path = study
    path.write_bytes(path.read_bytes()[:-3000])
    folder = path.parent
    previews = write_previews(sorted(folder.glob("*.dcm")), folder, False)
    assert len(list(folder.glob("ct-?.dcm.png"))) == 5
    assert [str(why) for _, why in previews.refused] == ["this file is cut short: its outlines are not all there"]
    assert not list(folder.glob("seg.dcm.*")) + list(folder.glob("*.outlines.png"))
