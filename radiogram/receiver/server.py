"""The sockets of the receiver: who stalls, or says that it will send without end, is given up, and holds up nobody."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from radiogram.errors import ListenError

if TYPE_CHECKING:
    from pynetdicom.association import Association

MAX_PDU_BYTES = 1 << 20
"""Of a PDU with its header: a request for an association with 128 contexts has some tens of kilobytes."""
_WAITING = 8  # connections at most, of which each has not yet asked for its association, for each that may be open


class Server(ThreadedAssociationServer):
    """As pynetdicom has it; but TLS begins on the connection's own thread, and no read lasts for ever."""

    def get_request(self) -> tuple[socket.socket, Any]:
        listening: Any = self.socket
        client, address = listening.accept()
        client.settimeout(self.ae.network_timeout)
        if self.ssl_context:
            # The handshake is part of the first read.
            client = self.ssl_context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        return client, address

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401 - as socketserver has it
        return len(self.active_associations) < self.ae.maximum_associations + _WAITING

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """It concerns one connection, and may quote what came over it."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.server_address[0].partition("%")[0]).is_loopback


class Connection(RequestHandler):
    """A connection that takes no PDU beyond MAX_PDU_BYTES: pynetdicom would hold one of 4 GB in memory."""

    def _create_association(self) -> Association:
        association = super()._create_association()
        held: Any = association.dul.socket
        held.recv = partial(_received, held.recv)
        return association


def _received(receive: Callable[[int], bytearray], count: int) -> bytearray:
    if count > MAX_PDU_BYTES:
        raise OSError("the PDU is too long")
    return receive(count)


def tls_context(certificate: Path, key: Path, authority: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or 1.3 with that certificate; with an authority, who connects must have one of it too (PS3.15, B.9).

    Raises ListenError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise ListenError(f"{certificate} and {key} are no certificate and its key: {_why(error)}") from None
    if authority:
        try:
            context.load_verify_locations(authority)
        except OSError as error:
            raise ListenError(f"{authority} is no certificate of an authority: {_why(error)}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError) or not error.errno:
        return "it can't be read as PEM without a passphrase"
    return os.strerror(error.errno)
