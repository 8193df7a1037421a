"""The viewer alone in a real Chromium, under the website's policy: its pixels against Python's, its keys, its words."""

import base64
import functools
import io
import json
import random
import re
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from openjpeg.utils import encode_array
from PIL import Image
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL, JPEG2000Lossless, generate_uid

from radiogram.dicom.display import shown_name
from radiogram.dicom.metadata import file_metadata, study_overview
from radiogram.dicom.picture import Picture
from radiogram.errors import PreviewError
from radiogram.server.app import HEADERS, policy
from tests.dicom.htj2k import encoded as high_throughput
from tests.web.browser import TRIES, VIEWPORTS, WEB

PYDICOM = Path(get_testdata_file("CT_small.dcm")).parent
REAL = Path(get_testdata_file("693_UNCR.dcm")).parent

EXACT = {
    "grey, signed or not, rescaled, windowed or not, both MONOCHROMEs, either byte order, deflated": (
        "CT_small 693_UNCR MR_small MR2_UNCR RG1_UNCR RG3_UNCR MR_small_bigendian MR_small_implicit ExplVR_BigEnd "
        "image_dfl rtdose liver_1frame"
    ),
    "colours": "examples_palette examples_rgb_color SC_rgb_small_odd_big_endian SC_ybr_full_422_uncompressed",
    "RLE": "MR_small_RLE SC_rgb_rle_16bit_2frame SC_rgb_rle_32bit rtdose_rle OBXXXX1A_rle",
    "JPEG": (
        "examples_ybr_color color3d_jpeg_baseline SC_rgb_jpeg_dcmtk SC_rgb_jpeg_app14_dcmd SC_jpeg_no_color_transform "
        "SC_rgb_dcmtk_+eb+cy+s4 SC_rgb_small_odd_jpeg"
    ),
    "JPEG Lossless": "JPEG-LL JPGLosslessP14SV1_1s_1f_8b SC_rgb_jpeg_gdcm",
    "JPEG-LS": (
        "MR_small_jpeg_ls_lossless JPEGLSNearLossless_08 JPEGLSNearLossless_16 SC_rgb_jls_lossy_line "
        "SC_rgb_jls_lossy_sample"
    ),
    "JPEG 2000, lossless": (
        "693_J2KR MR2_J2KR RG1_J2KR RG3_J2KR US1_J2KR MR_small_jp2klossless emri_small_jpeg_2k_lossless "
        "J2K_pixelrep_mismatch GDCMJ2K_TextGBR explicit_VR-UN examples_jpeg2k"
    ),
    "JPEG 2000, lossy": "JPEG2000 693_J2KI MR2_J2KI RG1_J2KI RG3_J2KI US1_J2KI SC_rgb_gdcm_KY",
}


class Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def end_headers(self):
        for name, value in (HEADERS | {"Content-Security-Policy": policy(self.path.lstrip("/"))}).items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def viewer_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewer") / "dist"
    config = WEB / "test" / "viewer-page" / "vite.config.ts"
    vite = [WEB / "node_modules" / ".bin" / "vite", "build", "--config", config, "--outDir", folder]
    done = subprocess.run([*vite, "--logLevel", "warn"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def viewer(browser, troubles, viewer_site):
    def open_page(*files, size="desktop", dark=False, scheme="no-preference"):
        troubles.origins.add(viewer_site.rstrip("/"))
        page = browser.new_page()
        page.set_viewport_size(VIEWPORTS[size])
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion=scheme)
        page.goto(viewer_site)
        if files:
            show(page, *files)
        return page

    return open_page


def sample(name: str) -> Path:
    return next(folder / name for folder in (PYDICOM, REAL) if (folder / name).is_file())


def show(page, *files) -> None:
    """Mounts the viewer with these files, and waits for the first picture."""
    page.get_by_label("Show", exact=True).set_input_files([str(each) for each in files])
    expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("Opening|Viewer alone"), timeout=60_000)
    settle(page)


def stage(page):
    return page.get_by_role("application")


