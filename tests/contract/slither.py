"""Runs Slither on the contract:  python -m tests.contract.slither [--write]

Every finding in this project's own files is either explained here or an error. Solady's files are not ours to judge.
Slither has an environment of its own, .tools/slither, made when it is missing: its packages do not go with Ape's.
`--write` puts the findings into docs/audit.md.
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

from tests.contract.audited import SOLC_VERSION, statement
from tests.contract.tool_environment import ToolEnvironment
from tests.generated_blocks import AUDIT_PAGE, table, write_block
from tools.abi import sources

COMMAND = "python -m tests.contract.slither --write"
SLITHER = ToolEnvironment("slither", "slither-analyzer")

# (detector, function): why it is no fault.
EXPLAINED = {
    ("calls-loop", "multicall"): "delegatecalls to this contract itself are what it is for",
    ("low-level-calls", "multicall"): "delegatecalls to this contract itself are what it is for",
    ("timestamp", "_deliver"): "approvals end at a second; a proposer's few seconds do not matter",
    ("timestamp", "_checkSignature"): "deadlines end at a second; a proposer's few seconds do not matter",
    ("assembly", "_store"): "CREATE2 has no other form for data, and memory is laid out by hand for gas",
    ("assembly", "_previous"): "reads 20 bytes of code without filling memory",
    ("assembly", "_fail"): "passes an error on as it is",
}
ABOUT_SOLADY = {"pragma", "solc-version"}  # its files allow any compiler from 0.8.4; ours pin one


def standard_input() -> dict[str, Any]:
    """Solc's input for the contract, not optimized, so that what is found is where it was written."""
    kinds = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "metadata", "userdoc", "devdoc"]
    settings = {"evmVersion": "shanghai", "outputSelection": {"*": {"*": kinds, "": ["ast"]}}}
    given = {name: {"content": text} for name, text in sources().items()}
    return {"language": "Solidity", "sources": given, "settings": settings}


def findings() -> list[tuple[str, str, str]]:
    """Detector, function and description of each finding that touches a file of ours."""
    with tempfile.TemporaryDirectory() as folder:
        given = standard_input()
        for name, source in given["sources"].items():  # Slither wants to see them as files, too
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source["content"])
        (Path(folder) / "input.json").write_text(json.dumps(given))
        solc = shutil.which(f"solc-v{SOLC_VERSION}") or "solc"
        options = ["--compile-force-framework", "solc-json", "--json", "output.json", "--solc", solc]
        command = [SLITHER.program("slither"), "input.json", *options]
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
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


def version() -> str:
    return SLITHER.version().replace("slither-analyzer", "Slither")


def explanation(check: str, function: str) -> str | None:
    return EXPLAINED.get((check, function)) or ("Solady's files, not ours" if check in ABOUT_SOLADY else None)


def render(found: list[tuple[str, str, str]]) -> str:
    rows = [
        [check, f"`{function}`" if function else "all sources", explanation(check, function) or f"UNEXPLAINED: {said}"]
        for check, function, said in sorted(found)
    ]
    unexplained = sum(explanation(check, function) is None for check, function, _ in found)
    head = f"{len(found)} findings in files of this project, {unexplained} of them unexplained."
    return f"{statement(version())}\n\n{head}\n\n{table(['finding', 'where', 'why it is no fault'], rows)}"


def main() -> int:
    found = findings()
    report = render(found)
    click.echo(report)
    if "--write" in sys.argv[1:]:
        write_block(AUDIT_PAGE, COMMAND, report)
    return 1 if any(explanation(check, function) is None for check, function, _ in found) else 0


if __name__ == "__main__":
    sys.exit(main())
