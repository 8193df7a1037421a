"""A card by the clinic's ENS name, on a chain with the registry and a resolver as they were published."""

import os
from types import SimpleNamespace

import pytest
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3

from radiogram.chain.ens import EnsRecords
from radiogram.clinics.ens_name import card_of_name
from radiogram.devnet.ganache import local_chain
from radiogram.errors import ClinicCardError, ClinicCheckError
from tests.chain.offchain import looked_up, reverting  # noqa: F401 - a fixture
from tests.chain.offchain import refusal as refusal_by
from tests.clinics.ens import REGISTRY, Names
from tests.formats.test_clinic_card import ADDRESS, CARD, MAILBOX

TEXT = CARD.to_bytes().decode()


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    with local_chain(tmp_path_factory.mktemp("ens")) as url:
        yield Names(url)


def no_site(site: str):
    pytest.fail(f"asked {site}")


def found(names, name: str, of_site=no_site):
    return card_of_name(name, EnsRecords(names), of_site)


def refusal(names, name: str) -> str:
    with pytest.raises(ClinicCheckError) as refused:
        found(names, name)
    return refused.value.message


def test_the_card_in_a_names_text_record_is_had(names):
    names.give("st-anne.eth", ADDRESS, radiogram_card=TEXT)
    assert found(names, "st-anne.eth") == CARD
    assert found(names, "St-Anne.ETH") == CARD


def test_a_card_link_in_the_record_is_as_good(names):
    names.give("link.eth", ADDRESS, radiogram_card=CARD.link("https://radiogram.example"), url="https://other.example")
    assert found(names, "link.eth") == CARD


def test_without_the_record_the_card_is_had_from_the_names_site(names):
    names.give("site.eth", ADDRESS, url="https://st-anne.example/contact?x=1")
    asked = []
    assert found(names, "site.eth", lambda site: asked.append(site) or CARD) == CARD
    assert asked == ["st-anne.example"]


@pytest.mark.parametrize("url", ["", "http://a.example", "a.example", "https://", "https://[", "mailto:a@b.c"])
def test_a_name_without_card_and_site_is_refused(names, url):
    names.give("bare.eth", ADDRESS, url=url)
    assert refusal(names, "bare.eth") == "bare.eth names neither a clinic's card nor its site"


def test_a_card_of_another_account_is_refused(names):
    other = names.web3.eth.accounts[1]
    names.give("other.eth", other, radiogram_card=TEXT)
    assert refusal(names, "other.eth") == f"other.eth is the name of {other}, and the card is of {ADDRESS}"


def test_a_record_that_is_no_card_is_refused(names):
    names.give("junk.eth", ADDRESS, radiogram_card="0x" + MAILBOX.hex())
    with pytest.raises(ClinicCardError, match="not a clinic's card"):
        found(names, "junk.eth")


def test_a_resolver_that_is_none_or_keeps_no_texts_has_no_records(names):
    names.give("account.eth", ADDRESS, resolver=names.owner)
    names.give("registry.eth", ADDRESS, resolver=REGISTRY)
    for name in ("account.eth", "registry.eth"):
        assert refusal(names, name) == f"{name} is no ENS name on this network"
        assert EnsRecords(names).text(name, "url") == ""


def test_the_address_of_nobody_is_nobodys(names):
    names.give("zero.eth", "0x" + "00" * 20, radiogram_card=TEXT)
    assert refusal(names, "zero.eth") == "zero.eth is no ENS name on this network"


@pytest.mark.parametrize("name", ["nobody.eth", "unresolved.eth", "eth", "", "not a name", "a..eth", "\u202e.eth"])
def test_what_is_no_name_is_refused(names, name):
    names.give("unresolved.eth", None)
    assert refusal(names, name) == f"{name} is no ENS name on this network"


def test_a_chain_without_ens_has_no_names(tmp_path):
    with local_chain(tmp_path) as url, pytest.raises(ClinicCheckError, match="is no ENS name on this network"):
        card_of_name("st-anne.eth", EnsRecords(SimpleNamespace(web3=Web3(HTTPProvider(url)))), no_site)


def test_a_resolver_that_names_another_server_has_no_records_and_none_is_asked(names, looked_up):  # noqa: F811
    resolver = to_checksum_address(os.urandom(20))
    names.put(resolver, reverting(refusal_by(resolver)))
    names.give("elsewhere.eth", ADDRESS, resolver=resolver)
    assert refusal(names, "elsewhere.eth") == "elsewhere.eth is no ENS name on this network"
    assert EnsRecords(names).text("elsewhere.eth", "url") == ""
    assert looked_up == []
