"""Scripts hand the commands to Ape and are nothing more; a command loads no more than it needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "radiogram"
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.name != "__pycache__")
COMMANDS = sorted(path for path in (PACKAGE / "cli" / "commands").glob("*.py") if path.name != "__init__.py")
LINES_OF_A_SCRIPT, LINES_OF_A_COMMAND = 40, 100


def imports(path: Path) -> list[str]:
    """Every name that a file imports, wherever that stands."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            found += [each.name for each in node.names]
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- scripts and commands


def test_every_command_is_a_script():
    assert [path.name for path in SCRIPTS] == [path.name for path in COMMANDS]


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_is_short_and_imports_its_command_alone(path):
    assert len(path.read_text().splitlines()) <= LINES_OF_A_SCRIPT
    assert imports(path) == [f"radiogram.cli.commands.{path.stem}.cli"]


@pytest.mark.parametrize("path", COMMANDS, ids=name)
def test_a_command_is_short_and_no_other_command_needs_it(path):
    assert len(path.read_text().splitlines()) <= LINES_OF_A_COMMAND
    assert not [each for each in imports(path) if each.startswith("radiogram.cli.commands")]


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=name)
def test_what_commands_share_does_not_need_one_of_them(path):
    allowed = ["radiogram.cli.commands"] if path.name == "group.py" else []
    assert [each for each in imports(path) if each.startswith("radiogram.cli.commands")] == allowed


# ---- no further than needed


def loaded(*statements: str) -> set[str]:
    """The modules that a fresh Python has after some statements."""
    code = "\n".join([*statements, "import sys", "print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_reading_metadata_needs_nothing_that_makes_pictures():
    """pydicom itself imports numpy and Pillow where they are installed; nothing of ours adds to that."""
    only_pydicom = loaded("import pydicom")
    with_metadata = loaded("import pydicom", "import radiogram.dicom.metadata, radiogram.dicom.series")
    added = with_metadata - only_pydicom
    assert not [each for each in added if each.partition(".")[0] in ("numpy", "PIL", "gdcm", "openjpeg")]
    pictures = ("picture", "pixels", "frames", "render", "gdcm", "previews", "contact_sheet")
    assert not with_metadata & {f"radiogram.dicom.{each}" for each in pictures}


def test_a_command_is_explained_without_the_libraries_that_carry_it_out():
    heavy = {
        "ape_ethereum",
        "eth_account",
        "ipfshttpclient",
        "numpy",
        "PIL",
        "pydicom",
        "pyrage",
        "radiogram.transfer",
        "web3",
    }
    modules = ", ".join(f"radiogram.cli.commands.{path.stem}" for path in COMMANDS)
    assert not loaded(f"import {modules}") & heavy


def test_what_is_shown_of_a_study_is_worded_without_a_dicom_library():
    assert "pydicom" not in loaded("import radiogram.dicom.display")
