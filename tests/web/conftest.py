"""The website in a real Chromium, on a real chain and IPFS node.

    def test_a_rejected_request_says_that_nothing_was_sent(page, wallet, troubles):
        wallet.reject_next = "eth_sendTransaction"
        send = page("send.html")                                  # or page("send.html", "phone", dark=True)
        send.get_by_role("button", name="Connect").click()
        ...
        expect(send.get_by_role("alert")).to_contain_text("You said no")

Fixtures (`technologist`, `patient`, `stranger` and `devnet` of tests/flows too; `devnet.json("send_image", …)` runs a
script):

    built       folder of the built pages, built once a run (or RADIOGRAM_WEB_DIST=FOLDER: taken as it is)
    site        URL of a running `ape run web` beside the devnet, with a slash at its end
    serve       starts one more: serve("--max-upload", "1MB", RADIOGRAM_IPFS_API=…) -> its URL, for page(…, site=URL).
                IPFS down: RADIOGRAM_IPFS_API=closed_url, where nothing listens. A gateway that lies:
                RADIOGRAM_IPFS_GATEWAY=hostile(answer).url (both are fixtures of tests/ipfs/conftest.py)
    page        page("index.html", "desktop" | "phone", dark=…, reduced_motion=…, site=…) -> Playwright's Page
    browser     a BrowserContext with a profile of its own, in one Chromium for all tests. There is one for this test
                alone under `@pytest.mark.camera("text of a QR code")`, with a camera that sees that code (otherwise
                there is none), and under `@pytest.mark.own_browser`, with its profile in a folder
    wallet      MetaMask's likeness with the technologist's account, on the devnet; tests/web/wallet.py says what it can
                do: reject_next, hang_next and release(), switch_account, switch_chain, known_chains, disconnect, …
                A test that names neither `wallet` nor `wallets` has none. Name them, and then open pages.
    wallets     makes more: wallets(private_key, "Second wallet", "org.example.second"); with late=True no page knows it
                before `announce()`
    newcomer    newcomer(ether=1) -> somebody with a fresh account: private_key, address, public_key
    chain       chain.ask("eth_…", …), chain.balance(address), chain.fund(address, ether)
    axe         axe(page): no violation of what axe checks (WCAG 2.2 AA and good practice), in this state of the page
    postbox     sends to anybody's inbox, without a page: postbox.send(person, postbox.add(path)); tests/web/postbox.py
    one         contents of a message with one small CT image (its file is `small`): postbox.send(person, one)
    screenshot  screenshot(page, "send-1-connect"): four pictures in .build/screenshots, under RADIOGRAM_SCREENSHOTS=1
                (or RADIOGRAM_SCREENSHOTS=FOLDER); otherwise nothing
    troubles    console errors, exceptions, breaches of the policy, foreign requests and a lost focus, which fail a test
                at its end; troubles.expect(r"502") says which are meant; troubles.secret(text) must be left nowhere
                (console, address, storage). The keys of the three people, and of every wallet, are secrets in every
                test.

While Python waits (subprocess, sleep) the wallet does not answer: wait with Playwright (`expect`, `wait_for_timeout`).
Find things by role and name. A download: `with page.expect_download() as d: …; d.value.path()`. Paper: `page.pdf()`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from eth_account import Account
from playwright.sync_api import expect, sync_playwright
from pydicom.data import get_testdata_file

from tests.flows.ape_run import Command
from tests.flows.conftest import (
    PATIENT_KEY,
    ROOT,
    STRANGER_KEY,
    TECHNOLOGIST_KEY,
    Person,
    Scripts,
    devnet,  # noqa: F401 - a fixture
    patient,  # noqa: F401
    stranger,  # noqa: F401
    technologist,  # noqa: F401
    xray,  # noqa: F401
)
from tests.ipfs.conftest import closed_url, hostile  # noqa: F401 - fixtures
from tests.unisolated import _function_isolation  # noqa: F401 - a fixture
from tests.web.browser import PATIENCE, VIEWPORTS, WEB, Chromium, Troubles, chromium, film_of_code
from tests.web.contract_calls import asked
from tests.web.postbox import Postbox
from tests.web.wallet import Chain, Wallet

_AXE = Axe().axe_script
PICTURES = ROOT / ".build" / "screenshots"
_AT_REST = """() => document.getAnimations().every(
  (each) => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity)"""
_WATCH_FOR_MOVES = """() => {
  window.moves = 0;
  for (const kind of ["animationstart", "transitionrun"]) addEventListener(kind, () => (window.moves += 1), true);
}"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    if named := os.environ.get("RADIOGRAM_WEB_DIST"):
        return Path(named).resolve()
    folder = tmp_path_factory.mktemp("built") / "dist"
    for config in ("vite.config.ts", "vite.keepsake.config.ts", "vite.doctor.config.ts"):
        command = [WEB / "node_modules" / ".bin" / "vite", "build", "--config", config, "--outDir", folder]
        done = subprocess.run([*command, "--logLevel", "warn"], cwd=WEB, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def start_site(devnet, built):  # noqa: F811
    return starter(devnet, built)


def starter(devnet: Scripts, folder: Path) -> Callable[..., tuple[Command, dict]]:  # noqa: F811
    """Starts `ape run web` with the pages in `folder`; returns the process, and what it says in JSON."""

    def start(*options: object, **environment: str) -> tuple[Command, dict]:
        process = devnet.start("web", "--json", "--port", 0, "--folder", folder, *options, **environment)
        said = ""
        while not said.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, "the site did not start"
            said += line
        return process, json.loads(said)

    return start


def stop(process: Command, number: int = signal.SIGTERM) -> None:
    """Stops a site as a user would, and looks at how it ended."""
    process.send_signal(number)
    assert process.wait(60) == 128 + number


@pytest.fixture(scope="session")
def site(start_site):
    """A site of a clinic that pays for nobody."""
    process, said = start_site("--no-relay")
    yield said["url"]
    stop(process)


@pytest.fixture(scope="session")
def paying_site(start_site):
    """A site of a clinic that pays for the acts of its patients."""
    process, said = start_site("--relay", "--relay-each", 10_000, "--relay-acts", 10_000, "--relay-ether", 10)
    yield said["url"]
    stop(process)


@pytest.fixture
def serve(start_site):
    running = []

    def start(*options: object, **environment: str) -> str:
        process, said = start_site(*options, **environment)
        running.append(process)
        return said["url"]

    yield start
    for process in running:
        stop(process)


@pytest.fixture
def chain(devnet):  # noqa: F811
    return Chain(devnet.node["chain"])


@pytest.fixture
def newcomer(chain):
    def make(ether: float = 1) -> Person:
        person = Person(Account.create().key.hex().removeprefix("0x"))
        chain.fund(person.address, ether)
        return person

    return make


@pytest.fixture
def messages(devnet, chain):  # noqa: F811
    """How many messages a person's inbox has."""

    def count(person) -> int:
        return int(asked(chain, devnet.node["inbox"], "count(address)", ["address"], [person.address]).hex(), 16)

    return count


@pytest.fixture(scope="session")
def playwright():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def one_chromium(playwright):
    running = Chromium(playwright)
    yield running
    running.close()


@pytest.fixture
def troubles():
    found = Troubles()
    for key in (TECHNOLOGIST_KEY, PATIENT_KEY, STRANGER_KEY):
        found.secret(key)
    return found


@pytest.fixture
def browser(request, playwright, one_chromium, need, troubles, tmp_path):
    profile = tmp_path / "profile"
    if mark := request.node.get_closest_marker("camera"):
        camera = film_of_code(mark.args[0], tmp_path / "camera.y4m")
        opening = chromium(playwright, need("chromium"), profile, camera)
    elif request.node.get_closest_marker("own_browser"):
        opening = chromium(playwright, need("chromium"), profile)
    else:
        trusting = request.node.get_closest_marker("any_certificate") is not None
        opening = one_chromium.fresh(need("chromium"), ignore_https_errors=trusting)
    with opening as running:
        running.wallets = {}
        running.expose_binding("__walletAsk", lambda source, text: _ask_wallet(running.wallets, source, text))
        troubles.watch(running)
        yield running
        troubles.check(running)
        assert not [mistake for wallet in running.wallets.values() for mistake in wallet.mistakes]
    shutil.rmtree(profile, ignore_errors=True)


def _ask_wallet(wallets: dict[str, Wallet], source: dict, text: str) -> dict:
    asked = json.loads(text)
    return wallets[asked["uuid"]].ask(source["page"], asked["id"], asked["method"], asked["params"])


@pytest.fixture
def wallets(browser, chain, troubles):
    def make(private_key: str, name: str, rdns: str, *, legacy: bool = False, late: bool = False) -> Wallet:
        troubles.secret(private_key)
        wallet = Wallet(browser, chain, private_key, name, rdns, legacy=legacy, late=late)
        browser.wallets[wallet.uuid] = wallet
        return wallet

    return make


@pytest.fixture
def wallet(wallets):
    return wallets(TECHNOLOGIST_KEY, "Test wallet", "org.example.test", legacy=True)


@pytest.fixture
def page(browser, site, troubles):
    usual = site

    def open_page(
        path: str = "index.html",
        viewport: str = "desktop",
        *,
        dark: bool = False,
        reduced_motion: bool = False,
        site: str | None = None,
    ):
        where = site or usual
        troubles.origins.add(where.rstrip("/"))
        browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=where)
        opened = browser.new_page()
        opened.set_viewport_size(VIEWPORTS[viewport])
        opened.emulate_media(
            color_scheme="dark" if dark else "light", reduced_motion="reduce" if reduced_motion else "no-preference"
        )
        # From the beginning: in a busy browser, whoever listens just before a key opens the dialog comes too late.
        opened.on("filechooser", lambda _: None)
        opened.goto(where + path)
        if opened.locator("#main").count():  # of this website, whose pages listen once they have their heading
            opened.locator("#main h1").first.wait_for()
        return opened

    return open_page


