"""The first step, images: read, left out, kept apart by person, and dropped."""

import re

from playwright.sync_api import expect
from pydicom.fileset import FileSet

from tests.web.controls import heading, press
from tests.web.send.material import PICTURE, slices, study_header
from tests.web.send.page import choose

READ_A_HUNDRED = """() => {
  const { postMessage } = Worker.prototype;
  let asked = 0;
  Worker.prototype.postMessage = function (...message) { if (asked++ < 100) postMessage.apply(this, message); };
}"""


def test_the_first_step_asks_for_files(page, look):
    send = page("send.html")
    expect(send.get_by_text("Drop DICOM files or a folder here.")).to_be_visible()
    expect(send.get_by_label("Choose a folder")).to_have_attribute("webkitdirectory", "")
    look(send, "empty", dark=True)


def test_reading_can_be_stopped(page, tmp_path, look):
    header = study_header(tmp_path)
    files = [tmp_path / f"{place}.dcm" for place in range(2000)]
    for file in files:
        file.write_bytes(header)
    send = page("send.html")
    send.evaluate(READ_A_HUNDRED)
    choose(send, files)
    expect(send.get_by_text(re.compile(r"Reading file \d+ of 2,000")).first).to_be_visible()
    look(send, "reading", brief=True)
    send.get_by_role("button", name="Stop", exact=True).click()
    expect(send.locator("main").get_by_text("Stopped. Nothing was chosen.")).to_be_visible()
    expect(send.get_by_label("Choose files")).to_be_focused()


def test_pictures_and_reports_go_along(page, tmp_path, study, look):
    for name in ("report.pdf", "photo.png"):
        (tmp_path / name).write_bytes(b"%PDF-1.4" if name.endswith("pdf") else PICTURE)
    send = page("send.html")
    choose(send, [*study, tmp_path / "report.pdf", tmp_path / "photo.png"])
    expect(heading(send, "Step 2: Patient")).to_be_focused()
    expect(send.get_by_text("CT head, 3 images and 2 other files: report.pdf, photo.png")).to_be_visible()
    expect(send.get_by_role("img", name="Preview of the images")).to_be_visible()
    look(send, "patient")


def test_files_that_are_no_images_stay_unless_asked_for(page, tmp_path, study, look):
    names = ["notes.txt", "a.doc", "b.xls", "c.exe"]
    for name in names:
        (tmp_path / name).write_text("not an image")
    send = page("send.html")
    choose(send, [*study, *[tmp_path / name for name in names]])
    expect(heading(send, "We left 4 files out.")).to_be_focused()
    expect(send.get_by_text("4 files are not medical images: notes.txt, a.doc, b.xls and 1 more.")).to_be_visible()
    look(send, "left-out")
    press(send, "Go on without")
    expect(send.get_by_text("CT head, 3 images", exact=False).first).to_be_visible()
    expect(heading(send, "Step 2: Patient")).to_be_focused()
    press(send, "Change images")
    choose(send, [*study, tmp_path / "notes.txt"])
    press(send, "Send it too")
    expect(send.get_by_text("CT head, 3 images and 1 other file: notes.txt")).to_be_visible()


def test_files_that_name_nobody_stay_unless_asked_for(page, tmp_path, study):
    (tmp_path / "cut.dcm").write_bytes(study[0].read_bytes()[:200])
    send = page("send.html")
    choose(send, [*study, tmp_path / "cut.dcm"])
    expect(heading(send, "We left 1 file out.")).to_be_focused()
    expect(send.get_by_text("1 file names nobody, or cannot be read: cut.dcm.")).to_be_visible()
    press(send, "Send it too")
    expect(send.get_by_text("CT head, 3 images and 1 other file: cut.dcm")).to_be_visible()


def test_nothing_to_send_is_said(page, tmp_path):
    (tmp_path / "notes.txt").write_text("not an image")
    send = page("send.html")
    choose(send, [tmp_path / "notes.txt"])
    expect(heading(send, "Nothing here is a medical image.")).to_be_focused()


def test_names_that_cannot_be_on_every_computer_are_refused(page, tmp_path):
    (tmp_path / "what?.png").write_bytes(PICTURE)
    send = page("send.html")
    choose(send, [tmp_path / "what?.png"])
    expect(heading(send, "These files cannot be sent.")).to_be_focused()
    expect(send.get_by_text("what?.png")).to_be_visible()


def test_too_much_for_the_storage_is_said_at_once(page, serve, tmp_path):
    (tmp_path / "large.png").write_bytes(PICTURE + bytes(2_000_000))
    send = page("send.html", site=serve("--max-upload", "1MB"))
    choose(send, [tmp_path / "large.png"])
    expect(heading(send, "These are too many images.")).to_be_focused()


