"""SECURITY.md points at what there is, and explains the versions that are locked."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text()
IN_GANACHE = {"elliptic", "secp256k1", "ws"}


def locked(package: str) -> set[str]:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return {each["version"] for path, each in packages.items() if path.endswith(f"node_modules/{package}")}


def test_every_file_that_it_names_is_there():
    named = re.findall(r"`((?:tests|radiogram|web|\.github)/[\w./-]+)`", PAGE) + re.findall(r"\]\(([\w./]+)", PAGE)
    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_versions_that_it_explains_are_those_that_are_locked():
    for package in IN_GANACHE:
        (version,) = locked(package)
        assert f"| {package} {version}, inside Ganache" in PAGE


def test_the_scan_passes_over_these_versions_alone():
    ignored = tomllib.loads((ROOT / ".github" / "osv-scanner.toml").read_text())["PackageOverrides"]
    assert {each["name"] for each in ignored} == IN_GANACHE
    for each in ignored:
        assert {each["version"]} == locked(each["name"])
