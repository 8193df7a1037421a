"""How fees are told: in the network's coin, and in money where RADIOGRAM_ETHER_PRICE says what an Ether costs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import ProviderAPI

    from radiogram.chain.fees import Fee

VARIABLE = "RADIOGRAM_ETHER_PRICE"
_DIGITS = 2  # of an amount of money, that are not zero


def expected(provider: ProviderAPI, fee: Fee) -> str:
    """`0.00021 ETH (0.67 EUR), 0.00004 ETH of it for L1`, and the same of who runs the network."""
    from radiogram.chain.fees import coin, ether

    parts = [(fee.l1_wei, "for L1"), (fee.operator_wei, "for who runs the network")]
    told = [f"{ether(wei, coin(provider))} of it {what}" for wei, what in parts if wei]
    return ", ".join([amount(provider, fee.wei), *told])


def amount(provider: ProviderAPI, wei: int, *more: str) -> str:
    """`0.00021 ETH (0.67 EUR)`, or `0.00021 ETH` where there is no price; what else there is to say stands beside."""
    from radiogram.chain.fees import coin, ether

    said = ", ".join(filter(None, (money(provider, wei), *more)))
    return ether(wei, coin(provider)) + (f" ({said})" if said else "")


def fields(provider: ProviderAPI, wei: int | None) -> dict[str, Any]:
    """For --json; None: it is not known."""
    return {"fee_wei": wei, "fee_money": None if wei is None else money(provider, wei)}


def money(provider: ProviderAPI, wei: int) -> str | None:
    """`0.67 EUR`; None where no price is given, or it is not that of the network's coin."""
    from radiogram.chain.fees import WEI_PER_ETHER, coin

    price = ether_price(os.environ)
    if price is None or coin(provider) != "ETH":
        return None
    value, currency = Decimal(wei) / WEI_PER_ETHER * price[0], price[1]
    places = _DIGITS if value >= 1 or not value else _DIGITS - 1 - value.adjusted()
    return f"{value:.{max(_DIGITS, places)}f} {currency}"


def ether_price(environ: Mapping[str, str]) -> tuple[Decimal, str] | None:
    """What an Ether costs, and in which currency: `3200 EUR`."""
    if not (text := environ.get(VARIABLE, "").strip()):
        return None
    said = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ([A-Z]{3})", text)
    if said is None:
        fail(f"{VARIABLE} is {text!r}, and no price of an Ether: write a number and a currency, as '3200 EUR'")
    return Decimal(said[1]), said[2]
