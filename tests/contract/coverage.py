"""Which lines and branches of the contract its tests run:  python -m tests.contract.coverage [--write]

Solidity's own: the contract is compiled without the optimizer, every transaction and call of a test run on Anvil is
traced, and the instructions that ran are mapped to lines. A branch is one outcome of a conditional jump that the
compiler maps to a line of ours. Some of them end in a panic that the compiler guards against and the source rules out;
these are told from the others by following the code. A line that no test runs, or any other branch that none takes,
ends the run with status 1. `--write` puts the result into docs/audit.md.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import solcx
from web3 import Web3

from tests.contract.audited import ROOT, SOLC_VERSION, anvil, statement
from tests.contract.project_copy import run_tests, working_copy
from tests.contract.slither import standard_input
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.contract.coverage --write"
OWN = ("contracts/ImageInbox.sol", "contracts/InboxSlot.sol")
STEPS_FILE = "CONTRACT_COVERAGE"  # environment: where a test run writes its steps
QUIET = {"disableStorage": True, "disableMemory": True}
STOP, PUSH0, PUSH32, JUMP, JUMPI, RETURN, REVERT = 0x00, 0x5F, 0x7F, 0x56, 0x57, 0xF3, 0xFD
PANIC = int("4e487b71" + "00" * 28, 16)  # the selector of Panic(uint256), as solc pushes it
PANICS = {0x11: "overflow", 0x12: "division by zero", 0x32: "index out of bounds", 0x41: "array too large"}

Step = tuple[int, int]
"""Where an instruction is in the code, and the one that ran after it; -1 at the end of a call."""


@cache
def compiled() -> dict[str, Any]:
    given = standard_input()
    given["settings"] = {
        "evmVersion": "shanghai",
        "optimizer": {"enabled": False},
        "outputSelection": {"*": {"*": ["evm.bytecode.object", "evm.deployedBytecode"]}},
    }
    output: dict[str, Any] = solcx.compile_standard(given, solc_version=SOLC_VERSION)
    return output


def contract() -> dict[str, Any]:
    found: dict[str, Any] = compiled()["contracts"]["contracts/ImageInbox.sol"]["ImageInbox"]["evm"]
    return found


class Branch(NamedTuple):
    file: str
    line: int
    jump: int
    """Where the conditional jump is in the code."""
    taken: bool
    """Whether this is the outcome that jumps."""


class Instruction(NamedTuple):
    opcode: int
    pushed: int
    following: int
    """The place of the next instruction in the code."""


@cache
def instructions() -> dict[int, Instruction]:
    """By place in the code; what follows the code, the metadata, is read as code too, and never met."""
    code = bytes.fromhex(contract()["deployedBytecode"]["object"].replace("__", "00"))
    found, place = {}, 0
    while place < len(code):
        size = code[place] - PUSH0 if PUSH0 <= code[place] <= PUSH32 else 0
        following = place + 1 + size
        found[place] = Instruction(code[place], int.from_bytes(code[place + 1 : following], "big"), following)
        place = following
    return found


def lines() -> dict[int, tuple[str, int]]:
    """File and line of each instruction that is mapped to a statement of ours, by its place."""
    files = {source["id"]: name for name, source in compiled()["sources"].items()}
    texts = {name: (ROOT / name).read_bytes() for name in OWN}
    found, fields = {}, ["0", "0", "0", "", ""]
    entries = contract()["deployedBytecode"]["sourceMap"].split(";")
    for place, entry in zip(instructions(), entries, strict=False):  # the metadata has no entries
        fields = [new or old for new, old in zip((entry.split(":") + [""] * 5)[:5], fields, strict=True)]
        start, length, name = int(fields[0]), int(fields[1]), files.get(int(fields[2]))
        if name in texts and not texts[name][start : start + length].startswith(
            (b"contract ", b"library ", b"function ")
        ):
            found[place] = (name, texts[name][:start].count(b"\n") + 1)
    return found


def panic_of(branch: Branch) -> str | None:
    """The panic that this outcome leads to without any further condition."""
    program = instructions()
    before = next(each for each in program.values() if each.following == branch.jump)
    place = before.pushed if branch.taken else program[branch.jump].following
    pushed: list[int] = []
    for _ in range(100):  # the way to a panic is short
        instruction = program.get(place)
        if instruction is None or instruction.opcode in (STOP, JUMPI, RETURN):
            return None
        if instruction.opcode == REVERT:  # solc has stored the selector at 0 and the kind at 4
            return PANICS[pushed[pushed.index(PANIC) + 2]] if PANIC in pushed else None
        if PUSH0 <= instruction.opcode <= PUSH32:
            pushed.append(instruction.pushed)
        place = instruction.following if instruction.opcode != JUMP else (pushed or [-1])[-1]
    return None


class Recorder:
    """Traces every transaction and call that goes to a provider, and keeps which of the contract's instructions ran."""

    def __init__(self, web3: Web3) -> None:
        self.steps: set[Step] = set()
        self.size = len(contract()["deployedBytecode"]["object"]) // 2
        self.web3, self._ask = web3, web3.provider.make_request
        web3.provider.make_request = self.request  # type: ignore[method-assign]
        web3.provider._request_func_cache = (None, None)  # it keeps the method from before

    def request(self, method: Any, params: Any) -> Any:
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
                self.steps.add((step["pc"], after["pc"] if after["depth"] == depth else -1))

    def is_contract(self, address: str | None) -> bool:
        return (
            address is not None and len(self._ask("eth_getCode", [address, "latest"])["result"]) // 2 - 1 == self.size
        )

    def save(self) -> None:
        Path(os.environ[STEPS_FILE]).write_text(json.dumps(sorted(self.steps)))


