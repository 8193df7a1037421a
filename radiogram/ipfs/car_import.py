"""Puts the files of a CAR file onto an IPFS node, as if they were given to it for the first time.

They are added as they were by whoever sent them, so that they get the same blocks, and all that is checked and pinned
then is checked and pinned now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from radiogram.errors import CarError
from radiogram.ipfs.car import CarFile
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.dag import RAW, size_of
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.unixfs import CidBuilder
from radiogram.ipfs.upload import PIECE

_AGE = b"age-encryption.org/v1\n"  # how every file begins that a message leads to
_SECONDS = 60.0  # for what takes no time

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Found:
    """What a CAR file holds."""

    files: dict[bytes, int]
    """Those that its header names: by their CIDs, how many bytes each has."""
    left_out: int
    """Blocks of other files."""


def check_files(car: CarFile, progress: Progress = lambda _: None) -> Found:
    """The files that `car` names: all their blocks are there, belong to their CIDs, and are as Radiogram makes them.

    Raises CarError where they are not, or are not encrypted; IpfsNotFound, IpfsMismatch and other IpfsErrors.
    """
    if not car.roots:
        raise CarError(f"{car.name} names no file", "take one that does")
    files: dict[bytes, int] = {}
    used: set[bytes] = set()
    for root in car.roots:
        with Exchange(_SECONDS) as exchange:
            size = size_of(root, partial(car.block, exchange))
        if size is None:
            raise _made_otherwise(car, root)
        cid, begin = CidBuilder(), b""
        for each, block in Ipfs(cars=[car]).blocks(root, size):
            used.add(each)
            if each.startswith(RAW):
                begin = begin or block[: len(_AGE)]
                cid.add(block)
            progress(len(block))
        if begin != _AGE:
            raise CarError(f"{car.name} holds a file that is not encrypted ({cid_text(root)})", "do not put it on IPFS")
        if cid.cid() != root:
            raise _made_otherwise(car, root)
        files[root] = size
    return Found(files, car.blocks - len(used))


def add_files(car: CarFile, found: Found, ipfs: Ipfs, progress: Progress = lambda _: None) -> None:
    """Add and pin what was checked. Raises IpfsError."""
    for root, size in found.files.items():
        ipfs.add(_pieces(car, root, size))
        progress(size)


def _pieces(car: CarFile, root: bytes, size: int) -> Iterator[bytes]:
    with Ipfs(cars=[car]).open(root, size) as reader:
        yield from iter(partial(reader.read, PIECE), b"")


def _made_otherwise(car: CarFile, root: bytes) -> CarError:
    return CarError(f"{car.name} holds a file that is made of other blocks than Radiogram's ({cid_text(root)})")
