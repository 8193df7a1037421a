"""The rooms of the package: which may import which, and what an import loads."""

import ast
import graphlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import radiogram
from radiogram import errors

ROOT = Path(__file__).resolve().parents[1]

# Each room, and all that it may import. A new arrow is a decision: it is made here, beside the code.
ROOMS = {
    "scripts": {"cli"},
    "cli": {
        *("batch", "transfer", "delivery", "outgoing", "inbox_listing", "mailboxes", "erasure", "relaying", "server"),
        *("sends", "devnet", "export", "outbox", "receiver", "news"),
        *("deidentify", "verification", "clinics", "contacts", "formats", "ipfs", "chain", "dicom", "output"),
        "errors",
    },
    "batch": {"transfer", "outgoing", "errors"},
    "radiogram": {"transfer", "errors"},
    "inbox_listing": {"transfer", "ipfs", "chain", "errors"},
    "mailboxes": {"chain", "formats", "errors"},
    "relaying": {"chain", "formats", "errors"},
    "erasure": {"outgoing", "ipfs", "chain", "errors"},
    "sends": {"outgoing", "chain"},
    "transfer": {"delivery", "outgoing", "formats", "ipfs", "chain", "output", "errors"},
    "delivery": {"outgoing", "formats", "chain", "errors"},
    "outgoing": {"chain", "file_lock", "errors"},
    "server": {"receiver", "outbox", "dicom", "formats", "ipfs", "deadline", "nested_json", "errors"},
    "devnet": {"deadline", "file_lock", "errors"},
    "export": {"dicom", "formats", "output", "hosts", "errors"},
    "verification": {"formats", "errors"},
    "deidentify": {"dicom", "errors"},
    "clinics": {"formats", "deadline", "hosts", "errors"},
    "receiver": {"outbox", "dicom", "formats", "errors"},
    "outbox": {"dicom", "formats", "file_lock", "errors"},
    "news": {"chain", "formats", "deadline", "file_lock", "nested_json", "hosts", "errors"},
    "contacts": {"dicom", "formats", "file_lock", "errors"},
    "output": {"formats", "errors"},
    "dicom": {"formats", "errors"},
    "chain": {"formats", "deadline", "file_lock", "nested_json", "hosts", "errors"},
    "ipfs": {"deadline", "nested_json", "hosts", "errors"},
    "formats": {"nested_json", "errors"},
    "deadline": set(),
    "hosts": set(),
    "file_lock": {"errors"},
    "nested_json": set(),
    "errors": set(),
}
PACKAGE = sorted((ROOT / "radiogram").rglob("*.py"))
FILES = [*PACKAGE, *sorted((ROOT / "scripts").glob("*.py"))]
BELOW_CLI = [file for file in PACKAGE if not file.is_relative_to(ROOT / "radiogram" / "cli")]


def room(module: str) -> str:
    """`radiogram.dicom.header` is in the room `dicom`; the façade is a room of its own."""
    package, *inner = module.split(".")
    return package if package == "scripts" or not inner else inner[0]


def imports(file: Path) -> set[str]:
    """Full names of all that a file imports, at its top or anywhere in it, or for types alone."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by a relative name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def arrows() -> dict[str, set[str]]:
    """The rooms that each room imports."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        used = {room(each) for each in imports(file) if each.split(".")[0] in ("radiogram", "scripts")}
        found.setdefault(room(name), set()).update(used - {room(name)})
    return found


def test_a_room_imports_those_below_it_and_no_others():
    assert arrows() == ROOMS


def test_no_rooms_import_each_other_in_a_circle():
    assert list(graphlib.TopologicalSorter(ROOMS).static_order())


@pytest.mark.parametrize("file", BELOW_CLI, ids=lambda file: str(file.relative_to(ROOT)))
def test_projects_accounts_networks_and_prompts_are_left_to_cli(file):
    asking = {"ape.project", "ape.accounts", "ape.networks", "ape.chain", "ape.config", "getpass", "click", "rich"}
    used = imports(file)
    assert not {each for each in used if each in asking or each.split(".")[0] in asking}
    assert "input" not in {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}


def loaded(statement: str) -> set[str]:
    """Modules that a fresh interpreter loads for a statement, beside those of the standard library."""
    script = f"""
import json, sys
{statement}
print(json.dumps([name for name in sys.modules if name.split(".")[0] not in sys.stdlib_module_names]))
"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    return {name for name in json.loads(done.stdout) if not name.startswith("_")}


def test_the_errors_are_loaded_without_anything_else():
    assert loaded("import radiogram.errors") - loaded("") == {"radiogram", "radiogram.errors"}


def test_the_decoding_process_loads_nothing_but_numpy():
    found = loaded("import radiogram.dicom.gdcm")
    assert {name for name in found if name.split(".")[0] == "radiogram"} == {
        *("radiogram", "radiogram.errors"),
        *("radiogram.dicom", "radiogram.dicom.gdcm"),
    }
    assert {name.split(".")[0] for name in found - loaded("")} - {"cython_runtime"} == {"radiogram", "numpy"}


def test_a_command_loads_the_dicom_network_only_when_it_receives():
    found = loaded("import radiogram.cli.commands.receive, radiogram.cli.commands.outbox")
    assert not {name for name in found if name.split(".")[0] in ("pynetdicom", "pydicom", "web3", "ape")}


def test_the_facade_names_every_error():
    raised = {name for name, value in vars(errors).items() if isinstance(value, type)}
    functions = {"open_message", "read_manifest", "retrieve", "send", "share"}
    assert set(radiogram.__all__) == raised | functions


def test_the_facade_loads_its_functions_when_they_are_used():
    assert "radiogram.transfer" not in loaded("import radiogram")
    for name in radiogram.__all__:
        assert callable(getattr(radiogram, name))
    with pytest.raises(AttributeError, match="no attribute 'recall'"):
        radiogram.recall  # noqa: B018
