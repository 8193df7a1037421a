"""Locking and uploading: how far they are, stopped, and tried again."""

import json
import os
import re

import pytest
from playwright.sync_api import expect

from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.unixfs import CidBuilder
from tests.ipfs.conftest import drain, reply
from tests.web.controls import heading, press
from tests.web.send.material import NAME, slices
from tests.web.send.page import prepare, press_send, said

WORKER = re.compile(r"/worker-[^/]*\.js$")


def test_locking_can_be_stopped_and_nothing_has_left(page, connected, study, patient, requests_to, look):
    connected.hang_next = "personal_sign"
    send = page("send.html")
    uploads = requests_to(send, "upload")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(send.get_by_text("Sign the list of images in your wallet.").last).to_be_visible()
    look(send, "sign")
    press(send, "Cancel")
    expect(send.locator("main").get_by_text("Stopped. Nothing left this computer.")).to_be_visible()
    expect(send.get_by_role("button", name=f"Send to {NAME}")).to_be_focused()
    look(send, "stopped")
    assert uploads == []


def test_leaving_while_it_waits_for_the_wallet_asks_first(page, connected, study, patient):
    connected.hang_next = "personal_sign"
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(send.get_by_text("Sign the list of images in your wallet.").last).to_be_visible()
    asked = []
    send.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    send.reload()
    assert asked == ["beforeunload"]
    send.reload()
    assert asked == ["beforeunload"]


def test_images_go_unsigned_unless_asked_for(page, connected, study, newcomer, newest):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert newest(person)[1] is None
    assert connected.count("personal_sign") == 0


@pytest.mark.parametrize("way", ["reject", "skip"])
def test_whoever_wants_to_sign_may_still_send_unsigned(page, connected, study, patient, newest, way):
    setattr(connected, "reject_next" if way == "reject" else "hang_next", "personal_sign")
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    if way == "skip":
        press(send, "Go on without")
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    expect(send.get_by_role("definition").filter(has_text=re.compile("^No$"))).to_be_visible()
    assert newest(patient)[1] is None


def test_locking_and_uploading_show_how_far_they_are(page, connected, patient, slow, tmp_path, look):
    files = [*slices(tmp_path / "large", 1), tmp_path / "large.pdf"]
    files[-1].write_bytes(b"%PDF-1.4" + os.urandom(30_000_000))
    send = page("send.html")
    prepare(send, files, patient.public_key)
    slow(send, 1_000_000)
    press_send(send)
    bar = send.get_by_role("progressbar", name="Uploading")
    expect(bar).to_be_visible(timeout=60_000)
    expect(send.get_by_text(re.compile(r"\d+ of 31\sMB, about \d+ s left"))).to_be_visible()
    said(send, "percent uploaded")
    look(send, "upload", dark=True)
    press(send, "Cancel")
    words = "Stopped. A locked part may stay online. Nobody can open it."
    expect(send.locator("main").get_by_text(words)).to_be_visible()
    expect(send.get_by_role("button", name=f"Send to {NAME}")).to_be_focused()
    assert connected.count("eth_sendTransaction") == 0


def test_locking_shows_how_far_it_is(page, connected, patient, tmp_path, study, look):
    with (tmp_path / "large.pdf").open("wb") as large:
        large.write(b"%PDF-1.4")
        large.truncate(2_000_000_000)  # of holes: it is stopped long before its end
    send = page("send.html")
    prepare(send, [*study, tmp_path / "large.pdf"], patient.public_key)
    press_send(send)
    expect(heading(send, "Now: Locking the images")).to_be_focused()
    expect(send.get_by_text("Stay on this page.")).to_be_visible()
    look(send, "locking", brief=True)
    press(send, "Cancel")
    expect(send.locator("main").get_by_text("Stopped. Nothing left this computer.")).to_be_visible()


def test_a_failed_upload_is_tried_again_with_the_same_locked_copy(
    page, connected, patient, study, browser, troubles, look
):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    connected.hang_next = "personal_sign"
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(send.get_by_text("Sign the list of images in your wallet.").last).to_be_visible()
    browser.set_offline(True)
    connected.release()
    expect(heading(send, "The upload stopped.")).to_be_focused(timeout=30_000)
    expect(send.get_by_text("The storage did not answer. The locked copy is still here.")).to_be_visible()
    look(send, "upload-failed", dark=True)
    browser.set_offline(False)
    press(send, "Try again")
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert [request.outcome for request in connected.requests if request.method == "personal_sign"] == [
        "pending",
        "done",
    ]


def test_locking_is_tried_again_where_a_part_of_the_page_did_not_load(page, connected, patient, study, troubles):
    troubles.expect("ERR_FAILED|Failed to load")
    send = page("send.html")
    prepare(send, study, patient.public_key)
    send.route(WORKER, lambda route: route.abort())
    press_send(send)
    expect(send.locator("main")).to_contain_text("The images could not be locked.")
    send.unroute(WORKER)
    press(send, "Start over")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_storage_that_is_down_is_said(page, connected, patient, study, serve, closed_url, troubles):
    troubles.expect("50[234]")
    send = page("send.html", site=serve(RADIOGRAM_IPFS_API=closed_url))
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, "The upload stopped.")).to_be_focused(timeout=30_000)
    assert connected.count("eth_sendTransaction") == 0


def test_nothing_is_sent_where_the_storage_names_another_file(page, connected, patient, study, serve, hostile, look):
    other = cid_text(CidBuilder().cid())
    answer = json.dumps({"Hash": other}).encode()

    def say(handler):
        if "/add?" not in handler.path:
            return reply(handler, 404)  # it only takes files
        drain(handler)
        return reply(handler, 200, answer)

    storage = hostile(say)
    send = page("send.html", site=serve(RADIOGRAM_IPFS_API=storage.url))
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, "The upload stopped.")).to_be_focused(timeout=30_000)
    expect(send.get_by_text("The storage did not keep what it was sent. The images were not sent.")).to_be_visible()
    send.get_by_text("Details").click()
    expect(send.get_by_text(other)).to_be_visible()
    look(send, "upload-wrong-cid")
    assert connected.count("eth_sendTransaction") == 0
