"""What scanners have sent waits in the first step of Send images: chosen, sent once, and then gone from the outbox."""

import io
import os
import re
import subprocess
import tarfile
import time

import pytest
from playwright.sync_api import expect
from pydicom.uid import generate_uid

from tests.flows.receiving import data_set, said_by
from tests.web.conftest import stop
from tests.web.controls import heading, press, press_to
from tests.web.send.material import BORN, NAME, slices
from tests.web.send.page import agree_on_words, born, choose, enter, press_send
from tests.web.send.test_contacts import keep, unlock
from tests.web.send.test_interrupted import asked

TITLE = "Waiting from the scanner"
ACCOUNT = ("--account", "8")  # whose outbox no other test has
QUIET = 1.0  # seconds


class Department:
    """A receiver, a website that shows its outbox, and a scanner."""

    def __init__(self, scripts, receiver, said, storescu, folder):
        self.scripts, self.url, self.where = scripts, said["url"], said["outboxPage"].removeprefix(said["url"])
        self.address, self._storescu, self._folder = receiver, storescu, folder

    def scan(self, count: int = 2, first: int = 0, uid: str | None = None, **attributes) -> list:
        """Sends a study, or more of the one of that UID, as a scanner does; its files."""
        uid = uid or generate_uid()[:50].rstrip(".")
        made = slices(
            self._folder / uid, first + count, StudyInstanceUID=uid, SeriesInstanceUID=f"{uid}.1", **attributes
        )
        files = made[first:]
        to = ["-aec", "RADIOGRAM", self.address["host"], str(self.address["port"])]
        done = subprocess.run([self._storescu, *to, *map(str, files)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return files

    def waiting(self) -> list[int]:
        return [each["instances"] for each in self.scripts.json("outbox", "list", *ACCOUNT)["studies"]]


@pytest.fixture(scope="session")
def open_department(devnet, start_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scanner")
    receiver = devnet.start("receive", "--json", "--port", 0, "--quiet", QUIET, *ACCOUNT)
    address = said_by(receiver.stdout)
    process, said = start_site("--no-relay", "--outbox", *ACCOUNT)
    yield lambda storescu: Department(devnet, address, said, storescu, folder)
    stop(process)
    stop(receiver)


@pytest.fixture
def department(open_department, dcmtk):
    made = open_department(dcmtk("storescu"))
    yield made
    for each in made.scripts.json("outbox", "list", *ACCOUNT)["studies"]:
        made.scripts.json("outbox", "forget", each["id"], *ACCOUNT)
    made.scripts.json("outbox", "forget", "--refused", *ACCOUNT)


@pytest.fixture
def opened(page, department):
    """opened(): the page, by the address that was printed."""
    return lambda viewport="desktop": page(department.where, viewport, site=department.url)


def row(page, name: str = NAME):
    return page.get_by_role("list", name=TITLE).get_by_role("listitem").filter(has_text=name)


def choose_waiting(page, name: str = NAME) -> None:
    row(page, name).get_by_role("button", name=re.compile("^Choose (?!what)")).click()
    expect(heading(page, "Step 2: Patient")).to_be_focused(timeout=60_000)


def send_to(page, recipient: str) -> None:
    enter(page, recipient)
    agree_on_words(page)
    born(page, *BORN)
    press_send(page)
    expect(heading(page, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_a_study_from_the_scanner_is_chosen_sent_and_gone(
    opened, department, connected, newcomer, bundle_at, look, troubles
):
    files = department.scan(3)
    send = opened()
    expect(row(send)).to_contain_text("CT head · 12-Nov-2026 · 3 files")
    expect(row(send)).to_contain_text("14-Mar-1962 · 4471 902")
    expect(row(send)).to_contain_text("Arrived just now", timeout=30_000)
    assert "outbox=" not in send.url
    look(send, "waiting", dark=True)
    choose_waiting(send)
    person = newcomer()
    send_to(send, person.public_key)
    with tarfile.open(fileobj=io.BytesIO(bundle_at(person, person.address))) as bundle:
        members = [each for each in bundle.getmembers() if each.name.startswith("files/")]
        sent = {data_set(bundle.extractfile(each).read()) for each in members}
    assert sorted(each.name for each in members) == [f"files/study/0000{place}.dcm" for place in (1, 2, 3)]
    assert sent == {data_set(each.read_bytes()) for each in files}
    press(send, "Send to another patient")
    expect(send.get_by_text("Nothing waits.")).to_be_visible(timeout=30_000)
    assert department.waiting() == []
    look(send, "waiting-nothing")


def test_what_came_while_it_was_sent_stays(opened, department, connected, newcomer):
    uid = generate_uid()[:50].rstrip(".")
    department.scan(2, uid=uid)
    send = opened()
    choose_waiting(send)
    department.scan(1, first=2, uid=uid)
    send_to(send, newcomer().public_key)
    press(send, "Send to another patient")
    expect(row(send)).to_contain_text("1 file", timeout=30_000)
    assert department.waiting() == [1]


def test_a_study_that_still_arrives_says_so_and_can_be_chosen_as_it_is(opened, department):
    department.scan()
    for instance in department.scripts.home.glob("outbox/*/studies/*/*.age"):
        later = instance.stat().st_mtime + 3600  # as while its association is open
        os.utime(instance, (later, later))
    send = opened()
    expect(row(send)).to_contain_text("Still arriving")
    row(send).get_by_role("button", name=re.compile("^Choose what is there")).click()
    expect(heading(send, "Step 2: Patient")).to_be_focused(timeout=60_000)


def test_the_register_suggests_whom(opened, department, connected, patient, study):
    keep(opened(), study, patient.public_key)
    department.scan()
    send = opened()
    choose_waiting(send)
    unlock(send)
    offers = send.get_by_role("list", name="In your register").get_by_role("button")
    expect(offers).to_have_count(1)
    send.get_by_role("button", name="Change images").click()
    expect(row(send)).to_contain_text("In your register: Grace, bed 7")


def test_an_interrupted_sending_is_gone_on_with_and_then_gone(opened, department, connected, newcomer, messages):
    department.scan()
    person = newcomer()
    connected.hang_next = "eth_sendTransaction"
    send = opened()
    choose_waiting(send)
    enter(send, person.public_key)
    agree_on_words(send)
    born(send, *BORN)
    press_send(send)
    asked(send, connected)
    send.close(run_before_unload=False)
    connected.release()
    again = opened()
    choose_waiting(again)
    enter(again, person.public_key)
    agree_on_words(again)
    born(again, *BORN)
    press_send(again)
    leave = again.get_by_role("button", name="Leave it at that")
    expect(heading(again, f"Sent to {NAME}").or_(leave)).to_be_visible(timeout=60_000)
    if leave.is_visible():
        leave.click()
    deadline = time.monotonic() + 60
    while department.waiting():
        assert time.monotonic() < deadline
        again.wait_for_timeout(100)
    assert messages(person) == 1


def test_a_study_is_forgotten_only_once_that_was_agreed_to(opened, department, look):
    department.scan(PatientName="Roe^Jane", PatientID="17")
    send = opened()
    row(send, "ROE, Jane").get_by_role("button", name=re.compile("^Forget")).click()
    expect(heading(send, "Forget this study?")).to_be_focused()
    look(send, "waiting-forget")
    press(send, "Keep it")
    assert department.waiting() == [2]
    row(send, "ROE, Jane").get_by_role("button", name=re.compile("^Forget")).click()
    press(send, "Delete it")
    expect(send.get_by_text("Nothing waits.")).to_be_visible(timeout=30_000)
    expect(heading(send, TITLE)).to_be_focused()
    assert department.waiting() == []


def test_what_was_refused_is_told_with_whose_it_is(opened, department):
    uid = generate_uid()[:50].rstrip(".")
    department.scan(1, uid=uid)
    files = slices(department._folder / uid, 1, StudyInstanceUID=uid, PatientName="Roe^Jane")
    to = ["-aec", "RADIOGRAM", department.address["host"], str(department.address["port"])]
    subprocess.run([department._storescu, *to, str(files[0])], capture_output=True, check=False)
    send = opened()
    send.get_by_text("1 file refused").click()
    expect(send.get_by_text("another instance of the same SOP Instance UID is kept (ROE, Jane)")).to_be_visible()
    press(send, "Forget these")
    expect(send.get_by_text("1 file refused")).to_have_count(0)


def test_images_of_a_scanner_take_three_presses_to_a_contact(opened, department, connected, patient, study):
    keep(opened(), study, patient.public_key)
    department.scan()
    send = opened()
    send.evaluate("window.presses = 0; addEventListener('pointerdown', () => { window.presses += 1; }, true)")
    choose_waiting(send)
    unlock(send)
    send.get_by_role("list", name="In your register").get_by_role("button").click()
    born(send, *BORN)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert send.evaluate("window.presses") == 3


def test_the_keyboard_reaches_it_and_new_studies_keep_the_focus(opened, department):
    department.scan()
    send = opened()
    expect(row(send)).to_be_visible()
    press_to(send, "Choose")
    department.scan(PatientName="Roe^Jane", PatientID="17")
    expect(row(send, "ROE, Jane")).to_be_visible(timeout=30_000)
    assert "OKAFOR" in send.evaluate("document.activeElement.textContent")
    send.keyboard.press("Enter")
    expect(heading(send, "Step 2: Patient")).to_be_focused(timeout=60_000)


def test_after_the_page_was_loaded_again_it_is_there_and_in_another_tab_it_is_not(opened, page, department, look):
    department.scan()
    send = opened()
    expect(row(send)).to_be_visible()
    send.reload()
    expect(row(send)).to_be_visible()
    other = page("send.html", site=department.url)
    expect(heading(other, "The outbox is locked.")).to_be_visible()
    expect(other.get_by_text(NAME)).to_have_count(0)
    look(other, "waiting-locked")


def test_an_address_of_an_earlier_start_says_so(page, department, troubles):
    troubles.expect("401")
    send = page("send.html#outbox=" + "x" * 43, site=department.url)
    expect(heading(send, re.compile("this page is from an earlier start"))).to_be_visible()


def test_where_nothing_is_shown_nothing_is_said(page, study):
    send = page("send.html")
    choose(send, study)
    expect(heading(send, TITLE)).to_have_count(0)


def test_a_study_that_is_gone_meanwhile_says_so(opened, department, troubles):
    troubles.expect("404")
    department.scan()
    send = opened()
    expect(row(send)).to_be_visible()
    send.route("**/outbox", lambda route: None)  # the list is not had again meanwhile
    for each in department.scripts.json("outbox", "list", *ACCOUNT)["studies"]:
        department.scripts.json("outbox", "forget", each["id"], *ACCOUNT)
    row(send).get_by_role("button", name=re.compile("^Choose")).click()
    expect(send.get_by_text("it is not in the outbox any more")).to_be_visible()


def test_a_computer_that_does_not_answer_is_said_and_files_can_be_chosen(opened, department, study, troubles):
    troubles.expect("ERR_FAILED")
    send = opened()
    expect(send.get_by_text("Nothing waits.")).to_be_visible()
    send.route("**/outbox", lambda route: route.abort())
    expect(send.get_by_text("The computer does not answer")).to_be_visible(timeout=30_000)
    choose(send, study)
    expect(heading(send, "Step 2: Patient")).to_be_focused(timeout=60_000)
