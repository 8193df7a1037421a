"""What docs/recover.md says, done word for word: nothing of radiogram opens anything here."""

import base64
import hashlib
import json
import re
import subprocess

import bech32
import requests
from eth_abi import decode, encode
from eth_utils import keccak

from tests.flows.conftest import ROOT

PAGE = (ROOT / "docs" / "recover.md").read_text()


def test_a_study_is_recovered_with_stock_tools_alone(devnet, need, tmp_path, xray, patient):
    need("age")
    sent = devnet.json("send_image", xray, "--to", patient.public_key)

    def call(signature: str, types: list[str], values: list[object]) -> bytes:
        data = keccak(text=signature.partition(")")[0] + ")")[:4] + encode(types, values)
        request = {"to": sent["inbox"], "data": "0x" + data.hex()}
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [request, "latest"]}
        return bytes.fromhex(requests.post(devnet.node["chain"], json=body, timeout=30).json()["result"][2:])

    # 1: the calls as the page spells them
    count, message = re.findall(r"cast call INBOX '([^']*)'", PAGE)
    (number,) = decode(["uint256"], call(count, ["address"], [patient.address]))
    assert number == sent["index"] + 1
    result = message[message.index(")") + 1 :].removeprefix("(").removesuffix(")")
    ((*_, envelope),) = decode([result], call(message, ["address", "uint256"], [patient.address, sent["index"]]))

    # 2: the page's own program
    program = re.search(r"node -e '\n(.*?)'", PAGE, re.S)[1]
    said = subprocess.run(
        ["node", "-e", program],
        input=f"{patient.private_key} 0x{envelope.hex()}",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    plaintext = bytes.fromhex(said.stdout)
    assert len(plaintext) == 93
    content_key, size, cid = plaintext[17:49], int.from_bytes(plaintext[49:57], "big"), plaintext[57:93]
    spelt = "b" + base64.b32encode(cid).decode().lower().rstrip("=")
    assert spelt == sent["cid"]

    # 3: gateway, age, tar
    study = tmp_path / "study.age"
    study.write_bytes(requests.get(f"{devnet.node['ipfs_gateway']}/ipfs/{spelt}", timeout=30).content)
    assert study.stat().st_size == size
    key = tmp_path / "key.txt"
    key.write_text(bech32.bech32_encode("age-secret-key-", bech32.convertbits(content_key, 8, 5)).upper())
    subprocess.run(["age", "-d", "-i", str(key), "-o", str(tmp_path / "study.tar"), str(study)], check=True)
    subprocess.run(["tar", "-xf", str(tmp_path / "study.tar"), "-C", str(tmp_path)], check=True)
    assert (tmp_path / "files" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    (listed,) = json.loads((tmp_path / "manifest.json").read_text())["files"]
    assert listed["sha256"] == hashlib.sha256(xray.read_bytes()).hexdigest()
