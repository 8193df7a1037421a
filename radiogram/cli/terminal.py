"""What a command prints and asks: lines for a person, one JSON object for a program, prompts, progress bars."""

from __future__ import annotations

import json
import os
import shlex
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from radiogram.cli.wording import printable

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from radiogram.transfer import Progress


STOPPED = "stopped: nothing was sent"
WHOLE_STEPS = 100  # of a bar for one thing


def fail(text: str) -> NoReturn:
    """Stop with one line and exit status 1."""
    raise click.ClickException(printable(text))


class Terminal:
    """Where the person is, or the program, that called a command."""

    def __init__(self, as_json: bool, yes: bool) -> None:
        self.as_json = as_json
        self.yes = yes
        self.done = ""
        """What has happened for good, in words: to be said even if the command fails after it."""
        self._bars = 0

    # ---- printing

    def say(self, *lines: str) -> None:
        """Lines for a person."""
        if not self.as_json:
            for line in lines:
                self._print(printable(line))

    def heading(self, text: str) -> None:
        """A line for a person that stands out on a terminal, after an empty one."""
        if not self.as_json:
            self._print("\n" + click.style(printable(text), bold=True))

    def marked(self, mark: str, color: str, text: str) -> None:
        """A line for a person that begins with a mark, in color on a terminal."""
        if not self.as_json:
            self._print(f"  {click.style(f'{mark:8}', fg=color)} {printable(text)}")

    def note(self, text: str) -> None:
        """A line beside the result, for a person, on standard error."""
        click.echo(printable(text), err=True)

    def result(self, value: dict[str, Any]) -> None:
        """The one JSON object."""
        if self.as_json:
            self._print(json.dumps(value, indent=2))

    def result_line(self, value: dict[str, Any]) -> None:
        """One of several JSON objects, each on a line of its own, which whoever reads them has at once."""
        if self.as_json:
            self._print(json.dumps(value))
            sys.stdout.flush()

    def _print(self, text: str) -> None:
        try:
            if self._bars:  # which has put itself before standard output, and moves out of the way
                print(text, flush=True)  # noqa: T201
            else:
                click.echo(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            fail(f"standard output can't be written: {error.strerror}" + f"; but {self.done}" * bool(self.done))

    # ---- asking

    @property
    def is_interactive(self) -> bool:
        """Whether a person reads what is printed, and can answer."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.as_json

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask, who wants to be asked."""
        return self.is_interactive and not self.yes

    def ask(self, name: str, question: str) -> str:
        """A missing value, from the person at the terminal."""
        return str(self._prompt(name, question, click.STRING))

    def ask_file(self, name: str, question: str) -> str:
        """The same for a file or folder, or for whom one may name by a file."""
        return as_dropped(self.ask(name, question))

    def ask_or_default(self, question: str, default: str) -> str:
        """A value that may be left as it is, from the person at the terminal."""
        _forget_what_was_typed()
        return str(click.prompt(printable(question), default=printable(default), show_default=bool(default))).strip()

    def ask_index(self, kind: click.ParamType | None = None) -> Any:  # noqa: ANN401 - as `kind` has it
        """Which message, from the person at the terminal."""
        return self._prompt("INDEX", "Index of the message", kind or click.IntRange(min=0))

    def confirm(self, question: str, otherwise: str = STOPPED) -> None:
        """Go on only if the person at the terminal agrees; where there is nobody to ask, the command is the answer.

        `otherwise` is what is said if they do not.
        """
        if not self.can_ask:
            return
        _forget_what_was_typed()
        if not click.confirm(printable(question)):
            fail(otherwise)

    def agrees(self, question: str) -> bool:
        """Whether the person at the terminal wants something done besides; False where there is nobody to ask."""
        if not self.can_ask:
            return False
        _forget_what_was_typed()
        return click.confirm(printable(question))

    def confirm_by_word(self, question: str, word: str) -> None:
        """Go on only if the person at the terminal types `word`: for what a habit must not agree to."""
        _forget_what_was_typed()
        typed = click.prompt(
            f"{printable(question)}\nType {click.style(word, bold=True)} if so", default="", show_default=False
        )
        if typed.strip().casefold() != word:
            fail(STOPPED)

    def _prompt(self, name: str, question: str, kind: click.ParamType) -> Any:  # noqa: ANN401
        if not self.can_ask:
            fail(f"{name} is missing: see --help")
        _forget_what_was_typed()
        return click.prompt(question, type=kind)

    @contextmanager
    def private_screen(self) -> Iterator[None]:
        """A screen of its own for a secret, of which the terminal keeps nothing when it is left (xterm, mode 1049)."""
        click.echo("\x1b[?1049h\x1b[H\x1b[2J", nl=False)
        try:
            yield
        finally:
            click.echo("\x1b[2J\x1b[?1049l", nl=False)

    # ---- showing progress

    @contextmanager
    def progress(self, label: str, total_bytes: int) -> Iterator[Progress]:
        """A progress bar on a terminal, nothing elsewhere. Told how many more bytes have been dealt with."""
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.progress import DownloadColumn, TimeRemainingColumn

        with self._shown(), _bar(label, total_bytes, DownloadColumn(), TimeRemainingColumn()) as advance:
            yield advance

    @contextmanager
    def counter(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """The same for things that are counted. Told of each."""
        if not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.progress import MofNCompleteColumn

        with self._shown(), _bar(label, total, MofNCompleteColumn()) as advance:
            yield lambda: advance(1)

    @contextmanager
    def _shown(self) -> Iterator[None]:
        self._bars += 1
        try:
            yield
        finally:
            self._bars -= 1

    @contextmanager
    def whole(self, label: str) -> Iterator[Callable[[float], None]]:
        """The same for what is one thing. Told again and again what part of it is done, 0 to 1."""
        with self.counter(label, WHOLE_STEPS) as step:
            yield _Steps(step)


class _Steps:
    """Moves a bar of WHOLE_STEPS steps."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step, self._at = step, 0

    def __call__(self, part: float) -> None:
        while self._at < int(part * WHOLE_STEPS):
            self._at += 1
            self._step()


def as_dropped(text: str) -> str:
    """A name as it is meant: terminals write a file that is dropped on them as for a shell, and people type `~`."""
    text = text.strip()
    if os.path.lexists(text):
        return text
    try:
        words = shlex.split(text)
    except ValueError:  # of one quotation mark, as in O'Brien
        return text
    return os.path.expanduser(words[0] if len(words) == 1 else text)  # noqa: PTH111 - it may be a link or a label


def _forget_what_was_typed() -> None:
    """What was typed before a question is seen is no answer to it."""
    with suppress(termios.error):  # not a terminal
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


@contextmanager
def _bar(label: str, total: int, *columns: ProgressColumn) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description}"), BarColumn(), *columns, console=Console(stderr=True), transient=True
    ) as bars:
        task = bars.add_task(label, total=total)
        yield lambda count: bars.advance(task, count)
