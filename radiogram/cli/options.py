"""Options and arguments that several commands take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

STDIO = "-"
F = TypeVar("F", bound=Callable[..., Any])


class NamedPath(click.Path):
    """A path that says something: an empty one, mostly a variable that is not set, would mean the current folder."""

    def __init__(self, **checks: bool) -> None:
        super().__init__(path_type=Path, **checks)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        if value == "":
            self.fail("it is empty: name a file or a folder (. is the current one)", param, ctx)
        return super().convert(value, param, ctx)


class MessageName(click.ParamType):
    """A message of one's own: its index in the inbox, or its name in a mailbox (m3f9a2c1d, or m3f9a2c1d.1)."""

    name = "index"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        text = str(value).strip().lower()
        if re.fullmatch(r"[0-9]{1,40}|m[0-9a-f]{4,40}(\.[0-9]{1,12})?", text) is None:
            self.fail(f"{value!r} is no message's index, as 3 or m3f9a2c1d: see `inbox`", param, ctx)
        return text


def message_argument(command: F) -> F:
    """Which message of one's own."""
    return click.argument("name", metavar="[INDEX]", required=False, type=MessageName())(command)


def index_argument(command: F) -> F:
    """Which message of an inbox."""
    return click.argument("index", required=False, type=click.IntRange(min=0))(command)


def paths_argument(command: F) -> F:
    """Images, or folders of them."""
    return click.argument("paths", metavar="PATH…", nargs=-1, type=NamedPath())(command)


def card_options(command: F) -> F:
    """What is put on the card that senders get."""
    command = click.option(
        "--site", metavar="URL", help="A website of Radiogram: prints the link that opens it with your card."
    )(command)
    command = click.option("--name", metavar="TEXT", help="What you want to be called on the card [default: nothing].")(
        command
    )
    return click.option(
        "--card", type=NamedPath(), help="The new file for the card [default: FILE.card.json beside it]."
    )(command)


def mailbox_option(command: F) -> F:
    """Whether a message goes into a mailbox; passed on as None where that was not said."""
    return click.option(
        "--mailbox/--no-mailbox",
        default=None,
        help="Into an inbox that only you and the patient can derive, so that the chain does not tell whose patient "
        "they are. They find it once they have checked your clinic's card (clinic_card) [default: if the register says "
        "that they have].",
    )(command)


def deidentify_options(command: F) -> F:
    """What of images that are de-identified is taken."""
    forced = click.option(
        "--force-pixels",
        is_flag=True,
        help="Take pictures of kinds that often show the patient's name, too: you have looked at each of them.",
    )
    left_out = click.option(
        "--leave-out",
        is_flag=True,
        help="Leave out images that can't be de-identified, and say which. Without it, one of them refuses all.",
    )
    return forced(left_out(command))


def again_option(command: F) -> F:
    """Whether what was sent before is sent once more."""
    return click.option(
        "--again",
        is_flag=True,
        help="Send a second copy of what was sent before. Without it, a command that is run again sends nothing twice: "
        "it goes on where an earlier run was interrupted.",
    )(command)


def pins_option(command: F) -> F:
    """How many homes keep a study before it is sent; passed on as None where that was not said."""
    return click.option(
        "--pins",
        metavar="N",
        type=click.IntRange(1, 100),
        help="Send only when N homes (homes.toml) are seen to keep the whole study and its key packet: they are asked "
        "to, and waited for. Where too few do, nothing is sent, and the same command run again uploads nothing twice "
        "[default: as homes.toml says, else 1, the IPFS node that it is added to].",
    )(command)


def keyring_options(command: F) -> F:
    """Whose inbox it is, and what opens it."""
    command = click.option(
        "--of", metavar="ADDRESS", help="Whose inbox [default: that of --account, or of --key-file]."
    )(command)
    return click.option(
        "--key-file",
        type=NamedPath(),
        help="Open with the keys in this file (24 words, plain or in an age file; 64 hex digits; a V3 keystore), not "
        "with the account's.",
    )(command)


def offline_option(command: F) -> F:
    """Files that are read from instead of IPFS; passed on as `cars`."""
    return click.option(
        "--offline",
        "cars",
        metavar="FILE",
        type=NamedPath(),
        multiple=True,
        help="Read the images from this CAR file (see `car`), and ask no IPFS node; the chain is still asked. May be "
        "given several times.",
    )(command)


def list_owner_option(command: F) -> F:
    """Whose list of clinics it is, if not the account's."""
    return click.option(
        "--key-file", type=NamedPath(), help="The list of the keys in this file, not that of --account."
    )(command)


@dataclass(frozen=True)
class SignOnly:
    """An act is to be signed, and not sent."""

    file: str
    """`-`: standard output."""
    valid_days: float


def sign_only_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An act that its account may sign instead of sending it: passed on as `sign_only`, None if it is to be sent."""

    @wraps(command)
    def given(*args: Any, sign_only: str | None, valid_for: float, **kwargs: Any) -> Any:  # noqa: ANN401
        signing = None if sign_only is None else SignOnly(sign_only, valid_for)
        return command(*args, sign_only=signing, **kwargs)

    given = click.option(
        "--valid-for",
        metavar="DAYS",
        type=click.FloatRange(min=0, min_open=True, max=3650),
        default=7,
        show_default=True,
        help="How long the signature holds.",
    )(given)
    return click.option(
        "--sign-only",
        metavar="FILE",
        help="Send nothing: sign it into FILE (- is standard output), for anyone to pay for: `ape run relay FILE`.",
    )(given)


class Size(click.ParamType):
    """A number of bytes, as 4GB, 500MB or 1000."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        text = str(value).strip().upper().removesuffix("B")
        factor = {"K": 10**3, "M": 10**6, "G": 10**9}.get(text[-1:], 1)
        digits = text.rstrip("KMG") if factor > 1 else text
        if not (digits.isascii() and digits.isdigit() and int(digits)) or len(digits) < len(text) - 1:
            self.fail(f"{value!r} is no size: write 4GB, 500MB or a number of bytes", param, ctx)
        return int(digits) * factor
