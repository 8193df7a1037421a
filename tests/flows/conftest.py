"""A devnet of its own for the scripts, which run as users run them: each in a process (tests/flows/ape_run.py)."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from eth_abi import abi
from eth_account import Account
from eth_utils.abi import function_signature_to_4byte_selector

from radiogram.devnet.ganache import local_chain
from radiogram.formats.key_file import encode_key_file
from radiogram.formats.public_key import fingerprint, public_key_of
from radiogram.formats.seed import keys_of_words, new_seed_words
from tests.flows import ape_run
from tests.flows.ape_run import ROOT, Command, Terminal

# Accounts 0 to 2 of the mnemonic that Ganache and Anvil start with.
TECHNOLOGIST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
PATIENT_KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
STRANGER_KEY = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"
PREAMBLE_BYTES = 128  # of a DICOM file, which are anybody's (PS3.10, 7.1)
PASSPHRASE = "correct horse battery staple"


class Person:
    """Somebody with an account."""

    def __init__(self, private_key: str) -> None:
        self.private_key = private_key
        self.address = Account.from_key(private_key).address
        self.public_key = "0x" + public_key_of(bytes.fromhex(private_key)).hex()
        self.key_words = fingerprint(public_key_of(bytes.fromhex(private_key)))


@pytest.fixture(scope="session")
def technologist():
    return Person(TECHNOLOGIST_KEY)


@pytest.fixture(scope="session")
def patient():
    return Person(PATIENT_KEY)


@pytest.fixture(scope="session")
def stranger():
    return Person(STRANGER_KEY)


def write_key(path: Path, text: str) -> None:
    """A key file, for nobody else to read."""
    path.write_text(text)
    path.chmod(0o600)


class Scripts:
    """Runs scripts against the nodes of one state folder, and looks through all they print."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RADIOGRAM_", "APE_"))}
        self.environment = inherited | {"RADIOGRAM_HOME": str(home)} | environment

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        done = self._run(arguments, self.environment | environment)
        printed = done.stdout + done.stderr
        assert not any(key in printed for key in (TECHNOLOGIST_KEY, PATIENT_KEY, STRANGER_KEY, PASSPHRASE))
        assert "Traceback" not in printed
        return done

    def _run(self, arguments: Sequence[object], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return ape_run.run(arguments, environment)

    def start(self, *arguments: object, **environment: str) -> Command:
        """A command that goes on, as subprocess.Popen has it: what it prints is read from its `stdout`."""
        return Command.with_output(arguments, self.environment | environment)

    def terminal(self, *arguments: object, dimensions: tuple[int, int] = (24, 80), **environment: str) -> Terminal:
        """A command on a terminal, as pexpect.spawn has it."""
        return Terminal(arguments, self.environment | environment, dimensions=dimensions)

    def json(self, *arguments: object, **environment: str) -> dict:
        """The one JSON object of a command that succeeds."""
        done = self.run(*arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def count(self, recipient: str) -> int:
        """How many messages are in an inbox: the chain is asked, and no command."""
        data = (
            "0x" + (function_signature_to_4byte_selector("count(address)") + abi.encode(["address"], [recipient])).hex()
        )
        return int(_ask(self.node["chain"], "eth_call", {"to": self.node["inbox"], "data": data}, "latest"), 16)

    def refusal(self, *arguments: object, **environment: str) -> str:
        """The one line of a command that is refused, with exit status 1 and nothing on standard output."""
        done = self.run(*arguments, **environment)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
        lines = [line for line in done.stderr.splitlines() if not line.startswith("Deployed the inbox contract")]
        assert len(lines) == 1, done.stderr
        return lines[0]


class ColdScripts(Scripts):
    """The same in processes started as users start them, which takes eight times as long."""

    def _run(self, arguments: Sequence[object], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ape", "run", *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )


def start_devnet(scripts: Scripts) -> tuple[subprocess.Popen[str], dict]:
    """Both nodes, on the state folder of `scripts`, and what they say of themselves. SIGTERM ends them."""
    process = subprocess.Popen(
        ["ape", "run", "devnet", "--json"], cwd=ROOT, env=scripts.environment, stdout=subprocess.PIPE, text=True
    )
    said = ""
    while not said.endswith("}\n"):
        line = process.stdout.readline()
        assert line, "the devnet did not start"
        said += line
    return process, json.loads(said)


@pytest.fixture(scope="session")
def devnet(tmp_path_factory):
    """Scripts beside a running devnet."""
    scripts = Scripts(tmp_path_factory.mktemp("devnet") / "home")
    process, scripts.node = start_devnet(scripts)
    yield scripts
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 143
    assert not list(scripts.home.glob("*/note.json"))


@pytest.fixture(scope="session")
def empty_chain(tmp_path_factory):
    """The state folder and address of a chain that holds the contract and nothing else."""
    home = tmp_path_factory.mktemp("empty") / "home"
    with local_chain(home) as chain:
        Scripts(home).json("deploy")
        yield home / "ganache", chain


@pytest.fixture(scope="session")
def on_an_empty_chain(devnet, empty_chain):
    """on_an_empty_chain(folder): scripts with a state folder of their own in it, on a chain that holds nothing yet, and
    that forgets what they did."""
    ganache, chain = empty_chain

    @contextmanager
    def start(folder: Path) -> Iterator[Scripts]:
        home = folder / "home"
        home.mkdir(mode=0o700)
        (home / "ganache").symlink_to(ganache)
        (home / "ipfs").symlink_to(devnet.home / "ipfs")
        before = _ask(chain, "evm_snapshot")
        scripts = Scripts(home)
        scripts.node = devnet.node | {"chain": chain, "home": str(home)}
        yield scripts
        assert _ask(chain, "evm_revert", before)

    return start


@pytest.fixture
def apart(on_an_empty_chain, tmp_path):
    with on_an_empty_chain(tmp_path) as scripts:
        yield scripts


def _ask(chain: str, method: str, *parameters: object):
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return requests.post(chain, json=question, timeout=30).json()["result"]


@pytest.fixture
def impatient(tmp_path):
    """Environment of commands that wait 2 s for a block, not Ape's 20 s."""
    folder = tmp_path / "impatient"
    folder.mkdir()
    (folder / "ape-config.yaml").write_text("ethereum: {local: {transaction_acceptance_timeout: 2}}")
    return {"APE_DATA_FOLDER": str(folder)}


@pytest.fixture
def xray(tmp_path):
    """A small DICOM image, in a folder of its own; each test's is another one, as what was sent is not sent again."""
    from pydicom.data import get_testdata_file

    path = tmp_path / "study" / "CT_small.dcm"
    path.parent.mkdir()
    image = Path(get_testdata_file("CT_small.dcm", download=False)).read_bytes()
    path.write_bytes(os.urandom(PREAMBLE_BYTES) + image[PREAMBLE_BYTES:])
    return path


@pytest.fixture
def person(tmp_path):
    """Somebody with 24 words and no account, to whom nobody has written yet."""
    words = new_seed_words()
    made = Person(keys_of_words(words).private_key.hex())
    made.key_file = tmp_path / "person.txt"
    write_key(made.key_file, encode_key_file(words, "").decode())
    made.opens = ("--key-file", made.key_file)
    return made
