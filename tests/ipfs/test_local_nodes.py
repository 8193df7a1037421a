"""The private chain and the private IPFS node that commands start when none is named."""

import json
from pathlib import Path

import psutil
import pytest
import requests
from eth_account import Account

from radiogram.cli import hints
from radiogram.devnet.ganache import TEST_MNEMONIC, local_chain
from radiogram.devnet.kubo import local_ipfs
from radiogram.devnet.program import find_program
from radiogram.errors import NodeError, ProgramError

from .conftest import processes_of

FIRST_ACCOUNT = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


def ask(url: str, method: str, *parameters):
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return requests.post(url, json=question, timeout=10).json()["result"]


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    assert not processes_of(tmp_path)


def test_the_chain_is_a_shanghai_chain_with_ten_funded_accounts_of_the_test_mnemonic(home):
    Account.enable_unaudited_hdwallet_features()
    expected = [
        Account.from_mnemonic(TEST_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}").address.lower()
        for index in range(10)
    ]
    with local_chain(home) as url:
        assert int(ask(url, "eth_chainId"), 16) == 1337
        assert ask(url, "eth_accounts") == expected
        assert expected[0] == FIRST_ACCOUNT
        assert int(ask(url, "eth_getBalance", FIRST_ACCOUNT, "latest"), 16) == 10_000 * 10**18


def test_the_chain_remembers_and_keeps_no_private_key_in_a_log(home):
    transaction = {"from": FIRST_ACCOUNT, "to": FIRST_ACCOUNT, "value": "0x1"}
    with local_chain(home) as url:
        done = ask(url, "eth_sendTransaction", transaction)
    with local_chain(home) as url:
        assert ask(url, "eth_getTransactionReceipt", done)["status"] == "0x1"
        assert ask(url, "eth_blockNumber") == "0x1"
        assert (home / "ganache" / "log").read_text() == ""


QUESTION = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_accounts", "params": []})
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("why", "headers", "status"),
    [
        ("a page of another site", JSON | {"Origin": "https://example.org"}, 403),
        ("a page in a sandbox, or a file", JSON | {"Origin": "null"}, 403),
        ("a page of another port of this computer", JSON | {"Origin": "http://127.0.0.1:8000"}, 403),
        ("what a browser asks without an Origin", JSON | {"Sec-Fetch-Site": "none"}, 403),
        ("a page that names this computer by a name of its own", JSON | {"Host": "rebound.example.org"}, 403),
        ("what a form can send without being asked", {"Content-Type": "text/plain"}, 415),
        ("no content type", {}, 415),
    ],
)
def test_the_chain_answers_no_web_page(home, why, headers, status):
    with local_chain(home) as url:
        reply = requests.post(url, QUESTION, headers=headers, timeout=10)
        assert reply.status_code == status, why
        assert FIRST_ACCOUNT not in reply.text
        assert not [name for name in reply.headers if name.lower().startswith("access-control-")]
        assert requests.post(url, QUESTION, headers=JSON, timeout=10).json()["result"][0] == FIRST_ACCOUNT


def test_the_chain_answers_no_other_method_and_no_web_socket(home):
    with local_chain(home) as url:
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        assert [
            requests.request(method, url, headers=headers, timeout=10).status_code
            for method, headers in (("GET", {}), ("OPTIONS", {}), ("PUT", JSON), ("GET", upgrade))
        ] == [405, 405, 405, 405]


def test_the_chain_answers_batches_and_what_is_no_json(home):
    with local_chain(home) as url:
        batch = f"[{QUESTION}, {QUESTION.replace('eth_accounts', 'eth_nothing')}]"
        first, second = requests.post(url, batch, headers=JSON, timeout=10).json()
        assert (first["result"][0], second["error"]["code"]) == (FIRST_ACCOUNT, -32700)
        assert requests.post(url, "[7, null]", headers=JSON, timeout=10).json()[1]["error"]
        assert requests.post(url, "{", headers=JSON, timeout=10).json()["error"]["code"] == -32700


