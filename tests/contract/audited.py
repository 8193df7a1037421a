"""Which contract an audit was of, and with which tools."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOLC_VERSION = "0.8.37"
SEED = 0  # for Hypothesis, so that a run can be repeated


def sources_digest() -> str:
    """SHA-256 over names and texts of the Solidity files, in hex."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("contracts", "interfaces") for path in (ROOT / folder).glob("*.sol")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


def statement(*tools: str) -> str:
    """The first line of each report."""
    return f"Sources with the SHA-256 `{sources_digest()[:16]}…`; {', '.join([f'solc {SOLC_VERSION}', *tools])}."


def anvil() -> str:
    said = subprocess.run(["anvil", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    return f"Anvil {found[0]}" if found else said.splitlines()[0]
