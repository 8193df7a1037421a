"""Everything that touched a patient's letters and keys, on the page as at the command."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import write_key
from tests.web.controls import heading, press
from tests.web.open.page import know, unlock

FOREVER = 2**40 - 1


@pytest.fixture
def busy(postbox, person, technologist, stranger, one):
    """A patient of whom every kind of event tells, and one who has sent something as well."""
    for _ in range(2):
        postbox.send(person, one)
    postbox.send(person, one, sender=stranger)
    postbox.retract(person, 1)
    postbox.send(stranger, one, sender=person)
    postbox.register_key(person, bytes.fromhex(person.public_key[2:]))
    for until in (FOREVER, 0):
        values = [technologist.address, until]
        postbox.transact(person, "approveSender(address,uint40)", ["address", "uint40"], values)
    for restricted in (True, False):
        postbox.transact(person, "restrictInbox(bool)", ["bool"], [restricted])
    return person


def look(page, person, *, route=None):
    """The history of somebody who has unlocked."""
    at = page()
    unlock(at, person)
    expect(at.get_by_role("button", name="Check for new images")).to_be_visible()
    if route:
        at.route("**/rpc", route)
    at.get_by_role("button", name=re.compile("^Unlocked")).click()
    at.locator("#account-menu").get_by_role("button", name="History").click()
    return at


def events(at):
    return at.locator(".event")


def saved(at, name: str, path) -> str:
    with at.expect_download() as saving:
        press(at, name)
    saving.value.save_as(path)
    return path.read_bytes().decode()


def of_logs(change):
    """A node whose answers to eth_getLogs are what `change` makes of the question and the logs; None: it refuses."""

    def answer(route):
        asked = route.request.post_data_json
        if asked["method"] != "eth_getLogs":
            route.continue_()
            return
        got = route.fetch()
        said = change(asked["params"][0], got.json()["result"])
        outcome = {"error": {"code": -32005, "message": "range too wide"}} if said is None else {"result": said}
        route.fulfill(json={"jsonrpc": "2.0", "id": asked["id"]} | outcome)

    return answer


def test_the_page_tells_what_the_command_tells_and_saves_it_in_its_forms(page, devnet, busy, tmp_path, axe, screenshot):
    key = tmp_path / "key.txt"
    write_key(key, busy.private_key)
    options = ("history", "--of", busy.address, "--key-file", key)
    told = devnet.json(*options)
    at = look(page, busy)
    expect(events(at)).to_have_count(len(told["events"]))
    axe(at)
    screenshot(at, "open-80-history")
    said = json.loads(saved(at, "Save as JSON", tmp_path / "history.json"))
    assert list(said) == list(told)
    assert [list(each) for each in said["events"]] == [list(each) for each in told["events"]]
    assert said | {"network": "", "last_block": 0} == told | {"network": "", "last_block": 0}
    assert {each["event"] for each in said["events"]} == {
        *("Sent", "Retracted", "KeyRegistered", "InboxRestricted", "SenderApproved")
    }
    table = saved(at, "Save as CSV", tmp_path / "history.csv")
    assert table == devnet.run(*options, "--csv").stdout.replace("\r\n", "\n").replace("\n", "\r\n")
    expect(at.get_by_text(re.compile(r"Saved as radiogram-history-.{4}-.{4}\.csv")).first).to_be_visible()


def test_events_are_sentences_with_names_and_short_addresses_and_the_rest_is_asked_for(
    page, postbox, person, technologist, stranger, one
):
    postbox.send(person, one)
    postbox.send(person, one, sender=stranger)
    at = page()
    know(at, technologist)
    unlock(at, person)
    press(at, "History")
    short = f"{stranger.address[:6]}…{stranger.address[-4:]}"
    expect(events(at)).to_contain_text([f"Letter 1 from {short}: received", "Letter 0 from St Anne Hospital: received"])
    transaction = at.get_by_text(re.compile("Transaction 0x"))
    expect(transaction.first).to_be_hidden()
    events(at).first.get_by_text("Details").click()
    expect(transaction.first).to_be_visible()


def test_a_node_that_has_dropped_old_events_leaves_what_the_contract_holds(page, busy, axe, screenshot):
    at = look(page, busy, route=of_logs(lambda question, logs: []))
    expect(at.get_by_text("The contract's state has them all the same.")).to_be_visible()
    expect(events(at).filter(has_text="received")).to_have_count(3)
    expect(events(at).filter(has_text="taken back by its sender")).to_have_count(1)
    expect(events(at).filter(has_text="Known from the contract alone")).to_have_count(6)
    axe(at)
    screenshot(at, "open-81-history-from-state")


def test_what_a_node_makes_up_is_not_to_be_believed(page, busy, axe, screenshot):
    def invent(question, logs):
        """A message that never came, and one event twice."""
        sent = next((each for each in logs if len(each["topics"]) == 4), None)
        if question["topics"][1] is None or sent is None:  # of the account as a sender
            return logs
        other = sent | {"topics": [*sent["topics"][:3], f"0x{77:064x}"]}
        return [*logs, other | {"logIndex": "0x70"}, sent | {"logIndex": "0x71"}]

    at = look(page, busy, route=of_logs(invent))
    lies = events(at).filter(has_text="Not to be believed")
    expect(lies.first).to_be_visible()
    expect(lies.filter(has_text="Letter 77")).to_have_count(1)
    expect(at.get_by_text("the node is faulty, or lies")).to_be_visible()
    axe(at)
    screenshot(at, "open-82-history-contradicted")


def test_a_node_that_takes_short_ranges_tells_the_same(page, devnet, busy):
    count = len(devnet.json("history", "--of", busy.address)["events"])

    def short(question, logs):
        return logs if int(question["toBlock"], 16) - int(question["fromBlock"], 16) < 40 else None

    at = look(page, busy, route=of_logs(short))
    expect(events(at)).to_have_count(count, timeout=60_000)
    expect(at.locator(".history .notice")).to_have_count(0)


def test_what_is_no_event_of_the_account_is_left_out_and_counted(page, busy):
    def junk(_, logs):
        return [*logs, "junk", {"topics": []}]

    at = look(page, busy, route=of_logs(junk))
    expect(at.get_by_text(re.compile("Left out: [0-9]+ logs of the chain's node"))).to_be_visible()


def test_a_node_that_is_silent_is_said_and_asked_again(page, busy, troubles, axe):
    troubles.expect(r"503|Failed to load")
    at = look(page, busy, route=lambda route: route.fulfill(status=503, body="down"))
    expect(heading(at, "We cannot read the history right now.")).to_be_visible()
    axe(at)
    at.unroute("**/rpc")
    press(at, "Try again")
    expect(events(at).first).to_be_visible()


def test_nothing_has_happened_to_a_newcomer(page, person, axe, screenshot):
    at = look(page, person)
    expect(at.get_by_text("Nothing has happened yet.")).to_be_visible()
    axe(at)
    screenshot(at, "open-83-no-history")


def test_a_long_history_is_drawn_in_steps(page, postbox, person, stranger):
    postbox.flood(person, 50, stranger)
    at = look(page, person)
    for expected in (20, 40, 50):
        expect(events(at)).to_have_count(expected)
        if expected < 50:
            at.get_by_role("dialog").get_by_role("button", name="Show more").click()


def test_the_history_leaves_the_screen_when_the_page_is_locked(page, busy):
    at = look(page, busy)
    expect(events(at).first).to_be_visible()
    at.evaluate("dispatchEvent(new Event('pagehide'))")
    expect(at.get_by_role("dialog")).to_have_count(0)
    expect(heading(at, "Open your images")).to_be_visible()
