"""A node that is asked itself whether it keeps a file: it is counted once, whoever manages it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import cached_property, partial

from radiogram.errors import IpfsNotFound, IpfsRefused
from radiogram.hosts import one_name
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.dag import leaves_of
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.pins import Pins
from radiogram.ipfs.source import Source

ANSWER = 30.0  # seconds that a home may be silent, or too slow


@dataclass(frozen=True)
class File:
    """What is to be kept."""

    cid: bytes
    size: int | None
    """Bytes; None of a few, which are one raw block."""


@dataclass(frozen=True)
class Place:
    """A node, by its RPC; or by a gateway, which says nothing of pins."""

    client: Ipfs

    @cached_property
    def source(self) -> Source:
        """Whom it is read from first: one that can be asked for pins, if there is one."""
        return Source(self.client.api, is_gateway=False) if self.client.api else self.client.nodes[0]

    @property
    def url(self) -> str:
        """What it is known by."""
        return self.source.where.url

    @cached_property
    def node(self) -> str:
        """What it is compared by: its URL, in which each host is written in one way."""
        return replace(self.source.where, host=one_name(self.source.where.host)).url

    @cached_property
    def pins(self) -> Pins | None:
        """What it keeps, where that can be asked."""
        return Pins(self.client.api, self.client.timeout) if self.client.api else None

    def check(self, file: File) -> None:
        """Raises IpfsError unless the node has pinned the file, has every block, and gives some of them.

        Where it does not let its pins be looked at, or is a gateway, what it gives must do: see `probe`.
        """
        source = self.source
        if self.pins:
            try:
                if not self.pins.is_pinned(file.cid):
                    raise IpfsNotFound(f"{self.url} has not pinned it")
                self.pins.blocks(file.cid)
            except IpfsRefused:
                if not self.client.gateways:
                    raise
                source = self.client.nodes[0]
        probe(source, file, self.client.timeout)


def probe(source: Source, file: File, timeout: float) -> None:
    """Read all nodes above the leaves, and a leaf by lot, and hold them against their CIDs; the node asks no other.

    Raises IpfsError if one is not there, or is another.
    """
    with Exchange(timeout) as exchange:
        block = partial(source.block, exchange, held=True)
        leaves = leaves_of(file.cid, file.size or 0, block)
        if leaves:  # of a file that was not made as ours are, its root was read
            block(secrets.choice(leaves).cid)
