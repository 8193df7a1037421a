"""What requests, urllib3 and ipfshttpclient raise, as errors of ours: their own texts may be long, or hold a secret."""

import http.client
from collections.abc import Iterator

import ipfshttpclient
import requests
import urllib3

from radiogram.errors import IpfsError, IpfsTimeout, IpfsUnreachable
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.replies import not_an_ipfs_node, status_error

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


def reply_error(response: requests.Response, where: Endpoint) -> IpfsError:
    """The error that a reply stands for, of whose body nothing has been read yet."""
    try:
        body = response.raw.read(2_000)
    except CONNECTION_ERRORS:
        body = b""
    return status_error(response.status_code, body, where)


def connection_error(error: BaseException, where: Endpoint) -> IpfsError:
    """Our error for one of CONNECTION_ERRORS."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, requests.Response):
            return reply_error(response, where)
        if isinstance(cause, ipfshttpclient.exceptions.ErrorResponse):
            return IpfsError(f"{where.url} failed: {where.quotable(str(cause))}")
        if isinstance(cause, ipfshttpclient.exceptions.AddressError):
            return IpfsError(f"{where.url}: a host name has letters, digits, dots and hyphens only")
        if isinstance(cause, ipfshttpclient.exceptions.EncoderError):
            return not_an_ipfs_node(where)
        if isinstance(cause, TIMEOUTS) and not isinstance(cause, urllib3.exceptions.NewConnectionError):
            return IpfsTimeout(f"{where.url} does not answer in time", "is the node well, and the network?")
        if isinstance(cause, requests.exceptions.SSLError):
            return IpfsUnreachable(f"{where.url} has no valid TLS certificate for that name")
    return IpfsUnreachable(f"{where.url} can't be reached, or broke the connection", "is the node running?")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those it wraps; each library here has its own way of wrapping."""
    yield error
    for inner in (*error.args, getattr(error, "original", None), getattr(error, "reason", None)):
        if isinstance(inner, BaseException) and inner is not error:
            yield from _causes(inner)
