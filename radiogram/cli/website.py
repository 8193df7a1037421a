"""What `web` tells pages and people of the site that it serves."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli.network import Network
from radiogram.cli.session import Session
from radiogram.cli.terminal import Terminal, fail
from radiogram.cli.wording import size

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.cli.outbox.served import Doors
    from radiogram.ipfs.client import Ipfs
    from radiogram.server.app import Listener
    from radiogram.server.site import Page

MOST_GATEWAYS = 5
"""That pages read from through this site: a browser asks one host for six things at once, and one is for the chain."""
CREDENTIALS_HINT = "set RADIOGRAM_IPFS_AUTH where this site is served"


# ---- what pages are told


def site(
    network: Network,
    inbox: Inbox,
    ipfs: Ipfs,
    max_upload: int,
    name: str | None,
    wallet_rpc: str | None,
    directory: dict[str, str],
) -> dict[str, Any]:
    """site.json: where this copy of the site finds chain, contract and files (docs/website.md)."""
    return {
        "name": name or ("Local network" if network.is_local else network.name),
        "chainId": network.chain_id,
        "inbox": inbox.address,
        "rpc": "./rpc",
        "gateways": ["./ipfs/", *(f"./ipfs/{place}/" for place in range(2, len(ipfs.gateways[:MOST_GATEWAYS]) + 1))],
        "upload": "./upload" if ipfs.api else None,
        "uploadLimit": max_upload,
        "addChain": _add_chain(network, wallet_rpc),
        "directory": directory,
    }


def site_page(site: dict[str, Any]) -> Page:
    """The same as a file of the site."""
    from radiogram.server.site import Page

    return Page.of("site.json", json.dumps(site).encode())


def chain_url(network: Network) -> str:
    """The chain's JSON-RPC address, which stays on the server: it may hold a provider's key."""
    if network.local_url:
        return network.local_url
    # Ape keeps the address where web3 tries several ways to a node.
    named = getattr(network.provider, "http_uri", None)
    url = named or getattr(network.provider.web3.provider, "endpoint_uri", None)
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        fail(f"the pages need a chain that answers over http: name another provider than that of {network.name}")
    return url


def sender_names(file: Path) -> dict[str, str]:
    """Names of senders by address, for which whoever runs the site vouches."""
    from eth_utils.address import is_address, to_checksum_address

    try:
        listed = json.loads(file.read_text())
        names = {str(to_checksum_address(address)): name for address, name in listed.items() if is_address(address)}
    except (OSError, ValueError, AttributeError) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        fail(f"{file} can't be read as names of senders: {why}")
    if len(names) != len(listed) or not all(isinstance(name, str) and 0 < len(name) <= 100 for name in names.values()):
        fail(f"{file}: each name belongs to one address, and has 1 to 100 characters")
    return names


def _add_chain(network: Network, wallet_rpc: str | None) -> dict[str, Any] | None:
    """What a wallet that does not know the network is told of it (EIP-3085), for everyone to see."""
    url = wallet_rpc or network.local_url
    symbol = str(network.provider.network.ecosystem.fee_token_symbol)
    coin = {"name": "Ether" if symbol == "ETH" else symbol, "symbol": symbol, "decimals": 18}
    return {"rpcUrls": [url], "nativeCurrency": coin} if url else None


# ---- what people are told


def check_host_names(names: Sequence[str]) -> None:
    """Refuse what --known-as can't take."""
    if wrong := [each for each in names if not re.fullmatch(r"[\w.-]+(:\d+)?", each)]:
        fail(f"--known-as {wrong[0]!r} is no host name: leave out https:// and the path")


def warn(terminal: Terminal, listener: Listener, wanted: bool, *, is_outbox_shown: bool) -> None:
    """Only who asks for it lets other machines upload to the node; and they need https for it."""
    if not wanted:
        fail("with this --host other machines could add files to your IPFS node: say --open-to-network if they may")
    terminal.note(
        f"WARNING: whoever reaches {listener.url} can add files to your IPFS node, and ask the chain through you."
    )
    if is_outbox_shown:
        terminal.note("WARNING: whoever has the address of the outbox, from wherever, reads what waits there.")
    terminal.note("WARNING: browsers do all this on https pages only: put an https server before it (--known-as NAME).")


def announce(session: Session, listener: Listener, site: dict[str, Any], doors: Doors) -> None:
    """Say where the pages are, and on the local network whom one may be there."""
    from ape import accounts

    terminal, network, url = session.terminal, session.network, listener.url
    terminal.result({"url": url, **site, **doors.fields(listener), "home": str(network.home)})
    terminal.say(
        f"Send images   {url}send.html",
        f"Open images   {url}",
        f"Make a key    {url}key.html",
        f"Network       {site['name']} (chain id {site['chainId']}), inbox {site['inbox']}",
    )
    if site["addChain"]:
        terminal.say(f"For wallets   {site['addChain']['rpcUrls'][0]}")
    uploads = f"up to {size(site['uploadLimit'])}" if site["upload"] else "none: no IPFS RPC"
    terminal.say(f"Uploads       {uploads}", f"Signed acts   {'put on the chain' if site['relay'] else 'not taken'}")
    if site["homes"] and site["homes"]["wanted"] > 1:
        terminal.say(f"Homes         {site['homes']['wanted']} keep what is sent, before it is")
    terminal.say(*doors.lines(listener))
    if network.is_local:
        technologist, patient = accounts.test_accounts[:2]
        terminal.say(
            f"Technologist  {technologist.address} (test account 0)",
            f"Patient       {patient.address} (test account 1)",
        )
    terminal.say("Stop with Ctrl-C.")
    sys.stdout.flush()
