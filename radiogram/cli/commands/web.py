"""Serve the website beside the chain and the IPFS node."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radiogram.cli.session import Command, Session, fail, size

if TYPE_CHECKING:
    from radiogram.server.app import Listener


class Size(click.ParamType):
    """A number of bytes, as 4GB, 500MB or 1000."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        text = str(value).strip().upper().removesuffix("B")
        factor = {"K": 10**3, "M": 10**6, "G": 10**9}.get(text[-1:], 1)
        digits = text.rstrip("KMG") if factor > 1 else text
        if not (digits.isascii() and digits.isdigit() and int(digits)) or len(digits) < len(text) - 1:
            self.fail(f"{value!r} is no size: write 4GB, 500MB or a number of bytes", param, ctx)
        return int(digits) * factor


@click.command("web", cls=Command)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("--open-to-network", is_flag=True, help="Needed where --host can be reached from other machines.")
@click.option("--known-as", multiple=True, metavar="HOST", help="Name under which an https server passes it on.")
@click.option("--max-upload", default="4GB", show_default=True, type=Size(), help="Largest file taken.")
@click.option("--name", metavar="TEXT", help="What the pages call the network.")
@click.option("--wallet-rpc", metavar="URL", help="Public JSON-RPC address, for wallets that don't know the network.")
@click.option("--senders", type=click.Path(dir_okay=False, path_type=Path), help="JSON: names of senders by address.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="The built pages.  [default: web/dist]"
)
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
) -> None:
    """Serve the website to this machine, beside the local chain and IPFS node, until Ctrl-C."""
    from radiogram.cli.hints import CREDENTIALS_OF_A_SITE
    from radiogram.server.app import Listener, Page, application, built_pages, pages, serve
    from radiogram.server.proxy import Proxy

    if wrong := [each for each in known_as if not re.fullmatch(r"[\w.-]+(:\d+)?", each)]:
        fail(f"--known-as {wrong[0]!r} is no host name: leave out https:// and the path")
    files = pages(folder or built_pages())
    if "index.html" not in files:
        fail("the pages are not built: make setup")
    directory = sender_names(senders) if senders else {}
    listener = Listener(host, port)
    if not listener.is_loopback:
        warn(session, listener, open_to_network)
    inbox = session.inbox()
    ipfs = session.ipfs("sender")
    site = {
        "name": name or ("Local network" if session.chain.is_local else session.network),
        "chainId": session.chain.provider.chain_id,
        "inbox": inbox.address,
        "rpc": "./rpc",
        "gateways": ["./ipfs/"],
        "upload": "./upload" if ipfs.api else None,
        "uploadLimit": max_upload,
        "addChain": add_chain(session, wallet_rpc),
        "directory": directory,
    }
    files["site.json"] = Page.of("site.json", json.dumps(site).encode())
    proxy = Proxy(chain_url(session), ipfs, max_upload, CREDENTIALS_OF_A_SITE)
    app = application(files, listener.names | {each.lower() for each in known_as}, proxy)
    number = asyncio.run(serve(app, listener, lambda: announce(session, listener.url, site)))
    session.note("Stopping.")
    sys.exit(128 + number)


def announce(session: Session, url: str, site: dict[str, Any]) -> None:
    """Says where the pages are, and on the local network whom one may be there."""
    from ape import accounts

    people = [account.address for account in accounts.test_accounts[:2]] if session.chain.is_local else []
    session.result({"url": url, **site, "home": str(session.home)})
    session.say(f"Send images   {url}send.html\nOpen images   {url}\nMake a key    {url}key.html")
    session.say(f"Network       {site['name']} (chain id {site['chainId']}), inbox {site['inbox']}")
    if site["addChain"]:
        session.say(f"For wallets   {site['addChain']['rpcUrls'][0]}")
    session.say(
        f"Uploads       up to {size(site['uploadLimit'])}" if site["upload"] else "Uploads       none: no IPFS RPC"
    )
    if people:
        session.say(f"Technologist  {people[0]} (test account 0)\nPatient       {people[1]} (test account 1)")
    session.say("Stop with Ctrl-C.")
    sys.stdout.flush()


def warn(session: Session, listener: "Listener", wanted: bool) -> None:
    """Only who asks for it lets other machines upload to the node; and they need https for it."""
    if not wanted:
        fail("with this --host other machines could add files to your IPFS node: say --open-to-network if they may")
    session.note(
        f"WARNING: whoever reaches {listener.url} can add files to your IPFS node, and ask the chain through you."
    )
    session.note("WARNING: browsers do all this on https pages only: put an https server before it (--known-as NAME).")


def chain_url(session: Session) -> str:
    """The chain's JSON-RPC address, which stays on the server: it may hold a provider's key."""
    if session.chain.url:
        return session.chain.url
    url = getattr(session.chain.provider.web3.provider, "endpoint_uri", None)
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        fail(f"the pages need a chain that answers over http: name another provider than that of {session.network}")
    return url


def add_chain(session: Session, named: str | None) -> dict[str, Any] | None:
    """What a wallet that does not know the network is told of it (EIP-3085), for everyone to see."""
    url = named or session.chain.url
    symbol = str(session.chain.provider.network.ecosystem.fee_token_symbol)
    coin = {"name": "Ether" if symbol == "ETH" else symbol, "symbol": symbol, "decimals": 18}
    return {"rpcUrls": [url], "nativeCurrency": coin} if url else None


def sender_names(file: Path) -> dict[str, str]:
    """Names of senders by address, for which whoever runs the site vouches."""
    from eth_utils.address import is_address, to_checksum_address

    try:
        said = json.loads(file.read_text())
        names = {str(to_checksum_address(address)): name for address, name in said.items() if is_address(address)}
    except (OSError, ValueError, AttributeError) as error:
        fail(f"{file} can't be read as names of senders: {getattr(error, 'strerror', None) or type(error).__name__}")
    if len(names) != len(said) or not all(isinstance(name, str) and 0 < len(name) <= 100 for name in names.values()):
        fail(f"{file}: each name belongs to one address, and has 1 to 100 characters")
    return names
