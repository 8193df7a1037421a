"""Looks the Go modules of Kubo and age up among known advisories, offline:  python -m tests.advisories [--write]

The data is the Go vulnerability database, a Go module whose version has its date. An advisory counts where the version
is affected and one of its packages is built in; each is then explained here, or the run fails. Nothing recent is to be
had offline for Python and npm: the GitHub workflow asks a service for those.
`--write` puts the findings into docs/audit.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from tests.contract.audited import ROOT
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.advisories --write"
DATABASE = "golang.org/x/vulndb@latest"
PROGRAMS = {"kubo": "github.com/ipfs/kubo/cmd/ipfs", "age": "filippo.io/age/cmd/age"}
NO_PEERS = "the local node has no peers: it runs offline, and listens on loopback alone"
NO_GRPC = "no gRPC is served or called: traces are sent nowhere, unless the node's owner says where"
NO_HTTP2 = "RPC and gateway of the local node speak HTTP/1.1, without TLS, on loopback alone"
NO_SSH = "age reads SSH keys with this package, and makes no connection; keys here are never of SSH"
# (program, module): why none of its advisories does harm here; those of other modules are to be looked at.
EXPLAINED = {
    ("kubo", "github.com/libp2p/go-libp2p-kad-dht"): NO_PEERS,
    ("kubo", "github.com/pion/stun/v3"): NO_PEERS,
    ("kubo", "google.golang.org/grpc"): NO_GRPC,
    ("kubo", "go.opentelemetry.io/otel/sdk"): NO_GRPC,
    ("kubo", "go.opentelemetry.io/otel/exporters/otlp/otlptrace"): NO_GRPC,
    ("kubo", "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"): NO_GRPC,
    ("kubo", "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"): NO_GRPC,
    ("kubo", "golang.org/x/net"): NO_HTTP2,
    ("age", "golang.org/x/crypto"): NO_SSH,
}


def go(*arguments: str, cwd: Path = ROOT) -> str:
    return subprocess.run(["go", *arguments], cwd=cwd, capture_output=True, text=True, check=True).stdout


def modules(program: str) -> dict[str, str]:
    """Versions of what it is built of, by module: tools/PROGRAM/go.mod has all of them."""
    said = json.loads(go("mod", "edit", "-json", cwd=ROOT / "tools" / program))
    return {each["Path"]: each["Version"] for each in said["Require"]}


def is_affected(version: str, affected: dict[str, Any]) -> bool:
    """As https://ossf.github.io/osv-schema says of SEMVER ranges."""
    result = False
    for event in (event for each in affected["ranges"] for event in each["events"]):
        if "introduced" in event and not _is_before(version, event["introduced"]):
            result = True
        if "fixed" in event and not _is_before(version, event["fixed"]):
            result = False
    return result


def _is_before(one: str, other: str) -> bool:
    return _order(one) < _order(other)


def _order(version: str) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    """Semantic Versioning 2.0, 11."""
    release, _, early = version.removeprefix("v").partition("+")[0].partition("-")
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in early.split(".")]
    return [int(part) for part in release.split(".")], not early, parts


def findings(database: Path) -> list[tuple[str, str, str, str]]:
    """Program, module, its version and advisory, of each that is affected and built in."""
    built = {name: (modules(name), set(go("list", "-deps", path, cwd=ROOT / "tools" / name).split()))
             for name, path in PROGRAMS.items()}  # fmt: skip
    found = []
    for advisory in (json.loads(path.read_text()) for path in sorted((database / "data" / "osv").glob("*.json"))):
        for affected in advisory["affected"] if "withdrawn" not in advisory else []:
            module = affected["package"]["name"]
            packages = {each["path"] for each in affected.get("ecosystem_specific", {}).get("imports", [])}
            for program, (versions, linked) in built.items():
                is_built_in = packages & linked if packages else True
                if module in versions and is_built_in and is_affected(versions[module], affected):
                    found.append((program, module, versions[module], advisory["id"]))
    return found


def render(found: list[tuple[str, str, str, str]], version: str) -> str:
    date = re.search(r"-(\d{4})(\d\d)(\d\d)", version)
    assert date
    rows = [
        [program, f"{module} {version}", advisory, EXPLAINED.get((program, module)) or "UNEXPLAINED"]
        for program, module, version, advisory in sorted(set(found))
    ]
    unexplained = sum(row[-1] == "UNEXPLAINED" for row in rows)
    head = f"Go vulnerability database of {'-'.join(date.groups())}: {len(rows)} advisories, {unexplained} unexplained."
    return f"{head}\n\n{table(['program', 'module', 'advisory', 'why it does no harm here'], rows)}"


def main() -> int:
    database = json.loads(go("mod", "download", "-json", DATABASE))
    report = render(findings(Path(database["Dir"])), database["Version"])
    click.echo(report)
    if "--write" in sys.argv[1:]:
        write_block(AUDIT_PAGE, COMMAND, report)
    return int("UNEXPLAINED" in report)


if __name__ == "__main__":
    sys.exit(main())
