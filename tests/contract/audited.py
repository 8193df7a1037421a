"""Which contract an audit was of, and with which tools."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOLC_VERSION = "0.8.37"
SEED = 0  # for Hypothesis, so that a run can be repeated


def init_code_digest() -> str:
    """SHA-256 of the init code, in hex: no comment changes it, and `make check` compares it with the sources."""
    released = json.loads((ROOT / "radiogram" / "chain" / "ImageInbox.json").read_text())
    return hashlib.sha256(bytes.fromhex(released["deploymentBytecode"]["bytecode"][2:])).hexdigest()


def statement(*tools: str) -> str:
    """The first line of each report."""
    return f"Init code with the SHA-256 `{init_code_digest()[:16]}…`; {', '.join([f'solc {SOLC_VERSION}', *tools])}."


def anvil() -> str:
    said = subprocess.run(["anvil", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    return f"Anvil {found[0]}" if found else said.splitlines()[0]
