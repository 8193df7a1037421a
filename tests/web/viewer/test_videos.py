"""Videos on the page: played where the browser can, and saved as files that play."""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.dicom.test_documents import ENDOSCOPY, H264, dicom, fragments, stored
from tests.web.viewer.page import settle, stage

MPEG2 = "1.2.840.10008.1.2.4.100"


def within_dicom(data: bytes, syntax: str = H264) -> bytes:
    """As an endoscopy of 64 × 48 pixels."""
    shape = {"Rows": 48, "Columns": 64, "NumberOfFrames": 10, "Modality": "ES", "SamplesPerPixel": 3}
    return stored(dicom(ENDOSCOPY, syntax, **shape), fragments(data + bytes(len(data) % 2)))


@pytest.fixture(scope="module")
def mp4(need, tmp_path_factory) -> bytes:
    """A real one: a second of 64 × 48 pixels, H.264."""
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    subprocess.run([need("ffmpeg"), "-v", "error", *source, *coding, path], check=True)
    return path.read_bytes()


def saved(page) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Save a copy").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_video_is_played_on_the_page_and_saved_as_it_was_put_in(viewer, tmp_path, mp4):
    (tmp_path / "a.dcm").write_bytes(within_dicom(mp4))
    page = viewer(tmp_path / "a.dcm")
    video = page.locator("video")
    expect(video).to_be_visible()
    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    assert video.evaluate("(video) => [video.videoWidth, video.videoHeight]") == [64, 48]
    assert video.get_attribute("src").startswith("blob:")
    assert video.evaluate("(video) => video.error") is None
    name, data = saved(page)
    assert (name, data[: len(mp4)]) == ("a.dcm.mp4", mp4)


def test_a_video_falls_silent_when_something_else_is_looked_at(viewer, stack, tmp_path, mp4):
    (tmp_path / "a.dcm").write_bytes(within_dicom(mp4))
    page = viewer(tmp_path / "a.dcm", *stack)
    choice = page.get_by_label("Series")
    options = choice.locator("option").all_inner_texts()
    assert sorted(each[3:] for each in options) == ["CT chest, 20 slices", "Video: Endoscopy"]
    choice.select_option(str(next(at for at, each in enumerate(options) if "Video" in each)))
    expect(page.locator("video")).to_be_visible()
    choice.select_option(str(next(at for at, each in enumerate(options) if "CT" in each)))
    settle(page)
    expect(page.locator("video")).to_have_count(0)


@pytest.mark.parametrize(
    ("data", "syntax", "suffix"),
    [
        (b"\0\0\0\x18ftypmp42" + bytes(1000), H264, ".mp4"),
        (b"\0\0\1\xb3abcd", MPEG2, ".m2v"),
        (b'<!doctype html><script>alert(1)</script><video src="https://a.example/x">', H264, ".h264"),
        (b"#EXTM3U\nhttps://a.example/x.ts\n", H264, ".h264"),
    ],
)
def test_what_the_browser_cannot_play_is_said_and_saved(viewer, tmp_path, data, syntax, suffix):
    (tmp_path / "a.dcm").write_bytes(within_dicom(data, syntax))
    page = viewer(tmp_path / "a.dcm")
    expect(page.get_by_role("heading", name="This is a video.")).to_be_visible()
    expect(stage(page)).to_contain_text("This browser cannot play it. A video player can: save a copy.")
    expect(page.locator("video")).to_have_count(0)
    name, saved_data = saved(page)
    assert (name, saved_data[: len(data)]) == (f"a.dcm{suffix}", data)


def test_a_video_that_is_cut_short_is_refused_by_name(viewer, tmp_path, mp4):
    (tmp_path / "cut.dcm").write_bytes(within_dicom(mp4)[:-500])
    page = viewer(tmp_path / "cut.dcm")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    page.get_by_text("1 file we cannot show").click()
    expect(page.get_by_role("listitem")).to_contain_text("This file is cut short: its video is not all there.")
