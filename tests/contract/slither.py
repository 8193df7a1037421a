"""Runs Slither on the contract:  python -m tests.contract.slither   (needs `slither` on the PATH: pip, its own venv)

Every finding in this project's own files is either explained here or an error. Solady's files are not ours to judge.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from tests.contract.project_copy import ROOT

# (detector, function): why it is no fault.
EXPLAINED = {
    ("calls-loop", "multicall"): "delegatecalls to this contract itself are what it is for",
    ("low-level-calls", "multicall"): "the same",
    ("timestamp", "_deliver"): "approvals end at a second; a proposer's few seconds do not matter",
    ("timestamp", "_checkSignature"): "so do deadlines",
    ("assembly", "_store"): "CREATE2 has no other form for data, and memory is laid out by hand for gas",
    ("assembly", "_addressAt"): "reads 20 bytes of code without filling memory",
    ("assembly", "_fail"): "passes an error on as it is",
}
ABOUT_SOLADY = {"pragma", "solc-version"}  # its files allow any compiler from 0.8.4; ours pin one


def standard_input() -> dict[str, Any]:
    own = [*(ROOT / "contracts").glob("*.sol"), *(ROOT / "interfaces").glob("*.sol")]
    sources = {str(path.relative_to(ROOT)): {"content": path.read_text()} for path in own}
    for path in (ROOT / "node_modules" / "solady" / "src" / "utils").glob("*.sol"):
        name = f"solady/src/utils/{path.name}"
        if any(name in source["content"] for source in sources.values()):
            sources[name] = {"content": path.read_text()}
    kinds = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "metadata", "userdoc", "devdoc"]
    settings = {"evmVersion": "shanghai", "outputSelection": {"*": {"*": kinds, "": ["ast"]}}}
    return {"language": "Solidity", "sources": sources, "settings": settings}


def findings() -> list[tuple[str, str, str]]:
    """Detector, function and description of each finding that touches a file of ours."""
    with tempfile.TemporaryDirectory() as folder:
        given = standard_input()
        for name, source in given["sources"].items():  # Slither wants to see them as files, too
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source["content"])
        (Path(folder) / "input.json").write_text(json.dumps(given))
        subprocess.run(
            ["slither", "input.json", "--compile-force-framework", "solc-json", "--json", "output.json", "--solc",
             shutil.which("solc-v0.8.37") or "solc"],
            cwd=folder, capture_output=True, check=False,
        )  # fmt: skip
        results = json.loads((Path(folder) / "output.json").read_text())
    if not results["success"]:
        raise SystemExit(f"Slither did not run: {results['error']}")
    found = []
    for finding in results["results"].get("detectors", []):
        ours = [part for part in finding["elements"] if "solady" not in str(part.get("source_mapping"))]
        if ours:
            functions = [part["name"] for part in ours if part["type"] == "function"] or [""]
            found.append((finding["check"], functions[0], finding["description"]))
    return found


def main() -> int:
    if shutil.which("slither") is None:
        raise SystemExit("slither is missing: pip install slither-analyzer, in an environment of its own")
    unexplained = 0
    for check, function, description in findings():
        reason = EXPLAINED.get((check, function)) or (check in ABOUT_SOLADY and "Solady's files, not ours")
        unexplained += not reason
        click.echo(f"{check} in {function or 'the sources'}: {reason or 'UNEXPLAINED: ' + description}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
