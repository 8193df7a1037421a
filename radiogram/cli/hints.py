"""What to do about an error, for somebody at a command: the one place that names options and environment variables."""

from __future__ import annotations

from types import TracebackType

import click

from radiogram.errors import (
    DeidentificationError,
    DestinationRefused,
    FinalityError,
    IpfsReadOnly,
    IpfsRefused,
    IpfsTooLarge,
    ListenError,
    NoHybridSecretError,
    NoLocalNetworkError,
    NotAnActError,
    NotApprovedError,
    NotSenderError,
    OtherChainError,
    OutputExists,
    OutputFolderError,
    PictureTextError,
    ProgramError,
    RadiogramError,
    StateFolderError,
    WrongKeyVersionError,
    one_line,
)


def line(error: Exception, elsewhere: str = "choose another --out") -> str:
    """What happened and what to do, in one line; `elsewhere` is how the user names another place for results.

    Of an error that is not ours, its class and where it arose: its own text may quote what stands in an image.
    """
    if isinstance(error, RadiogramError):
        return one_line(error.message, _hint(error, elsewhere))
    place = _place(error.__traceback__)
    return f"{type(error).__name__}{f' in {place}' if place else ''} (RADIOGRAM_DEBUG=1 shows more)"


def command(name: str) -> str:
    """How to call another command: `ape run deploy`, or `ape radiogram deploy` where this one was called so."""
    context = click.get_current_context(silent=True)
    return f"{context.parent.command_path if context and context.parent else 'ape run'} {name}"


def _hint(error: RadiogramError, elsewhere: str) -> str:
    match error:
        case OutputExists():
            return f"{elsewhere}, or add --overwrite"
        case OutputFolderError():
            return f"{error.hint}, or {elsewhere}" if error.hint else elsewhere
        case StateFolderError():
            return "set RADIOGRAM_HOME to a folder of yours"
        case WrongKeyVersionError() | NoHybridSecretError():
            return f"{error.hint} (--key-file)"
        case NotAnActError():
            return "it should be a file that --sign-only wrote"
        case OtherChainError():
            return "check --network"
        case NotApprovedError():
            return f"{error.hint} ({command('approve_sender')})"
        case NotSenderError():
            return f"{error.hint} (--account)"
        case FinalityError():
            return f"{error.hint}, or leave out --finalized"
        case IpfsReadOnly():
            return "set RADIOGRAM_IPFS_API to add"
        case IpfsTooLarge():
            return "get it elsewhere (RADIOGRAM_IPFS_GATEWAY)"
        case IpfsRefused():
            return "set RADIOGRAM_IPFS_AUTH"
        case DestinationRefused():
            return "set RADIOGRAM_DICOMWEB_AUTH"
        case PictureTextError():
            return "look at it, and add --force-pixels if it shows no name"
        case DeidentificationError():
            return f"{error.hint}, or add --leave-out" if error.hint else ""
        case ProgramError():
            return f"run `make setup`, or set {error.program.upper()}_BIN"
        case NoLocalNetworkError():
            return f"{error.hint}, or name another network (--network) and IPFS node (RADIOGRAM_IPFS_API)"
        case ListenError():
            return "name another --port (0: any) or --host"
        case _:
            return error.hint


def _place(trace: TracebackType | None) -> str:
    """Module and line of the deepest of our own frames."""
    place = ""
    while trace:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] == "radiogram":
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