def test_images_of_two_people_go_to_one(page, tmp_path, study, look):
    other = slices(tmp_path / "other", 2, PatientName="Okafor^Gracia", PatientID="4471 903")
    renamed = [file.rename(file.with_name(f"other-{file.name}")) for file in other]
    send = page("send.html")
    choose(send, [*study, *renamed])
    expect(heading(send, "These images belong to 2 people.")).to_be_focused()
    expect(send.get_by_text("OKAFOR, Gracia (2)")).to_be_visible()
    look(send, "two-people")
    press(send, "Keep OKAFOR, Gracia")
    expect(send.get_by_text("CT head, 2 images")).to_be_visible()


def test_two_people_of_one_name_are_told_apart(page, tmp_path, study):
    other = slices(tmp_path / "other", 1, PatientID="9")
    send = page("send.html")
    choose(send, [*study, other[0].rename(other[0].with_name("other.dcm"))])
    expect(send.get_by_role("button", name="Keep OKAFOR, Grace, number 4471 902")).to_be_visible()
    expect(send.get_by_role("button", name="Keep OKAFOR, Grace, number 9")).to_be_visible()


def test_a_kind_of_picture_that_often_shows_a_name_is_to_be_looked_at(page, tmp_path, look):
    files = slices(tmp_path / "us", 1, Modality="US", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    send = page("send.html")
    choose(send, files)
    expect(send.get_by_text("A name may be drawn in the picture itself.")).to_be_visible()
    send.get_by_role("link", name="Look at the preview.").click()
    look(send, "burned-in")


def test_files_can_be_dropped_anywhere(page, tmp_path, look):
    send = page("send.html")
    carry = send.evaluate_handle(
        """() => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array([137, 80, 78, 71])], "photo.png")); return data; }"""
    )
    layer = send.get_by_text("Let go to add these images")
    drag = lambda kind: send.dispatch_event("body", kind, {"dataTransfer": carry})  # noqa: E731
    drag("dragenter")
    expect(layer).to_be_visible()
    look(send, "drop")
    send.keyboard.press("Escape")
    expect(layer).to_be_hidden()
    drag("dragleave")
    drag("dragover")
    expect(layer).to_be_visible()
    drag("drop")
    expect(layer).to_be_hidden()
    expect(send.locator("main").get_by_text("photo.png")).to_be_visible()


def test_a_list_of_a_disc_does_not_bring_another_person_along(page, tmp_path):
    """A DICOMDIR that lists two people belongs to both."""
    disc = {"StudyTime": "120000", "StudyID": "1", "SeriesNumber": 1}
    study = slices(tmp_path / "study", **disc)
    other = slices(tmp_path / "other", 1, PatientName="Okafor^Gracia", PatientID="4471 903", **disc)
    renamed = other[0].rename(other[0].with_name("other.dcm"))
    listing = FileSet()
    for file in (study[0], renamed):
        listing.add(file)
    listing.write(tmp_path / "disc")
    send = page("send.html")
    choose(send, [*study, renamed, tmp_path / "disc" / "DICOMDIR"])
    expect(send.get_by_text("Left out, as several people are named there: DICOMDIR.")).to_be_visible()
    press(send, "Keep OKAFOR, Gracia")
    expect(send.get_by_text("CT head, 1 image")).to_be_visible()


def test_what_comes_with_the_images_of_two_people_is_named_and_goes_along_only_when_asked_for(
    page, tmp_path, study, look
):
    other = slices(tmp_path / "other", 1, PatientName="Okafor^Gracia", PatientID="4471 903")
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4")
    files = [*study, other[0].rename(other[0].with_name("other.dcm")), tmp_path / "report.pdf"]
    send = page("send.html")
    choose(send, files)
    expect(send.get_by_text("Nobody is named there, so you are asked next: report.pdf.")).to_be_visible()
    press(send, "Keep OKAFOR, Grace")
    expect(heading(send, "We left 1 file out.")).to_be_focused()
    expect(send.get_by_text("1 file may be another person’s: report.pdf.")).to_be_visible()
    look(send, "left-out-of-two")
    press(send, "Send it too")
    expect(send.get_by_text("CT head, 3 images and 1 other file: report.pdf")).to_be_visible()
    press(send, "Change images")
    choose(send, files)
    press(send, "Keep OKAFOR, Gracia")
    press(send, "Go on without")
    expect(send.get_by_text("CT head, 1 image")).to_be_visible()
