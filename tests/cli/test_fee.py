"""Fees as a person and a script are told them."""

from types import SimpleNamespace

import click
import pytest

from radiogram.chain.fees import Fee
from radiogram.cli import fee

ETHER = 10**18


def on(coin: str):
    """A network whose fees are paid in that coin."""
    return SimpleNamespace(network=SimpleNamespace(ecosystem=SimpleNamespace(fee_token_symbol=coin)))


@pytest.fixture
def euros(monkeypatch):
    monkeypatch.setenv(fee.VARIABLE, "3200 EUR")


def test_without_a_price_a_fee_is_told_in_the_network_s_coin(monkeypatch):
    monkeypatch.delenv(fee.VARIABLE, raising=False)
    assert fee.amount(on("ETH"), ETHER // 10**4) == "0.0001 ETH"
    assert fee.amount(on("ETH"), ETHER, "21,000 gas") == "1 ETH (21,000 gas)"
    assert fee.expected(on("POL"), Fee(ETHER, ETHER // 4)) == "1 POL, 0.25 POL of it for L1"
    assert fee.expected(on("ETH"), Fee(ETHER, ETHER // 4, ETHER // 2)) == (
        "1 ETH, 0.25 ETH of it for L1, 0.5 ETH of it for who runs the network"
    )
    assert fee.fields(on("ETH"), 7) == {"fee_wei": 7, "fee_money": None}


def test_with_a_price_it_is_told_in_money_too(euros):
    assert fee.amount(on("ETH"), ETHER // 10**4, "96,823 gas") == "0.0001 ETH (0.32 EUR, 96,823 gas)"
    assert fee.fields(on("ETH"), ETHER) == {"fee_wei": ETHER, "fee_money": "3200.00 EUR"}
    assert fee.fields(on("ETH"), None) == {"fee_wei": None, "fee_money": None}


@pytest.mark.parametrize(
    ("wei", "told"), [(0, "0.00 EUR"), (10**12, "0.0032 EUR"), (10**10, "0.000032 EUR"), (10**15, "3.20 EUR")]
)
def test_less_than_a_cent_is_told_with_two_digits(euros, wei, told):
    assert fee.money(on("ETH"), wei) == told


def test_the_price_of_ether_says_nothing_of_another_coin(euros):
    assert fee.amount(on("POL"), ETHER) == "1 POL"


@pytest.mark.parametrize("text", ["3200", "EUR", "3200 Euro", "-1 EUR", "3,200 EUR", "1e9 EUR", "3200 EUR 2", "٣ EUR"])
def test_what_is_no_price_is_refused_in_a_line_that_says_how_one_is_written(monkeypatch, text):
    monkeypatch.setenv(fee.VARIABLE, text)
    with pytest.raises(click.ClickException, match="write a number and a currency, as '3200 EUR'"):
        fee.ether_price({fee.VARIABLE: text})
