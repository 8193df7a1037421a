"""The IPFS node that we were told to use: add a ciphertext to it; and read one, from it, from gateways or CAR files.

Adding goes through the node's RPC (ipfshttpclient); reading through the gateways that are named, else through the RPC.
No other host is ever asked. Nothing here holds a whole file in memory.
"""

import contextlib
import io
import itertools
import math
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import ipfshttpclient
import requests

from radiogram import deadline
from radiogram.deadline import Connections, Deadline
from radiogram.errors import (
    IpfsError,
    IpfsReadOnly,
    IpfsRefused,
    IpfsTimeout,
    IpfsUnreachable,
    IpfsWrongCid,
)
from radiogram.ipfs.body import Body
from radiogram.ipfs.car import CarFile, check_held
from radiogram.ipfs.cid import IMPORT, cid_bytes, cid_text
from radiogram.ipfs.dag import all_ours, each_leaf, made_otherwise
from radiogram.ipfs.endpoint import Credentials, Endpoint
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.library_errors import CONNECTION_ERRORS, connection_error
from radiogram.ipfs.mixed import RUN_LEAVES, Mixed
from radiogram.ipfs.race import Stopper, first_of
from radiogram.ipfs.read_back import check_kept
from radiogram.ipfs.replies import not_an_ipfs_node
from radiogram.ipfs.source import BLOCKS_ALONE, BlockSource, Source
from radiogram.ipfs.unixfs import CHUNK_BYTES
from radiogram.ipfs.upload import PIECE, WRITE_FAILED, Added, PieceReader, Upload
from radiogram.nested_json import parse_json

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PATIENCE = 60.0  # seconds
ANSWER_LIMIT = 10_000  # bytes of JSON
STORING = 1 << 20  # bytes a second that a node on a slow disk stores
READ_AHEAD = 8 << 20  # bytes
_BUFFER = 1 << 17  # bytes; age reads in small steps
_EMPTY_FILE = "bafkqaaa"  # an identity CID: a gateway answers it without any block


