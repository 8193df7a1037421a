"""What a wheel brings along: commands, contract and pages, from any folder, with the packages of the runtime lock."""

import json
import re
import subprocess
import zipfile

import pytest
import requests

from tests.flows.conftest import ROOT
from tests.install.conftest import build, copy_sources

COMMANDS = {path.stem for path in (ROOT / "scripts").glob("[!_]*.py")}
PATIENT = "0x02ba5734d8f7091719471e7f7ed6b9df170dc70cc661ca05e688601ad984f068b0"  # test account 1's public key
ADDRESS = re.search(r"0x[0-9a-fA-F]{40}", (ROOT / "web/src/chain/generated/ImageInbox.ts").read_text())[0]


@pytest.mark.parametrize("command", [("radiogram",), ("ape", "radiogram")], ids=" ".join)
def test_it_has_every_command_of_the_tree(installed, command):
    done = installed.run(*command, "--help")
    assert set(re.findall(r"^  (\w+) {2,}\S", done.stdout.partition("Commands:")[2], re.M)) == COMMANDS


def test_a_file_goes_to_the_patient_and_back_in_another_folder(installed):
    (installed.cwd / "note.txt").write_text("as it was\n")
    sent = installed.json("ape", "radiogram", "send_image", "note.txt", "--to", PATIENT, "--yes")
    assert sent["inbox"] == ADDRESS
    received = installed.json("radiogram", "retrieve_image", sent["index"], "--out", "received")
    assert (installed.cwd / "received" / "note.txt").read_text() == "as it was\n"
    assert received["index"] == sent["index"]
    assert [path.name for path in installed.home.glob(".radiogram/*/db")] == ["db"]
    assert not list(installed.cwd.glob(".*"))


def test_it_has_the_contract_s_source_for_who_verifies_it(installed):
    done = installed.run(
        "python", "-c", "from radiogram.chain import contract; print(*contract.source().standard_json)"
    )
    assert done.stdout.split() == ["language", "sources", "settings"]


def test_it_serves_the_pages_that_came_along(installed):
    with installed.keeping("web", "--port", "0", "--json") as site:
        assert "<title>" in requests.get(site["url"], timeout=10).text
        assert "viem" in requests.get(site["url"] + "third-party-notices.txt", timeout=10).text


def test_it_serves_them_beside_a_chain_and_a_node_that_are_named_by_their_addresses(installed):
    """As compose.yaml does."""
    with installed.keeping("devnet", "--json") as nodes:
        named = {"RADIOGRAM_IPFS_API": nodes["ipfs_api"], "RADIOGRAM_IPFS_GATEWAY": nodes["ipfs_gateway"]}
        network = f"ethereum:local:{nodes['chain']}"
        with installed.keeping("web", "--port", "0", "--json", "--network", network, **named) as site:
            question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
            ours = {"Origin": site["url"].rstrip("/")}  # as the browser says of the site's own pages
            reply = requests.post(site["url"] + "rpc", json=question, headers=ours, timeout=10)
            assert reply.json()["result"] == "0x539"
            assert site["inbox"] == ADDRESS


@pytest.fixture
def run_without_ape_ganache(installed, tmp_path):
    """As where only radiogram is installed: the module is hidden from these runs."""
    hidden = tmp_path / "ape_ganache"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError('ape_ganache')\n")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [installed.bin / "radiogram", *arguments],
            env=installed.environment | environment | {"PYTHONPATH": str(tmp_path)},
            cwd=installed.cwd, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_without_our_ape_ganache_the_local_network_is_refused_in_one_line(run_without_ape_ganache):
    done = run_without_ape_ganache("inbox")
    assert done.returncode == 1
    assert "the local network needs ape-ganache 0.8" in done.stderr.splitlines()[-1]


def test_without_our_ape_ganache_a_chain_and_an_ipfs_node_that_are_named_are_used(installed, run_without_ape_ganache):
    with installed.keeping("devnet", "--json") as nodes:
        named = {"RADIOGRAM_IPFS_API": nodes["ipfs_api"], "RADIOGRAM_IPFS_GATEWAY": nodes["ipfs_gateway"]}
        done = run_without_ape_ganache("doctor", "--json", "--network", f"ethereum:local:{nodes['chain']}", **named)
        found = json.loads(done.stdout[done.stdout.index("{") :])  # before it Ape warns of the module that is hidden
        assert {each["name"]: each["state"] for each in found["checks"]}["ipfs"] == "ok"
        assert done.returncode == 0


def test_a_wheel_made_before_the_pages_were_built_says_so(tmp_path, installed):
    source, out = tmp_path / "source", tmp_path / "dist"
    source.mkdir()
    copy_sources(source, pages=False)
    build(source, out)
    (wheel,) = out.glob("radiogram-*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "unpacked")
    done = subprocess.run(
        [installed.bin / "radiogram", "web"],
        env=installed.environment | {"PYTHONPATH": str(tmp_path / "unpacked")},
        cwd=installed.cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1,
        "Error: the pages are not built: make setup, in the tree that this was installed from\n",
    )