def settle(page) -> None:
    """Until what was asked for last is on the canvas."""
    expect(stage(page)).not_to_have_attribute("aria-busy", "true", timeout=60_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page) -> np.ndarray:
    """The canvas as it is, (rows, columns, 3)."""
    drawn = page.locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.split(",")[1]))).convert("RGB")).astype(int)


def at_full_size(page, width: int, height: int) -> np.ndarray:
    """The canvas with a stage as large as the picture, so that a pixel is a pixel."""
    page.set_viewport_size({"width": max(width + 100, 600), "height": max(height + 100, 600)})
    resize = "(stage, [w, h]) => { stage.style.width = `${w}px`; stage.style.height = `${h}px`; }"
    stage(page).evaluate(resize, [width, height])
    for _ in range(50):
        settle(page)
        if page.locator("canvas").evaluate("(canvas) => [canvas.width, canvas.height]") == [width, height]:
            break
    return pixels(page)


def shown_frame(page) -> int:
    """The frame on the stage, from 0."""
    said = page.get_by_role("slider")
    return int(said.input_value()) - 1 if said.is_visible() else 0


def difference(page, file: Path) -> np.ndarray:
    picture = Picture(file)
    show(page, file)
    expected = picture.frame(shown_frame(page), None)
    drawn = at_full_size(page, *expected.size)
    return np.abs(drawn - np.asarray(expected.convert("RGB")).astype(int))


@pytest.mark.parametrize("kind", EXACT)
def test_the_canvas_shows_the_very_pixels_of_the_python_preview(viewer, kind):
    page = viewer()
    for name in EXACT[kind].split():
        assert not difference(page, sample(f"{name}.dcm")).any(), name


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K])
def test_high_throughput_jpeg_2000_shows_the_very_pixels_of_the_python_preview(viewer, tmp_path, syntax):
    page = viewer()
    for name in ("CT_small.dcm", "RG3_UNCR.dcm", "examples_rgb_color.dcm"):
        file = high_throughput(sample(name), tmp_path / name, syntax)
        assert not difference(page, file).any(), name


