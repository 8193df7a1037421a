"""Test vectors of others, which set-up fetches into .tools/vectors (tools/setup.py, VECTORS): none lie in this tree."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / ".tools" / "vectors"


@dataclass(frozen=True)
class AgeVector:
    """A file of the Community Cryptography Test Vectors for age; its README says what the members mean."""

    name: str
    expect: str
    payload: str
    """SHA-256 in hex of all plaintext that may come out; empty if none may."""
    identities: tuple[str, ...]
    passphrases: tuple[str, ...]
    is_armoured: bool
    file: bytes


def age_vectors() -> list[AgeVector]:
    """All of them; none where they were not fetched."""
    return [_age_vector(path) for path in sorted((FOLDER / "age").glob("[!.]*"))]


def wycheproof(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Group and test, of each test in a file; none where it was not fetched."""
    path = FOLDER / "wycheproof" / f"{name}_test.json"
    groups = json.loads(path.read_text())["testGroups"] if path.exists() else []
    return [(group, test) for group in groups for test in group["tests"]]


def require(vectors: list[Any], number: int) -> None:
    """That there are so many: a test of vectors that are not there would say nothing."""
    if not vectors and os.environ.get("CI") != "true":
        pytest.skip("test vectors are missing: make setup-dev fetches them")
    assert len(vectors) == number


def _age_vector(path: Path) -> AgeVector:
    head, _, body = path.read_bytes().partition(b"\n\n")
    members: dict[str, list[str]] = {}
    for line in head.decode().splitlines():
        name, _, value = line.partition(": ")
        members.setdefault(name, []).append(value)
    return AgeVector(
        name=path.name,
        expect=members["expect"][0],
        payload=members.get("payload", [""])[0],
        identities=tuple(members.get("identity", [])),
        passphrases=tuple(members.get("passphrase", [])),
        is_armoured=members.get("armored") == ["yes"],
        file=zlib.decompress(body) if members.get("compressed") == ["zlib"] else body,
    )
