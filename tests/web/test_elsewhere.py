"""The patient's pages in other browsers than Chromium: a key is made there, and a message opened."""

import pytest

from tests.other_browsers import firefox, webkit
from tests.web.open.test_doctors_system import archive, system  # noqa: F401 - fixtures


@pytest.fixture(params=[firefox, webkit])
def elsewhere(request, need, tmp_path):
    with request.param(need, tmp_path / "elsewhere") as started:
        yield started
        assert started.complaints() == []


def test_a_typed_key_opens_a_message_there_too_and_the_study_comes_to_a_doctors_system(
    elsewhere,
    site,
    postbox,
    newcomer,
    one,
    small,
    system,  # noqa: F811
):
    doctors = system()
    person = newcomer()
    postbox.send(person, one)
    elsewhere.go(site)
    elsewhere.press("Type my key")
    elsewhere.until("document.querySelector('#typed-key') !== null")
    elsewhere.evaluate(f"document.querySelector('#typed-key').value = '0x{person.private_key}'")
    elsewhere.press("Unlock")
    elsewhere.press("Open")
    elsewhere.shows("Not changed since sent")
    elsewhere.until("document.querySelector('canvas') !== null")
    elsewhere.press("Send to my doctor’s system")
    elsewhere.until("document.querySelector('iframe')?.offsetHeight > 200")  # it has said how high it is
    elsewhere.enter()
    elsewhere.evaluate(f"document.querySelector('#address').value = '{doctors.url} {doctors.token}'")
    elsewhere.press("Continue")
    elsewhere.press(f"Send to {doctors.host}")
    elsewhere.shows(f"{doctors.host} has your images.")
    assert doctors.archive.files() == [small.read_bytes()]


def test_a_key_is_made_there_too(elsewhere, site):
    elsewhere.go(f"{site}key.html")
    elsewhere.press("Make my key")
    elsewhere.shows("Print the sheet")