@pytest.fixture
def axe():
    def check(page) -> None:
        for frame in page.frames:
            if not frame.evaluate("'axe' in window"):
                frame.evaluate(_AXE)  # half a megabyte: once a document
                frame.evaluate(
                    "axe.configure({ allowedOrigins: ['<unsafe_all_origins>'] })"
                )  # a page within has its own
                frame.evaluate(_WATCH_FOR_MOVES)
        for _ in range(20):
            for frame in page.frames:  # what fades in has no contrast yet; what lies out of sight draws no frames
                frame.wait_for_function(_AT_REST, polling=50)
                frame.evaluate("window.moves = 0")
            found = page.evaluate("async () => (await axe.run({ resultTypes: ['violations'] })).violations")
            if not any(frame.evaluate(f"window.moves > 0 || !({_AT_REST})()") for frame in page.frames):
                break
        else:
            pytest.fail("the page did not stand still for as long as a look at it takes")
        assert not found, "\n".join(
            f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes']]}" for rule in found
        )

    return check


@pytest.fixture
def screenshot():
    wanted = os.environ.get("RADIOGRAM_SCREENSHOTS", "")
    folder = PICTURES if wanted == "1" else Path(wanted)

    def take(page, name: str, *, full_page: bool = False) -> None:
        if not wanted:
            return
        assert re.fullmatch(r"[a-z0-9-]+", name)
        folder.mkdir(parents=True, exist_ok=True)
        before = page.viewport_size
        was_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        for viewport in VIEWPORTS.values():
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                path = folder / f"{name}-{viewport['width']}-{scheme}.png"
                page.screenshot(path=path, animations="disabled", full_page=full_page)
        page.set_viewport_size(before)
        page.emulate_media(color_scheme="dark" if was_dark else "light")

    return take


@pytest.fixture(scope="session")
def small():
    return Path(get_testdata_file("CT_small.dcm", download=False))


@pytest.fixture
def postbox(chain, devnet, technologist):  # noqa: F811
    return Postbox(chain, devnet.node, technologist)


@pytest.fixture(scope="session")
def kept():
    """Contents that several tests send, each added once."""
    return {}


@pytest.fixture
def one(postbox, small, kept):
    if "one" not in kept:
        kept["one"] = postbox.add(small)
    return kept["one"]


def pytest_configure(config):
    config.addinivalue_line("markers", "camera(text): the browser's camera sees a QR code of this text")
    config.addinivalue_line(
        "markers", "any_certificate: the browser trusts what vouches for itself, as a test's TLS does"
    )
    config.addinivalue_line("markers", "own_browser: a Chromium of its own, with its profile in a folder")
