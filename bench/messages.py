"""Long inboxes: listed by the command, and their envelopes opened; and what a command loads before it does anything."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

import requests
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.measure import Devnet, conditions, devnet, random_file, rounds
from bench.transfer import EMPTY, kept
from radiogram.chain.inbox import Message
from radiogram.formats import envelope
from radiogram.formats.envelope import PACKET_ENVELOPE_BYTES, PacketReference, open_envelope
from radiogram.formats.key_card import encode_card
from radiogram.formats.key_reference import RAW_CID_PREFIX, Context
from radiogram.formats.keys import Keys
from radiogram.formats.seed import keys_of_words, new_seed_words
from tests.programs import listening

MESSAGES = 10_000
TOGETHER = 100  # messages, by one transaction
# A chain whose node is not what is measured: Ganache takes 26 s to answer for 10,000 messages.
ANVIL = ("anvil", "--port", "0", "--hardfork", "shanghai", "--chain-id", "1337")
LIST_ONE, LIST_ALL = "inbox, 1 message", f"inbox, {MESSAGES:,} messages"
_SEND_BATCH = "(address,uint32,bytes)[]"


def measure(count: int) -> dict[str, Any]:
    said: dict[str, Any] = {"conditions": conditions()}
    print(f"{MESSAGES:,} messages", file=sys.stderr, flush=True)
    with devnet() as node, ExitStack() as held:
        few, many = (to_checksum_address(os.urandom(20)) for _ in range(2))
        chain, _ = held.enter_context(listening(ANVIL))
        network = ("--network", f"ethereum:local:{chain}")
        inbox = json.loads(node.run("ape", "run", "deploy", *network, "--account", "0", "--json").output)["inbox"]
        _fill(chain, inbox, few, 1)
        _fill(chain, inbox, many, MESSAGES)
        listing = ("ape", "run", "inbox", *network, "--json", "--of")
        one, all_of_them = (partial(node.run, *listing, recipient) for recipient in (few, many))
        runs = rounds(count, {EMPTY: node.empty, LIST_ONE: one, LIST_ALL: all_of_them})
        if any(len(json.loads(each.output)["messages"]) != MESSAGES for each in runs[LIST_ALL]):
            sys.exit("bench: not every message was listed")
        said["imports"] = _imports_of_commands(node)
    said["opened a second"] = [_opened_a_second() for _ in range(count)]
    said["conditions"]["load at the end"] = conditions()["load"]
    return said | {"runs": {label: [kept(each) for each in some] for label, some in runs.items()}}


def _fill(chain: str, inbox: str, recipient: str, count: int) -> None:
    """Puts messages of so many bytes as ours into an inbox, as `send_image --batch` does, from test account 0."""

    def ask(method: str, *parameters: object) -> Any:  # noqa: ANN401 - as JSON has it
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(chain, json=body, timeout=300).json()
        if "error" in answer:
            sys.exit(f"bench: {method}: {answer['error']}")
        return answer["result"]

    sender, limit = ask("eth_accounts")[0], ask("eth_getBlockByNumber", "latest", False)["gasLimit"]
    for start in range(0, count, TOGETHER):
        items = [
            (recipient, 0, b"\x02" + os.urandom(PACKET_ENVELOPE_BYTES - 1)) for _ in range(min(TOGETHER, count - start))
        ]
        data = keccak(text=f"sendBatch({_SEND_BATCH})")[:4] + encode([_SEND_BATCH], [items])
        gas = hex(min(2**24, int(limit, 16)))
        ask("eth_sendTransaction", {"from": sender, "to": inbox, "gas": gas, "data": "0x" + data.hex()})


def _opened_a_second() -> float:
    """Envelopes that one processor opens, each sealed anew."""
    keys = keys_of_words(new_seed_words())
    messages = [_message(keys, number) for number in range(MESSAGES)]
    context = Context(1337, messages[0].recipient, messages[0].sender, messages[0].recipient)
    started = time.process_time()
    for each in messages:
        open_envelope(each.envelope, keys.private_key, context)
    return MESSAGES / (time.process_time() - started)


def _message(keys: Keys, number: int) -> Message:
    person = keys.public()
    context = Context(1337, person.address, person.address, person.address)
    contents = PacketReference(RAW_CID_PREFIX + number.to_bytes(32, "big"))
    sealed = envelope.seal(contents, person.public_key, context)
    moment = datetime.fromtimestamp(0, UTC)
    return Message(person.address, number, person.address, moment, 0, False, False, person.address, sealed)


# ---- what a command loads


def _imports_of_commands(node: Devnet) -> dict[str, float]:
    """Seconds of a processor that the imports of commands take, beyond those of Ape and what it needs."""
    small = random_file(node.folder / "small.bin", 1000)
    send = ["send_image", str(small), "--to", _card(node.folder), "--again", "--yes", "--json"]
    own = _packages_of_ape()
    found = {"inbox": _imported(node, own, ["inbox", "--json"]), "send_image": _imported(node, own, send)}
    return {name: round(seconds, 3) for name, seconds in found.items()}


def _card(folder: Path) -> str:
    card = folder / "card.json"
    card.write_bytes(encode_card(keys_of_words(new_seed_words()).public()))
    return str(card)


def _imported(node: Devnet, left_out: set[str], command: list[str]) -> float:
    """Of a processor, the least of some runs: what the command has imported is imported anew, Ape's before ours."""
    said, names = node.folder / "imports", node.folder / "names.json"
    node.shell(f"PYTHONPROFILEIMPORTTIME=1 ape run {' '.join(command)} 2>'{said}'")
    lines = [line.split("|") for line in said.read_text().splitlines() if line.startswith("import time:")]
    modules = [line[2].strip() for line in lines[1:]]
    ours = [name for name in modules if _top(name) not in left_out]
    names.write_text(json.dumps([[name for name in modules if _top(name) in left_out], ours]))
    return min(float(node.run(sys.executable, "-c", _IMPORT, str(names)).output) for _ in range(5))


_IMPORT = """
import contextlib, importlib, json, sys, time
for names in json.load(open(sys.argv[1])):
    started = time.process_time()
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
print(time.process_time() - started)
"""


def _top(module: str) -> str:
    return module.strip().partition(".")[0]


def _packages_of_ape() -> set[str]:
    """The names that Ape, its plugins and all that they need are imported by, and those of Python itself."""
    plugins = [name for owners in packages_distributions().values() for name in owners if name.startswith("ape-")]
    wanted = _needed(["eth-ape", *plugins])
    found = {name for name, owners in packages_distributions().items() if wanted & set(map(canonicalize_name, owners))}
    return (found | set(sys.stdlib_module_names)) - {"radiogram"}


def _needed(packages: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = list(packages)
    while left:
        name = canonicalize_name(left.pop())
        if name in found:
            continue
        found.add(name)
        try:
            wanted = [Requirement(each) for each in requires(name) or ()]
        except PackageNotFoundError:
            continue
        left += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found
