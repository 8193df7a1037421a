"""Presentation states beside dcmtk's dcmp2pgm; shutters, areas and annotations, which it does not draw, by numbers."""

import subprocess

import highdicom as hd
import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread

from radiogram.dicom.annotations import MAX_ANNOTATIONS
from radiogram.dicom.picture import Picture
from radiogram.dicom.presentation_state import PresentationState
from radiogram.dicom.previews import write_previews
from radiogram.dicom.render import Settings
from radiogram.dicom.saved_view import saved_view
from radiogram.errors import PreviewError
from tests.dicom.presentation_states import DISPLAY, annotated, area, graphic, state, window, written
from tests.dicom.segmentations import scan

WINDOW = {"voi_lut_transformations": window(40, 400)}
TABLE = hd.VOILUT(1000, np.linspace(0, 65535, 500).astype(np.uint16) // 2 * 2, "a curve")
CASES = {
    "a window": WINDOW,
    "greys turned round": WINDOW | {"inverse": True},
    "no window": {},
    "a table": {"voi_lut_transformations": [hd.pr.SoftcopyVOILUTTransformation(voi_luts=[TABLE])]},
    "turned by 90": WINDOW | {"ImageRotation": 90, "ImageHorizontalFlip": "N"},
    "turned by 180, mirrored": WINDOW | {"ImageRotation": 180, "ImageHorizontalFlip": "Y"},
    "turned by 270, mirrored": WINDOW | {"ImageRotation": 270, "ImageHorizontalFlip": "Y"},
    "mirrored": WINDOW | {"ImageRotation": 0, "ImageHorizontalFlip": "Y"},
}
IMAGES = ("CT_small.dcm", "MR_small.dcm", "RG3_UNCR.dcm", "mlut_18.dcm", "MR_small_bigendian.dcm")


@pytest.fixture
def ct(tmp_path):
    return scan(tmp_path, 1)[0]


def image_of(folder, sample, name: str):
    """A real image with the attributes that highdicom copies from it."""
    found = dcmread(sample(name))
    for each in ("StudyID", "AccessionNumber", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"):
        if each not in found:
            setattr(found, each, "")
    found.ReferringPhysicianName, found.PatientName = "", "Okafor^Grace"
    found.save_as(folder / "image.dcm")
    return found


def saved(folder, image, made, **more) -> np.ndarray:
    made.save_as(folder / "state.dcm")
    found = PresentationState(dcmread(folder / "state.dcm"))
    picture = Picture(folder / ("image.dcm" if (folder / "image.dcm").exists() else "ct-1.dcm"))
    return np.asarray(saved_view(picture, found, image.SOPInstanceUID, 0, **({"longest": None} | more))).astype(int)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_shown_as_dcmtk_shows_it_with_the_same_state(case, name, sample, need, tmp_path):
    image = image_of(tmp_path, sample, name)
    ours = saved(tmp_path, image, state([image], **CASES[case]))
    out = tmp_path / "out.pgm"
    tool = need("dcmp2pgm", "dcmtk")
    subprocess.run([tool, "-p", tmp_path / "state.dcm", tmp_path / "image.dcm", out], check=True, capture_output=True)
    apart = np.abs(ours - np.asarray(Image.open(out)).astype(int))
    assert apart.mean() <= 1
    assert apart.max() <= 2


def test_a_state_says_what_it_is_called_and_who_saved_it(ct):
    found = PresentationState(state([ct]))
    assert (found.label, found.description, found.creator) == ("LUNGS", "Nodule in the left lung", "ROE, Jane (Dr)")
    assert found.missing == ()


DOWN, ACROSS = np.mgrid[1:129, 1:129]


@pytest.mark.parametrize(
    ("shape", "is_open"),
    [
        (
            {
                "ShutterShape": "RECTANGULAR",
                **{"ShutterLeftVerticalEdge": 20, "ShutterRightVerticalEdge": 100},
                **{"ShutterUpperHorizontalEdge": 30, "ShutterLowerHorizontalEdge": 90},
            },
            (ACROSS > 20) & (ACROSS < 100) & (DOWN > 30) & (DOWN < 90),
        ),
        (
            {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [50, 70], "RadiusOfCircularShutter": 30},
            (DOWN - 50) ** 2 + (ACROSS - 70) ** 2 <= 900,
        ),
        (
            {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [11, 21, 111, 21, 11, 121]},
            (ACROSS >= 21) & (DOWN >= 11) & (ACROSS + DOWN <= 132),
        ),
        (
            {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [11, 21, 11, 101, 91, 101, 91, 21]},
            (ACROSS >= 21) & (ACROSS <= 101) & (DOWN >= 11) & (DOWN <= 91),
        ),
    ],
)
def test_shutters_cover_what_is_around_them_and_nothing_within(ct, tmp_path, shape, is_open):
    plain = saved(tmp_path, ct, state([ct], **WINDOW))
    shut = saved(tmp_path, ct, state([ct], **WINDOW, **shape, ShutterPresentationValue=32768))
    assert (shut[is_open] == plain[is_open]).all()
    assert (shut[~is_open] == 128).all()


def test_the_area_that_is_shown_is_cut_out_and_black_beyond_the_image(ct, tmp_path):
    plain = saved(tmp_path, ct, state([ct], **WINDOW))
    part = saved(tmp_path, ct, state([ct], **WINDOW, DisplayedAreaSelectionSequence=[area([ct], 21, 31, 100, 90)]))
    assert (part == plain[30:90, 20:100]).all()
    beyond = saved(tmp_path, ct, state([ct], **WINDOW, DisplayedAreaSelectionSequence=[area([ct], -9, 1, 128, 128)]))
    assert (beyond[:, 10:] == plain).all()
    assert not beyond[:, :10].any()


@pytest.mark.parametrize(("rotation", "flip"), [(0, "N"), (90, "N"), (180, "Y"), (270, "N"), (90, "Y")])
def test_what_is_drawn_in_pixels_is_turned_along_and_what_is_drawn_in_shares_is_not(ct, tmp_path, rotation, flip):
    corner = graphic("POLYLINE", np.array([[0, 0], [30, 0], [30, 30], [0, 30], [0, 0]]), is_filled=True)
    fixed = graphic("POLYLINE", np.array([[0.4, 0.9], [0.6, 0.9], [0.6, 1], [0.4, 1], [0.4, 0.9]]), DISPLAY)
    made = state([ct], **WINDOW, **annotated([ct], [corner, fixed]), ImageRotation=rotation, ImageHorizontalFlip=flip)
    drawn = saved(tmp_path, ct, made)
    assert drawn.shape == (512, 512, 3)
    yellow = (drawn == (255, 230, 60)).all(-1)
    where = np.zeros((512, 512), bool)
    where[:115, :115] = True
    where = np.rot90(where, -rotation // 90)
    where = np.fliplr(where) if flip == "Y" else where
    assert yellow[where].all()
    assert yellow[459:463, 210:300].any(0).all()
    assert not yellow[200:300, 200:300].any()


def test_points_circles_and_ellipses_are_where_they_are_said_to_be(ct, tmp_path):
    shapes = [
        graphic("CIRCLE", np.array([[64, 64], [64, 84]])),
        graphic("ELLIPSE", np.array([[10, 20], [50, 20], [30, 10], [30, 30]])),
        graphic("POINT", np.array([[100, 110]])),
    ]
    drawn = saved(tmp_path, ct, state([ct], **WINDOW, **annotated([ct], shapes)))
    yellow = (drawn == (255, 230, 60)).all(-1)
    near = lambda x, y: yellow[y * 4 - 3 : y * 4 + 4, x * 4 - 3 : x * 4 + 4].any()  # noqa: E731
    assert all(near(*each) for each in [(64, 84), (64, 44), (84, 64), (44, 64)])
    assert all(near(*each) for each in [(10, 20), (50, 20), (30, 10), (30, 30)])
    assert near(100, 110)
    assert not any(near(*each) for each in [(64, 64), (30, 20), (90, 110)])


def test_words_are_written_into_the_picture_and_nowhere_else(ct, tmp_path):
    made = state([ct], **WINDOW, **annotated([ct], texts=[written("Okafor, see here", (0.1, 0.1, 0.9, 0.3))]))
    plain, drawn = saved(tmp_path, ct, state([ct], **WINDOW)), saved(tmp_path, ct, made)
    assert (drawn == (255, 230, 60)).all(-1)[40:160, 40:400].any()
    assert plain.shape == (128, 128)
    previews = write_previews([tmp_path / "ct-1.dcm", tmp_path / "state.dcm"], tmp_path, False)
    assert "Okafor" not in "\n".join(previews.lines())


@pytest.mark.parametrize("corner", [(0.9, 0.95), (0.0, 0.0), (0.98, 0.5)])
def test_words_are_seen_whole_wherever_they_begin(ct, tmp_path, corner):
    words = "a nodule of 4 mm that was not there before, to be seen again in three months " * 2
    made = state([ct], **WINDOW, **annotated([ct], texts=[written(words, (*corner, 1.0, 1.0))]))
    drawn = saved(tmp_path, ct, made)
    yellow = (drawn == (255, 230, 60)).all(-1)
    rows, columns = np.nonzero(yellow)
    assert yellow.sum() > 2_000
    assert rows.max() < 511
    assert columns.max() < 511


def test_letters_that_can_t_be_written_are_said_to_be_missing_and_nothing_is_drawn(ct, tmp_path):
    made = state([ct], **annotated([ct], texts=[written("Nodule", (0.1, 0.1, 0.9, 0.3))]))
    made.SpecificCharacterSet = "ISO_IR 192"
    made.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue = "結節"
    made.save_as(tmp_path / "state.dcm")
    previews = write_previews([tmp_path / "ct-1.dcm", tmp_path / "state.dcm"], tmp_path, False)
    assert previews.named[0][1].endswith("not applied: this presentation state has letters that can't be written here")
    assert not list(tmp_path.glob("*.saved.png"))


CURVE = graphic("INTERPOLATED", np.array([[0, 0], [30, 0], [30, 30]]))


@pytest.mark.parametrize(
    ("attributes", "missing"),
    [
        ({"MaskSubtractionSequence": [Dataset()]}, "the subtraction of a mask"),
        ({"PresentationLUTSequence": [Dataset()]}, "a table of greys"),
        ({"ShutterShape": "BITMAP"}, "a bitmap of a shutter"),
        ({"curve": True}, "a curve"),
        ({"mode": "TRUE SIZE"}, "its size on the screen"),
    ],
)
def test_a_state_that_can_t_be_applied_whole_is_not_applied_and_says_what_it_has(ct, tmp_path, attributes, missing):
    more = dict(attributes)
    if more.pop("curve", False):
        more |= annotated([ct], [CURVE])
    if mode := more.pop("mode", ""):
        more["DisplayedAreaSelectionSequence"] = [area([ct], 1, 1, 128, 128, mode)]
    made = state([ct], **more)
    assert PresentationState(made).missing == (missing,)
    with pytest.raises(PreviewError, match=missing):
        saved(tmp_path, ct, made)
    previews = write_previews([tmp_path / "ct-1.dcm", tmp_path / "state.dcm"], tmp_path, False)
    assert previews.named[0][1].endswith(f"not applied: it has {missing}, which can't be shown here")
    assert {each.name for each in tmp_path.iterdir()} == {"ct-1.dcm", "state.dcm", "ct-1.dcm.png"}


def test_overlays_are_missing_too(ct):
    made = state([ct])
    made.add_new(0x60001001, "CS", "LAYER1")
    assert PresentationState(made).missing == ("a bitmap drawn over the image",)


def test_pictures_as_saved_stand_beside_the_plain_ones(tmp_path):
    slices = scan(tmp_path, 3)
    state(slices[1:], **WINDOW).save_as(tmp_path / "one.ps")
    state(slices[2:], **WINDOW, inverse=True).save_as(tmp_path / "two.ps")
    previews = write_previews(sorted(tmp_path.iterdir()), tmp_path, False)
    assert {each.name for each in tmp_path.glob("*.saved.png")} == {
        *("ct-2.dcm.saved.png", "ct-3.dcm.saved.png", "ct-3.dcm.2.saved.png")
    }
    said = "\n".join(previews.lines())
    assert "ct-2.dcm.saved.png  (a picture as somebody saved it)" in said
    assert "applied to 2 pictures, beside the plain ones" in said
    assert "Nodule" not in said
    assert previews.overview.name == "contact-sheet.png"


def test_a_state_of_images_that_are_not_here_is_named(tmp_path, ct):
    (tmp_path / "other").mkdir()
    other = scan(tmp_path / "other", 1)
    state(other).save_as(tmp_path / "state.dcm")
    previews = write_previews([tmp_path / "ct-1.dcm", tmp_path / "state.dcm"], tmp_path, False)
    assert previews.named[0][1].endswith("not applied: the images that it is of are not here")


@pytest.mark.parametrize("points", [[0, 0, 2e9, 2e9], [1e30, 5, 0, 0]])
def test_lines_that_lead_far_beside_the_image_are_refused_and_take_no_time(ct, tmp_path, points):
    made = state([ct], **annotated([ct], [graphic("POLYLINE", np.array([[0, 0], [9, 9]]))]))
    made.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData = points
    with pytest.raises(PreviewError, match="draws far beside its image"):
        saved(tmp_path, ct, made)


def test_what_would_take_too_much_is_refused(ct):
    made = state([ct], **annotated([ct], [graphic("POINT", np.array([[1, 1]]))]))
    drawn = made.GraphicAnnotationSequence[0]
    drawn.GraphicObjectSequence = list(drawn.GraphicObjectSequence) * (MAX_ANNOTATIONS + 1)
    with pytest.raises(PreviewError, match="too many annotations"):
        PresentationState(made)
    made = state([ct], DisplayedAreaSelectionSequence=[area([ct], 1, 1, 2_000_000_000, 2)])
    with pytest.raises(PreviewError, match="an area of 2000000000 × 2 pixels"):
        PresentationState(made).area(Settings(ct, 0), ct.SOPInstanceUID, 1)
    del made.ReferencedSeriesSequence
    with pytest.raises(PreviewError, match="names no image"):
        PresentationState(made)
