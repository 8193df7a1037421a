"""What the replies of an IPFS node mean: statuses, sizes, redirects.

Pure, so that whatever reads HTTP can ask: the client here, and the website's server.
"""

import contextlib
import urllib.parse
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsNotFound, IpfsRefused, IpfsSearchTimeout, IpfsTooLarge
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.nested_json import parse_json

_REDIRECTS = (301, 302, 303, 307, 308)


def is_redirect(status: int, headers: Mapping[str, str]) -> bool:
    return status in _REDIRECTS and "Location" in headers


def moved_to(gateway: Endpoint, cid: str, location: str) -> Endpoint | None:
    """The host name of its own that an https gateway has moved a CID to; None if `location` is anywhere else."""
    own = replace(gateway, host=f"{cid}.ipfs.{gateway.host}", path="", credentials=None)
    return own if gateway.scheme == "https" and _is_at(location, own) else None


def announced_sizes(headers: Mapping[str, str]) -> list[int]:
    """The sizes that a node announces, in bytes: of the body, and its RPC of the file; or neither."""
    said = (headers.get(name, "") for name in ("Content-Length", "X-Content-Length"))
    # Of thousands of digits, which int() does not take, the first make a size that is as much too large.
    return [int(size[:30]) for size in said if size.isascii() and size.isdigit()]


def check_size(headers: Mapping[str, str], size: int, where: Endpoint) -> None:
    """Raises IpfsTooLarge or IpfsIncomplete if a reply announces another size than was promised."""
    for announced in announced_sizes(headers):
        if announced > size:
            raise IpfsTooLarge(f"{where.url} has {announced} bytes where {size} were expected")
        if announced < size:
            raise IpfsIncomplete(f"{where.url} has {announced} bytes where {size} were expected")


def added_cid(answer: bytes) -> str:
    """The CID, in base32, that the RPC says it added. Raises IpfsError."""
    try:
        cid = str(parse_json(answer)["Hash"])
    except (LookupError, TypeError, ValueError) as error:
        raise IpfsError("an IPFS node names what it has added otherwise") from error
    cid_bytes(cid)
    return cid


def status_error(status: int, body: bytes, where: Endpoint) -> IpfsError:
    """The error that any other status than 200 stands for; `body` may be cut short."""
    said = where.quotable(_message(body))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        reason = "refuses these credentials" if where.credentials else "wants credentials"
        return IpfsRefused(f"{where.url} {reason} (HTTP {status})", "give the node's own")
    # 412: it has been told to ask no other (https://specs.ipfs.tech/http-gateways/path-gateway/)
    not_here = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED)
    if status in not_here or "could not find" in said:
        return IpfsNotFound(f"{where.url} does not have this file", "ask a node or gateway that has it")
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT):
        return IpfsSearchTimeout(f"{where.url} did not find it in time (HTTP {status})", "try again later")
    return IpfsError(f"{where.url} answered HTTP {status}: {said}")


def _message(body: bytes) -> str:
    """What an error says, as Kubo, IPFS Cluster and the IPFS Pinning Service API each write it; else all of it."""
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
        said = parse_json(body)
        if isinstance(said.get("error"), dict):
            return ": ".join(str(said["error"][name]) for name in ("reason", "details") if said["error"].get(name))
        return str(said["Message"] if "Message" in said else said["message"])
    return body.decode(errors="replace")


def not_an_ipfs_node(where: Endpoint) -> IpfsError:
    return IpfsError(f"{where.url} did not answer as an IPFS node does", "is it another kind of server?")


def _is_at(url: str, where: Endpoint) -> bool:
    """Whether a URL is on this very scheme, host and port, and without credentials."""
    try:
        parts = urllib.parse.urlsplit(url)
        place = (parts.scheme, parts.hostname, parts.port or 443, parts.username)
    except ValueError:
        return False
    return place == (where.scheme, where.host, where.port, None)
