"""Who gives bytes of a file: a gateway, the RPC of a node, or whatever else has its blocks."""

from __future__ import annotations

import contextlib
import io
import threading
import urllib.parse
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import requests

from radiogram.errors import IpfsError
from radiogram.ipfs.body import Body
from radiogram.ipfs.car_body import CarBody
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.dag import MAX_BLOCK_BYTES, RAW, Leaf, check_block
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.ends import cat_query, range_header
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.replies import check_size, moved_to

# https://specs.ipfs.tech/http-gateways/trustless-gateway/
RAW_BLOCK = "application/vnd.ipld.raw"
_CAR = "application/vnd.ipld.car; version=1; order=dfs; dups=y"
BLOCKS_ALONE = (HTTPStatus.NOT_ACCEPTABLE,)
"""What a gateway says that gives blocks, and no files."""


class BlockSource(Protocol):
    """Who is asked for files by their CIDs (36 bytes). What an exchange is not needed for, it does not use."""

    @property
    def name(self) -> str:
        """For messages."""

    def block(self, exchange: Exchange, cid: bytes) -> bytes:
        """The block with that CID, checked. Raises IpfsMismatch and other IpfsErrors."""

    def read(self, exchange: Exchange, cid: bytes, limit: int) -> bytes:
        """All bytes of a small file, at most `limit`: of one raw block they are checked. Raises IpfsError."""

    def opened(
        self,
        exchange: Exchange,
        cid: bytes,
        size: int,
        start: int = 0,
        end: int | None = None,
        leaves: Iterable[Leaf] = (),
    ) -> AbstractContextManager[io.RawIOBase]:
        """The bytes `start` to `end` of the file, which has `size`; not checked. Raises IpfsError, also while read.

        `leaves` are those that hold these bytes, for whom has blocks and no files.
        """


@dataclass(frozen=True)
class Source:
    """One endpoint. No other host is ever asked: redirects are refused, save the one by which an https gateway moves
    each CID to a host name of its own.

    A gateway that gives blocks alone, as many public ones do, says so (406) where it is asked for a file: then it is
    asked for the blocks, all at once as a CAR file.
    """

    where: Endpoint
    is_gateway: bool
    _gives_blocks_alone: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
    """Set once it has said so."""

    @property
    def name(self) -> str:
        return self.where.url

    def block(self, exchange: Exchange, cid: bytes, limit: int = MAX_BLOCK_BYTES, *, held: bool = False) -> bytes:
        """The block with that CID (36 bytes), checked. Raises IpfsMismatch and other IpfsErrors.

        `held`: the node is told to ask no other for it, as Kubo's RPC and gateway can be.
        """
        text = cid_text(cid)
        if self.is_gateway:
            headers = {"Accept": RAW_BLOCK} | ({"Cache-Control": "only-if-cached"} if held else {})
            response = self._from_gateway(exchange, text, "?format=raw", headers)
        else:
            query = f"arg={text}" + "&offline=true" * held
            response = exchange.ask(self.where, "POST", f"{self.where.url}/api/v0/block/get?{query}")
        with response:
            block = exchange.whole(response, limit, self.where)
        check_block(cid, block, self.name)
        return block

    def read(self, exchange: Exchange, cid: bytes, limit: int) -> bytes:
        response = self._file(exchange, cid)
        if response is None:
            if not cid.startswith(RAW):
                raise IpfsError(f"{self.name} gives blocks alone, and that is more than one", "use another gateway")
            return self.block(exchange, cid, limit)
        with response:
            read = exchange.whole(response, limit, self.where)
        if cid.startswith(RAW):
            check_block(cid, read, self.name)
        return read

    @contextlib.contextmanager
    def opened(
        self,
        exchange: Exchange,
        cid: bytes,
        size: int,
        start: int = 0,
        end: int | None = None,
        leaves: Iterable[Leaf] = (),
    ) -> Iterator[Body]:
        end = size if end is None else end
        part = range(start, end) if (start, end) != (0, size) else range(0)
        response = self._file(exchange, cid, part)
        if response is None:
            query = f"?format=car&dag-scope=entity&entity-bytes={start}:{end - 1}"
            with self._from_gateway(exchange, cid_text(cid), query, {"Accept": _CAR}) as response:
                yield CarBody(response, end - start, self.where, exchange)
            return
        with response:
            if response.status_code == HTTPStatus.OK and self.is_gateway and part:
                if start:
                    raise IpfsError(f"{self.where.url} does not send parts of files", "use another gateway")
                end = size
            if not part:
                check_size(response.headers, size, self.where)
            yield Body(response, end - start, self.where.url, exchange.deadline)

    def _file(self, exchange: Exchange, cid: bytes, part: range = range(0)) -> requests.Response | None:
        """As `asked`; None from a gateway that gives blocks alone."""
        if self._gives_blocks_alone.is_set():
            return None
        response = self.asked(exchange, cid_text(cid), part, BLOCKS_ALONE if self.is_gateway else ())
        if response.status_code not in BLOCKS_ALONE:
            return response
        response.close()
        self._gives_blocks_alone.set()
        return None

    def asked(
        self, exchange: Exchange, cid: str, part: range = range(0), taken: Collection[int] = ()
    ) -> requests.Response:
        """The reply that carries these bytes of the file, or all of it; its body not read yet. Raises IpfsError.

        A gateway may reply with all of the file instead (status 200). `taken` are further statuses to be returned.
        """
        if self.is_gateway:
            more = {HTTPStatus.PARTIAL_CONTENT} if part else set()
            return self._from_gateway(exchange, cid, "", range_header(part), {HTTPStatus.OK, *more, *taken})
        url = f"{self.where.url}/api/v0/cat?{urllib.parse.urlencode(cat_query(cid, part))}"
        return exchange.ask(self.where, "POST", url, taken={HTTPStatus.OK, *taken})

    def _from_gateway(
        self,
        exchange: Exchange,
        cid: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        taken: Collection[int] = (HTTPStatus.OK,),
    ) -> requests.Response:
        gateway = self.where
        response = exchange.ask(gateway, "GET", f"{gateway.url}/ipfs/{cid}{query}", headers, taken)
        if response.status_code in taken:
            return response
        response.close()
        target = response.headers["Location"]
        own = moved_to(gateway, cid, target)
        if own is None:
            raise IpfsError(f"{gateway.url} redirects elsewhere", "name another gateway")
        response = exchange.ask(own, "GET", target, headers, taken)
        if response.status_code not in taken:
            response.close()
            raise IpfsError(f"{gateway.url} redirects twice", "name another gateway")
        return response
