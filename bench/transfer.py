"""Sending and retrieving, beside the pipes that do the same, bare IPFS, and magic-wormhole."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bench.measure import (
    ADD_SETTINGS,
    Devnet,
    Run,
    Runs,
    conditions,
    devnet,
    freshen,
    patient_keys,
    random_file,
    rounds,
)
from bench.wormhole import Wormhole

MB = 1_000_000
SIZES = {"1 MB": MB, "6 MB": 6 * MB, "100 MB": 100 * MB, "1 GB": 1000 * MB}
FILES, FILE_BYTES = 500, 526_000  # a computed tomography
FOLDER_BYTES = FILES * FILE_BYTES
FOLDER = f"{FILES} files, {FOLDER_BYTES // MB} MB"
COPIES = 3  # of what is transferred, in memory that a command and the node want together
FEWER_ROUNDS = ("1 GB", FOLDER)

EMPTY, SMALL_SEND, SMALL_RETRIEVE = "ape run (empty script)", "send_image, 1 kB", "retrieve_image, 1 kB"
SEND, PIPE_IN, ADD = "send_image", "age | ipfs add", "ipfs add"
RETRIEVE, PIPE_OUT, CAT = "retrieve_image", "ipfs cat | age -d", "ipfs cat"
WORMHOLE = "magic-wormhole"


class Transfer:
    """One file or folder, and all that is done with it."""

    def __init__(self, node: Devnet, source: Path) -> None:
        self._node, self._source, self._folder = node, source, node.folder
        self._small = random_file(node.folder / "small" / "image.bin", 1000)
        self._words, self._card, self._address = patient_keys(node.folder)
        self._key, self._out, self._plain = (node.folder / name for name in ("age.key", "out", "plain"))
        subprocess.run(["age-keygen", "-o", self._key], check=True, capture_output=True)
        said = subprocess.run(["age-keygen", "-y", self._key], check=True, capture_output=True, text=True)
        self._recipient = said.stdout.strip()
        self._added = self._encrypted = ""

    def commands(self, wormhole: Wormhole) -> dict[str, Any]:
        """What each round runs. What retrieves comes after what has sent."""
        return {
            EMPTY: self._node.empty,
            SMALL_SEND: partial(self._send, self._small),
            SMALL_RETRIEVE: self._retrieve,
            ADD: self._add,
            PIPE_IN: self._pipe_in,
            SEND: partial(self._send, self._source),
            CAT: self._cat,
            PIPE_OUT: self._pipe_out,
            RETRIEVE: self._retrieve_and_compare,
            WORMHOLE: partial(wormhole.hand_over, self._node, self._source),
        }

    def _send(self, path: Path) -> Run:
        return self._node.run(
            "ape", "run", "send_image", str(path), "--to", str(self._card), "--again", "--yes", "--json"
        )

    def _retrieve(self) -> Run:
        shutil.rmtree(self._out, ignore_errors=True)
        opened = ("--key-file", str(self._words), "--of", self._address)
        return self._node.run("ape", "run", "retrieve_image", "--out", str(self._out), *opened, "--json")

    def _retrieve_and_compare(self) -> Run:
        run = self._retrieve()
        files = [self._source] if self._source.is_file() else sorted(self._source.iterdir())
        for file in files:
            if not filecmp.cmp(self._out / file.relative_to(self._source.parent), file, shallow=False):
                sys.exit("bench: what was retrieved is not what was sent")
        return run

    def _add(self) -> Run:
        kind = "-r " if self._source.is_dir() else ""
        run = self._node.shell(f"{self._node.ipfs} add -Q {kind}{ADD_SETTINGS} '{self._source}'")
        self._added = run.output.strip()
        return run

    def _cat(self) -> Run:
        shutil.rmtree(self._plain, ignore_errors=True)
        if self._source.is_dir():
            return self._node.shell(f"{self._node.ipfs} get -o '{self._plain}' {self._added} >'{self._folder}/said'")
        self._plain.mkdir()
        return self._node.shell(f"{self._node.ipfs} cat {self._added} >'{self._plain}/image'")

    def _pipe_in(self) -> Run:
        encrypt = f"age -r {self._recipient}"
        is_folder = self._source.is_dir()
        begin = f"tar -cf - -C '{self._source}' . | {encrypt}" if is_folder else f"{encrypt} '{self._source}'"
        run = self._node.shell(f"{begin} | {self._node.ipfs} add -Q {ADD_SETTINGS}")
        self._encrypted = run.output.strip()
        return run

    def _pipe_out(self) -> Run:
        shutil.rmtree(self._plain, ignore_errors=True)
        self._plain.mkdir()
        decrypt = f"{self._node.ipfs} cat {self._encrypted} | age -d -i '{self._key}'"
        end = f"| tar -xf - -C '{self._plain}'" if self._source.is_dir() else f"-o '{self._plain}/image'"
        return self._node.shell(f"{decrypt} {end}")


def measure(count: int, only: str = "") -> dict[str, Any]:
    """Of each size, in a devnet of its own; `count` rounds, of the largest fewer."""
    results: dict[str, Any] = {"conditions": conditions(), "sizes": {}}
    for label in [each for each in (*SIZES, FOLDER) if only in ("", each)]:
        print(label, file=sys.stderr, flush=True)
        with devnet() as node, ExitStack() as held:
            source = _source(node.folder / "source", label)
            wormhole = held.enter_context(Wormhole(node.folder / "wormhole"))
            wanted = max(2, count * 3 // 5) if label in FEWER_ROUNDS else count
            commands = Transfer(node, source).commands(wormhole)
            runs = rounds(wanted, commands, partial(freshen, source), memory=COPIES * SIZES.get(label, FOLDER_BYTES))
        results["sizes"][label] = {name: [kept(each) for each in some] for name, some in runs.items()}
    results["conditions"]["load at the end"] = conditions()["load"]
    return results


def _source(folder: Path, label: str) -> Path:
    if label != FOLDER:
        return random_file(folder / "image.bin", SIZES[label])
    for number in range(FILES):
        random_file(folder / "study" / f"{number:03}.bin", FILE_BYTES)
    return folder / "study"


def kept(run: Run) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(run).items() if name != "output"}


def runs_of(result: dict[str, list[dict[str, float]]]) -> Runs:
    """What `measure` has kept, as runs."""
    return {label: [Run(**each, output="") for each in some] for label, some in result.items()}
