"""A patient sends a study from the page to their doctor's system: Orthanc, behind nginx as docs/export.md has it."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Error, expect
from pydicom.data import get_testdata_file

from tests.dicom.export.receivers import make_certificate
from tests.orthanc import PLUGINS, running
from tests.web.controls import heading, press
from tests.web.open.doctors_system import SECRET, USER, behind_nginx
from tests.web.test_presses import presses  # noqa: F401 - a fixture

BUTTON = "Send to my doctor’s system"
LEFT_OUT = [
    "2.dcm: another file has the same SOPInstanceUID",
    "3.dcm: it has no header of a DICOM file",
    "DICOMDIR: it is a DICOMDIR, which lists files for media alone",
    "letter.pdf: it is no DICOM file",
]


@pytest.fixture
def archive(need, monkeypatch, tmp_path):
    """Lets in nginx alone."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    plugin = PLUGINS / "libOrthancDicomWeb.so"
    if not plugin.exists():
        need(plugin.name, "orthanc-dicomweb")
    (tmp_path / "orthanc").mkdir()
    with running(need("Orthanc", "orthanc"), tmp_path / "orthanc", {USER: SECRET}, Plugins=[str(plugin)]) as started:
        yield started


@pytest.fixture
def system(need, archive, tmp_path, troubles):
    """system(replaced…): what a doctor gives a patient, each of whose tokens must be left nowhere."""
    opened = []

    def start(*replaced, **options):
        token = f"token-{secrets.token_hex(8)}"
        troubles.secret(token)
        (tmp_path / "nginx").mkdir()
        starting = behind_nginx(need("nginx", "nginx-light"), tmp_path / "nginx", archive, token, *replaced, **options)
        opened.append(starting)
        made = starting.__enter__()
        troubles.origins.add(made.url.removesuffix("/dicom-web"))
        return made

    yield start
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def study(postbox, small, kept, tmp_path):
    """An image, the same once more, one without a header of its own, a directory, and a letter."""
    if "for the doctor" not in kept:
        folder = tmp_path / "study"
        folder.mkdir()
        (folder / "1.dcm").write_bytes(small.read_bytes())
        (folder / "2.dcm").write_bytes(small.read_bytes())
        (folder / "3.dcm").write_bytes(small.read_bytes()[132:])
        (folder / "DICOMDIR").write_bytes(Path(get_testdata_file("DICOMDIR", download=False)).read_bytes())
        (folder / "letter.pdf").write_bytes(b"%PDF-1.4")
        kept["for the doctor"] = postbox.add(folder)
    return kept["for the doctor"]


def inside(page):
    """The page within the page."""
    return page.frame_locator("iframe.doctor")


def paste(frame, text: str) -> None:
    frame.get_by_label("Address of the system").evaluate(
        """(field, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          if (field.dispatchEvent(event)) field.value = text.replaceAll(/[\\r\\n]/g, "");
        }""",
        text,
    )


def tab_to(page, frame, name: str) -> None:
    """By the Tab key alone, into the page within too."""
    for _ in range(30):
        page.keyboard.press("Tab")
        found = frame.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent")
        if frame.evaluate("document.hasFocus()") and found == name:
            return
    raise AssertionError(f"{name} is not reached")


def press_within(frame, name: str) -> None:
    """Until the page within hears of it: a browser loses what is pressed in a frame that grows at that moment."""
    root = frame.locator(":root")
    for _ in range(10):
        root.evaluate(
            """() => {
              window.heard = false;
              addEventListener("click", () => (window.heard = true), { capture: true, once: true });
            }"""
        )
        press(frame, name)
        if root.evaluate("() => window.heard"):
            return
    raise AssertionError(f"{name} is not heard")


def leave(page, frame) -> None:
    """Without a pointer: a press in a page that goes with it may have no end for who waits for it."""
    button = frame.get_by_role("button", name="Close")
    expect(button).to_be_visible()
    with suppress(Error):  # the frame may be gone before it says that it heard
        button.evaluate("(button) => void setTimeout(() => button.click())")
    expect(page.locator("iframe.doctor")).to_have_count(0)


