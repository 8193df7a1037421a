"""Speed of the patient's page in Chromium: a list of many letters, and a large study beside its bare download.

    python -m bench.website [PART…] [--letters 1000] [--megabytes 200] [--rounds 3] [--write]

PART is listing or opening; both, if none is named. On a devnet and a site of its own. Listing: from the press that
unlocks until all letters are counted. Opening: from the press that fetches until the page says that nothing has
changed, beside what the same browser takes to fetch the same ciphertext from the same site and to do nothing with it,
in turn; `--write` puts its table into docs/speed.md. Machines are noisy: quote the ratios, and the times of processors.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from eth_account import Account
from playwright.sync_api import BrowserType, Page, expect, sync_playwright

from bench import opening
from bench.measure import ROOT, Devnet, conditions, devnet, running
from bench.page import PAGE
from tests.flows.conftest import TECHNOLOGIST_KEY, Person
from tests.generated_blocks import write_block
from tests.web.browser import FLAGS
from tests.web.open.page import know
from tests.web.postbox import Postbox
from tests.web.wallet import Chain

COMMAND = "python -m bench.website --write"
PARTS = ("listing", "opening")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{' or '.join(PARTS)} [both]")
    parser.add_argument("--letters", type=int, default=1000, help="how many are in the inbox [1000]")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the large study [200]")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured [3]")
    parser.add_argument("--write", action="store_true", help="put what opening takes into docs/speed.md")
    options = parser.parse_args()
    if wrong := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(wrong)}")
    with devnet() as net, sync_playwright() as playwright:
        pages = Pages(playwright.chromium, net.folder / "profile")
        postbox = Postbox(Chain(net.said["chain"]), net.said, Person(TECHNOLOGIST_KEY))
        parts = options.parts or PARTS
        if "listing" in parts:
            bench_listing(net, postbox, pages, options.letters, options.rounds)
        if "opening" in parts:
            text = opening.render(opening.measure(net, postbox, pages.at, options.megabytes, options.rounds))
            print(text)
            if options.write:
                write_block(PAGE, COMMAND, text)
    print("goals: a list in 2 s, opening in 1.2 times the download")


class Pages:
    """Pages, each in a fresh browser."""

    def __init__(self, kind: BrowserType, profile: Path) -> None:
        self._kind, self._profile = kind, profile
        self._program = shutil.which("chromium")
        if not self._program:
            sys.exit("bench: chromium is missing (Debian: apt install chromium)")

    @contextmanager
    def at(self, url: str) -> Iterator[tuple[Page, psutil.Process]]:
        """The page, and the browser's process."""
        context = self._kind.launch_persistent_context(self._profile, executable_path=self._program, args=FLAGS)
        try:
            opened = context.new_page()
            opened.set_default_timeout(opening.PATIENCE)
            opened.goto(url)
            opened.locator("h1").first.wait_for()
            yield opened, self._process()
        finally:
            context.close()
            shutil.rmtree(self._profile, ignore_errors=True)

    def _process(self) -> psutil.Process:
        profile = f"--user-data-dir={self._profile}"
        return next(each for each in psutil.process_iter(["cmdline"]) if profile in (each.info["cmdline"] or ()))


def bench_listing(net: Devnet, postbox: Postbox, pages: Pages, letters: int, rounds: int) -> None:
    person = Person(Account.create().key.hex().removeprefix("0x"))
    postbox.chain.fund(person.address, 1)
    small = postbox.add(ROOT / "README.md")
    postbox.flood(person, letters, postbox.sender, postbox.seal(person, small))
    with running(net.env, "web", "--port", "0", "--no-relay") as site:
        for label, known in (("of strangers", None), ("of a sender who is known", postbox.sender)):
            times = [list_letters(pages, site["url"], person, known, letters) for _ in range(rounds)]
            report(f"{letters:,} letters {label}", times)
    report("the same by the chain's node alone", [ask_node(postbox, person, letters) for _ in range(rounds)])
    said = conditions()
    print(f"load {said['load']}, {said['processors']} processors")


def list_letters(pages: Pages, url: str, person: Person, known: Person | None, letters: int) -> float:
    with pages.at(url) as (at, _):
        if known:
            know(at, known)
        at.get_by_role("button", name="Type my key").click()
        at.get_by_label("Your key", exact=True).fill("0x" + person.private_key)
        started = time.perf_counter()
        at.get_by_role("button", name="Unlock", exact=True).click()
        counted = at.get_by_text(f"{letters:,} letters, {letters:,} not opened here")
        expect(counted).to_be_visible(timeout=opening.PATIENCE)
        return time.perf_counter() - started


def ask_node(postbox: Postbox, person: Person, letters: int) -> float:
    """All in one question, without a page: what the node itself takes."""
    types = ["address", "uint256", "uint256", "address"]
    started = time.perf_counter()
    postbox.view("page(address,uint256,uint256,address)", types, [person.address, letters, letters, "0x" + 40 * "0"])
    return time.perf_counter() - started


def report(what: str, figures: list[float]) -> None:
    print(f"{what:44}{statistics.median(figures):8.2f}  ({min(figures):.2f} to {max(figures):.2f})", flush=True)


if __name__ == "__main__":
    main()
