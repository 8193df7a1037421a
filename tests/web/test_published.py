"""The built folder on IPFS, opened from a gateway: no server of ours has any part in it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file

from tests.flows.conftest import ROOT
from tests.web.browser import TRIES
from tests.web.public_provider import public
from tests.web.viewer.page import settle


@pytest.fixture
def providers(devnet):
    """URLs of a public RPC and a public gateway before the local nodes."""
    with public(devnet.node["chain"]) as rpc, public(devnet.node["ipfs_gateway"]) as gateway:
        yield rpc, gateway


@pytest.fixture
def published(devnet, providers, built, tmp_path, troubles):
    """URL of the folder at the local node's gateway, under a host name of its own, with a site.json for everyone."""
    rpc, reading = providers
    folder = tmp_path / "site"
    shutil.copytree(built, folder)
    gateway = urlsplit(devnet.node["ipfs_gateway"])
    settings = {
        "name": "Local network",
        "chainId": devnet.node["chain_id"],
        "inbox": devnet.node["inbox"],
        "rpc": rpc,
        "gateways": [f"{reading}/ipfs/"],
        "upload": None,
        "uploadLimit": 0,
        "addChain": None,
    }
    (folder / "site.json").write_text(json.dumps(settings))
    api = urlsplit(devnet.node["ipfs_api"])
    command = [ROOT / ".venv" / "bin" / "ipfs", f"--api=/ip4/{api.hostname}/tcp/{api.port}"]
    added = subprocess.run(
        [*command, "add", "--recursive", "--cid-version=1", "--quieter", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    url = f"http://{added.stdout.strip()}.ipfs.localhost:{gateway.port}/"
    troubles.origins |= {url.rstrip("/"), rpc, reading}
    return url


@pytest.fixture
def receive(page, published, devnet, newcomer):
    """Somebody sends a file, and the recipient opens it at the gateway: their page."""

    def receive(file):
        reader = newcomer()
        devnet.json("send_image", file, "--to", reader.public_key, "--yes")
        opened = page("", site=published)
        opened.get_by_role("button", name="Type my key").click()
        opened.get_by_label("Your key", exact=True).fill(reader.private_key)
        opened.get_by_role("button", name="Unlock", exact=True).click()
        opened.get_by_role("button", name="Open", exact=True).click()
        expect(opened.get_by_role("heading", level=1)).to_have_text(re.compile("CT scan"))
        expect(opened.get_by_text("Not changed").first).to_be_visible()
        return opened

    return receive


def test_a_patient_opens_images_at_a_gateway(receive, xray):
    receive(xray)


def test_a_compressed_image_is_shown_there_too(receive):
    opened = receive(Path(get_testdata_file("693_J2KR.dcm")))
    expect(opened.get_by_role("application")).to_have_attribute("aria-label", re.compile("^Picture"))
    expect(opened.get_by_role("application")).not_to_have_attribute("aria-busy", "true")
    expect(opened.get_by_text("We cannot show this kind of picture.")).to_be_hidden()


def test_there_the_worker_with_the_key_is_under_the_policy_of_the_page_and_the_one_that_decodes_under_none(
    receive, xray, troubles
):
    troubles.expect("example.com|unsafe-eval|TrustedScript")
    opened = receive(xray)
    expect(opened.get_by_role("application")).to_be_visible()
    settle(opened)
    served = "() => fetch(location.href).then((reply) => reply.headers.get('Content-Security-Policy'))"
    assert opened.evaluate(served) is None
    workers = {urlsplit(worker.url).scheme: worker for worker in opened.workers}
    assert workers["blob"].evaluate(TRIES) == ["EvalError", "TypeError", "CompileError", True, True]
    assert workers["http"].evaluate(TRIES) == ["evaluated", "TypeError", "compiled", False, False]  # no such name here


def test_what_sends_to_a_doctors_system_is_there_and_has_an_origin_of_its_own(receive, xray):
    opened = receive(xray)
    opened.get_by_role("button", name="Send to my doctor’s system").click()
    expect(opened.frame_locator("iframe.doctor").get_by_label("Address of the system")).to_be_visible()
    assert opened.frames[1].evaluate("origin") == "null"


def test_a_study_is_kept_as_one_file_there_too(receive, xray):
    opened = receive(xray)
    opened.get_by_role("button", name="Keep as one file").click()
    with opened.expect_download() as saved:
        opened.get_by_role("button", name="Keep it").click()
    assert saved.value.path().stat().st_size > xray.stat().st_size


def test_the_other_pages_open_there_too(page, published):
    for path, title in (("send.html", "Send images"), ("key.html", "Make your key"), ("relay.html", "Pass on")):
        opened = page(path, site=published)
        expect(opened.get_by_role("heading", level=1)).to_have_text(re.compile(title))


def test_markup_from_text_is_blocked_there_too(page, published, troubles):
    troubles.expect("require-trusted-types-for|TrustedHTML")
    opened = page("", site=published)
    written = """() => { try { document.body.innerHTML = "<b>x</b>"; return true } catch { return false } }"""
    assert not opened.evaluate(written)
    troubles.wait_for("require-trusted-types-for", opened)


def test_the_page_asks_a_gateway_that_its_policy_allows_and_no_plain_http_elsewhere(page, published, troubles):
    troubles.expect("connect-src|example.com")
    opened = page("", site=published)
    blocked = "(url) => fetch(url).then(() => 'fetched', (error) => error.message)"
    assert opened.evaluate(blocked, "http://example.com/") == "Failed to fetch"
    troubles.wait_for("connect-src", opened)
