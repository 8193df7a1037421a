"""The Worker that decodes: what it loads, what it may do, and what damaged images do to it."""

import random
import re

import pytest
from playwright.sync_api import expect

from tests.web.browser import TRIES
from tests.web.viewer.page import difference, sample, show

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