@pytest.mark.parametrize(("dtype", "samples"), [(np.int8, 1), (np.int16, 1), (np.uint16, 3)])
def test_jpeg_2000_of_unusual_samples_shows_the_very_pixels_of_the_python_preview(viewer, tmp_path, dtype, samples):
    info, scan = np.iinfo(dtype), dcmread(sample("CT_small.dcm"))
    scan.Rows, scan.Columns, scan.SamplesPerPixel = 40, 56, samples
    scan.BitsAllocated = scan.BitsStored = info.bits
    scan.PixelRepresentation = int(info.min < 0)
    rows, columns = np.indices((40, 56))
    values = np.stack([rows * 3 + columns * (at + 1) for at in range(samples)], -1)
    values = (values * (int(info.max) - int(info.min)) // values.max() + int(info.min)).astype(dtype)
    colours = {1: 2, 3: 1}[samples]  # openjpeg's word for grey, and for red, green and blue
    frame = encode_array(values.squeeze(), bits_stored=info.bits, photometric_interpretation=colours, use_mct=False)
    if samples == 3:
        scan.PhotometricInterpretation, scan.PlanarConfiguration = "RGB", 0
    scan.file_meta.TransferSyntaxUID = JPEG2000Lossless
    scan.PixelData = encapsulate([frame])
    scan["PixelData"].VR = "OB"
    scan.save_as(tmp_path / "unusual.dcm")
    assert not difference(viewer(), tmp_path / "unusual.dcm").any()


COMPRESSED = "JPEG-LL MR_small_jpeg_ls_lossless SC_rgb_jls_lossy_line 693_J2KR US1_J2KI"


@pytest.mark.parametrize("name", COMPRESSED.split())
def test_a_damaged_frame_is_shown_or_refused_and_the_next_one_is_shown(viewer, troubles, tmp_path, name):
    whole = sample(f"{name}.dcm").read_bytes()
    start = next(at for mark in (b"\xff\x4f\xff\x51", b"\xff\xd8\xff") if (at := whole.find(mark)) > 0)
    page, chance = viewer(), random.Random(name)  # noqa: S311 - the same damage in each run
    for _ in range(10):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(start + 2, min(start + 2000, len(whole)))] = chance.randint(0, 255)
        (tmp_path / "damaged.dcm").write_bytes(damaged)
        show(page, tmp_path / "damaged.dcm")
    assert not difference(page, sample(f"{name}.dcm")).any()
    (tmp_path / "cut.dcm").write_bytes(whole[: (start + len(whole)) // 2])
    show(page, tmp_path / "cut.dcm")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    assert not troubles.console


def test_a_decoder_is_loaded_with_the_first_image_that_needs_it(viewer):
    page = viewer()
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    show(page, sample("CT_small.dcm"))
    assert not [url for url in asked if url.endswith(".wasm")]
    show(page, sample("MR_small_jp2klossless.dcm"))
    show(page, sample("MR_small_jpeg_ls_lossless.dcm"))
    assert [re.search(r"openjpeg|charls", url)[0] for url in asked if url.endswith(".wasm")] == ["openjpeg", "charls"]


def test_a_later_frame_of_a_cine_shows_the_very_pixels_of_the_python_preview(viewer):
    page = viewer(sample("color3d_jpeg_baseline.dcm"))
    page.get_by_role("slider").fill("60")
    settle(page)
    expected = Picture(sample("color3d_jpeg_baseline.dcm")).frame(59, None)
    assert (at_full_size(page, *expected.size) == np.asarray(expected.convert("RGB"))).all()


def test_pixels_that_are_not_square_are_shown_in_their_true_shape(viewer):
    page = viewer(sample("color-px.dcm"))
    width, height = Picture(sample("color-px.dcm")).frame(0, None).size
    drawn = at_full_size(page, width, height)
    assert drawn[1:-1, 1:-1].max(axis=(1, 2)).any()
    assert drawn[height - 3].max() > 0
    assert drawn[2].max() > 0


def test_facts_are_those_that_python_reads_for_every_test_file(viewer):
    files = [each for each in sorted(PYDICOM.parent.rglob("*")) if each.is_file()]
    assert len(files) > 200
    found = read(viewer(), files)
    for file, report in zip(files, found["files"], strict=True):
        assert browser_says(report) == python_says(file), file.name


def test_facts_of_a_study_are_those_that_python_puts_into_the_manifest(viewer):
    files = [
        PYDICOM / name for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "liver_1frame.dcm", "README.txt")
    ]
    found, expected = read(viewer(), files), study_overview(files)
    assert [as_manifest(each) for each in found["studies"]] == [each.to_json() for each in expected.studies]
    assert [each["attribute"] for each in found["differences"]] == [each.attribute for each in expected.differences]
    assert (found["dicom"], len(found["others"]), found["unnamed"]) == (
        expected.files,
        expected.others,
        expected.unnamed,
    )


def read(page, files) -> dict:
    page.get_by_label("Read", exact=True).set_input_files([str(each) for each in files])
    told = page.locator("#facts")
    expect(told).to_be_visible(timeout=120_000)
    return json.loads(told.text_content())


def as_manifest(value):
    """Names as in JSON's manifest: birthDate is birth_date."""
    if isinstance(value, list):
        return [as_manifest(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name): as_manifest(each) for name, each in value.items()}


def browser_says(report: dict) -> object:
    if report["kind"] != "dicom":
        return report["kind"]
    keys = "studyUid seriesUid studyDate description seriesDescription modality bodyPart seriesNumber instanceNumber"
    return [
        [
            *(each["patient"][key] for key in ("name", "rawName", "birthDate", "sex", "id")),
            *(each.get(key) for key in (*keys.split(), "position", "orientation", "frames")),
        ]
        for each in report["facts"]
    ]


def python_says(file: Path) -> object:
    try:
        facts = file_metadata(file)
    except PreviewError:
        return "unreadable"
    return [
        [
            *(shown_name(each.patient.name), each.patient.name, each.patient.birth_date, each.patient.sex),
            *(each.patient.id, each.study_uid, each.series_uid, each.study_date, each.description),
            *(each.series_description, each.modality, each.body_part, each.series_number, each.instance_number),
            *(list(value) if value else None for value in (each.position, each.orientation)),
            each.frames,
        ]
        for each in facts
    ] or "other"


# --- Behaviour


@pytest.fixture
def stack(tmp_path):
    """A CT of 20 slices: their names and numbers run against their positions, their brightness along with them."""
    scan = dcmread(sample("CT_small.dcm"))
    values = scan.pixel_array
    files = []
    for place in range(20):
        scan.SOPInstanceUID = scan.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        scan.InstanceNumber = 100 - place
        scan.ImagePositionPatient = [0, 0, place * 5]
        scan.BodyPartExamined = "CHEST"
        scan.PixelData = (values + place).tobytes()
        files.append(tmp_path / f"slice-{99 - place}.dcm")
        scan.save_as(files[-1])
    return files


@pytest.fixture
def chest(viewer, stack):
    page = viewer(*stack)
    stage(page).focus()
    return page


def name_of(page) -> str:
    return stage(page).get_attribute("aria-label")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def corner(page, place: str) -> str:
    return page.locator(f".corner.{place}").inner_text()


def test_a_stack_opens_in_its_middle_in_the_order_of_positions(chest):
    assert name_of(chest) == "Picture, slice 11 of 20. Press question mark for keys."
    assert corner(chest, "tr") == "11 / 20"
    assert corner(chest, "tl") == "CT chest\n19-Jan-2004"
    expect(chest.get_by_role("heading", level=1)).to_have_text("CT scan of your chest")
    press(chest, "3")
    before = pixels(chest).mean()
    press(chest, "End")
    assert pixels(chest).mean() > before
    press(chest, "Home")
    assert pixels(chest).mean() < before


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["ArrowDown"], 12),
        (["ArrowUp"], 10),
        (["PageDown"], 20),
        (["PageUp"], 1),
        (["Home"], 1),
        (["End"], 20),
        (["End", "ArrowDown"], 20),
        ([".", "."], 13),
        ([","], 10),
    ],
)
def test_keys_of_the_stage_go_through_the_slices(chest, keys, place):
    press(chest, *keys)
    assert corner(chest, "tr") == f"{place} / 20"
    assert chest.get_by_role("slider").input_value() == str(place)


