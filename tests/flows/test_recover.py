"""What docs/recover.md says, done word for word: nothing of radiogram opens anything here."""

import os
import re
import subprocess
import textwrap

import pytest

from tests.flows.conftest import ROOT

PAGE = (ROOT / "docs" / "recover.md").read_text().partition("## If your wallet derives the key")[0]
COMMANDS = "\n".join(textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.M))


def script(**values: str) -> str:
    """The page's commands, all of them, with these values of its variables. The two libraries are this project's."""
    commands, count = re.subn(r"^npm install eciesjs@0.5 @scure/base@2$", "", COMMANDS, flags=re.M)
    assert count == 1
    for name, value in values.items():
        commands, count = re.subn(rf"^{name}=.*$", f"{name}={value}", commands, flags=re.M)
        assert count == 1, f"the page sets {name} {count} times"
    return commands


@pytest.fixture
def recover(devnet, need, tmp_path, patient):
    """recover(sent, damage="…") runs the page as the patient, with one more command once the study is unpacked."""
    need("cast", source="Foundry: https://getfoundry.sh")
    for tool in ("age", "curl", "node"):
        need(tool)
    need("sha256sum", "coreutils")

    def run(sent: dict, damage: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "private-key.txt").write_text(patient.private_key)
        commands = script(
            RPC=devnet.node["chain"],
            GATEWAY=devnet.node["ipfs_gateway"],
            INBOX=sent["inbox"],
            ADDRESS=patient.address,
            INDEX=str(sent["index"]),
        )
        unpacked = "tar -xf study.tar\n"
        assert commands.count(unpacked) == 1
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands.replace(unpacked, unpacked + damage)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(ROOT / "web" / "node_modules")},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def sent(devnet, xray, patient):
    return devnet.json("send_image", xray, "--to", patient.public_key)


def test_a_study_is_recovered_with_stock_tools_alone(sent, recover, tmp_path, xray, technologist):
    done = recover(sent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{sent['index'] + 1}\n")
    assert (tmp_path / "cid.txt").read_text() == sent["cid"]
    assert (tmp_path / "files" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    assert "files/CT_small.dcm: OK" in done.stdout
    assert f"Validation succeeded. Address {technologist.address} signed this message." in done.stdout


def test_a_file_that_is_not_what_was_sent_is_found(sent, recover):
    done = recover(sent, damage="printf x >> files/CT_small.dcm\n")
    assert done.returncode
    assert "files/CT_small.dcm: FAILED" in done.stdout


def test_a_list_that_the_sender_did_not_sign_is_found(sent, recover):
    done = recover(sent, damage="echo >> manifest.json\n")
    assert done.returncode
    assert "files/CT_small.dcm: OK" in done.stdout
    assert "did not sign this message" in done.stdout + done.stderr
