"""Speed of the patient's page in Chromium: a list of many letters, and a large study beside its bare download.

    python -m bench.website [--letters 1000] [--megabytes 200] [--rounds 3]

On a devnet and a site of its own. Listing: from the press that unlocks until all letters are counted. Opening: from the
press that fetches until the page says that nothing has changed, beside what the same browser takes to fetch the same
ciphertext from the same site and to do nothing with it, in turn. That the same is read as the page reads it, each block
checked, and nothing done with it, is measured too. Machines are noisy: quote the ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from eth_account import Account
from playwright.sync_api import Page, expect, sync_playwright

from bench.measure import ROOT, devnet, random_file, running
from radiogram.formats.key_reference import KeyReference
from radiogram.ipfs.cid import cid_text
from tests.flows.conftest import PATIENT_KEY, TECHNOLOGIST_KEY, Person
from tests.web.browser import FLAGS
from tests.web.open.page import know, unlock
from tests.web.postbox import Postbox
from tests.web.wallet import Chain

PATIENCE = 300_000  # milliseconds
_VITE = ROOT / "web" / "node_modules" / ".bin" / "vite"
_DOWNLOAD = """async (url) => {
  const started = performance.now();
  const reader = (await fetch(url, { cache: "no-store" })).body.getReader();
  let bytes = 0;
  for (let piece; !(piece = await reader.read()).done;) bytes += piece.value.length;
  return [(performance.now() - started) / 1000, bytes];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1000, help="how many are in the inbox [1000]")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the large study [200]")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured [3]")
    options = parser.parse_args()
    bench(options.letters, options.megabytes, options.rounds)


def bench(letters: int, megabytes: int, rounds: int) -> None:
    with (
        devnet() as net,
        running(net.env, "web", "--port", "0", "--no-relay") as site,
        sync_playwright() as playwright,
    ):
        folder, url = net.folder, site["url"]
        postbox = Postbox(Chain(net.said["chain"]), net.said, Person(TECHNOLOGIST_KEY))
        image = random_file(folder / "image.bin", megabytes * 1_000_000)
        executable = shutil.which("chromium")
        if not executable:
            sys.exit("bench: chromium is missing (Debian: apt install chromium)")

        @contextmanager
        def page(url: str = url) -> Iterator[Page]:
            """A fresh browser's."""
            profile = folder / "profile"
            context = playwright.chromium.launch_persistent_context(profile, executable_path=executable, args=FLAGS)
            try:
                opened = context.new_page()
                opened.set_default_timeout(PATIENCE)
                opened.goto(url)
                opened.locator("h1").first.wait_for()
                yield opened
            finally:
                context.close()
                shutil.rmtree(profile, ignore_errors=True)

        person = fresh(postbox.chain)
        small = postbox.add(ROOT / "README.md")
        postbox.flood(person, letters, postbox.sender, postbox.seal(person, small))
        for label, familiar in (("of strangers", False), ("of a sender who is known", True)):
            times = [list_letters(page, person, postbox.sender if familiar else None, letters) for _ in range(rounds)]
            report(f"{letters:,} letters {label}", times)
        report("the same by the chain's node alone", [ask_node(postbox, person, letters) for _ in range(rounds)])

        reader = Person(PATIENT_KEY)
        contents = postbox.add(image)
        postbox.send(reader, contents)
        cid = cid_text(contents.cid)
        pages = reading_page(folder / "reading")
        ratios, downloads, openings, readings, of_download = [], [], [], [], []
        with running(net.env, "web", "--port", "0", "--no-relay", "--folder", str(pages)) as reading:
            for _ in range(rounds):
                with page() as at:
                    at.evaluate(_DOWNLOAD, f"{url}ipfs/{cid}")  # warms up
                    downloads.append(took(at.evaluate(_DOWNLOAD, f"{url}ipfs/{cid}"), contents))
                    openings.append(open_study(at, postbox.sender, reader))
                    ratios.append(openings[-1] / downloads[-1])
                with page(reading["url"]) as at:
                    plain = took(at.evaluate(_DOWNLOAD, f"{reading['url']}ipfs/{cid}"), contents)
                    read = at.evaluate("(file) => readChecked(...file)", [cid, contents.ciphertext_bytes])
                    readings.append(took(read, contents))
                    of_download.append(readings[-1] / plain)
        report(f"{megabytes} MB, bare download", downloads)
        report("read and checked, block by block", readings)
        report("ratio", of_download)
        report("opened", openings)
        report("ratio", ratios)
        print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
        print("goals: a list in 2 s, opening in 1.2 times the download")


def took(measured: list[float], contents: KeyReference) -> float:
    """Seconds, of [seconds, bytes], where all of it came."""
    seconds, size = measured
    assert size == contents.ciphertext_bytes
    return seconds


def reading_page(folder: Path) -> Path:
    """The built page of web/test/gateway-page."""
    config = ROOT / "web" / "test" / "gateway-page" / "vite.config.ts"
    command = [str(each) for each in (_VITE, "build", "--config", config, "--outDir", folder, "--logLevel", "warn")]
    subprocess.run(command, cwd=ROOT / "web", check=True)
    return folder


def fresh(chain: Chain) -> Person:
    person = Person(Account.create().key.hex().removeprefix("0x"))
    chain.fund(person.address, 1)
    return person


def list_letters(
    page: Callable[[], AbstractContextManager[Page]], person: Person, known: Person | None, letters: int
) -> float:
    with page() as at:
        if known:
            know(at, known)
        at.get_by_role("button", name="Type my key").click()
        at.get_by_label("Your key", exact=True).fill("0x" + person.private_key)
        started = time.perf_counter()
        at.get_by_role("button", name="Unlock", exact=True).click()
        expect(at.get_by_text(f"{letters:,} letters, {letters:,} not opened here")).to_be_visible(timeout=PATIENCE)
        return time.perf_counter() - started


def ask_node(postbox: Postbox, person: Person, letters: int) -> float:
    """All in one question, without a page: what the node itself takes."""
    types = ["address", "uint256", "uint256", "address"]
    started = time.perf_counter()
    postbox.view("page(address,uint256,uint256,address)", types, [person.address, letters, letters, "0x" + 40 * "0"])
    return time.perf_counter() - started


def open_study(at: Page, sender: Person, reader: Person) -> float:
    know(at, sender)
    unlock(at, reader)
    at.get_by_role("button", name="Get hash").click()
    at.get_by_role("button", name="Decrypt").click()
    press = at.get_by_role("button", name="Get image")
    press.wait_for()
    started = time.perf_counter()
    press.click()
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=PATIENCE)
    return time.perf_counter() - started


def report(what: str, figures: list[float]) -> None:
    print(f"{what:44}{statistics.median(figures):8.2f}  ({min(figures):.2f} to {max(figures):.2f})", flush=True)


if __name__ == "__main__":
    main()
