"""The technologist's page, on the real chain, the real node and in Chromium."""

import base64
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
import requests
from eth_abi import decode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import to_checksum_address
from PIL import Image

from radiogram.formats.bundle import signing_text
from radiogram.formats.ciphertext import decrypt_bytes
from radiogram.formats.envelope import open_envelope
from radiogram.formats.key_reference import Context
from tests.flows.conftest import ROOT
from tests.web.browser import VIEWPORTS
from tests.web.contract_calls import asked
from tests.web.send.material import slices

TOO_WIDE = """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture
def study(tmp_path):
    return slices(tmp_path / "study")


@pytest.fixture
def connected(wallet):
    """The technologist's wallet, which allowed this page before."""
    wallet.connected = True
    return wallet


@pytest.fixture
def bundle_at(devnet, chain):
    """bundle_at(person, address, index): the bundle of that message in their inbox, or in a mailbox of theirs."""

    def read(person, address: str, index: int = 0) -> bytes:
        call = devnet.node["inbox"]
        place = [address, index, "0x" + 40 * "0"]
        raw = asked(chain, call, "message(address,uint256,address)", ["address", "uint256", "address"], place)
        ((sender, _, _, _, _, sealed),) = decode(["(address,uint40,uint32,uint8,address,bytes)"], raw)
        context = Context(int(chain.ask("eth_chainId"), 16), call, to_checksum_address(sender), address)
        contents = open_envelope(sealed, bytes.fromhex(person.private_key), context)
        cid = "b" + base64.b32encode(contents.cid).decode().lower().rstrip("=")
        ciphertext = requests.get(f"{devnet.node['ipfs_gateway']}/ipfs/{cid}", timeout=30).content
        return decrypt_bytes(ciphertext, contents.content_key)

    return read


@pytest.fixture
def newest(bundle_at, messages):
    """The newest message to a person, opened with their key: the manifest, and who signed it (or None)."""

    def read(person) -> tuple[dict, str | None]:
        plaintext = io.BytesIO(bundle_at(person, person.address, messages(person) - 1))
        with tarfile.open(fileobj=plaintext) as bundle:
            manifest, signature = (bundle.extractfile(name).read() for name in ("manifest.json", "manifest.sig"))
        text = encode_defunct(text=signing_text(manifest))
        return json.loads(manifest), Account.recover_message(text, signature=signature) if signature else None

    return read


@pytest.fixture
def requests_to():
    """requests_to(page, "upload"): all requests to this path from now on."""

    def watch(page, path: str) -> list[str]:
        seen: list[str] = []
        page.on("request", lambda request: seen.append(request.url) if request.url.endswith(f"/{path}") else None)
        return seen

    return watch


@pytest.fixture
def slow():
    """slow(page, bytes): uploads are that fast from now on, a second."""

    def limit(page, speed: int) -> None:
        network = page.context.new_cdp_session(page)
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", limits)

    return limit


@pytest.fixture
def look(axe):
    """look(page, "wallet"): in light and dark, on a phone and a desk, axe finds nothing and nothing is wider than the
    window (a phone's 320 px are a desk's 1280 at 400 %). Pictures are written under RADIOGRAM_SCREENSHOTS=1."""
    wanted = os.environ.get("RADIOGRAM_SCREENSHOTS", "")
    folder = ROOT / ".build" / "screenshots" if wanted == "1" else Path(wanted)

    def check(page, name: str, *, dark: bool = False, brief: bool = False) -> None:
        """`dark`: pictures of that too; `brief`: a state that does not last, looked at in light only."""
        before = page.viewport_size
        for viewport in VIEWPORTS.values():
            page.set_viewport_size(viewport)
            assert not page.evaluate(TOO_WIDE), f"{name} scrolls sideways at {viewport['width']}"
            for scheme in ("light",) if brief else ("light", "dark"):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                axe(page)
                if wanted and (dark or scheme == "light"):
                    save(page.screenshot(animations="disabled"), folder, f"send-{name}-{viewport['width']}-{scheme}")
        page.set_viewport_size(before)
        page.emulate_media(color_scheme="light")

    return check


def save(picture: bytes, folder: Path, name: str) -> None:
    """In a palette, which takes a quarter of the room."""
    folder.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    image.save(folder / f"{name}.png", optimize=True)