def confirm(page, system, token: str | None = None):
    """To the question, whose Send is pressed."""
    press(page, BUTTON)
    frame = inside(page)
    paste(frame, f"{system.url}\n{token or system.token}")
    press_within(frame, "Continue")
    expect(heading(frame, f"Send these images to {system.host}?")).to_be_focused()
    press_within(frame, f"Send to {system.host}")
    return frame


@pytest.mark.any_certificate
def test_a_study_comes_there_bit_for_bit_over_tls_with_three_presses(
    opened,
    ct,
    chest,
    system,
    tmp_path,
    axe,
    presses,  # noqa: F811
    screenshot,
):
    doctors = system(tls=make_certificate(tmp_path))
    at = opened(ct)
    presses()
    press(at, BUTTON)
    expect(heading(at, BUTTON, level=2)).to_be_focused()
    frame = inside(at)
    expect(frame.get_by_text("12 DICOM files, 6.3 MB, exactly as the hospital made them.")).to_be_visible()
    axe(at)
    screenshot(at, "open-44-doctors-system", full_page=True)
    paste(frame, f"{doctors.url} {doctors.token}")
    press_within(frame, "Continue")
    expect(frame.get_by_text("OKAFOR, Grace")).to_be_visible()
    expect(frame.get_by_text(f"Whoever runs {doctors.host} can see them then")).to_be_visible()
    assert doctors.archive.files() == []
    axe(at)
    screenshot(at, "open-45-doctors-system-sure", full_page=True)
    press_within(frame, f"Send to {doctors.host}")
    expect(heading(frame, f"{doctors.host} has your images.")).to_be_focused(timeout=60_000)
    assert presses() == 3
    axe(at)
    screenshot(at, "open-46-doctors-system-sent", full_page=True)

    assert sorted(doctors.archive.files()) == sorted(path.read_bytes() for path in chest.iterdir())
    assert doctors.token not in doctors.log.read_text()
    leave(at, frame)
    expect(at.get_by_role("button", name=BUTTON)).to_be_focused()


def test_what_is_not_sent_is_named_and_what_the_system_has_is_no_failure_the_second_time(opened, study, small, system):
    doctors = system()
    at = opened(study)
    for _ in range(2):
        press(at, BUTTON)
        frame = inside(at)
        expect(frame.get_by_text("4 files can’t be sent there:")).to_be_visible()
        expect(frame.get_by_role("listitem")).to_have_text(LEFT_OUT)
        paste(frame, f"{doctors.url}/studies\n{doctors.token}")
        press_within(frame, "Continue")
        press_within(frame, f"Send to {doctors.host}")
        expect(heading(frame, f"{doctors.host} has your images.")).to_be_visible()
        leave(at, frame)
    assert doctors.archive.files() == [small.read_bytes()]


def test_a_study_without_a_dicom_file_is_not_sent_and_it_says_why(opened, postbox, tmp_path):
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4")
    at = opened(postbox.add(tmp_path / "letter.pdf"))
    press(at, BUTTON)
    expect(heading(at, "Nothing here can be sent.")).to_be_visible()
    expect(at.locator("iframe")).to_have_count(0)
    press(at, "Close")
    expect(at.get_by_role("button", name=BUTTON)).to_be_focused()


def test_the_keyboard_alone_sends_it(opened, one, small, system):
    doctors = system()
    at = opened(one)
    at.get_by_role("button", name=BUTTON).focus()
    at.keyboard.press("Enter")
    expect(inside(at).get_by_label("Address of the system")).to_be_visible()
    within = at.frames[1]
    tab_to(at, within, "Address of the system")
    at.keyboard.type(doctors.url)
    tab_to(at, within, "Token")
    at.keyboard.type(doctors.token)
    at.keyboard.press("Enter")
    tab_to(at, within, f"Send to {doctors.host}")
    at.keyboard.press("Enter")
    expect(heading(inside(at), f"{doctors.host} has your images.")).to_be_focused()
    tab_to(at, within, "Close")
    leave(at, inside(at))
    expect(at.get_by_role("button", name=BUTTON)).to_be_focused()
    assert doctors.archive.files() == [small.read_bytes()]


