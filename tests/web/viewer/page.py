"""What tests do with a page of the viewer alone."""

import base64
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect
from pydicom.data import get_testdata_file

from radiogram.dicom.picture import Picture

PYDICOM = Path(get_testdata_file("CT_small.dcm")).parent

REAL = Path(get_testdata_file("693_UNCR.dcm")).parent


def sample(name: str) -> Path:
    return next(folder / name for folder in (PYDICOM, REAL) if (folder / name).is_file())


def not_shown(folder: Path) -> Path:
    """A file that no decoder here is for: JPEG of 12 bits where 8 are all that there may be."""
    data = sample("JPGExtended.dcm").read_bytes()
    file = folder / "12-bit-baseline.dcm"
    file.write_bytes(data.replace(b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.50"))
    return file


def show(page, *files) -> None:
    """Mounts the viewer with these files, and waits for the first picture."""
    field = page.get_by_label("Show", exact=True)
    field.focus()  # as whoever chooses files: the viewer that goes does not take the focus along
    field.set_input_files([str(each) for each in files])
    expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("Opening|Viewer alone"), timeout=60_000)
    settle(page)


def stage(page):
    return page.get_by_role("application")


def settle(page) -> None:
    """Until what was asked for last is on the canvas."""
    expect(stage(page)).not_to_have_attribute("aria-busy", "true", timeout=60_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def hold_decoding(page):
    """The Worker hears nothing from now on, until what is returned is called."""
    page.evaluate("""() => {
      const post = Worker.prototype.postMessage;
      const held = [];
      Worker.prototype.postMessage = function (...message) { held.push(() => post.apply(this, message)); };
      globalThis.__decode = () => { Worker.prototype.postMessage = post; for (const send of held) send(); };
    }""")
    return lambda: page.evaluate("__decode()")


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


def name_of(page) -> str:
    return stage(page).get_attribute("aria-label")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def corner(page, place: str) -> str:
    return page.locator(f".corner.{place}").inner_text()


def shown_frame(page) -> int:
    """The frame on the stage, from 0."""
    said = page.get_by_role("slider")
    return int(said.input_value()) - 1 if said.is_visible() else 0


def difference(page, file: Path, twin: Path | None = None) -> np.ndarray:
    """How far what is drawn of a file is from the Python preview of it, or of a twin of it that is not compressed."""
    picture = Picture(twin or file)
    show(page, file)
    expected = picture.frame(shown_frame(page), None)
    drawn = at_full_size(page, *expected.size)
    return np.abs(drawn - np.asarray(expected.convert("RGB")).astype(int))