def test_keys_do_nothing_while_something_else_has_the_focus(chest):
    invert = chest.get_by_role("button", name="Invert")
    chest.get_by_role("button", name="Zoom").focus()
    press(chest, "i", "PageDown", "+")
    assert invert.get_attribute("aria-pressed") == "false"
    assert corner(chest, "tr") == "11 / 20"
    assert corner(chest, "br") == "100%"


def test_where_we_are_is_said_once_the_keys_are_quiet(chest):
    press(chest, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(chest.get_by_role("status")).to_have_text("Slice 14 of 20")
    press(chest, "i")
    expect(chest.get_by_role("status")).to_have_text("Inverted")
    press(chest, "+")
    expect(chest.get_by_role("status")).to_have_text("Zoom 125 percent")


def test_the_slider_goes_through_the_slices(chest):
    slider = chest.get_by_role("slider", name="Slice 11")
    slider.fill("3")
    settle(chest)
    assert corner(chest, "tr") == "3 / 20"
    assert slider.count() == 0
    assert chest.get_by_role("slider", name="Slice 3").get_attribute("aria-valuetext") == "Slice 3 of 20"


def test_the_wheel_goes_through_the_slices_only_while_the_stage_has_the_focus(chest):
    stage(chest).hover()
    chest.mouse.wheel(0, 120)
    settle(chest)
    assert corner(chest, "tr") == "13 / 20"
    chest.get_by_role("button", name="Zoom").focus()
    chest.mouse.wheel(0, 120)
    settle(chest)
    assert corner(chest, "tr") == "13 / 20"


def test_the_wheel_scrolls_the_page_past_the_last_slice(viewer, stack):
    page = viewer(*stack, size="phone")
    page.set_viewport_size({"width": 320, "height": 300})
    stage(page).focus()
    press(page, "End")
    stage(page).hover()
    page.evaluate("() => scrollTo(0, 0)")
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(300)
    assert page.evaluate("() => scrollY") > 0


def test_invert_turns_every_pixel_round_and_back(chest):
    before = at_full_size(chest, 128, 128)
    press(chest, "i")
    assert (pixels(chest) == 255 - before).all()
    chest.get_by_role("button", name="Invert").click()
    settle(chest)
    assert (pixels(chest) == before).all()


def test_a_preset_is_the_window_that_it_names(chest):
    press(chest, "Home", "2")
    assert chest.get_by_label("Brightness:").locator("option:checked").inner_text() == "soft parts"
    expect(chest.get_by_role("status")).to_have_text("Brightness: soft parts")
    scan = dcmread(sample("CT_small.dcm"))
    units = scan.pixel_array * float(scan.RescaleSlope) + float(scan.RescaleIntercept)
    expected = np.floor(np.clip((units - 39.5) / 399 + 0.5, 0, 1) * 255 + 0.5)
    assert (at_full_size(chest, 128, 128)[..., 0] == expected).all()


def test_presets_of_ct_are_not_offered_for_other_pictures(viewer):
    page = viewer(sample("MR_small.dcm"))
    assert page.get_by_label("Brightness:").locator("option:not([hidden])").all_inner_texts() == ["auto", "full"]


def test_after_b_the_arrows_set_the_brightness_until_escape(chest):
    before = pixels(chest).mean()
    press(chest, "b", "ArrowUp", "ArrowUp", "ArrowUp")
    assert pixels(chest).mean() > before
    assert corner(chest, "tr") == "11 / 20"
    assert chest.get_by_label("Brightness:").input_value() == "own"
    press(chest, "Escape", "ArrowUp")
    assert corner(chest, "tr") == "10 / 20"


def test_a_drag_does_what_the_pressed_tool_says(chest):
    def drag(x: int, y: int) -> None:
        box = stage(chest).bounding_box()
        chest.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        chest.mouse.down()
        chest.mouse.move(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y, steps=4)
        chest.mouse.up()
        settle(chest)

    before = pixels(chest)
    drag(0, -60)
    assert pixels(chest).mean() > before.mean()
    chest.get_by_role("button", name="Reset").click()
    settle(chest)
    assert (pixels(chest) == before).all()
    chest.get_by_role("button", name="Zoom").click()
    drag(0, -80)
    assert int(corner(chest, "br").rstrip("%")) > 150
    larger = pixels(chest)
    chest.get_by_role("button", name="Move").click()
    drag(50, 0)
    assert (pixels(chest)[:, 50:] == larger[:, :-50]).mean() > 0.99


def test_zoom_and_move_have_keys(chest):
    before = pixels(chest)
    press(chest, "+", "+")
    assert corner(chest, "br") == "156%"
    larger = pixels(chest)
    press(chest, "Shift+ArrowRight")
    assert (pixels(chest)[:, 24:] == larger[:, :-24]).mean() > 0.99
    press(chest, "0")
    assert corner(chest, "br") == "100%"
    assert (pixels(chest) == before).all()


def test_reset_forgets_brightness_inversion_and_zoom(chest):
    before = pixels(chest)
    press(chest, "4", "i", "+", "Shift+ArrowDown", "r")
    assert (pixels(chest) == before).all()
    assert chest.get_by_role("button", name="Invert").get_attribute("aria-pressed") == "false"
    assert corner(chest, "br") == "100%"


def test_a_cine_plays_and_stops(viewer):
    page = viewer(sample("color3d_jpeg_baseline.dcm"))
    assert name_of(page) == "Picture, frame 1 of 120. Press question mark for keys."
    stage(page).focus()
    page.keyboard.press(" ")
    expect(page.locator(".corner.tr")).not_to_have_text("1 / 120")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    settle(page)
    stopped = corner(page, "tr")
    page.wait_for_timeout(500)
    assert corner(page, "tr") == stopped
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_f_fills_the_screen_and_escape_ends_it(chest):
    press(chest, "f")
    expect(chest.locator(".viewer")).to_have_css("position", "fixed")
    assert chest.evaluate("() => document.fullscreenElement?.className") == "viewer"
    chest.evaluate("() => document.exitFullscreen()")
    expect(chest.locator(".viewer")).not_to_have_css("position", "fixed")


def test_where_there_is_no_full_screen_the_viewer_covers_the_page(chest):
    chest.locator(".viewer").evaluate("(viewer) => { viewer.requestFullscreen = () => Promise.reject(new Error()); }")
    press(chest, "f")
    box = chest.locator(".viewer").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *VIEWPORTS["desktop"].values())
    assert stage(chest).bounding_box()["height"] > 600
    press(chest, "Escape")
    assert chest.locator(".viewer").bounding_box()["height"] < 600