class Ipfs:
    """A node: its RPC (`api`), its gateway, or both; each a URL, `api` also a multiaddr. `gateway` may name several
    gateways, with spaces between. With `cars`, CAR files (radiogram.ipfs.car), all is read from them alone.

    `credentials` are for the RPC alone; USER:SECRET@ in either URL is for that URL alone. `timeout` is how
    many seconds a node may be silent, or slower than radiogram.deadline.SLOWEST. Raises IpfsError for an
    address that is none, and for credentials that would cross a network unencrypted.
    """

    def __init__(
        self,
        api: str | None = None,
        gateway: str | None = None,
        credentials: Credentials | None = None,
        *,
        timeout: float = PATIENCE,
        cars: Sequence[CarFile] = (),
    ) -> None:
        if not api and not gateway and not cars:
            raise IpfsError("no IPFS node", "name its RPC or its gateway")
        if credentials and not api:
            raise IpfsError("IPFS credentials are for an RPC", "name that too")
        self.timeout = timeout
        self.api = Endpoint.parse(api.rstrip("/").removesuffix("/api/v0"), credentials) if api else None
        self.gateways = [_gateway(each) for each in (gateway or "").split()]
        """In the order in which they were named."""
        self._cars = list(cars)
        self._kept = Connections()  # to the RPC, for what is added
        self._of_thread = threading.local()

    @property
    def gateway(self) -> Endpoint | None:
        """The first of them."""
        return self.gateways[0] if self.gateways else None

    def add(self, pieces: Iterable["ReadableBuffer"]) -> Added:
        """Adds and pins a file of pieces, each of which is kept for a while, and must not change.

        Streams: the next is made when the node has taken the last. If making one raises, the upload is broken off
        before its end, so that the node keeps no pin, and the exception comes out of here. Raises IpfsError;
        IpfsWrongCid where the node names another CID than that of the bytes. What is returned was read back, see
        check_kept.
        """
        return self._add(Upload(pieces))[0]

    def add_bytes(self, data: bytes) -> Added:
        """The same of a few bytes."""
        return self.add([data])

    def add_both(self, pieces: Iterable["ReadableBuffer"], follow: Callable[[Added], bytes]) -> tuple[Added, Added]:
        """The same of a file, and of a few bytes that `follow` makes of what is known of it: in one request."""
        upload = Upload(pieces)
        first, second = self._add(upload, Upload(follow(each) for each in upload.once_added()))
        return first, second

    def _add(self, *uploads: Upload) -> list[Added]:
        api = self.rpc
        try:
            named = self._sent(uploads)
        finally:
            for each in uploads:
                each.stop()
        if not uploads[-1].ended:
            raise IpfsError(f"{api.url} answered before it had the whole file")
        for each in uploads:
            if each.error:
                raise each.error
        for upload, text in zip(uploads, named, strict=True):
            if cid_bytes(text) != upload.added.cid:
                raise IpfsWrongCid(
                    f"{api.url} says {text}, but what was added has the CID {cid_text(upload.added.cid)}",
                    "use another node, or one that follows the import settings of a request (Kubo 0.40 or later)",
                )
        with Exchange(self.timeout, self._kept) as exchange:
            check_kept(exchange, api, self.gateway, uploads)
        return [each.added for each in uploads]

    def _sent(self, uploads: Sequence[Upload]) -> list[str]:
        """What the node calls each that it was sent."""
        api = self.rpc
        with Deadline(self.timeout) as wait:
            try:
                with wait.waiting():
                    client = self._client(api)
                    pieces = [self._pieces(each, wait) for each in uploads]
                    if len(pieces) == 1:
                        return [str(client.add_bytes(pieces[0], opts=IMPORT))]
                    files = [PieceReader(str(number), each) for number, each in enumerate(pieces)]
                    answers = client.add(*files, raw_leaves=True, opts=dict(IMPORT))  # which it adds to
                    named = [str(each["Hash"]) for each in answers]
                    if len(named) != len(files):
                        raise not_an_ipfs_node(api)
                    return named
            except (*WRITE_FAILED, *CONNECTION_ERRORS) as error:
                if wait.expired:
                    raise _slow_to_take(api, uploads) from error
                for each in uploads:
                    if each.error and each.ended:
                        raise each.error from None
                trouble = connection_error(error, api)
                if isinstance(trouble, IpfsUnreachable) and uploads[0].size:
                    trouble = self._refusal(api) or trouble
                raise trouble from error
            except (AssertionError, LookupError, TypeError, ValueError, RecursionError) as error:
                raise not_an_ipfs_node(api) from error

    @contextlib.contextmanager
    def open(self, cid: bytes, size: int, *, read_ahead: int = READ_AHEAD) -> Iterator[BinaryIO]:
        """A reader of the file's `size` bytes: not one more, and the end only after all of them.

        They come from all gateways at once, or from the RPC where none is named. Each block is checked against its CID
        before a byte of it is given away; who sends others is asked no more. `read_ahead` is how many bytes may come
        before they are read, a block at least.

        Errors, from here or from a read, where no source gives all of it: IpfsNotFound, IpfsIncomplete (fewer bytes, or
        a damaged block), IpfsMismatch, IpfsTooLarge, IpfsTimeout, other IpfsError. If a read fails inside code that
        turns errors into its own, leaving the `with` block raises the IpfsError all the same.
        """
        leaves = each_leaf(cid, size, self._block)
        first = next(leaves)
        if first is None:
            with self._open_unchecked(cid, size) as reader:
                yield reader
            return
        if self._cars:
            check_held(self._cars, all_ours(each_leaf(cid, size, self._block)))
        sources = self.sources
        ahead = max(read_ahead // CHUNK_BYTES, RUN_LEAVES * len(sources) if read_ahead >= READ_AHEAD else 1)
        all_leaves = all_ours(itertools.chain([first], leaves))
        mixed = Mixed(cid, size, all_leaves, sources, lambda: Exchange(self.timeout), ahead)
        try:
            mixed.begin()
            with _reader_of(mixed, mixed.stop) as reader:
                yield reader
        finally:
            mixed.close()

    @contextlib.contextmanager
    def _open_unchecked(self, cid: bytes, size: int) -> Iterator[BinaryIO]:
        """The same of a file that is made of other blocks than ours, from the first source: age sees what is wrong."""
        if self._cars:
            raise made_otherwise()
        with (
            Exchange(self.timeout) as exchange,
            self.nodes[0].opened(exchange, cid, size) as body,
            _reader_of(body, exchange.deadline.end) as reader,
        ):
            yield reader

    def blocks(self, cid: bytes, size: int) -> Iterator[tuple[bytes, bytes]]:
        """All blocks of a file with their CIDs, each checked; a node before what is below it, leaves in their order.

        Raises what `open` does; IpfsError for a file that is made of other blocks than ours.
        """
        nodes: list[tuple[bytes, bytes]] = []

        def node(cid: bytes) -> bytes:
            nodes.append((cid, self._block(cid)))
            return nodes[-1][1]

        with self.open(cid, size) as reader:
            for leaf in all_ours(each_leaf(cid, size, node)):
                yield from nodes
                nodes.clear()
                yield leaf.cid, reader.read(leaf.size)

    def read(self, cid: bytes, limit: int) -> bytes:
        """All bytes of a small file, at most `limit`: of one raw block they are checked.

        Raises IpfsTooLarge, IpfsNotFound, IpfsTimeout, IpfsMismatch, IpfsError.
        """
        return first_of([partial(self._read, source, cid, limit) for source in self.sources])

    def _read(self, source: BlockSource, cid: bytes, limit: int, stop: Stopper) -> bytes:
        with Exchange(self.timeout) as exchange:
            stop(exchange.deadline.end)
            return source.read(exchange, cid, limit)

    def _block(self, cid: bytes) -> bytes:
        """From whichever source gives it first. Raises IpfsError."""

        def block(source: BlockSource, stop: Stopper) -> bytes:
            with Exchange(self.timeout) as exchange:
                stop(exchange.deadline.end)
                return source.block(exchange, cid)

        return first_of([partial(block, source) for source in self.sources])

    def check(self) -> str:
        """The node's version, "" from gateways, of which one answers; a quick question. Raises IpfsError."""
        if not self.api:
            first_of([partial(self._greet, node) for node in self.nodes])
            return ""
        version = f"{self.api.url}/api/v0/version"
        with Exchange(self.timeout) as exchange, exchange.ask(self.api, "POST", version) as response:
            said = exchange.whole(response, ANSWER_LIMIT, self.api)
        try:
            return str(parse_json(said)["Version"])
        except (LookupError, TypeError, ValueError) as error:
            raise not_an_ipfs_node(self.api) from error

    def _greet(self, node: Source, stop: Stopper) -> None:
        with Exchange(self.timeout) as exchange:
            stop(exchange.deadline.end)
            node.asked(exchange, _EMPTY_FILE, taken=BLOCKS_ALONE).close()

    @property
    def rpc(self) -> Endpoint:
        """Raises IpfsReadOnly where there is none."""
        if not self.api:
            raise IpfsReadOnly("a gateway can only be read from", "name the node's RPC to add")
        return self.api

    @property
    def sources(self) -> list[BlockSource]:
        """Who is read from: the CAR files; else the gateways, or the RPC where none is named."""
        return [*self._cars] or [*self.nodes]

    @property
    def nodes(self) -> list[Source]:
        """Gateways, or the RPC where none is named."""
        return [Source(each, is_gateway=True) for each in self.gateways] or [Source(self.rpc, is_gateway=False)]

    def _client(self, api: Endpoint) -> ipfshttpclient.Client:
        """One for each thread."""
        kept: ipfshttpclient.Client | None = getattr(self._of_thread, "client", None)
        if kept is not None:
            return kept
        client = ipfshttpclient.Client(
            api.multiaddr,
            f"{api.path}/api/v0",
            auth=api,
            chunk_size=PIECE,
            timeout=(deadline.CONNECT_SECONDS, math.inf),
            session=True,
        )
        # The session is not public, and nothing else says what it may do; the version is pinned.
        session = client._client._session
        session.trust_env = not api.is_local
        session.get_redirect_target = Exchange.get_redirect_target
        session.family = socket.AF_UNSPEC  # any other would need connections of that library's own
        session.headers["Accept-Encoding"] = "identity"
        session.hooks["response"] = [_take_answer]
        deadline.bound(session, self._kept)
        self._of_thread.client = client
        return client

    def _refusal(self, api: Endpoint) -> IpfsRefused | None:
        """The error, if the RPC turns away an `add` with nothing in it for its credentials.

        A node that says no closes the connection while we still send, and its reply is often lost.
        """
        try:
            with Exchange(min(self.timeout, 5.0)) as exchange:
                exchange.ask(api, "POST", f"{api.url}/api/v0/add").close()
        except IpfsRefused as error:
            return error
        except IpfsError:
            pass
        return None

    def _pieces(self, upload: Upload, wait: Deadline) -> Iterator[memoryview]:
        yield from upload.pieces(wait)
        wait.renew(self.timeout + upload.size / STORING)


def _gateway(url: str) -> Endpoint:
    endpoint = Endpoint.parse(url.rstrip("/").removesuffix("/ipfs"))
    # By that name it would redirect to host names below it, which may not resolve.
    return replace(endpoint, host="127.0.0.1") if endpoint.host == "localhost" else endpoint


@contextlib.contextmanager
def _reader_of(raw: Body | Mixed, stop: Callable[[], None]) -> Iterator[BinaryIO]:
    """A buffered reader; an error of `raw` comes out, whatever was made of it.

    `stop` ends the wait of another thread in it, which would keep it from being closed.
    """
    reader = io.BufferedReader(raw, _BUFFER)
    try:
        yield reader
    except Exception as error:
        if raw.error and error is not raw.error:
            raise raw.error from error
        raise
    finally:
        stop()
        reader.close()
    if raw.error:
        raise raw.error


def _take_answer(response: requests.Response, *_: Any, **__: Any) -> None:  # noqa: ANN401 - as requests has it
    """Holds what is parsed to ANSWER_LIMIT. Raises ValueError."""
    deadline.take_whole(response, ANSWER_LIMIT)


def _slow_to_take(api: Endpoint, uploads: Sequence[Upload]) -> IpfsTimeout:
    size = sum(each.size for each in uploads)
    if uploads[-1].ended:
        return IpfsTimeout(f"{api.url} took all {size} bytes, and does not say in time that it keeps them")
    return IpfsTimeout(f"{api.url} stopped, or is too slow: it took {size} bytes", "try again, or use another node")
