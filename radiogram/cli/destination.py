"""A doctor's system to send images to: the options that name it, and what is told of sending."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogram.cli.options import NamedPath
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    import ssl

    import requests

    from radiogram.cli.terminal import Terminal
    from radiogram.export.instances import Sent

AUTH = "RADIOGRAM_DICOMWEB_AUTH"
_COMMITMENT = {
    "confirmed": "It has promised to keep them (storage commitment).",
    "not_confirmed": "It does not promise to keep all of them (storage commitment).",
    "not_offered": "It offers no storage commitment: ask there whether they have arrived.",
    "refused": "It refuses to be asked for storage commitment: ask there whether they have arrived.",
    "no_answer": "It was asked for storage commitment, and no answer came: it may need --commitment-port.",
}


@dataclass(frozen=True)
class Destination:
    """As the options name it, unchecked: exactly one of the two addresses is given."""

    ae: str | None
    dicomweb: str | None
    calling_ae: str
    commitment_port: int | None
    tls: bool
    tls_ca: Path | None
    tls_identity: Path | None

    def __str__(self) -> str:
        return str(self.dicomweb if self.ae is None else self.ae)

    def checked(self) -> Callable[..., Sent]:
        """What sends files there, with address and TLS files checked (export.sending). Raises DestinationError."""
        from radiogram.export import sending

        if self.dicomweb is not None:
            from radiogram.export.dicomweb import Service

            service = Service.parse(self.dicomweb, _authorization())
            return lambda files, progress: sending.over_http(files, service, progress)
        from radiogram.export.storage import Peer

        peer = Peer.parse(self.ae or "", self.calling_ae, self._context())
        return lambda files, progress: sending.by_dicom(files, peer, progress, self.commitment_port)

    def _context(self) -> ssl.SSLContext | None:
        if not (self.tls or self.tls_ca or self.tls_identity):
            return None
        import ssl

        from radiogram.cli.private_file import check_private
        from radiogram.errors import DestinationError

        try:
            context = ssl.create_default_context(cafile=self.tls_ca)
        except (OSError, ssl.SSLError):
            raise DestinationError(f"{self.tls_ca} can't be read as certificates", "give a PEM file") from None
        if self.tls_identity:
            check_private(self.tls_identity, DestinationError)
            try:
                context.load_cert_chain(self.tls_identity, password=lambda: "")  # never asks
            except (OSError, ssl.SSLError, ValueError):
                raise DestinationError(
                    f"{self.tls_identity} can't be read as certificate and key", "give a PEM file, without passphrase"
                ) from None
        return context


def destination_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where to send: passed on as `destination`, None if nowhere."""

    @wraps(command)
    def given(*args: Any, to_ae: str | None, to_dicomweb: str | None, **kwargs: Any) -> Any:  # noqa: ANN401
        names = ("calling_ae", "commitment_port", "tls", "tls_ca", "tls_identity")
        rest = {name: kwargs.pop(name) for name in names}
        if to_ae is not None and to_dicomweb is not None:
            fail("--to-ae and --to-dicomweb are both given: choose one")
        destination = None if to_ae is None and to_dicomweb is None else Destination(to_ae, to_dicomweb, **rest)
        return command(*args, destination=destination, **kwargs)

    for option in reversed(_OPTIONS):
        given = option(given)
    return given


_OPTIONS = (
    click.option(
        "--to-ae", metavar="HOST:PORT:AET", help="Send to this system by DICOM (C-STORE), not to files. See --tls."
    ),
    click.option(
        "--to-dicomweb",
        metavar="URL",
        help=f"Send to this system over HTTPS (DICOMweb, STOW-RS). Credentials: {AUTH} or {AUTH}_FILE.",
    ),
    click.option(
        "--calling-ae", metavar="AET", default="RADIOGRAM", show_default=True, help="What --to-ae knows you as."
    ),
    click.option(
        "--commitment-port",
        metavar="PORT",
        type=click.IntRange(1, 65535),
        help="Where --to-ae answers whether it keeps the images (storage commitment), if on a connection of its own.",
    ),
    click.option("--tls", is_flag=True, help="Encrypt the way to --to-ae (TLS), and check its certificate."),
    click.option("--tls-ca", type=NamedPath(), metavar="FILE", help="The certificates that vouch for it, PEM."),
    click.option("--tls-identity", type=NamedPath(), metavar="FILE", help="Your own certificate and key, PEM."),
)


def _authorization() -> requests.auth.AuthBase | None:
    from radiogram.cli.environment import credentials
    from radiogram.errors import DestinationError

    found = credentials(os.environ, AUTH, DestinationError)
    if found is None:
        return None
    import requests

    header = found.reveal()

    class Authorization(requests.auth.AuthBase):
        """For the one service: redirects are not followed."""

        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Authorization"] = header
            return request

    return Authorization()


def fields(sent: Sent) -> dict[str, Any]:
    """What --json says of sending."""
    return {
        "stored": sent.stored,
        "changed": _told(sent.changed),
        "refused": _told(sent.refused),
        "not_sent": _told(sent.left_out),
        "commitment": sent.commitment,
    }


def _told(files: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "reason": why} for name, why in files]


def say(terminal: Terminal, sent: Sent, there: str) -> None:
    """The same for a person; stops with one line if anything was refused."""
    for name, why in sent.left_out:
        terminal.note(f"{name}: not sent: {why}")
    for name, why in sent.changed:
        terminal.note(f"{name}: stored, but changed there: {why}")
    for name, why in sent.refused:
        terminal.note(f"{name}: refused: {why}")
    terminal.say(
        f"{there}  {counted(len(sent.stored), 'DICOM instance')} stored, {counted(len(sent.left_out), 'file')} not sent"
    )
    if sent.commitment:
        terminal.say(_COMMITMENT[sent.commitment])
    if sent.refused:
        fail(
            f"{there} has not taken {counted(len(sent.refused), 'DICOM instance')}, and has stored {len(sent.stored)}: "
            "ask its keeper; what is sent again does no harm"
        )
