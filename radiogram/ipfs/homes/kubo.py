"""A Kubo that is reached at its RPC: the node that studies are added to, and others such as a partner's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsNotFound, IpfsRefused
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.place import File, Place
from radiogram.ipfs.pins import Pins


@dataclass(frozen=True)
class KuboHome:
    """One node, of which the client knows the RPC.

    What it has not is sent to it from here: the nodes need not reach each other.
    """

    name: str
    client: Ipfs
    kind: ClassVar[str] = "kubo"
    is_service: ClassVar[bool] = False

    @property
    def where(self) -> Endpoint:
        return self.client.rpc

    @property
    def places(self) -> tuple[Place, ...]:
        return (Place(self.client),)

    def ask(self, file: File, origin: Origin) -> None:
        if self._pinned_whole(file):
            return
        added = self.client.add(origin.pieces(file))
        if added.cid != file.cid:
            raise IpfsError(f"{self.where.url} can't be sent a file that was not made by docs/format.md")

    def _pinned_whole(self, file: File) -> bool:
        """Pin what the node has whole; False where it has not, or does not let it be seen."""
        pins = Pins(self.where, self.client.timeout)
        try:
            pins.blocks(file.cid)
            pins.pin(file.cid)
        except (IpfsIncomplete, IpfsNotFound, IpfsRefused):
            return False
        return True

    def check(self, place: Place, file: File) -> None:
        place.check(file)

    def forget(self, cid: bytes) -> None:
        pass
