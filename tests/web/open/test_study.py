"""The open study: its title and picture, files of other kinds, and who sent it."""

from PIL import Image
from playwright.sync_api import expect

from tests.web.controls import heading
from tests.web.open.page import know, take, unlock


def test_the_open_study_has_its_title_and_the_picture_near_the_top_of_a_phone(opened, ct, axe, screenshot):
    at = opened(ct, viewport="phone")
    expect(heading(at, "CT scan of your chest")).to_be_visible()
    expect(at).to_have_title("CT scan of your chest – Radiogram")
    stage = at.get_by_role("application")
    expect(stage).to_be_visible(timeout=30_000)
    at.wait_for_timeout(500)
    at.evaluate("scrollTo(0, 0)")
    assert stage.bounding_box()["y"] <= 262
    axe(at)
    screenshot(at, "open-40-open")


def test_at_400_percent_nothing_scrolls_sideways(opened, ct):
    at = opened(ct, viewport="phone")
    expect(at.get_by_role("application")).to_be_visible(timeout=30_000)
    assert at.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_report_goes_along_and_each_file_can_be_saved(opened, postbox, small, tmp_path, axe, screenshot):
    folder = tmp_path / "mixed"
    folder.mkdir()
    Image.new("RGB", (400, 300), "#345").save(folder / "photo.png")
    Image.new("RGB", (300, 400), "#853").save(folder / "photo.jpg")
    Image.new("RGB", (200, 200), "#fff").save(folder / "report.pdf")
    (folder / "notes.txt").write_text("Nothing.")
    (folder / "scan.dcm").write_bytes(small.read_bytes())
    at = opened(postbox.add(folder))
    expect(at.get_by_role("option", name="report.pdf")).to_be_attached(timeout=30_000)
    expect(at.locator("canvas")).to_be_visible()
    axe(at)
    screenshot(at, "open-42-mixed")


def test_a_picture_that_no_program_here_shows_keeps_its_place_and_is_saved(opened, postbox, tmp_path, axe, screenshot):
    (tmp_path / "strange.bin").write_bytes(bytes(range(256)))
    at = opened(postbox.add(tmp_path / "strange.bin"))
    expect(at.get_by_text("We cannot show this kind of picture.").first).to_be_visible(timeout=30_000)
    axe(at)
    screenshot(at, "open-43-not-shown")
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save a copy", exact=True).click()
    assert saved.value.path().read_bytes() == bytes(range(256))


def test_a_name_comes_from_the_patient_and_never_from_the_letter(
    page, postbox, person, technologist, ct, axe, screenshot
):
    postbox.send(person, ct)
    at = page()
    unlock(at, person)
    expect(heading(at, "Unknown sender")).to_be_visible()
    assert "St Anne" not in at.locator("body").inner_text()
    take(at)
    at.get_by_text("About these images").click()
    expect(at.get_by_text("“St Anne Hospital”. Anybody can call themselves anything.")).to_be_visible()
    expect(at.get_by_text("The sender. They signed the list of images.")).to_be_visible()
    axe(at)
    at.get_by_label("Your name for this sender").fill("St Anne")
    at.get_by_role("button", name="Keep name").click()
    expect(at.get_by_text("From St Anne ·")).to_be_visible()
    assert technologist.address in at.evaluate("localStorage.getItem('radiogram.names')")
    screenshot(at, "open-44-about", full_page=True)


def test_a_list_that_nobody_signed_is_said_to_be_so(opened, postbox, small):
    at = opened(postbox.add(small, signature=b""))
    at.get_by_text("About these images").click()
    expect(at.get_by_text("Not signed: the list of images does not say who made it.")).to_be_visible()


def test_a_signature_of_another_list_is_nobodys(opened, postbox, small, technologist):
    at = opened(postbox.add(small, signature=postbox.signature(b"another list")))
    at.get_by_text("About these images").click()
    expect(at.get_by_text("Not signed by the sender.")).to_be_visible()
    expect(at.get_by_text("which you do not know: it may be anybody’s, or nobody’s")).to_be_visible()
    assert "They signed" not in at.locator("body").inner_text()


def test_a_study_handed_on_names_its_maker_if_the_reader_knows_them(
    page, postbox, person, stranger, technologist, small
):
    """From a stranger, of whom the reader has given no name; the maker's name is the reader's own for them."""
    postbox.send(person, postbox.add(small), stranger)
    at = page()
    know(at, technologist, "St Anne")
    unlock(at, person)
    take(at)
    at.get_by_text("About these images").click()
    expect(at.get_by_text("St Anne signed the list of images. The sender handed them on.")).to_be_visible()