@pytest.mark.parametrize(
    ("address", "token", "words"),
    [
        ("pacs.example", "", "This is not the address of such a system."),
        ("http://pacs.example/dicom-web", "", "Your images would travel unencrypted."),
        ("https://me:secret@pacs.example", "", "Leave out what stands before the @."),
        ("https://pacs.example/?token=1", "", "This is not the address of such a system."),
        ("https://pacs.example/dicom-web", "two words", "A token is one word"),
    ],
)
def test_an_address_or_token_that_can_not_be_meant_is_refused_at_its_field(opened, one, address, token, words):
    at = opened(one)
    press(at, BUTTON)
    frame = inside(at)
    frame.get_by_label("Address of the system").fill(address)
    frame.get_by_label("Token", exact=True).fill(token)
    press_within(frame, "Continue")
    expect(frame.get_by_text(words)).to_be_visible()
    expect(frame.get_by_label("Token" if token else "Address of the system", exact=True)).to_be_focused()


def test_a_wrong_token_stores_nothing_and_the_right_one_does_then(opened, one, small, system, troubles, screenshot):
    troubles.expect("401")
    doctors = system()
    frame = confirm(opened(one), doctors, "not-the-token")
    expect(heading(frame, f"{doctors.host} does not let you in.")).to_be_focused()
    assert doctors.archive.files() == []
    press_within(frame, "Change address or token")
    expect(frame.get_by_label("Address of the system")).to_have_value(doctors.url)
    frame.get_by_label("Token", exact=True).fill(doctors.token)
    press_within(frame, "Continue")
    press_within(frame, f"Send to {doctors.host}")
    expect(heading(frame, f"{doctors.host} has your images.")).to_be_visible()
    assert doctors.archive.files() == [small.read_bytes()]


def test_a_system_that_lets_in_no_other_sites_is_told_from_none_and_its_keeper_what_to_do(
    opened, one, system, troubles, screenshot
):
    troubles.expect("CORS|ERR_FAILED")
    doctors = system(('Access-Control-Allow-Origin  "*"', 'Access-Control-Allow-Origin  "https://other.example"'))
    at = opened(one)
    frame = confirm(at, doctors)
    expect(heading(frame, f"{doctors.host} did not answer, or not to this page.")).to_be_focused()
    frame.get_by_text("Details", exact=True).click()
    expect(frame.get_by_text("Access-Control-Allow-Headers: authorization, content-type")).to_be_visible()
    screenshot(at, "open-47-doctors-system-cors", full_page=True)
    assert doctors.archive.files() == []


def test_a_certificate_that_is_not_trusted_sends_nothing(opened, one, system, tmp_path, troubles):
    troubles.expect("ERR_CERT")
    doctors = system(tls=make_certificate(tmp_path))
    frame = confirm(opened(one), doctors)
    expect(heading(frame, f"{doctors.host} did not answer, or not to this page.")).to_be_focused()
    assert doctors.archive.files() == []


def test_an_address_where_there_is_no_such_service_is_told(opened, one, system, troubles):
    troubles.expect("404")
    doctors = system(("location = /dicom-web/studies {", "location /dicom-web/studies {"), ("return 401", "return 404"))
    frame = confirm(opened(one), doctors, "not-the-token")
    expect(heading(frame, f"At this address, {doctors.host} takes no images.")).to_be_focused()


def test_a_page_that_answers_in_place_of_the_service_has_stored_nothing(opened, one, system):
    doctors = system(("return 401;", "return 200 '<html>Welcome</html>';"))
    frame = confirm(opened(one), doctors, "not-the-token")
    expect(heading(frame, f"At this address, {doctors.host} takes no images.")).to_be_focused()


def test_one_that_sends_elsewhere_is_not_followed(opened, one, system, hostile, troubles):
    asked = []
    elsewhere = hostile(lambda request: asked.append(request.path))
    troubles.expect(f"Content Security Policy|connect-src|CORS|{elsewhere.url}")
    doctors = system(("return 401;", f"return 307 {elsewhere.url}/dicom-web/studies;"))
    frame = confirm(opened(one), doctors, "not-the-token")
    expect(heading(frame, f"{doctors.host} did not answer, or not to this page.")).to_be_focused()
    assert asked == []


