"""A devnet of its own for the scripts, which run as users run them: each in a process."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from eth_account import Account

from radiogram.formats.public_key import public_key_of

ROOT = Path(__file__).resolve().parents[2]
# Accounts 0 to 2 of the mnemonic that Ganache and Anvil start with.
TECHNOLOGIST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
PATIENT_KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
STRANGER_KEY = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"
PASSPHRASE = "correct horse battery staple"


class Person:
    """Somebody with an account."""

    def __init__(self, private_key: str) -> None:
        self.private_key = private_key
        self.address = Account.from_key(private_key).address
        self.public_key = "0x" + public_key_of(bytes.fromhex(private_key)).hex()


@pytest.fixture(scope="session")
def technologist():
    return Person(TECHNOLOGIST_KEY)


@pytest.fixture(scope="session")
def patient():
    return Person(PATIENT_KEY)


@pytest.fixture(scope="session")
def stranger():
    return Person(STRANGER_KEY)


class Scripts:
    """Runs scripts against the nodes of one state folder, and remembers all they printed."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RADIOGRAM_", "APE_"))}
        self.environment = inherited | {"RADIOGRAM_HOME": str(home)} | environment

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["ape", "run", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert not any(key in printed for key in (TECHNOLOGIST_KEY, PATIENT_KEY, STRANGER_KEY, PASSPHRASE))
        assert "Traceback" not in printed
        return done

    def json(self, *arguments: object, **environment: str) -> dict:
        """The one JSON object of a command that succeeds."""
        done = self.run(*arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refusal(self, *arguments: object, **environment: str) -> str:
        """The one line of a command that is refused, with exit status 1 and nothing on standard output."""
        done = self.run(*arguments, **environment)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
        lines = [line for line in done.stderr.splitlines() if not line.startswith("Deployed the inbox contract")]
        assert len(lines) == 1, done.stderr
        return lines[0]


@pytest.fixture(scope="session")
def devnet(tmp_path_factory):
    """Scripts beside a running devnet."""
    scripts = Scripts(tmp_path_factory.mktemp("devnet") / "home")
    process = subprocess.Popen(
        ["ape", "run", "devnet", "--json"], cwd=ROOT, env=scripts.environment, stdout=subprocess.PIPE, text=True
    )
    said = ""
    while not said.endswith("}\n"):
        line = process.stdout.readline()
        assert line, "the devnet did not start"
        said += line
    scripts.node = json.loads(said)
    yield scripts
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    assert not list(scripts.home.glob("*/note.json"))


@pytest.fixture
def xray(tmp_path):
    """A small DICOM image, in a folder of its own."""
    from pydicom.data import get_testdata_file

    path = tmp_path / "study" / "CT_small.dcm"
    path.parent.mkdir()
    path.write_bytes(Path(get_testdata_file("CT_small.dcm", download=False)).read_bytes())
    return path