def test_question_mark_lists_the_keys_and_the_focus_comes_back(chest):
    press(chest, "?")
    expect(chest.get_by_role("dialog", name="Keys")).to_be_visible()
    press(chest, "Escape")
    expect(chest.get_by_role("dialog")).to_have_count(0)
    expect(stage(chest)).to_be_focused()


def test_every_key_has_a_button_too(chest):
    chest.get_by_role("button", name="More").click()
    more = chest.get_by_role("group", name="More tools")
    for name, place in (("Next", "12 / 20"), ("Previous", "11 / 20")):
        more.get_by_role("button", name=name).click()
        assert corner(chest, "tr") == place
    more.get_by_role("button", name="Larger").click()
    assert corner(chest, "br") == "125%"
    more.get_by_role("button", name="Fit").click()
    assert corner(chest, "br") == "100%"
    press(chest, "Escape")
    expect(more).to_be_hidden()
    expect(chest.get_by_role("button", name="More")).to_be_focused()


def test_arrow_keys_walk_along_the_tools(chest):
    chest.get_by_role("button", name="Bright").focus()
    press(chest, "ArrowRight", "ArrowRight")
    expect(chest.get_by_role("button", name="Move")).to_be_focused()
    press(chest, "ArrowLeft")
    expect(chest.get_by_role("button", name="Zoom")).to_be_focused()


