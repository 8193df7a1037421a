"""The viewer alone in a real Chromium, under the website's policy."""

import functools
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from radiogram.server.site import HEADERS, policy
from tests.web.browser import VIEWPORTS, WEB
from tests.web.viewer.page import sample, show, stage


class Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def end_headers(self):
        for name, value in (HEADERS | {"Content-Security-Policy": policy(self.path.lstrip("/"))}).items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
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
