"""The list of homes that a user has set up: TOML (https://toml.io). docs/homes.md has an example, and every setting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from radiogram.errors import HomeListError
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials, Endpoint
from radiogram.ipfs.homes.home import Home
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import ANSWER, Place
from radiogram.ipfs.homes.services import Cluster, PinningService

PATIENCE = 60.0  # seconds
_MOST = 100
_KINDS = ("kubo", "pinning", "cluster")
OWN_NAME = "own node"
"""Of the one that studies are added to."""
ReadCredentials = Callable[[str], Credentials]
"""Those in the file of that name. Raises IpfsError."""


@dataclass(frozen=True)
class HomeList:
    """What is to be kept where."""

    pins: int = 1
    """How many homes must keep a study before it is sent; 1: the node that it is added to."""
    patience: float = PATIENCE
    """Seconds that they are waited for, and what the study takes on a slow line."""
    keep_days: int | None = None
    """How long a study is kept once it is acknowledged; None: until somebody erases it."""
    homes: tuple[Home, ...] = field(default=())
    """Beside the node that studies are added to."""


def parse_home_list(text: str, read_credentials: ReadCredentials) -> HomeList:
    """Raises HomeListError, which names what is wrong and quotes no value; IpfsError for an address that is none."""
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = str(error).partition("(")[2].rstrip(")")
        raise HomeListError(f"the list of homes is no TOML ({place})", "see docs/homes.md") from None
    _only(value, ("pins", "patience", "keep_days", "home"), "the list of homes")
    tables = value.get("home", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables) or len(tables) > _MOST:
        raise HomeListError("homes are to be written as tables", "write [[home]] above each")
    homes = tuple(_home(each, number, read_credentials) for number, each in enumerate(tables, 1))
    names = [OWN_NAME, *(home.name for home in homes)]
    if twice := [name for name in names if names.count(name) > 1]:
        raise HomeListError(f"two homes are called {twice[0]!r}", "give each a name of its own")
    return HomeList(
        _whole(value, "pins", "the list of homes") or 1,
        _number(value, "patience", "the list of homes") or PATIENCE,
        _whole(value, "keep_days", "the list of homes", least=0),
        homes,
    )


def _home(table: Mapping[str, Any], number: int, read_credentials: ReadCredentials) -> Home:
    which = f"home {number}"
    name = _text(table, "name", which)
    if not name.isprintable() or not 0 < len(name) <= _MOST:
        raise HomeListError(f"{which} has no name of at most {_MOST} characters", "call it something")
    which = f"home {name}"
    kind = _text(table, "kind", which)
    if kind not in _KINDS:
        raise HomeListError(f"{which} is of no kind that is known", f"its kind is to be one of {', '.join(_KINDS)}")
    own = {"kubo": ("gateway",), "pinning": ("nodes", "gateways"), "cluster": ("nodes", "gateways", "copies")}[kind]
    _only(table, ("name", "kind", "url", "auth", "auth_file", *own), which)
    url, credentials = _text(table, "url", which), _credentials(table, which, read_credentials)
    if kind == "kubo":
        gateway = _text(table, "gateway", which) if "gateway" in table else None
        return KuboHome(name, Ipfs(url, gateway, credentials, timeout=ANSWER))
    where = Endpoint.parse(url.rstrip("/"), credentials)
    nodes = [Ipfs(each, timeout=ANSWER) for each in _texts(table, "nodes", which)]
    gateways = [Ipfs(None, each, timeout=ANSWER) for each in _texts(table, "gateways", which)]
    if not (places := tuple(map(Place, [*nodes, *gateways]))):
        raise HomeListError(f"{which} has neither nodes nor gateways", "name one, from which it is read back")
    if kind == "pinning":
        return PinningService(name, where, places)
    return Cluster(name, where, places, copies=_whole(table, "copies", which))


def _credentials(table: Mapping[str, Any], which: str, read_credentials: ReadCredentials) -> Credentials | None:
    if "auth" in table and "auth_file" in table:
        raise HomeListError(f"{which} has both auth and auth_file", "leave one out")
    if "auth_file" in table:
        return read_credentials(_text(table, "auth_file", which))
    return Credentials.parse(_text(table, "auth", which)) if "auth" in table else None


def _only(table: Mapping[str, Any], known: Collection[str], which: str) -> None:
    if other := sorted(set(table) - set(known)):
        raise HomeListError(f"{which} has a setting that is not known: {other[0][:40]!r}", f"known: {', '.join(known)}")


def _text(table: Mapping[str, Any], name: str, which: str) -> str:
    if not isinstance(text := table.get(name), str):
        raise HomeListError(f"{which} has no {name}", f'write {name} = "…"')
    return text


def _texts(table: Mapping[str, Any], name: str, which: str) -> list[str]:
    texts = table.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts) or len(texts) > _MOST:
        raise HomeListError(f"{name} of {which} is to be a list of addresses", f'write {name} = ["…"]')
    return texts


def _number(table: Mapping[str, Any], name: str, which: str, least: int = 1) -> float | None:
    number = table.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= 1_000_000:
        raise HomeListError(f"{name} of {which} is no number of at least {least}", f"write {name} = 2, say")
    return number


def _whole(table: Mapping[str, Any], name: str, which: str, least: int = 1) -> int | None:
    number = _number(table, name, which, least)
    if isinstance(number, float):
        raise HomeListError(f"{name} of {which} is no whole number", f"write {name} = 2, say")
    return number
