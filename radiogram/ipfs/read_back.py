"""Looks whether a node kept what it was given, before anybody relies on it: both ends of each file are read back.

A node that takes files and stores nothing is found out; one that loses a block in the middle is not. A node that does
not let us read (an `add`-only token) is taken at its word, unless a gateway is named: then that must have the file.
"""

import urllib.parse
from collections.abc import Sequence
from http import HTTPStatus

from radiogram.errors import IpfsError, IpfsTimeout
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.ends import NOT_OFFERED, Part, cat_together
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.source import BLOCKS_ALONE, Source
from radiogram.ipfs.upload import Upload


def check_kept(exchange: Exchange, api: Endpoint, gateway: Endpoint | None, uploads: Sequence[Upload]) -> None:
    """Raises IpfsError unless what was just added comes back: first and last KEPT bytes (radiogram.ipfs.ends)."""
    (*first, last), *others = [each.parts() for each in uploads]
    parts = [last, *(part for each in others for part in each), *first]
    try:
        if len(parts) > 1 and _come_together(exchange, api, parts):
            return
        for each in parts:
            where, back = _part(exchange, api, gateway, each)
            if back is not None and back != each.sent:
                raise IpfsError(f"{where.url} sends other bytes")
    except IpfsError as error:
        kind = IpfsTimeout if isinstance(error, IpfsTimeout) else IpfsError
        message = f"{api.url} took the file, and it does not come back ({error.message})"
        raise kind(message, "use another node") from error


def _come_together(exchange: Exchange, api: Endpoint, parts: Sequence[Part]) -> bool:
    """Whether the RPC gives all of them back, asked once. If not, each tells why. Raises IpfsTimeout."""
    sent = b"".join(each.sent for each in parts)
    url = f"{api.url}/api/v0/cat?{urllib.parse.urlencode(cat_together(parts))}"
    try:
        with exchange.ask(api, "POST", url) as response:
            return exchange.whole(response, len(sent), api) == sent
    except IpfsTimeout:
        raise
    except IpfsError:
        return False


def _part(exchange: Exchange, api: Endpoint, gateway: Endpoint | None, part: Part) -> tuple[Endpoint, bytes | None]:
    """Those bytes of a file, and who gave them; None where nobody can be asked for them. Raises IpfsError."""
    with Source(api, is_gateway=False).asked(exchange, part.cid, part.place, taken=NOT_OFFERED) as response:
        if response.status_code == HTTPStatus.OK:
            return api, exchange.whole(response, len(part.place), api)
    if gateway is None:
        return api, None
    node = Source(gateway, is_gateway=True)
    with node.asked(exchange, part.cid, part.place, BLOCKS_ALONE) as response:
        if response.status_code in BLOCKS_ALONE:
            node.block(exchange, cid_bytes(part.cid))  # it has that, at least
            return gateway, None
        if response.status_code == HTTPStatus.OK and part.place.start:  # it sends all of the file instead
            return gateway, None
        return gateway, exchange.start(response, len(part.place), gateway)
