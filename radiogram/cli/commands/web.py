"""Serve the website beside the chain and the IPFS node."""

import asyncio
import sys
from pathlib import Path

import click

from radiogram.cli import homes, relay_for_pages, website
from radiogram.cli.options import NamedPath, Size
from radiogram.cli.outbox import served
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("web", cls=Command)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("--open-to-network", is_flag=True, help="Needed where --host can be reached from other machines.")
@click.option("--known-as", multiple=True, metavar="HOST", help="Name under which an https server passes it on.")
@click.option("--max-upload", default="4GB", show_default=True, type=Size(), help="Largest file taken.")
@click.option("--name", metavar="TEXT", help="What the pages call the network.")
@click.option("--wallet-rpc", metavar="URL", help="Public JSON-RPC address, for wallets that don't know the network.")
@click.option("--senders", type=NamedPath(dir_okay=False), help="JSON: names of senders by address.")
@click.option("--folder", type=NamedPath(file_okay=False), help="The built pages.  [default: web/dist]")
@relay_for_pages.relay_options
@served.outbox_options
def cli(
    session: Session,
    port: int,
    host: str,
    open_to_network: bool,
    known_as: tuple[str, ...],
    max_upload: int,
    name: str | None,
    wallet_rpc: str | None,
    senders: Path | None,
    folder: Path | None,
    relay: relay_for_pages.Offer,
    outbox: served.Wanted,
) -> None:
    """Serve the website to this machine, beside the local chain and IPFS node, until Ctrl-C."""
    from radiogram.server.app import Listener, application, serve
    from radiogram.server.proxy import Proxy
    from radiogram.server.site import built_pages, pages

    website.check_host_names(known_as)
    files = pages(folder or built_pages())
    if "index.html" not in files:
        fail(f"the pages are not built: make setup{'' if folder else ', in the tree that this was installed from'}")
    directory = website.sender_names(senders) if senders else {}
    listener = Listener(host, port)
    if not listener.is_loopback:
        website.warn(session.terminal, listener, open_to_network, is_outbox_shown=outbox.is_shown)
    inbox = session.network.inbox()
    ipfs = session.network.ipfs_to_add()
    keeping = homes.door_for_pages(session, inbox, ipfs)
    payer = relay_for_pages.opened(session, inbox, relay)
    site = website.site(session.network, inbox, ipfs, max_upload, name, wallet_rpc, directory)
    site["outbox"] = "./outbox" if outbox.is_shown else None
    site["homes"] = {"keep": "./keep", "wanted": keeping.wanted} if keeping else None
    site["relay"] = {"act": "./act", "share": "./share", "account": payer.address} if payer else None
    files["site.json"] = website.site_page(site)
    proxy = Proxy(website.chain_url(session.network), ipfs, max_upload, website.CREDENTIALS_HINT)
    names = listener.names | {each.lower() for each in known_as}
    with served.opened(session, outbox, max_upload) as doors:
        app = application(files, names, proxy, payer.puts if payer else None, doors.store, doors.waiting, keeping)
        number = asyncio.run(serve(app, listener, lambda: website.announce(session, listener, site, doors)))
    session.terminal.note("Stopping.")
    sys.exit(128 + number)
