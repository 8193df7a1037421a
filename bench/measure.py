"""Runs commands on a devnet of its own, and measures what they take: of the clock, of the processors, of memory."""

from __future__ import annotations

import json
import mmap
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from radiogram.formats.key_card import encode_card
from radiogram.formats.key_file import encode_key_file
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.output.files import write_new

ROOT = Path(__file__).resolve().parents[1]
ADD_SETTINGS = "--cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024"
_MIB = 1 << 20


@dataclass(frozen=True)
class Run:
    """One finished command."""

    seconds: float
    """Of the clock."""
    processor: float
    """Seconds that it and its children took of the processors."""
    node: float
    """Seconds that the IPFS node took of them meanwhile."""
    chain: float
    """The same of the local chain."""
    peak_mb: float
    """Of its largest process."""
    output: str

    @property
    def all_processor(self) -> float:
        return self.processor + self.node + self.chain


class Devnet:
    """A chain and an IPFS node that run, in a folder that goes with them."""

    def __init__(self, folder: Path, env: dict[str, str], said: Mapping[str, str], chain: str) -> None:
        self.folder, self.env, self.said = folder, env, said
        self.ipfs = f"ipfs --api /ip4/127.0.0.1/tcp/{said['ipfs_api'].rpartition(':')[2]}"
        self._daemons = [
            psutil.Process(json.loads((folder / "home" / name / "note.json").read_text())["pid"])
            for name in ("ipfs", chain)
        ]
        (folder / "empty" / "scripts").mkdir(parents=True)
        (folder / "empty" / "scripts" / "nothing.py").write_text("def main():\n    pass\n")

    def run(self, *command: str, cwd: Path = ROOT) -> Run:
        """Of a command that must succeed."""
        before = [processor_of(daemon) for daemon in self._daemons]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=self.env, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            sys.exit(f"bench: {' '.join(command)[:120]} … failed")
        node, chain = (processor_of(each) - was for each, was in zip(self._daemons, before, strict=True))
        return Run(seconds, usage.ru_utime + usage.ru_stime, node, chain, usage.ru_maxrss / 1e3, output)

    def shell(self, line: str) -> Run:
        return self.run("sh", "-c", line)

    def empty(self) -> Run:
        """An `ape run` of an empty script on the same chain, which is Ganache."""
        provider = json.dumps({"host": self.said["chain"]})
        options = ("--network", "ethereum:local:ganache", "--provider-settings", provider)
        return self.run("ape", "run", "nothing", *options, cwd=self.folder / "empty")


@contextmanager
def devnet(chain: str = "ganache") -> Iterator[Devnet]:
    """A devnet of its own, its chain run by Ganache or Anvil."""
    with tempfile.TemporaryDirectory(prefix="radiogram-bench-") as name:
        folder = Path(name)
        env = {key: value for key, value in os.environ.items() if not key.startswith("RADIOGRAM_")}
        env |= {"RADIOGRAM_HOME": str(folder / "home"), "RADIOGRAM_CHAIN": chain}
        for tool in ("age", "age-keygen", "ipfs", "ape"):
            if not shutil.which(tool):
                sys.exit(f"bench: {tool} is missing: run `make bench`")
        with running(env, "devnet") as said:
            yield Devnet(folder, env, said, chain)


@contextmanager
def running(env: Mapping[str, str], *command: str) -> Iterator[dict[str, Any]]:
    """What a command of ours says of itself (--json), while it runs."""
    line = ["ape", "run", *command, "--json"]
    process = subprocess.Popen(line, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = ""
    while not said.endswith("\n}\n"):
        if not (more := process.stdout.readline()):
            sys.exit(f"bench: `{' '.join(line)}` did not start")
        said += more
    try:
        yield json.loads(said)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


Runs = dict[str, list[Run]]


def rounds(
    count: int,
    commands: Mapping[str, Callable[[], Run]],
    before: Callable[[], None] = lambda: None,
    *,
    memory: int = 0,
) -> Runs:
    """Each round runs every command once, in turn; the first warms up, and is not counted. What the last has written is
    on the disk before the next begins, and is not waited for there. Before each, `memory` bytes are used and freed.
    """
    runs: Runs = {label: [] for label in commands}
    for number in range(count + 1):
        before()
        for label, command in commands.items():
            os.sync()
            if memory:
                _touch(memory)
            result = command()
            if number:
                runs[label].append(result)
        print(f"  round {number} of {count}" + " (not counted)" * (not number), file=sys.stderr, flush=True)
    return runs


def _touch(memory: int) -> None:
    """A virtual machine gives memory that was free for a while back to its host, and waits for each page of it that is
    used again, two seconds for a gigabyte: else that command would pay whose file comes first.
    """
    # In a process of its own: what this one starts would have its peak of memory.
    other = multiprocessing.Process(target=_fill, args=(memory,))
    other.start()
    other.join()
    if other.exitcode:
        sys.exit(f"bench: {memory} bytes of memory can't be had")


def _fill(memory: int) -> None:
    with mmap.mmap(-1, memory) as pages:
        for _ in range(memory // _MIB):
            pages.write(b"\1" * _MIB)


def median_of(runs: Iterable[Run], what: Callable[[Run], float] = lambda run: run.seconds) -> float:
    return statistics.median(map(what, runs))


def conditions() -> dict[str, Any]:
    """Of the machine, now."""
    return {
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def random_file(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for start in range(0, size, _MIB):
            stream.write(os.urandom(min(_MIB, size - start)))
    return path


def freshen(path: Path) -> None:
    """Other bytes in each block of a file, or of all in a folder: a node writes no block that it has."""
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        with file.open("r+b") as stream:
            for start in range(0, file.stat().st_size, _MIB):
                stream.seek(start)
                stream.write(os.urandom(16))


def patient_keys(folder: Path) -> tuple[Path, Path, str]:
    """The words of new keys, quantum-safe as all that are made; their card and address."""
    words, card = folder / "words.txt", folder / "card.json"
    text = new_seed_words()
    public = keys_of_words(text).public()
    write_new(words, encode_key_file(text, ""), mode=0o600)
    card.write_bytes(encode_card(public))
    return words, card, public.address


def processor_of(daemon: psutil.Process) -> float:
    """Seconds that a process and those it has started have taken, of user and system."""
    times = [each.cpu_times() for each in (daemon, *daemon.children(recursive=True))]
    return sum(each.user + each.system for each in times)
