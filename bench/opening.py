"""How long the patient's page takes to open a large study, beside the bare download: for bench/website.py.

Each round downloads and opens the same study over loopback, and over lines of fixed rates before the site, with a fresh
browser each: the one right after the other.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, expect

from bench.line import Line, line
from bench.measure import ROOT, Devnet, conditions, processor_of, random_file, running
from radiogram.formats.key_reference import KeyReference
from radiogram.ipfs.cid import cid_text
from tests.flows.conftest import PATIENT_KEY, Person
from tests.generated_blocks import table
from tests.web.open.page import know, unlock
from tests.web.postbox import Postbox

PATIENCE = 300_000  # milliseconds
MB = 10**6
LOOPBACK = "loopback"
LINES = {"a line of 100 MB/s": 100 * MB, "a line of 25 MB/s": 25 * MB}
_VITE = ROOT / "web" / "node_modules" / ".bin" / "vite"
_DOWNLOAD = """async (url) => {
  const started = performance.now();
  const reader = (await fetch(url, { cache: "no-store" })).body.getReader();
  let bytes = 0;
  for (let piece; !(piece = await reader.read()).done;) bytes += piece.value.length;
  return [(performance.now() - started) / 1000, bytes];
}"""

OpenPage = Callable[[str], AbstractContextManager[tuple[Page, psutil.Process]]]
"""A page in a fresh browser, and that browser's process."""


@dataclass
class Round:
    """Seconds: of the clock, and of all the browser's processes."""

    downloaded: float
    downloaded_processor: float
    opened: float
    opened_processor: float


def measure(net: Devnet, postbox: Postbox, page: OpenPage, megabytes: int, rounds: int) -> dict[str, Any]:
    """By source: its rounds. Also `read`: what reading and checking takes, as a part of the download."""
    reader = Person(PATIENT_KEY)
    contents = postbox.add(random_file(net.folder / "image.bin", megabytes * MB))
    postbox.send(reader, contents)
    result: dict[str, Any] = {"conditions": conditions() | {"rounds": rounds, "megabytes": megabytes}}
    with ExitStack() as stack:
        lines = {name: stack.enter_context(line(rate)) for name, rate in LINES.items()}
        names = [word for each in lines.values() for word in ("--known-as", f"127.0.0.1:{each.at}")]
        site = stack.enter_context(running(net.env, "web", "--port", "0", "--no-relay", *names))
        built = reading_page(net.folder / "reading")
        reading = stack.enter_context(running(net.env, "web", "--port", "0", "--no-relay", "--folder", str(built)))
        sources = {LOOPBACK: site["url"]} | {name: leading_to(site["url"], each) for name, each in lines.items()}
        runs: dict[str, list[Round]] = {name: [] for name in sources}
        read = []
        for _ in range(rounds):
            for name, url in sources.items():
                with page(url) as (at, browser):
                    runs[name].append(one_round(at, browser, url, contents, postbox.sender, reader))
            with page(reading["url"]) as (at, _):
                read.append(reading_of(at, reading["url"], contents))
    result["conditions"]["load at the end"] = conditions()["load"]
    return result | {"bytes": contents.ciphertext_bytes, "runs": runs, "read": read}


def render(result: Mapping[str, Any]) -> str:
    """As Markdown."""
    said, rows = result["conditions"], []
    for name, runs in result["runs"].items():
        downloaded, opened = [each.downloaded for each in runs], [each.opened for each in runs]
        rows.append([
            f"over {name}",
            f"{result['bytes'] / MB / statistics.median(downloaded):.0f}",
            f"{statistics.median(downloaded):.2f}",
            f"{statistics.median(each.downloaded_processor for each in runs):.2f}",
            f"{statistics.median(opened):.2f}",
            f"{statistics.median(each.opened_processor for each in runs):.2f}",
            _spread([each.opened / each.downloaded for each in runs]),
        ])  # fmt: skip
    head = [f"{said['megabytes']} MB", "it gave, MB/s", "downloaded, s", "processor, s", "opened, s", "processor, s"]
    return (
        f"{said['date']}, {said['processors']} processors; load {said['load']} at the beginning, "
        f"{said['load at the end']} at the end. {said['rounds']} rounds.\n\n"
        f"{table([*head, 'opened, of the download'], rows)}\n\n"
        "Read over loopback as the page reads it, each block checked, and nothing else done with it: "
        f"{_spread(result['read'])} of the download."
    )


def one_round(
    at: Page, browser: psutil.Process, url: str, contents: KeyReference, sender: Person, reader: Person
) -> Round:
    file = f"{url}ipfs/{cid_text(contents.cid)}"
    at.evaluate(_DOWNLOAD, file)  # warms up
    before = processor_of(browser)
    downloaded = took(at.evaluate(_DOWNLOAD, file), contents)
    between = processor_of(browser)
    know(at, sender)
    unlock(at, reader)
    at.get_by_role("button", name="Get hash").click()
    at.get_by_role("button", name="Decrypt").click()
    press = at.get_by_role("button", name="Get image")
    press.wait_for()
    begun, started = processor_of(browser), time.perf_counter()
    press.click()
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=PATIENCE)
    opened = time.perf_counter() - started
    return Round(downloaded, between - before, opened, processor_of(browser) - begun)


def reading_of(at: Page, url: str, contents: KeyReference) -> float:
    """What reading and checking takes, as a part of the download."""
    cid = cid_text(contents.cid)
    downloaded = took(at.evaluate(_DOWNLOAD, f"{url}ipfs/{cid}"), contents)
    return took(at.evaluate("(file) => readChecked(...file)", [cid, contents.ciphertext_bytes]), contents) / downloaded


def took(measured: list[float], contents: KeyReference) -> float:
    """Seconds, of [seconds, bytes], where all of it came."""
    seconds, size = measured
    assert size == contents.ciphertext_bytes
    return seconds


def leading_to(url: str, each: Line) -> str:
    """The same site at the near end of a line."""
    each.port = int(url.rstrip("/").rpartition(":")[2])
    return f"http://127.0.0.1:{each.at}/"


def reading_page(folder: Path) -> Path:
    """The built page of web/test/gateway-page."""
    config = ROOT / "web" / "test" / "gateway-page" / "vite.config.ts"
    command = [str(each) for each in (_VITE, "build", "--config", config, "--outDir", folder, "--logLevel", "warn")]
    subprocess.run(command, cwd=ROOT / "web", check=True, stdout=subprocess.DEVNULL)
    return folder


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