def test_right_and_left_are_marked_where_the_file_says_so(viewer):
    page = viewer(sample("693_UNCR.dcm"))
    assert (corner(page, "left"), corner(page, "right")) == ("R", "L")
    show(page, sample("US1_UNCR.dcm"))
    assert (corner(page, "left"), corner(page, "right")) == ("", "")


def test_several_series_can_be_chosen(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"))
    choice = page.get_by_label("Series")
    assert len(choice.locator("option").all_inner_texts()) == 2
    choice.select_option(index=1)
    settle(page)
    expect(stage(page)).to_have_attribute("aria-label", re.compile("^Picture"))
    assert page.locator(".corner.tl").inner_text().startswith(("MRI", "CT"))


def test_what_cannot_be_shown_is_said_on_a_stage_of_the_same_size(viewer):
    page = viewer(sample("CT_small.dcm"))
    before = stage(page).bounding_box()
    show(page, sample("JPEG-lossy.dcm"), sample("rtplan.dcm"))
    assert stage(page).bounding_box() == before
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    expect(stage(page)).to_contain_text("Your copy is complete. A doctor’s program can show it.")
    page.get_by_text("1 file we cannot show").click()
    expect(page.get_by_role("listitem")).to_contain_text("rtplan.dcm")
    with page.expect_download() as download:
        page.get_by_role("listitem").get_by_role("link", name="Save a copy").click()
    assert download.value.path().read_bytes() == sample("rtplan.dcm").read_bytes()


def test_a_damaged_slice_does_not_break_the_others(viewer, stack):
    stack[10].write_bytes(stack[10].read_bytes()[:-5000])
    page = viewer(*stack)
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    stage(page).focus()
    press(page, "ArrowDown")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_hidden()
    assert pixels(page).any()


@pytest.mark.parametrize("content", [b"", b"DICM", bytes(128) + b"DICM", bytes(128) + b"DICM" + b"\xff" * 5000])
def test_a_broken_file_is_one_line_and_no_hang(viewer, tmp_path, content):
    (tmp_path / "broken.dcm").write_bytes(content)
    page = viewer(tmp_path / "broken.dcm")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()


def test_png_and_jpeg_are_shown(viewer, tmp_path):
    colours = np.random.default_rng(7).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "photo.png")
    page = viewer(tmp_path / "photo.png")
    assert (at_full_size(page, 80, 60) == colours).all()
    Image.fromarray(colours).save(tmp_path / "photo.jpg")
    show(page, tmp_path / "photo.jpg")
    assert pixels(page).any()
    assert corner(page, "tl") == "photo.jpg"