def test_without_a_network_it_says_so(opened, one, system, browser, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    doctors = system()
    at = opened(one)
    press(at, BUTTON)
    frame = inside(at)
    paste(frame, f"{doctors.url} {doctors.token}")
    press_within(frame, "Continue")
    browser.set_offline(True)
    press_within(frame, f"Send to {doctors.host}")
    expect(heading(frame, "You are offline.")).to_be_focused()
    browser.set_offline(False)
    press_within(frame, "Try again")
    expect(heading(frame, f"{doctors.host} has your images.")).to_be_visible()


def test_a_file_that_is_too_large_is_named_and_the_others_are_there(opened, postbox, small, system, troubles, tmp_path):
    troubles.expect("413")
    doctors = system(("client_max_body_size    2g;", "client_max_body_size 100k;"))
    large = pydicom.dcmread(small)
    large.SOPInstanceUID = large.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.10.9"
    large.SeriesDescription, large.InstanceNumber = "Thorax", 7
    large.add_new(0x00091002, "OB", bytes(1 << 20))
    (tmp_path / "study").mkdir()
    large.save_as(tmp_path / "study" / "large.dcm")
    (tmp_path / "study" / "small.dcm").write_bytes(small.read_bytes())
    at = opened(postbox.add(tmp_path / "study"))
    posts = []
    at.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    frame = confirm(at, doctors)
    expect(heading(frame, f"{doctors.host} did not take 1 of 2 files.")).to_be_focused()
    expect(frame.get_by_text("Thorax, number 7 (large.dcm): it is too large for the system")).to_be_visible()
    assert doctors.archive.files() == [small.read_bytes()]
    asked = posts.count(f"{doctors.url}/studies")
    press_within(frame, "Send these again")
    expect(heading(frame, f"{doctors.host} did not take 1 of 2 files.")).to_be_focused()
    assert posts.count(f"{doctors.url}/studies") == asked + 1  # those that are there are not sent again


def test_it_can_be_stopped_and_gone_on_with(opened, ct, system):
    doctors = system(("proxy_request_buffering off;", "proxy_request_buffering off; limit_rate 100;"))  # a slow answer
    at = opened(ct)
    frame = confirm(at, doctors)
    expect(heading(frame, f"Sending to {doctors.host}")).to_be_focused()
    press_within(frame, "Cancel")
    expect(heading(frame, "Stopped.")).to_be_focused()
    press_within(frame, "Send the rest")
    expect(heading(frame, f"Sending to {doctors.host}")).to_be_focused()
    press_within(frame, "Cancel")


def test_locking_ends_it_and_takes_the_token_away(opened, one, system):
    doctors = system()
    at = opened(one)
    press(at, BUTTON)
    paste(inside(at), f"{doctors.url} {doctors.token}")
    press(at, "Unlocked")
    press(at, "Lock now")
    expect(at.locator("iframe")).to_have_count(0)
    assert doctors.archive.files() == []


def test_the_page_within_has_an_origin_of_its_own_and_speaks_to_the_named_host_alone(
    opened, one, system, troubles, site
):
    troubles.expect("Content Security Policy|connect-src|404")
    doctors = system()
    at = opened(one)
    frame = confirm(at, doctors)
    expect(heading(frame, f"{doctors.host} has your images.")).to_be_visible()
    within = at.frames[1]
    tried = "(url) => fetch(url, { mode: 'no-cors' }).then(() => 'let through', () => 'blocked')"
    assert within.evaluate("origin") == "null"
    assert (
        within.evaluate("() => { try { return parent.document.title } catch ({ name }) { return name } }")
        == "SecurityError"
    )
    assert (
        within.evaluate("() => { try { return localStorage.length } catch ({ name }) { return name } }")
        == "SecurityError"
    )
    assert within.evaluate(tried, doctors.url) == "let through"
    assert within.evaluate(tried, "https://elsewhere.example/") == "blocked"
    assert (
        at.evaluate(tried, doctors.url) == "blocked"
    )  # the page with the key may speak to its own site alone, as before
    troubles.wait_for("connect-src https://elsewhere.example", at)


def test_the_page_within_does_nothing_alone_and_has_an_origin_of_its_own_there_too(page):
    at = page("doctor.html")
    expect(at.get_by_text("This page is a part of Open images, and does nothing alone.")).to_be_visible()
    assert at.evaluate("origin") == "null"
    at.goto("about:blank")
