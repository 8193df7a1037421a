"""What every home can do, whatever it is."""

from __future__ import annotations

import contextlib
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from radiogram.errors import IpfsError
from radiogram.ipfs.client import ANSWER_LIMIT, Ipfs
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.homes.place import File, Place
from radiogram.ipfs.replies import not_an_ipfs_node
from radiogram.ipfs.upload import PIECE
from radiogram.nested_json import parse_json

_SMALL = 1 << 16  # bytes of a file that is one raw block: a key packet has some two thousand
_CONNECTING = 5.0  # seconds
_MOST_ADDRESSES, _MOST_TRIED = 10, 3


@dataclass(frozen=True)
class Origin:
    """A node that has the file, from which a home gets it."""

    ipfs: Ipfs

    def pieces(self, file: File) -> Iterator[bytes]:
        """The file, each block checked. Raises IpfsError."""
        if file.size is None:
            yield self.ipfs.read(file.cid, _SMALL)
            return
        with self.ipfs.open(file.cid, file.size) as stream:
            yield from iter(partial(stream.read, PIECE), b"")

    def addresses(self, asked_by: Endpoint) -> list[str]:
        """Multiaddrs at which `asked_by` may find the node; none where it does not say."""
        with contextlib.suppress(IpfsError, LookupError, TypeError, ValueError):
            said = self._ask("id")["Addresses"] or []
            found = [str(each) for each in said if asked_by.is_local or not _is_loopback(str(each))]
            return found[:_MOST_ADDRESSES]
        return []

    def connect(self, addresses: Sequence[str]) -> None:
        """Have the node connect to one of these, as far as it can: a home that looks for it may not find it."""
        for each in addresses[:_MOST_TRIED]:
            with contextlib.suppress(IpfsError, ValueError):
                self._ask("swarm/connect", arg=each)
                return

    def _ask(self, method: str, **options: str) -> Any:  # noqa: ANN401 - JSON
        api = self.ipfs.api
        return ask(api, "POST", f"/api/v0/{method}?{urllib.parse.urlencode(options)}", _CONNECTING) if api else {}


class Home(Protocol):
    """A place, or a service that looks after one or several."""

    @property
    def name(self) -> str:
        """What its owner calls it."""

    @property
    def kind(self) -> str: ...

    @property
    def where(self) -> Endpoint:
        """Of its RPC or API."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it is seen whether it keeps a file."""

    @property
    def is_service(self) -> bool:
        """Whether it looks after nodes: to ask it anew may help, where they are not seen to keep what it was asked."""

    def ask(self, file: File, origin: Origin) -> None:
        """Have it keep the file; where it has been asked before, no harm is done. Raises IpfsError."""

    def check(self, place: Place, file: File) -> None:
        """Raises IpfsError unless that place of it keeps the file whole: asked, and seen."""

    def forget(self, cid: bytes) -> None:
        """Tell a service to keep the file no longer; of a node itself, nothing: see Pins.remove. Raises IpfsError."""


def ask(
    where: Endpoint,
    method: str,
    path: str,
    timeout: float,
    *,
    json: object = None,
    taken: Sequence[int] = (200, 202),
    limit: int = ANSWER_LIMIT,
) -> Any:  # noqa: ANN401 - JSON
    """A service's reply, parsed; None where it is empty. Raises IpfsError."""
    url = f"{where.url}{path}"
    with Exchange(timeout) as exchange, exchange.ask(where, method, url, taken=taken, json=json) as response:
        if response.status_code not in taken:
            raise IpfsError(f"{where.url} redirects elsewhere", "name the address that it has now")
        body = exchange.whole(response, limit, where)
    try:
        return parse_json(body) if body.strip() else None
    except ValueError:
        raise not_an_ipfs_node(where) from None


def _is_loopback(address: str) -> bool:
    return address.startswith(("/ip4/127.", "/ip6/::1/"))
