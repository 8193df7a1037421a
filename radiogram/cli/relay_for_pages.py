"""Whether `web` puts acts of people without Ether on the chain, and how much it pays for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.server.relay import Put

F = TypeVar("F", bound=Callable[..., Any])
_WEI = 10**18


@dataclass(frozen=True)
class Offer:
    """What the options say; amounts are for a day (UTC)."""

    wanted: bool | None
    """None: on the local network only."""
    per_account: int
    acts: int
    wei: int


class Ether(click.ParamType):
    """An amount, in wei."""

    name = "ether"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        try:
            wei = Decimal(str(value)) * _WEI
        except InvalidOperation:
            self.fail(f"{value!r} is no amount of Ether: 0.05, for example", param, ctx)
        if not wei.is_finite() or wei < 0 or wei != int(wei):
            self.fail(f"{value!r} is no amount of Ether: 0.05, for example", param, ctx)
        return int(wei)


def relay_options(command: F) -> F:
    """Gives the command `relay`, an Offer."""

    @click.option(
        "--relay/--no-relay",
        default=None,
        help="Whether --account pays for signed acts of people without Ether  [default: on the local network only].",
    )
    @click.option("--relay-each", default=10, show_default=True, type=click.IntRange(1), help="Acts of one in a day.")
    @click.option("--relay-acts", default=200, show_default=True, type=click.IntRange(1), help="Acts of all in a day.")
    @click.option("--relay-ether", default="0.05", show_default=True, type=Ether(), help="Ether for all in a day.")
    @wraps(command)
    def with_limits(
        *args: Any,  # noqa: ANN401
        relay: bool | None,
        relay_each: int,
        relay_acts: int,
        relay_ether: int,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        return command(*args, relay=Offer(relay, relay_each, relay_acts, relay_ether), **options)

    return with_limits  # type: ignore[return-value]


@dataclass(frozen=True)
class Payer:
    """Who pays for people without Ether."""

    address: str
    puts: dict[str, Put]
    """By the path that takes what is signed."""


def opened(session: Session, inbox: Inbox, offer: Offer) -> Payer | None:
    """What puts acts and shares on the chain, from an account that is unlocked now; None where nobody pays."""
    from radiogram.relaying import Limits, Relay

    if not (session.network.is_local if offer.wanted is None else offer.wanted):
        return None
    payer = session.accounts.unlocked(session.accounts.own(SENDER_INDEX))
    limits = Limits(offer.per_account, offer.acts, offer.wei)
    relay = Relay(inbox, payer, limits, session.network.home)
    puts: dict[str, Put] = {
        "/act": lambda raw: asdict(relay.put(raw)),
        "/share": lambda raw: asdict(relay.share(raw)),
    }
    return Payer(payer.address, puts)