class Coverage(NamedTuple):
    lines: set[tuple[str, int]]
    lines_run: set[tuple[str, int]]
    branches: set[Branch]
    branches_run: set[Branch]


def coverage(steps: set[Step]) -> Coverage:
    known, places = lines(), {place for place, _ in steps}
    jumps = [place for place in known if instructions()[place].opcode == JUMPI]
    branches = {Branch(*known[jump], jump, taken) for jump in jumps for taken in (True, False)}
    run = {(place, after != place + 1) for place, after in steps}
    return Coverage(
        set(known.values()),
        {known[place] for place in places & set(known)},
        branches,
        {branch for branch in branches if (branch.jump, branch.taken) in run},
    )


def render(found: Coverage) -> tuple[str, bool]:
    """The report, and whether everything ran that can."""
    never = sorted(found.branches - found.branches_run)
    panics = [panic_of(branch) for branch in never]
    rows = [_row(b.file, b.line, panic or "NO PANIC") for b, panic in zip(never, panics, strict=True)]
    rows += [_row(*line, "NOT RUN") for line in sorted(found.lines - found.lines_run)]
    guards = len(panics) - panics.count(None)
    text = f"""{statement("without the optimizer", anvil())}

Lines: {len(found.lines_run)} of {len(found.lines)}. Branches: {len(found.branches_run)} of {len(found.branches)};
of the {len(never)} others, {guards} end in a panic that the compiler guards against.

{table(["source", "line", "panic"], rows)}"""
    return text, found.lines == found.lines_run and None not in panics


def _row(file: str, line: int, why: str) -> list[str]:
    text = (ROOT / file).read_text().splitlines()[line - 1].strip().replace("|", "\\|")
    return [f"`{text}`", f"{Path(file).name}:{line}", why]


def main() -> int:
    with working_copy() as copy:
        (copy / "contract.json").write_text(json.dumps(contract()))
        run = run_tests(copy, CONTRACT_BYTECODE=str(copy / "contract.json"), **{STEPS_FILE: str(copy / "steps.json")})
        click.echo(run.stdout.splitlines()[-1])
        if run.returncode:
            click.echo(run.stdout[-5000:])
            return run.returncode
        steps = {(place, after) for place, after in json.loads((copy / "steps.json").read_text())}
    report, complete = render(coverage(steps))
    click.echo(report)
    if "--write" in sys.argv[1:]:
        write_block(AUDIT_PAGE, COMMAND, report)
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
