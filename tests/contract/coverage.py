"""Which lines and branches of the contract its tests run:  python -m tests.contract.coverage

Solidity's own: the contract is compiled without the optimizer, every transaction and call of a test run on Anvil is
traced, and the instructions met are mapped to lines. A branch is one outcome of one conditional jump that the source
has; those that the compiler adds to decode arguments and to check arithmetic are not counted.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import click
import solcx
from web3 import Web3

from tests.contract.project_copy import ROOT, run_tests, working_copy
from tests.contract.slither import standard_input

OWN = ("contracts/ImageInbox.sol", "contracts/InboxSlot.sol")
RESULT = "CONTRACT_COVERAGE"  # environment: the file that a test run adds what it met to
QUIET = {"disableStorage": True, "disableMemory": True}
PUSH1, PUSH32, JUMPI = 0x60, 0x7F, 0x57


@cache
def compiled() -> dict[str, Any]:
    given = standard_input()
    given["settings"] = {
        "evmVersion": "shanghai",
        "optimizer": {"enabled": False},
        "outputSelection": {"*": {"*": ["evm.bytecode.object", "evm.deployedBytecode"]}},
    }
    output: dict[str, Any] = solcx.compile_standard(given, solc_version="0.8.37")
    return output


def contract() -> dict[str, Any]:
    found: dict[str, Any] = compiled()["contracts"]["contracts/ImageInbox.sol"]["ImageInbox"]["evm"]
    return found


def instructions() -> dict[int, tuple[str, int, bool]]:
    """Of each instruction of ours, by its place in the code: file, line, and whether it is a conditional jump."""
    code = bytes.fromhex(contract()["deployedBytecode"]["object"].replace("__", "00"))
    files = {source["id"]: name for name, source in compiled()["sources"].items()}
    texts = {name: (ROOT / name).read_bytes() for name in OWN}
    found, place, fields = {}, 0, ["0", "0", "0", "", ""]
    for entry in contract()["deployedBytecode"]["sourceMap"].split(";"):
        fields = [new or old for new, old in zip((entry.split(":") + [""] * 5)[:5], fields, strict=True)]
        name = files.get(int(fields[2]))
        if name in texts:
            source = texts[name][int(fields[0]) : int(fields[0]) + int(fields[1])]
            if not source.startswith((b"contract ", b"library ", b"function ")):
                line = texts[name][: int(fields[0])].count(b"\n") + 1
                found[place] = (name, line, code[place] == JUMPI)
        place += 1 + (code[place] - PUSH1 + 1 if PUSH1 <= code[place] <= PUSH32 else 0)
    return found


class Recorder:
    """Listens to a provider and keeps what the contract's instructions did."""

    def __init__(self, web3: Web3) -> None:
        self.met: set[tuple[int, int]] = set()  # place, and the place after it
        self.size = len(contract()["deployedBytecode"]["object"]) // 2
        self.web3, self._ask = web3, web3.provider.make_request
        web3.provider.make_request = self.listen  # type: ignore[method-assign]
        web3.provider._request_func_cache = (None, None)  # it keeps the method from before

    def listen(self, method: Any, params: Any) -> Any:
        reply = self._ask(method, params)
        if method in ("eth_sendTransaction", "eth_sendRawTransaction") and "result" in reply:
            self.web3.eth.wait_for_transaction_receipt(reply["result"], poll_latency=0.005)
            to = (self._ask("eth_getTransactionByHash", [reply["result"]])["result"] or {}).get("to")
            self.follow(to, self._ask("debug_traceTransaction", [reply["result"], QUIET]))
        elif method == "eth_call":
            self.follow(params[0].get("to"), self._ask("debug_traceCall", [*params[:2], QUIET]))
        return reply

    def follow(self, to: str | None, trace: Any) -> None:
        steps = trace.get("result", {}).get("structLogs", [])
        if not steps:
            return
        ours = {1: self.is_contract(to)}  # by depth
        for step, after in zip(steps, [*steps[1:], {"depth": 0, "pc": -1}], strict=True):
            depth, name = step["depth"], step["op"]
            if name in ("CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"):
                ours[depth + 1] = self.is_contract("0x" + step["stack"][-2][2:].zfill(40)[-40:])
            elif name in ("CREATE", "CREATE2"):
                ours[depth + 1] = False
            if ours[depth]:
                self.met.add((step["pc"], after["pc"] if after["depth"] == depth else -1))

    def is_contract(self, address: str | None) -> bool:
        return (
            address is not None and len(self._ask("eth_getCode", [address, "latest"])["result"]) // 2 - 1 == self.size
        )

    def save(self) -> None:
        Path(os.environ[RESULT]).write_text(json.dumps(sorted(self.met)))


def main() -> int:
    with working_copy() as copy:
        run = run_tests(copy, **{RESULT: str(copy / "met.json")})
        click.echo(run.stdout.splitlines()[-1])
        met = json.loads((copy / "met.json").read_text())
    places, jumps = {place for place, _ in met}, defaultdict(set)
    for place, after in met:
        jumps[place].add(after == place + 1)
    known = instructions()
    lines = {(name, line) for name, line, _ in known.values()}
    run_lines = {known[place][:2] for place in places if place in known}
    branches = [(place, outcome) for place, (_, _, is_jump) in known.items() if is_jump for outcome in (True, False)]
    run_branches = [(place, outcome) for place, outcome in branches if outcome in jumps[place]]
    for name, line in sorted(lines - run_lines):
        click.echo(f"not run: {name}:{line}")
    for place, outcome in branches:
        if (place, outcome) not in run_branches:
            click.echo(f"never {'false' if outcome else 'true'}: {known[place][0]}:{known[place][1]} (pc {place})")
    click.echo(f"lines {len(run_lines)} of {len(lines)}, branches {len(run_branches)} of {len(branches)}")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
