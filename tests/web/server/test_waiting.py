"""What waits in the outbox, for the page of whoever has the secret of this start, and for nobody else."""

import http.client
import json

import pytest

from radiogram.formats.outbox import Refused
from radiogram.server.waiting import WaitingRoom
from tests.flows.images import GRACE
from tests.outbox.box import SECRET, box, kept, receiving  # noqa: F401 - fixtures
from tests.outbox.test_store import put
from tests.receiver.conftest import slice_of  # noqa: F401 - a fixture
from tests.web.server.in_process import site  # noqa: F401 - a fixture


class Page:
    """Asks as a page of the site does."""

    def __init__(self, asker, token):
        self.asker, self.token = asker, token

    def ask(self, method, path, body=None, **headers):
        usual = {"Authorization": f"Bearer {self.token}", "Sec_Fetch_Site": "same-origin"}
        if method == "POST":
            usual |= {"Origin": self.asker.origin, "Content_Type": "application/json"}
            body = json.dumps(body) if not isinstance(body, bytes) else body
        return self.asker.ask(method, path, body, **usual | headers)

    def get(self, path="/outbox"):
        reply = self.ask("GET", path)
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
        return json.loads(reply.body)


@pytest.fixture
def page(receiving, site):  # noqa: F811
    room = WaitingRoom(receiving, SECRET)
    yield Page(site(waiting=room), room.token)
    room.close()


@pytest.fixture
def slices(receiving, slice_of):  # noqa: F811
    """The bytes of two, which wait."""
    data = [slice_of(number).read_bytes() for number in (1, 2)]
    for each in data:
        put(receiving, each)
    return data


def test_an_empty_outbox_is_an_empty_list(page, receiving):  # noqa: F811
    assert page.get() == {"account": receiving.key.account, "studies": [], "refused": []}


def test_a_study_is_listed_with_whose_it_is_and_its_files(page, slices):
    (study,) = page.get()["studies"]
    assert study["study"]["patient"]["name"] == GRACE["PatientName"]
    assert (study["instances"], study["isComplete"]) == (2, False)
    assert study["bytes"] > sum(map(len, slices))
    assert 0 <= study["age"] < 60
    listed = page.get(f"/outbox/{study['id']}")["files"]
    assert [each["name"] for each in listed] == ["study/00001.dcm", "study/00002.dcm"]
    assert [each["bytes"] for each in listed] == list(map(len, slices))
    for each, data in zip(listed, slices, strict=True):
        reply = page.ask("GET", f"/outbox/{study['id']}/{each['instance']}")
        assert (reply.status, reply.body) == (200, data)
        assert (reply.headers["Cache-Control"], reply.headers["Content-Type"]) == (
            "no-store",
            "application/octet-stream",
        )


def test_what_was_refused_is_listed_and_forgotten(page, receiving):  # noqa: F811
    receiving.refuse(Refused("2026-11-27T10:00:00+00:00", "CT1", "no reason"))
    (told,) = page.get()["refused"]
    assert told == {"at": "2026-11-27T10:00:00+00:00", "source": "CT1", "reason": "no reason", "patients": []}
    assert page.ask("POST", "/outbox/refused", {}).status == 200
    assert page.get()["refused"] == []


def test_what_is_named_is_taken_out_and_what_came_since_stays(page, receiving, slices, slice_of):  # noqa: F811
    (study,) = page.get()["studies"]
    path = f"/outbox/{study['id']}"
    named = [each["instance"] for each in page.get(path)["files"]]
    put(receiving, third := slice_of(3).read_bytes())
    assert json.loads(page.ask("POST", path, {"instances": named}).body) == {"removed": 2}
    assert kept(receiving) == [third]
    assert json.loads(page.ask("POST", path, {"instances": named}).body) == {"removed": 0}
    assert page.ask("GET", f"{path}/{named[0]}").refusal[0] == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"instances": 1}', b"[" * 100_000, b'{"instances": [[]]}'])
def test_what_names_nothing_takes_nothing_out(page, receiving, slices, body):  # noqa: F811
    (study,) = page.get()["studies"]
    assert page.ask("POST", f"/outbox/{study['id']}", body).refusal[0] == 400
    assert kept(receiving) == slices


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": None},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer " + "x" * 43},
        {"Authorization": None, "Cookie": "outbox=TOKEN"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
        {"Host": "evil.example"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_does_not_have_the_secret_or_comes_from_elsewhere_is_refused(page, receiving, slices, headers, method):  # noqa: F811
    (study,) = page.get()["studies"]
    listed = page.get(f"/outbox/{study['id']}")["files"]
    named = [each["instance"] for each in listed]
    paths = ("/outbox", f"/outbox/{study['id']}", f"/outbox/{study['id']}/{named[0]}")
    for path in paths if method == "GET" else paths[1:2]:
        body = {"instances": named} if method == "POST" else None
        reply = page.ask(method, path, body, **headers)
        assert reply.status in (401, 403, 421)
        assert b"Okafor" not in reply.body
    assert kept(receiving) == slices


def test_a_post_without_an_origin_of_ours_is_refused(page, receiving, slices):  # noqa: F811
    (study,) = page.get()["studies"]
    for origin in (None, "null", "https://evil.example"):
        assert page.ask("POST", f"/outbox/{study['id']}", {"instances": []}, Origin=origin).refusal[0] == 403


def test_an_address_is_of_one_start_and_can_not_be_guessed(receiving):  # noqa: F811
    tokens = {WaitingRoom(receiving, SECRET).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(each) >= 43 for each in tokens)


def test_a_damaged_instance_breaks_off_and_the_list_goes_on(page, receiving, slices):  # noqa: F811
    (study,) = page.get()["studies"]
    path = receiving.studies()[0].instances[0]
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    address = f"/outbox/{study['id']}/{path.stem}"
    with pytest.raises(http.client.IncompleteRead):  # a browser says so too
        page.ask("GET", address)
    assert len(page.get()["studies"]) == 1


@pytest.mark.parametrize(
    "path", ["/outbox/..", "/outbox/x", "/outbox/" + "0" * 32, "/outbox/" + "0" * 32 + "/x", "/outbox/"]
)
def test_there_is_nothing_at_other_addresses(page, path):
    assert page.ask("GET", path).refusal[0] == 404


def test_without_it_there_is_no_outbox(site):  # noqa: F811
    assert site().ask("GET", "/outbox").refusal[0] == 404
