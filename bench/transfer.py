"""Speed and memory of send_image and retrieve_image, beside the pipes they replace, in one run on a running devnet.

    python bench/transfer.py [--megabytes 200] [--rounds 5] [--large 1000]

Each round runs every command once, in turn; the table shows medians, of ratios taken round by round too. What a
command costs beyond an `ape run` of an empty script on the same chain is its own: that is what the ratio compares
with the pipe. Machines are noisy: quote the ratios.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from radiogram.formats.key_card import encode_card
from radiogram.formats.key_file import encode_key_file
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.output.files import write_new

ROOT = Path(__file__).resolve().parent.parent
SPEED_LIMIT = 1.3  # times the pipe
MEMORY_LIMIT = 64  # MB between the small and the large file


@dataclass
class Run:
    """One finished command."""

    seconds: float
    peak_mb: float
    output: str


def run(*command: str, cwd: Path = ROOT, env: dict[str, str]) -> Run:
    """Wall time, and peak memory of the largest process, of a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"bench: {' '.join(command)[:80]} … failed")
    per_mb = 1e6 if sys.platform == "darwin" else 1e3
    return Run(seconds, usage.ru_maxrss / per_mb, output)


@contextmanager
def devnet(env: dict[str, str]) -> Iterator[dict[str, str]]:
    """A devnet of its own; what it says of itself."""
    process = subprocess.Popen(["ape", "run", "devnet", "--json"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    lines = ""
    while not lines.endswith("}\n"):
        line = process.stdout.readline()
        if not line:
            sys.exit("bench: the devnet did not start")
        lines += line
    try:
        yield json.loads(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def random_file(path: Path, megabytes: int) -> Path:
    with path.open("wb") as stream:
        for _ in range(megabytes):
            stream.write(os.urandom(1_000_000))
    return path


def patient_keys(folder: Path) -> tuple[Path, Path, str]:
    """The words of new keys, quantum-safe as all that are made; their card and address."""
    words, card = folder / "words.txt", folder / "card.json"
    text = new_seed_words()
    public = keys_of_words(text).public()
    write_new(words, encode_key_file(text, ""), mode=0o600)
    card.write_bytes(encode_card(public))
    return words, card, public.address


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the file for speed [200]")
    parser.add_argument("--rounds", type=int, default=5, help="times each command is run [5]")
    parser.add_argument("--large", type=int, default=1000, help="size of the large file for memory, in MB [1000]")
    options = parser.parse_args()
    for tool in ("age", "age-keygen", "ipfs", "ape"):
        if not shutil.which(tool):
            sys.exit(f"bench: {tool} is missing: run `make bench` (age: apt install age)")
    with tempfile.TemporaryDirectory(prefix="radiogram-bench-") as name:
        bench(Path(name), options.megabytes, options.rounds, options.large)


def bench(folder: Path, megabytes: int, rounds: int, large: int) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("RADIOGRAM_")}
    env["RADIOGRAM_HOME"] = str(folder / "home")
    empty = folder / "empty"
    (empty / "scripts").mkdir(parents=True)
    (empty / "scripts" / "nothing.py").write_text("def main():\n    pass\n")
    image = random_file(folder / "image.bin", megabytes)
    words, card, address = patient_keys(folder)
    key = folder / "key.txt"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, stderr=subprocess.DEVNULL)
    age_recipient = subprocess.run(
        ["age-keygen", "-y", str(key)], check=True, capture_output=True, text=True
    ).stdout.strip()

    with devnet(env) as node:
        ipfs = f"ipfs --api /ip4/127.0.0.1/tcp/{node['ipfs_api'].rpartition(':')[2]}"
        settings = "--cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024"
        add = f"age -r {age_recipient} '{image}' | {ipfs} add -Q {settings}"
        connected = ("--network", "ethereum:local:ganache", "--provider-settings", json.dumps({"host": node["chain"]}))
        out = folder / "out"

        def send(path: Path) -> Run:
            return run("ape", "run", "send_image", str(path), "--to", str(card), "--again", "--yes", "--json", env=env)

        def retrieve() -> Run:
            shutil.rmtree(out, ignore_errors=True)
            opened = ("--key-file", str(words), "--of", address)
            return run("ape", "run", "retrieve_image", "--out", str(out), *opened, "--json", env=env)

        runs: dict[str, list[Run]] = {}
        for number in range(rounds + 1):  # the first round warms up, and is not counted
            pipe_in = run("sh", "-c", add, env=env)
            pipe_out = f"{ipfs} cat {pipe_in.output.strip()} | age -d -i '{key}' -o '{folder / 'plain'}'"
            this_round = {
                "ape run (empty script)": run("ape", "run", "nothing", *connected, cwd=empty, env=env),
                "age | ipfs add": pipe_in,
                "send_image": send(image),
                "ipfs cat | age -d": run("sh", "-c", pipe_out, env=env),
                "retrieve_image": retrieve(),
            }
            if not filecmp.cmp(out / image.name, image, shallow=False):
                sys.exit("bench: what was retrieved is not what was sent")
            for label, result in this_round.items() if number else ():
                runs.setdefault(label, []).append(result)

        print(f"\n{megabytes} MB of random bytes, {rounds} rounds, {os.cpu_count()} processors\n")
        print(f"{'':24}{'median s':>10}{'min':>8}{'max':>8}{'own s':>8}{'ratio':>8}")
        peers = {"send_image": "age | ipfs add", "retrieve_image": "ipfs cat | age -d"}
        held = True
        for label, results in runs.items():
            times = [result.seconds for result in results]
            line = f"{label:24}{statistics.median(times):10.2f}{min(times):8.2f}{max(times):8.2f}"
            if label in peers:
                floors, pipes = runs["ape run (empty script)"], runs[peers[label]]
                own = [result.seconds - floor.seconds for result, floor in zip(results, floors, strict=True)]
                ratio = statistics.median(mine / pipe.seconds for mine, pipe in zip(own, pipes, strict=True))
                held &= ratio <= SPEED_LIMIT
                line += f"{statistics.median(own):8.2f}{ratio:8.2f}"
            print(line)

        print(f"\n{'peak memory, MB':24}{'1 MB':>10}{f'{large} MB':>10}{'apart':>8}")
        small_file, large_file = random_file(folder / "small.bin", 1), random_file(folder / "large.bin", large)
        peaks = [(send(path).peak_mb, retrieve().peak_mb) for path in (small_file, large_file)]
        for label, small, big in zip(("send_image", "retrieve_image"), *peaks, strict=True):
            held &= big - small <= MEMORY_LIMIT
            print(f"{label:24}{small:10.0f}{big:10.0f}{big - small:8.0f}")
    print(f"\nbounds (ratio {SPEED_LIMIT}, {MEMORY_LIMIT} MB apart): {'held' if held else 'NOT held'}")


if __name__ == "__main__":
    main()
