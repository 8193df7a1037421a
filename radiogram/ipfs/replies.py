"""What the replies of an IPFS node mean: statuses, sizes, redirects, and the errors of the libraries that read them."""

import contextlib
import http.client
import json
import urllib.parse
from collections.abc import Iterator

import ipfshttpclient
import requests
import urllib3

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsNotFound,
    IpfsRefused,
    IpfsTimeout,
    IpfsTooLarge,
    IpfsUnreachable,
)
from radiogram.ipfs.endpoint import Endpoint

# What requests, urllib3 and ipfshttpclient raise when a node is not there, breaks off, or talks nonsense.
CONNECTION_ERRORS = (
    ipfshttpclient.exceptions.Error,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
)
TIMEOUTS = (
    ipfshttpclient.exceptions.TimeoutError,
    requests.Timeout,
    urllib3.exceptions.TimeoutError,
    TimeoutError,
)


def is_at(url: str, where: Endpoint) -> bool:
    """Whether a URL is on this very scheme, host and port, and without credentials."""
    try:
        parts = urllib.parse.urlsplit(url)
        place = (parts.scheme, parts.hostname, parts.port or 443, parts.username)
    except ValueError:
        return False
    return place == (where.scheme, where.host, where.port, None)


def check_size(header: str | None, size: int, where: str) -> None:
    """Raises IpfsTooLarge or IpfsIncomplete if a reply announces another size than was promised."""
    if header is None or not header.isascii() or not header.isdigit():
        return
    announced = int(header)
    if announced > size:
        raise IpfsTooLarge(f"{where} has {announced} bytes where {size} were expected")
    if announced < size:
        raise IpfsIncomplete(f"{where} has {announced} bytes where {size} were expected")


def status_error(response: requests.Response, where: Endpoint) -> IpfsError:
    status = response.status_code
    try:
        text = response.raw.read(2_000).decode(errors="replace")
        with contextlib.suppress(ValueError, LookupError, TypeError):
            text = str(json.loads(text)["Message"])
    except CONNECTION_ERRORS:
        text = ""
    said = where.words(text)
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        reason = "refuses these credentials" if where.credentials else "wants credentials"
        return IpfsRefused(f"{where.url} {reason} (HTTP {status})", "give the node's own")
    if status in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE) or "could not find" in said:
        return IpfsNotFound(f"{where.url} does not have this file", "ask a node or gateway that has it")
    if status in (http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.GATEWAY_TIMEOUT):
        return IpfsTimeout(f"{where.url} did not find it in time (HTTP {status})", "try again later")
    return IpfsError(f"{where.url} answered HTTP {status}: {said}")


def connection_error(error: BaseException, where: Endpoint) -> IpfsError:
    """Our error for one of theirs, whose own text may be long or hold a secret."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, requests.Response):
            return status_error(response, where)
        if isinstance(cause, ipfshttpclient.exceptions.ErrorResponse):
            return IpfsError(f"{where.url} failed: {where.words(str(cause))}")
        if isinstance(cause, ipfshttpclient.exceptions.AddressError):
            return IpfsError(f"{where.url}: a host name has letters, digits, dots and hyphens only")
        if isinstance(cause, ipfshttpclient.exceptions.EncoderError):
            return not_an_ipfs_node(where)
        if isinstance(cause, TIMEOUTS) and not isinstance(cause, urllib3.exceptions.NewConnectionError):
            return IpfsTimeout(f"{where.url} does not answer in time", "is the node well, and the network?")
        if isinstance(cause, requests.exceptions.SSLError):
            return IpfsUnreachable(f"{where.url} has no valid TLS certificate for that name")
    return IpfsUnreachable(f"{where.url} can't be reached, or broke the connection", "is the node running?")


def not_an_ipfs_node(where: Endpoint) -> IpfsError:
    return IpfsError(f"{where.url} did not answer as an IPFS node does", "is it another kind of server?")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those it wraps; each library here has its own way of wrapping."""
    yield error
    for inner in (*error.args, getattr(error, "original", None), getattr(error, "reason", None)):
        if isinstance(inner, BaseException) and inner is not error:
            yield from _causes(inner)
