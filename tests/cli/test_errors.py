"""Errors: one tree, what happened said in the core, options and variables named at the rim, nothing of a patient."""

import ast
import functools
import importlib
import inspect
import io
import pkgutil
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import radiogram
from radiogram import errors
from radiogram.cli import commands, hints
from radiogram.cli.session import Command
from radiogram.errors import (
    BundleError,
    IpfsTooLarge,
    NotApprovedError,
    OutputExists,
    OutputFolderError,
    PictureTextError,
    ProgramError,
    RadiogramError,
    StudyError,
    WrongKeyVersionError,
)
from radiogram.formats import bundle

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "radiogram"
MODULES = sorted(each.name for each in pkgutil.walk_packages(radiogram.__path__, "radiogram."))


# ---- one tree


def drawn() -> dict[str, str | None]:
    """Each class of the tree in the docstring of errors.py, with its parent."""
    found, path = {}, []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.fullmatch(r"((?:│   |    )*(?:[├└]── )?)(\w+)(?: {2,}\S.*)?", line):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            found[match[2]] = path[depth - 1] if depth else None
    return found


def test_the_tree_of_errors_is_drawn_as_it_is():
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]
    assert drawn() == {each.__name__: base(each) for each in classes}


def base(error: type) -> str | None:
    return None if error is RadiogramError else error.__base__.__name__


@pytest.mark.parametrize("module", MODULES)
def test_every_error_of_the_package_is_under_one_root(module):
    """Private ones steer the code that raises them, and leave it nowhere."""
    classes = [each for _, each in inspect.getmembers(importlib.import_module(module), inspect.isclass)]
    own = [each for each in classes if issubclass(each, BaseException) and each.__module__ == module]
    assert [each for each in own if not issubclass(each, RadiogramError) and not each.__name__.startswith("_")] == []


# ---- what happened, and what to do


@pytest.mark.parametrize(
    ("message", "hint", "line"),
    [
        ("a is gone", "", "a is gone"),
        ("a is gone", "name another", "a is gone: name another"),
        ("a can't be read: no such file", "name another", "a can't be read: no such file; name another"),
    ],
)
def test_an_error_is_one_line_of_what_happened_and_what_to_do(message, hint, line):
    error = StudyError(message, hint)
    assert (str(error), error.message, error.hint) == (line, message, hint)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (StudyError("a is empty", "choose another"), "a is empty: choose another"),
        (OutputExists("a is there already"), "a is there already: choose another --out, or add --overwrite"),
        (OutputFolderError("a can't be written: full"), "a can't be written: full; choose another --out"),
        (
            OutputFolderError("a can't be written: full", "make room"),
            "a can't be written: full; make room, or choose another --out",
        ),
        (WrongKeyVersionError("wrong key", "open it with that key"), "wrong key: open it with that key (--key-file)"),
        (IpfsTooLarge("it sends more"), "it sends more: get it elsewhere (RADIOGRAM_IPFS_GATEWAY)"),
        (ProgramError("no program 'ipfs'", "ipfs"), "no program 'ipfs': run `make setup`, or set IPFS_BIN"),
        (
            PictureTextError("it can't be copied", reason="it is in colour"),
            "it can't be copied: it is in colour; look at it, and add --force-pixels if it shows no name",
        ),
    ],
)
def test_commands_name_the_option_or_variable_that_helps(error, line):
    assert hints.line(error) == line


def test_where_results_go_elsewhere_than_to_an_option_the_hint_says_so():
    error = OutputFolderError("a can't be written: full", "make room")
    assert hints.line(error, "set TMPDIR") == "a can't be written: full; make room, or set TMPDIR"


@pytest.mark.parametrize("path", [["ape", "run"], ["ape", "radiogram"], ["radiogram"]])
def test_a_hint_calls_another_command_as_this_one_was_called(path):
    context = None
    for name in (*path, "retract"):
        context = click.Context(click.Command(name), parent=context, info_name=name)
    with context:
        assert hints.line(NotApprovedError("no", "ask")) == f"no: ask ({' '.join(path)} approve_sender)"


@functools.cache
def options() -> set[str]:
    """Every option of every command."""
    modules = [each for each in MODULES if each.startswith(f"{commands.__name__}.")]
    params = [param for each in modules for param in importlib.import_module(each).cli.params]
    return {name for param in params for name in param.opts if name.startswith("--")}


@functools.cache
def variables() -> set[str]:
    """Every environment variable that README.md names, and two more."""
    rows = re.findall(r"^\| (`[A-Z][^|]+) \|", (ROOT / "README.md").read_text(), re.M)
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} | {"RADIOGRAM_DEBUG", "TMPDIR"}


def texts(path: Path) -> list[str]:
    """The string literals of a module, docstrings left out."""
    tree = ast.parse(path.read_text())
    alone = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    literals = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [each.value for each in literals if id(each) not in alone]


KUBOS = "--offline"  # what Kubo is called with, which has an option of that name too
CORE = sorted(path for path in PACKAGE.rglob("*.py") if "cli" not in path.relative_to(PACKAGE).parts)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_text_of_the_core_names_an_option_a_variable_or_a_command(path):
    assert {"--out", "--network"} <= options()
    assert {"RADIOGRAM_HOME", "IPFS_BIN"} <= variables()
    words = [rf"(?<![\w-]){each}(?![\w-])" for each in options()] + [rf"\b{each}\b" for each in variables()]
    pattern = re.compile("|".join([*words, r"\bape (run|accounts)\b", r"\bmake [a-z]+`"]))
    assert [text for text in texts(path) if text != KUBOS and pattern.search(text)] == []


# ---- nothing of a patient

NAME = "Okafor^Grace"


@click.command(cls=Command)
def failing(session):
    """Fails as a library does that quotes what it chokes on."""
    int(NAME)


def test_an_unexpected_error_is_shown_by_its_class_and_place_without_its_text(monkeypatch):
    monkeypatch.delenv("RADIOGRAM_DEBUG", raising=False)
    shown = CliRunner().invoke(failing, [])
    assert shown.exit_code == 1
    assert re.fullmatch(r"Error: ValueError in radiogram\.[\w.]+:\d+ \(RADIOGRAM_DEBUG=1 shows more\)\n", shown.output)
    assert "Okafor" not in shown.output


def test_its_text_is_shown_on_demand(monkeypatch):
    monkeypatch.setenv("RADIOGRAM_DEBUG", "1")
    raised = CliRunner().invoke(failing, []).exception
    assert (type(raised), "Okafor" in str(raised)) == (ValueError, True)


class Quoting(io.BytesIO):
    """A stream whose error quotes what it read."""

    def read(self, size=-1):
        raise UnicodeError(f"can't decode {NAME}")


def test_a_damaged_bundle_does_not_repeat_what_the_error_of_a_library_quotes(tmp_path):
    with pytest.raises(BundleError, match=r"damaged \(UnicodeError\)") as refused:
        bundle.unpack(Quoting(), tmp_path)
    assert "Okafor" not in str(refused.value)
