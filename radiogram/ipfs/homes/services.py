"""Services that are told by HTTP what to keep: those of the IPFS Pinning Service API, and IPFS Cluster.

https://ipfs.github.io/pinning-services-api-spec/ and https://ipfscluster.io/documentation/reference/api/
Both get the file from other nodes over IPFS, so that they must reach the one that has it. What they say is not enough:
a cluster goes on saying "pinned" of a node that has died.
"""

from __future__ import annotations

import urllib.parse
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from radiogram.errors import IpfsError, IpfsNotFound
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.homes.home import Origin, ask
from radiogram.ipfs.homes.place import ANSWER, File, Place
from radiogram.ipfs.replies import not_an_ipfs_node

_REPLY_LIMIT = 1 << 20  # bytes of JSON: of each of many requests, and of each peer of a cluster
_BEST_FIRST = ("pinned", "pinning", "queued", "failed")
_TAKEN = ("pinned", "pinning", "queued")


@dataclass(frozen=True)
class _Service:
    """What both have in common."""

    name: str
    where: Endpoint
    places: tuple[Place, ...]
    timeout: float = ANSWER
    is_service: ClassVar[bool] = True

    def status(self, cid: bytes) -> str:
        """What it says of a file; "" if it does not know it. Raises IpfsError."""
        raise NotImplementedError

    def check(self, place: Place, file: File) -> None:
        """A node is asked what it has pinned; of a gateway that is not known, and the service must say so."""
        if place.pins is None and (said := self.status(file.cid)) != "pinned":
            raise self._not_yet(said)
        try:
            place.check(file)
        except IpfsNotFound as error:
            said = "pinned"
            if place.pins:
                with suppress(IpfsError):  # the node has answered, and is not away where its service is
                    said = self.status(file.cid)
            if said != "pinned":
                raise self._not_yet(said) from error
            raise

    def _not_yet(self, said: str) -> IpfsNotFound:
        return IpfsNotFound(f"{self.where.url} says that it is {said}" if said else f"{self.where.url} keeps it not")

    def _ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        return ask(self.where, method, path, self.timeout, limit=_REPLY_LIMIT, **options)


@dataclass(frozen=True)
class PinningService(_Service):
    """One of the IPFS Pinning Service API."""

    kind: ClassVar[str] = "pinning"

    def ask(self, file: File, origin: Origin) -> None:
        if self.status(file.cid) in _TAKEN:  # each question more would be another request, to be kept and paid for
            return
        wanted = {"cid": cid_text(file.cid), "origins": origin.addresses(self.where)}
        said = self._ask("POST", "/pins", json=wanted)
        delegates = said.get("delegates") if isinstance(said, dict) else None
        origin.connect([str(each) for each in delegates] if isinstance(delegates, list) else [])

    def status(self, cid: bytes) -> str:
        known = {str(each.get("status")) for each in self._requests(cid)}
        return next((each for each in _BEST_FIRST if each in known), "")

    def forget(self, cid: bytes) -> None:
        for each in self._requests(cid):
            name = urllib.parse.quote(str(each.get("requestid")), safe="")
            self._ask("DELETE", f"/pins/{name}", taken=(HTTPStatus.ACCEPTED, HTTPStatus.OK, HTTPStatus.NOT_FOUND))

    def _requests(self, cid: bytes) -> list[dict[str, Any]]:
        """All that were made for the file."""
        query = urllib.parse.urlencode({"cid": cid_text(cid), "status": ",".join(_BEST_FIRST), "limit": 1000})
        said = self._ask("GET", f"/pins?{query}")
        found = said.get("results") if isinstance(said, dict) else None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise not_an_ipfs_node(self.where)
        return found


@dataclass(frozen=True)
class Cluster(_Service):
    """An IPFS Cluster, at its REST API. `copies`: how many of its nodes are to keep a file; None: as it is set."""

    copies: int | None = None
    kind: ClassVar[str] = "cluster"

    def ask(self, file: File, origin: Origin) -> None:
        options: dict[str, object] = (
            {} if self.copies is None else {"replication-min": self.copies, "replication-max": self.copies}
        )
        if addresses := origin.addresses(self.where):
            options["origins"] = ",".join(addresses)
        self._ask("POST", f"/pins/{cid_text(file.cid)}?{urllib.parse.urlencode(options)}")

    def status(self, cid: bytes) -> str:
        said = self._ask("GET", f"/pins/{cid_text(cid)}")
        peers = said.get("peer_map") if isinstance(said, dict) else None
        if not isinstance(peers, dict) or not all(isinstance(each, dict) for each in peers.values()):
            raise not_an_ipfs_node(self.where)
        known = {str(each.get("status")) for each in peers.values()} - {"remote", "unpinned"}
        return "pinned" if "pinned" in known else self.where.quotable(", ".join(sorted(known)))

    def forget(self, cid: bytes) -> None:
        self._ask("DELETE", f"/pins/{cid_text(cid)}", taken=(HTTPStatus.OK, HTTPStatus.NOT_FOUND))