def test_a_picture_that_claims_to_be_huge_is_refused(viewer, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "bomb.png")
    claim = bytearray((tmp_path / "bomb.png").read_bytes())
    claim[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb.png").write_bytes(claim)
    page = viewer(tmp_path / "bomb.png")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    page.get_by_text("Details").click()
    expect(stage(page)).to_contain_text("This picture is too large to show: 60000 × 60000 pixels.")


def test_a_pdf_opens_in_a_new_tab_and_can_be_saved(viewer, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    page = viewer(tmp_path / "report.pdf")
    link = page.get_by_role("link", name="Open the document")
    assert link.get_attribute("href").startswith("blob:")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save a copy").click()
    assert download.value.path().read_bytes() == b"%PDF-1.4\n%%EOF"


def test_a_page_that_calls_itself_a_pdf_is_never_opened(viewer, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"<script>alert(1)</script>")
    page = viewer(tmp_path / "report.pdf")
    expect(page.get_by_role("link", name="Open the document")).to_have_count(0)
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()


def test_the_worker_may_compile_webassembly_and_nothing_else_that_a_page_may_not(viewer, troubles):
    troubles.expect("example.com|unsafe-eval|wasm-unsafe-eval|wasm-eval|TrustedScript|trusted-types-sink")
    page = viewer(sample("CT_small.dcm"))
    (worker,) = page.workers
    assert worker.evaluate(TRIES) == ["EvalError", "TypeError", "compiled", True, True]
    assert page.evaluate(TRIES) == ["EvalError", "TypeError", "CompileError", True, True]


def test_the_worker_ends_with_the_viewer(viewer):
    page = viewer(sample("CT_small.dcm"))
    assert len(page.workers) == 1
    show(page, sample("MR_small.dcm"))
    assert len(page.workers) == 1


# --- Looks


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_axe_finds_nothing_in_any_state(viewer, axe, stack, size, dark):
    page = viewer(*stack, sample("MR_small.dcm"), sample("rtplan.dcm"), size=size, dark=dark)
    axe(page)
    page.get_by_role("button", name="More").click()
    axe(page)
    page.get_by_role("button", name="Keys").click()
    axe(page)
    page.keyboard.press("Escape")
    stage(page).focus()
    press(page, "b")
    axe(page)
    show(page, sample("JPEG-lossy.dcm"))
    axe(page)


def test_a_phone_needs_no_sideways_scroll_and_has_large_buttons(viewer, stack):
    page = viewer(*stack, size="phone")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    for button in page.locator(".bar button").all():
        box = button.bounding_box()
        assert (box["height"] >= 44, box["width"] >= 44) == (True, True)
        assert button.evaluate("(each) => each.scrollWidth <= each.clientWidth")


def test_the_stage_shows_its_focus(viewer, stack):
    page = viewer(*stack)
    page.keyboard.press("Tab")
    while not stage(page).evaluate("(stage) => stage === document.activeElement"):
        page.keyboard.press("Tab")
    ring = "(stage) => getComputedStyle(stage, '::after').borderTopWidth"
    assert stage(page).evaluate(ring) == "3px"


def test_pictures_of_the_viewer(viewer, screenshot, stack):
    page = viewer(sample("693_UNCR.dcm"))
    screenshot(page, "viewer-ct")
    show(page, sample("MR2_UNCR.dcm"))
    screenshot(page, "viewer-mr")
    show(page, sample("RG3_UNCR.dcm"))
    screenshot(page, "viewer-xray")
    show(page, sample("color3d_jpeg_baseline.dcm"))
    screenshot(page, "viewer-ultrasound")
    show(page, sample("JPEG-lossy.dcm"))
    screenshot(page, "viewer-not-renderable")
    show(page, *stack, sample("MR_small.dcm"))
    page.get_by_role("button", name="More").click()
    screenshot(page, "viewer-more")
    page.get_by_role("button", name="Keys").click()
    screenshot(page, "viewer-keys")
