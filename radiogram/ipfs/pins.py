"""What a node keeps of the files it was given: whether they are pinned and whole, and pinning them anew.

Through the RPC, and offline: the node answers from its own disk, and asks no other. Kubo's documentation:
https://docs.ipfs.tech/reference/kubo/rpc/
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsNotFound
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.replies import not_an_ipfs_node
from radiogram.nested_json import parse_json

_REPLY_LIMIT = 1 << 26  # bytes: CIDs of some hundred thousand blocks, of a mebibyte each
_AT_ONCE = 100  # blocks that one request names
_DIGEST_BYTES = 32
_CODEC, _DAG_PB = 1, 0x70  # where a CID of ours has its codec, and that of a node which names others
_MOST_LEVELS = 4  # of nodes, in files of up to a petabyte


class Pins:
    """Those of one node, at its RPC. Every method raises IpfsError. `timeout`: seconds that it may be silent."""

    def __init__(self, api: Endpoint, timeout: float = 60.0) -> None:
        self._api, self._timeout = api, timeout

    @property
    def url(self) -> str:
        """The node's, without credentials."""
        return self._api.url

    # ---- files

    def is_pinned(self, cid: bytes) -> bool:
        """Whether the node has promised to keep the file, with all its blocks."""
        try:
            self._ask("pin/ls", cid_text(cid), type="recursive")
        except IpfsError as error:
            if "not pinned" in error.message:
                return False
            raise
        return True

    def blocks(self, cid: bytes) -> list[bytes]:
        """The CIDs of all blocks of a file that the node has whole.

        Raises IpfsIncomplete where a block is missing, or found to be damaged: Kubo looks for the latter where its
        setting Datastore.HashOnRead is true, as it is in the local node.
        """
        root = cid_text(cid)
        found = {cid}
        for each in self._ask("refs", root, recursive="true", unique="true"):
            if each.get("Err"):
                raise IpfsIncomplete(f"a block of {root} is missing or damaged")
            if block := _ours(str(each.get("Ref"))):
                found.add(block)
        return sorted(found)

    def pin(self, cid: bytes) -> None:
        """Have the node keep a file that it has."""
        self._ask("pin/add", cid_text(cid))

    def tree(self, cid: bytes) -> list[bytes]:
        """The CIDs of a file's blocks as far as the node can tell, each before the one that names it: the root is last.

        The data need not be there any more. What a node of the tree names is not known if the node has lost that.
        """
        return self._below(cid, _MOST_LEVELS)

    def remove(self, cid: bytes, blocks: Sequence[bytes] = ()) -> None:
        """Unpin a file, and delete those of its blocks that no other pin needs; `blocks` are its blocks in the order of
        `tree`, where the node may not know them.

        If it is interrupted, what is left can be found and removed by the same call: what names a block goes after it.
        """
        blocks = blocks or self.tree(cid)
        if self.is_pinned(cid):
            self._unpin(cid)
        for start in range(0, len(blocks), _AT_ONCE):  # one that is pinned is refused by name, and stays
            self._ask("block/rm", *map(cid_text, blocks[start : start + _AT_ONCE]), force="true")

    def _unpin(self, cid: bytes) -> None:
        try:
            self._ask("pin/rm", cid_text(cid))
        except IpfsError as error:
            if "not pinned" not in error.message:  # a service that looks after the node may be faster
                raise

    def holds(self, block: bytes) -> bool:
        """Whether the node has one block, be it damaged."""
        try:
            self._ask("block/stat", cid_text(block))
        except IpfsError as error:
            if "different hash" in error.message:
                return True
            if "not found" in error.message or isinstance(error, IpfsNotFound):
                return False
            raise
        return True

    # ---- all that a node has: for the local one alone

    def pinned(self) -> list[bytes]:
        """The files that are pinned, of CIDs of our form."""
        return [cid for cid in map(_ours, self._named("pin/ls", "Cid", type="recursive", stream="true")) if cid]

    def unpinned(self) -> list[bytes]:
        """The blocks, as CIDs of raw ones, that no pin needs."""
        held = map(_ours, self._named("refs/local", "Ref"))
        kept = {_digest(cid) for cid in map(_ours, self._named("pin/ls", "Cid", type="all", stream="true")) if cid}
        return sorted(cid for cid in held if cid and _digest(cid) not in kept)

    def size(self, block: bytes) -> int:
        """Bytes of one block; 0 if it is missing or damaged."""
        try:
            return sum(int(each.get("Size", 0)) for each in self._ask("block/stat", cid_text(block)))
        except IpfsError as error:
            if "not found" in error.message or "different hash" in error.message or isinstance(error, IpfsNotFound):
                return 0
            raise

    def collect(self) -> None:
        """Delete every block that no pin needs."""
        self._ask("repo/gc", quiet="true")

    # ---- requests

    def _below(self, cid: bytes, levels: int) -> list[bytes]:
        if cid[_CODEC] != _DAG_PB or not levels or not self.holds(cid):
            return [cid]
        try:
            [node] = self._ask("dag/get", cid_text(cid))
            links = [_ours(str(link["Hash"]["/"])) for link in node["Links"]]
        except (LookupError, TypeError, ValueError):
            raise not_an_ipfs_node(self._api) from None
        except IpfsError as error:
            if "different hash" in error.message:
                return [cid]
            raise
        return [*(block for link in links if link for block in self._below(link, levels - 1)), cid]

    def _named(self, method: str, member: str, **options: str) -> Iterator[str]:
        return (str(each.get(member, "")) for each in self._ask(method, **options))

    def _ask(self, method: str, *arguments: str, **options: str) -> list[dict[str, Any]]:
        """The JSON objects of the reply, one a line."""
        query = urllib.parse.urlencode([*(("arg", each) for each in arguments), *options.items(), ("offline", "true")])
        url = f"{self._api.url}/api/v0/{method}?{query}"
        with Exchange(self._timeout) as exchange, exchange.ask(self._api, "POST", url) as response:
            body = exchange.whole(response, _REPLY_LIMIT, self._api)
        try:
            found = [parse_json(line) for line in body.splitlines()]
        except ValueError:
            raise not_an_ipfs_node(self._api) from None
        if not all(isinstance(each, dict) for each in found):
            raise not_an_ipfs_node(self._api)
        return found


def _ours(text: str) -> bytes | None:
    """The CID's bytes; None for one of another form, such as that of Kubo's own empty folder."""
    try:
        return cid_bytes(text)
    except IpfsError:
        return None


def _digest(cid: bytes) -> bytes:
    """What names a block to Kubo, whatever its codec."""
    return cid[-_DIGEST_BYTES:]
