"""Who holds the locks for which other commands wait: of a transaction, of one send, of a local node that starts."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from radiogram.cli.checkup.finding import Finding, ok, some, warning

TABLE = Path("/proc/locks")
_LOCKED = (
    *("nonce-locks/*.lock", "outgoing/*.jsonl", "audit.jsonl", "contacts/lock", "outbox/*/lock"),
    *("ganache/gate.lock", "anvil/gate.lock", "ipfs/gate.lock"),
)
_PROCESS, _PLACE = 4, 5  # fields of a line; the latter is device:inode


def locks(home: Path) -> Finding:
    """Looks at the kernel's table, so that no lock is taken for it."""
    if not TABLE.exists():
        return ok("not looked at: only Linux tells who holds a lock")
    files = {path.stat().st_ino: path for pattern in _LOCKED for path in home.glob(pattern)}
    held = []
    for fields in (line.split() for line in TABLE.read_text().splitlines()):
        path = files.get(int(fields[_PLACE].rpartition(":")[2])) if fields[1] == "FLOCK" else None
        if path and _has_open(int(fields[_PROCESS]), path):
            held.append(f"{path} by process {fields[_PROCESS]}")
    if held:
        return warning(
            f"a command is at work: it holds {some(held)}",
            "others wait for it: let it end, or end it if it hangs; what it sends is not sent twice",
            items=held,
        )
    return ok("no command is in the middle of a send")


def _has_open(pid: int, path: Path) -> bool:
    """Inodes are those of one disk: another may have the same number."""
    with suppress(psutil.Error):
        return any(Path(each.path) == path.resolve() for each in psutil.Process(pid).open_files())
    return False
