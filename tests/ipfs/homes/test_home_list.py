"""The list of homes in TOML: what it may say, and that a mistake is named without quoting a secret."""

import pytest

from radiogram.errors import HomeListError, IpfsError
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.homes.home_list import HomeList, parse_home_list

SECRET = "s3cret-91ab"
WHOLE = f"""
pins = 2
patience = 90
keep_days = 30

[[home]]
name = "partner"
kind = "kubo"
url = "https://ipfs.partner.example:5001/api/v0"
auth = "bearer:{SECRET}"
gateway = "https://gateway.partner.example/ipfs"

[[home]]
name = "service"
kind = "pinning"
url = "https://pins.example/psa/"
auth_file = "service.auth"
gateways = ["https://gateway.example"]

[[home]]
name = "cluster"
kind = "cluster"
url = "http://127.0.0.1:9094"
nodes = ["/ip4/127.0.0.1/tcp/5001", "http://clinic:{SECRET}@127.0.0.1:5002"]
copies = 2
"""


def parse(text):
    return parse_home_list(text, lambda name: Credentials.parse(f"bearer:of {name}"))


def home(**settings):
    lines = {"name": '"partner"', "kind": '"kubo"', "url": '"http://127.0.0.1:1"'} | settings
    return "[[home]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value)


def test_an_empty_list_is_the_one_home_that_there_is():
    assert parse("") == HomeList(pins=1, patience=60, keep_days=None, homes=())


def test_each_kind_has_its_settings():
    found = parse(WHOLE)
    assert (found.pins, found.patience, found.keep_days) == (2, 90, 30)
    partner, service, cluster = found.homes
    assert [each.kind for each in found.homes] == ["kubo", "pinning", "cluster"]
    assert partner.where.url == "https://ipfs.partner.example:5001"
    assert partner.where.credentials.reveal() == f"Bearer {SECRET}"
    assert partner.client.gateway.url == "https://gateway.partner.example:443"
    assert (service.where.url, service.places[0].url) == ("https://pins.example:443/psa", "https://gateway.example:443")
    assert service.where.credentials.reveal() == "Bearer of service.auth"
    assert [place.url for place in cluster.places] == ["http://127.0.0.1:5001", "http://127.0.0.1:5002"]
    assert cluster.copies == 2
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pins = ", "is no TOML (at "),
        ("pins = 0", "pins of the list of homes is no number of at least 1"),
        ("pins = 1.9", "pins of the list of homes is no whole number"),
        ("keep_days = 0.5", "keep_days of the list of homes is no whole number"),
        ("pins = true", "pins of the list of homes is no number"),
        ('pins = "2"', "pins of the list of homes is no number"),
        ("keep_days = -1", "keep_days of the list of homes is no number of at least 0"),
        ("pin = 2", "has a setting that is not known: 'pin'"),
        ("home = 3", "homes are to be written as tables"),
        ("[home]", "homes are to be written as tables"),
        (home(name=""), "home 1 has no name"),
        (home(name='""'), "home 1 has no name of at most"),
        (home(kind='"ftp"'), "home partner is of no kind that is known"),
        (home(url=""), "home partner has no url"),
        (home(copies="2"), "home partner has a setting that is not known: 'copies'"),
        (home(kind='"cluster"', gateways='["http://127.0.0.1:1"]', copies="1.5"), "copies of home partner is no whole"),
        (home(kind='"cluster"'), "home partner has neither nodes nor gateways"),
        (home(kind='"pinning"', gateways='"x"'), "gateways of home partner is to be a list of addresses"),
        (home(auth='"bearer:a"', auth_file='"b"'), "home partner has both auth and auth_file"),
        (home() + "\n" + home(), "two homes are called 'partner'"),
        (home(name='"own node"'), "two homes are called 'own node'"),
    ],
)
def test_a_mistake_is_named(text, said):
    with pytest.raises(HomeListError) as error:
        parse(text)
    assert said in error.value.message


@pytest.mark.parametrize(
    "text",
    [
        home(auth=f'"{SECRET}"'),
        home(auth=f'"bearer:{SECRET}" x'),
        home(url=f'"ftp://a:{SECRET}@host"'),
        home(url='"http://partner.example:5001"', auth=f'"bearer:{SECRET}"'),
        home(kind='"cluster"', nodes=f'["http://a:{SECRET}@partner.example:1"]'),
    ],
)
def test_what_is_wrong_about_a_secret_or_would_send_it_unencrypted_is_refused_without_telling_it(text):
    with pytest.raises(IpfsError) as error:
        parse(text)
    assert SECRET not in str(error.value)
