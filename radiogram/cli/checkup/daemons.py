"""The processes of the local network: whether they run, and for somebody."""

from __future__ import annotations

from pathlib import Path

from radiogram.cli import hints
from radiogram.cli.checkup.finding import Finding, ok, repaired, warning


def daemon(folder: Path, name: str, *, repair: bool) -> Finding:
    """That of the state folder `folder`."""
    from radiogram.devnet import shared_daemon

    found = shared_daemon.look(folder)
    if found is None:
        return ok(f"{name} does not run: each command starts it")
    if found.is_used:
        return ok(f"{name} runs for other commands (process {found.pid})")
    was = f"{name} (process {found.pid}) ran for nobody" if found.pid else f"a note told of a {name} that is gone"
    if repair and shared_daemon.stop_unused(folder):
        return repaired(f"{was}: {'stopped' if found.pid else 'removed'}")
    repair_it = f"`{hints.command('doctor')} --repair`"
    if found.pid is None:
        return warning(
            f"{folder / 'note.json'} tells of a {name} that is gone: it did not end by itself",
            f"{repair_it} removes it, as the next command does",
        )
    return warning(
        f"{name} (process {found.pid}) runs for nobody: the commands that used it were killed",
        f"{repair_it} stops it, as the next command does at its end",
    )
