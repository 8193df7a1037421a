"""Receive from scanners into the outbox."""

from __future__ import annotations

from pathlib import Path

import click

from radiogram.cli.options import NamedPath
from radiogram.cli.outbox import kept, receiving
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("receive", cls=Command)
@click.option("--port", default=11112, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("--open-to-network", is_flag=True, help="Needed where --host can be reached from other machines.")
@click.option(
    "--ae-title", "titles", multiple=True, metavar="TITLE", help="AE title to answer to; several [default: RADIOGRAM]."
)
@click.option("--from-ae", "calling", multiple=True, metavar="TITLE", help="AE title that may send [default: any].")
@click.option("--tls-cert", type=NamedPath(exists=True, dir_okay=False), help="Certificate (PEM): TLS, and only TLS.")
@click.option("--tls-key", type=NamedPath(exists=True, dir_okay=False), help="Its key (PEM), without a passphrase.")
@click.option("--tls-ca", type=NamedPath(exists=True, dir_okay=False), help="Who sends must have a certificate of it.")
@click.option("--quiet", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds till complete.")
@click.option("--release-completes", is_flag=True, help="A study is complete when its association is released, too.")
@click.option("--keep-days", default=30.0, show_default=True, type=click.FloatRange(min=0.01), help="Then it is gone.")
@click.option("--max-associations", default=10, show_default=True, type=click.IntRange(1, 1000), help="At once.")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(min=1), help="Seconds of silence.")
@click.option(
    "--watch",
    type=NamedPath(exists=True, file_okay=False),
    help="Take files that appear in this folder as if they were sent, once unchanged for --quiet; then they are gone.",
)
def cli(
    session: Session,
    port: int,
    host: str,
    open_to_network: bool,
    titles: tuple[str, ...],
    calling: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_ca: Path | None,
    quiet: float,
    release_completes: bool,
    keep_days: float,
    max_associations: int,
    timeout: float,
    watch: Path | None,
) -> None:
    """Receive what scanners and workstations send (DICOM C-STORE) into the outbox, until Ctrl-C.

    An instance is acknowledged when it is encrypted to --account and on the disk for good. The account signs when its
    outbox is made, and need not afterwards. `outbox` lists what waits; a study that nobody sends is deleted after
    --keep-days. A peer that is silent for --timeout is given up.
    """
    from radiogram.receiver.provider import Receiver, Terms
    from radiogram.receiver.server import tls_context
    from radiogram.receiver.watch import WatchedFolder

    if (tls_ca or tls_key) and not tls_cert:
        fail("--tls-key and --tls-ca are of no use without --tls-cert")
    tls = tls_context(tls_cert, tls_key or tls_cert, tls_ca) if tls_cert else None
    terms = Terms(
        receiving.checked_titles(titles or ("RADIOGRAM",)),
        receiving.checked_titles(calling),
        max_associations,
        timeout,
        release_completes,
    )
    outbox = kept.made(session)
    receiver = Receiver(outbox, terms, session.terminal.note)
    server = receiver.listen(host, port, tls)
    if not server.is_loopback:
        receiving.warn(session.terminal, open_to_network, is_private=tls is not None, calling=calling)
    with outbox.receiving(), receiver.serving(server):
        outbox.set_terms(quiet, keep_days)
        folder = WatchedFolder(watch, outbox, quiet, session.terminal.note) if watch else None
        try:
            receiving.announce(session, outbox, server, terms, is_private=tls is not None)
            receiving.tend(session.terminal, outbox, [receiver.tend, *([folder.look] if folder else [])])
        except (KeyboardInterrupt, SystemExit):  # Ape makes the latter of Ctrl-C
            session.terminal.note("Stopping.")
            raise