def test_the_ipfs_node_lets_no_web_page_read(home):
    with local_ipfs(home) as node:
        origin = {"Origin": "https://example.org"}
        read = requests.get(f"{node.gateway}/ipfs/bafkqaaa", headers=origin, timeout=10)
        assert not [name for name in read.headers if name.lower() == "access-control-allow-origin"]
        assert requests.post(f"{node.api}/api/v0/version", headers=origin, timeout=10).status_code == 403


def test_both_nodes_listen_on_loopback_only(home):
    with local_chain(home), local_ipfs(home):
        for name in ("ganache", "ipfs"):
            pid = json.loads((home / name / "note.json").read_text())["pid"]
            listening = [
                c.laddr.ip for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
            ]
            assert listening
            assert set(listening) == {"127.0.0.1"}


def test_the_ipfs_node_knows_nobody(home):
    with local_ipfs(home) as node:
        assert not requests.post(f"{node.api}/api/v0/swarm/peers", timeout=5).json().get("Peers")
        assert requests.post(f"{node.api}/api/v0/bootstrap/list", timeout=5).json()["Peers"] == []
        config = requests.post(f"{node.api}/api/v0/config/show", timeout=5).json()
    assert config["Addresses"]["Swarm"] == []
    assert config["Routing"]["Type"] == "none"
    assert config["AutoConf"]["Enabled"] is False
    assert config["Provide"]["Enabled"] is False
    assert config["Gateway"]["NoFetch"] is True


def test_a_preparation_that_was_broken_off_is_done_anew(home):
    half = home / "ipfs" / "repo.new"
    half.mkdir(parents=True)
    (half / "config").write_text("{")
    with local_ipfs(home) as node:
        assert requests.post(f"{node.api}/api/v0/version", timeout=5).ok
    assert not half.exists()


@pytest.fixture
def only(tmp_path, monkeypatch):
    """A PATH with one program on it, that prints a line and exits."""

    def install(name: str, line: str, status: int = 0) -> Path:
        for variable in ("IPFS_BIN", "GANACHE_BIN"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
        monkeypatch.chdir(tmp_path)
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{line}'\nexit {status}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return program

    return install


def start_ipfs(home):
    with local_ipfs(home):
        pytest.fail("was started")


def test_a_missing_program_is_an_error_that_says_how_to_get_it(home, only):
    only("nothing", "")
    with pytest.raises(ProgramError, match="no program 'ipfs'") as refusal:
        start_ipfs(home)
    assert hints.line(refusal.value) == "no program 'ipfs': run `make setup`, or set IPFS_BIN"
    with pytest.raises(ProgramError, match="no program 'ganache'") as refusal, local_chain(home):
        pytest.fail("was started")
    assert hints.line(refusal.value) == "no program 'ganache': run `make setup`, or set GANACHE_BIN"


@pytest.mark.parametrize("line", ["0.39.0", "0.7.0", "", "something else"])
def test_a_kubo_that_is_too_old_or_none_is_an_error(home, only, line):
    only("ipfs", line)
    with pytest.raises(ProgramError, match=r"0\.40") as refusal:
        start_ipfs(home)
    assert "make setup" in hints.line(refusal.value)


def test_a_kubo_that_fails_is_an_error(home, only):
    only("ipfs", "0.43.0", status=3)
    with pytest.raises(NodeError, match="exit status 3"):
        start_ipfs(home)


def test_the_variable_names_the_program(home, only, monkeypatch):
    real = find_program("ipfs", "IPFS_BIN")
    only("ipfs", "0.7.0")
    monkeypatch.setenv("IPFS_BIN", real)
    with local_ipfs(home):
        pass
    monkeypatch.setenv("IPFS_BIN", "/nonexistent/ipfs")
    with pytest.raises(NodeError, match="/nonexistent/ipfs"):
        start_ipfs(home)


def test_a_program_beside_this_python_is_found(home, only, monkeypatch, tmp_path):
    real = find_program("ipfs", "IPFS_BIN")
    only("nothing", "")
    (tmp_path / "ipfs").symlink_to(real)
    with local_ipfs(home):
        pass
