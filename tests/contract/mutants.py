"""Breaks the contract in one place at a time and runs its tests:  python -m tests.contract.mutants [NAME…] [--write]

Each mutant is a small slip that somebody could make. The tests must notice every one ("killed"); a survivor ends the
run with status 1. The gas report is left out, since it would notice any change at all. The contract as it is comes
first, and must pass. All is compiled at once and run in forks of one process, some seconds a mutant. A run that was
interrupted goes on where it stopped: results are kept in .build/audit, each for exactly these contracts and tests.
`--write` puts all of them into docs/audit.md.
"""

# ruff: noqa: E501 - one mutant, one line
from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from tests.contract.audited import ROOT, anvil, statement
from tests.contract.project_copy import arguments, working_copy
from tests.contract.slither import standard_input
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.contract.mutants --write"
RESULTS = ROOT / ".build" / "audit" / "mutants.json"
NOT_RUN = {
    "pyproject.toml",
    "mutants.py",
    "slither.py",
    "slither-requirements.txt",
    "coverage.py",
    "deep.py",
    "gas.py",
    "test_gas.py",
}
INBOX, SLOT = "contracts/ImageInbox.sol", "contracts/InboxSlot.sol"

# By the file of tests that should notice them, which runs first; the others follow.
# name: (file, what is there, what the mutant has). What is there occurs once.
BY_TESTS = {
    "test_send": {
        "empty envelopes pass": (INBOX, "size == 0 || ", ""),
        "1024 bytes are too many": (INBOX, "size > MAX_ENVELOPE", "size >= MAX_ENVELOPE"),
        "envelopes have no cap": (INBOX, "size == 0 || size > MAX_ENVELOPE", "size == 0"),
        "older key versions pass": (INBOX, "keyVersion != slot.keyVersion()", "keyVersion > slot.keyVersion()"),
        "newer key versions pass": (INBOX, "keyVersion != slot.keyVersion()", "keyVersion < slot.keyVersion()"),
        "a restriction is not looked at": (INBOX, "if (slot.isRestricted()) {", "if (false) {"),
        "every inbox is restricted": (INBOX, "if (slot.isRestricted()) {", "if (true) {"),
        "approvals end a second early": (INBOX, "block.timestamp > until", "block.timestamp >= until"),
        "approvals are looked up the wrong way round": (
            INBOX,
            "_approvals[recipient][msg.sender].until",
            "_approvals[msg.sender][recipient].until",
        ),
        "the origin is the sender": (INBOX, "mstore(add(m, 20), caller())", "mstore(add(m, 20), origin())"),
        "the message before is forgotten": (INBOX, "mstore(add(m, 40), previous)", "mstore(add(m, 40), 0)"),
        "the time is lost": (INBOX, "shl(16, timestamp())", "0"),
        "the key version is lost": (INBOX, "or(shl(16, timestamp()), keyVersion)", "shl(16, timestamp())"),
        "the last byte is lost": (INBOX, "0x61002f80600a3d393df3", "0x61002e80600a3d393df3"),
        "the first byte is lost": (INBOX, "envelope.offset, n)", "add(envelope.offset, 1), n)"),
        "a failed store goes unnoticed": (INBOX, "if (cursor == address(0)) revert NotStored();", ""),
        "the event names another index": (
            INBOX,
            "emit Sent(recipient, msg.sender, index)",
            "emit Sent(recipient, msg.sender, index + 1)",
        ),
        "the event exchanges the roles": (
            INBOX,
            "emit Sent(recipient, msg.sender, index)",
            "emit Sent(msg.sender, recipient, index)",
        ),
        "a send makes two events": (
            INBOX,
            "emit Sent(recipient, msg.sender, index);",
            "emit Sent(recipient, msg.sender, index); emit Sent(recipient, msg.sender, index);",
        ),
        "the message goes to the sender's inbox": (
            INBOX,
            "_slots[recipient] = slot.withMessage(cursor)",
            "_slots[msg.sender] = slot.withMessage(cursor)",
        ),
        "all inboxes share their salts": (INBOX, "(uint256(uint160(recipient)) << 96) | index", "index"),
        "a refused send passes": (INBOX, "if (refusal.length != 0) _fail(refusal);", ""),
    },
    "test_send_batch": {
        "a batch fails with its first refusal": (INBOX, "if (refusal.length == 0) ++delivered;", "if (refusal.length == 0) ++delivered; else if (true) _fail(refusal);"),
        "a batch counts all": (INBOX, "if (refusal.length == 0) ++delivered;\n            else", "++delivered;\n            if (refusal.length != 0)"),
        "a batch leaves out its first item": (INBOX, "for (uint256 i; i < items.length; ++i)", "for (uint256 i = 1; i < items.length; ++i)"),
        "a skip is not reported": (INBOX, "else emit Skipped(item.recipient, msg.sender, i, bytes4(refusal));", ""),
    },
    "test_retract": {
        "anyone retracts": (INBOX, "if (sender != msg.sender) revert NotSender(sender);", ""),
        "the recipient retracts": (INBOX, "if (sender != msg.sender) revert", "if (sender != msg.sender && recipient != msg.sender) revert"),
        "retracting acknowledges": (INBOX, "_mark(recipient, index, RETRACTED)", "_mark(recipient, index, ACKNOWLEDGED)"),
        "a mark is announced again": (INBOX, "changed = marked != bits;", "changed = true;"),
        "a mark toggles": (INBOX, "bits | (bit << ((index % 128) * 2))", "bits ^ (bit << ((index % 128) * 2))"),
        "marks overlap": (INBOX, "bits | (bit << ((index % 128) * 2))", "bits | (bit << (index % 128))"),
        "marks of one word are those of the next": (INBOX, "if (changed) _statuses[recipient][index / 128]", "if (changed) _statuses[recipient][index / 127]"),
        "messages to come are acknowledged": (INBOX, "if (index >= _slots[recipient].count()) revert", "if (index > _slots[recipient].count()) revert"),
    },
    "test_page": {
        "a message to come is found": (INBOX, "if (index >= slot.count()) revert", "if (index > slot.count()) revert"),
        "a walk goes one too far": (INBOX, "slot.count() - 1 - index", "slot.count() - index"),
        "any cursor will do": (INBOX, "index > type(uint96).max || address(uint160(uint256(hash))) != cursor", "false"),
        "an index runs over into the recipient": (INBOX, "index > type(uint96).max || ", ""),
        "cursors do not name their index": (INBOX, "if (cursor == address(0)) return cursorOf(recipient, index);", "if (cursor == address(0)) return cursorOf(recipient, index); index = 0;"),
        "an end above the count is taken": (INBOX, "if (end > total) end = total;", ""),
        "a page of an empty inbox fails": (INBOX, "if (end == 0) return (newestFirst, next);", ""),
        "a limit above the count is taken": (INBOX, "if (limit > end) limit = end;", ""),
        "a page shows the statuses of its neighbours": (INBOX, "_status(recipient, end - 1 - i)", "_status(recipient, end - i)"),
        "a message alone has no status": (INBOX, "found.status = _status(recipient, index);", ""),
        "the own key has bytes": (INBOX, "if (version != 0) key", "key"),
    },
    "test_register_key": {
        "no key is checked": (INBOX, "if (!_isPoint(uint256(x), uint256(y))) revert BadKey(x, y);", ""),
        "x above the prime passes": (INBOX, "x < P && y < P", "y < P"),
        "y above the prime passes": (INBOX, "x < P && y < P", "x < P"),
        "another curve": (INBOX, "x, P), 7, P)", "x, P), 8, P)"),
        "the prefix is that of the other y": (INBOX, "2 + uint8(uint256(y) & 1)", "3 - uint8(uint256(y) & 1)"),
        "x alone says whether a key is in force": (INBOX, "slot.keyPrefix() == _prefix(y) && ", ""),
        "y alone says whether a key is in force": (INBOX, " && _keys[account] == x;", ";"),
        "x is not kept": (INBOX, "        _keys[account] = x;\n", ""),
        "a key is written for the caller": (INBOX, "        _keys[account] = x;", "        _keys[msg.sender] = x;"),
    },
    "test_by_signature": {
        "no signature is checked": (INBOX, "bytes32 digest = _hashTypedData(act);", "if (deadline != 0) return; bytes32 digest = _hashTypedData(act);"),
        "no deadline": (INBOX, "if (block.timestamp > deadline) revert Expired(deadline);", ""),
        "deadlines end a second early": (INBOX, "block.timestamp > deadline", "block.timestamp >= deadline"),
        "junk signs for the zero address": (INBOX, "signer != address(0) && ", ""),
        "any ECDSA signature counts": (INBOX, " && signer == account) return;", ") return;"),
        "no ERC-1271": (INBOX, "if (!SignatureCheckerLib.isValidERC1271SignatureNowCalldata(account, digest, signature)) {", "{"),
        "code comes before ECDSA": (INBOX, "if (signer != address(0) && signer == account) return;", "if (account.code.length == 0 && signer != address(0) && signer == account) return;"),
        "any version above the current": (INBOX, "version != current + 1", "version <= current"),
        "the current version again": (INBOX, "version != current + 1", "version != current"),
        "keys are not bound to a version": (INBOX, "        _checkVersion(version, slot.keyVersion());\n", ""),
        "restrictions are not bound to a version": (INBOX, "        _checkVersion(version, _slots[account].restriction());\n", ""),
        "approvals are not bound to a version": (INBOX, "        _checkVersion(version, approval.version);\n", ""),
        "a relayed key in force fails": (INBOX, "        if (_isInForce(account, slot, x, y)) return;\n", ""),
        "a relayed approval in force fails": (INBOX, "        if (approval.until == until) return;\n", ""),
        "a relayed restriction in force fails": (INBOX, "        if (_slots[account].isRestricted() == restricted) return;\n", ""),
        "a relayed acknowledgement in force is checked": (INBOX, "        if (_status(recipient, index) & ACKNOWLEDGED != 0) return;\n", ""),
        "the signed index is not the one acknowledged": (INBOX, "abi.encode(ACKNOWLEDGE, recipient, index, deadline)", "abi.encode(ACKNOWLEDGE, recipient, uint256(0), deadline)"),
        "the approved sender is not signed": (INBOX, "abi.encode(APPROVE_SENDER, account, sender, until,", "abi.encode(APPROVE_SENDER, account, account, until,"),
        "the deadline is not signed": (INBOX, "abi.encode(RESTRICT_INBOX, account, restricted, version, deadline)", "abi.encode(RESTRICT_INBOX, account, restricted, version, type(uint40).max)"),
        "another domain": (INBOX, 'return ("ImageInbox", "1");', 'return ("ImageInbox", "2");'),
    },
    "test_approve_sender": {
        "the caller's approvals are others'": (INBOX, "_approveSender(msg.sender, sender, until)", "_approveSender(sender, msg.sender, until)"),
        "an approval has no version": (INBOX, "uint32 version = ++approval.version;", "uint32 version = approval.version;"),
        "an approval in force is announced again": (INBOX, "if (_approvals[msg.sender][sender].until != until) _approve", "_approve"),
        "restricting once more opens": (INBOX, "if (_slots[msg.sender].isRestricted() != restricted) _toggle", "_toggle"),
    },
    "test_multicall": {
        "a failed call of several passes": (INBOX, "if (!done) _fail(result);", ""),
        "several calls are the contract's own": (INBOX, "address(this).delegatecall(", "address(this).call("),
        "results are lost": (INBOX, "            results[i] = result;\n", ""),
        "Ether is taken": (INBOX, "    using InboxSlot for Slot;\n", "    using InboxSlot for Slot;\n    receive() external payable {}\n"),
    },
    "test_state_machine": {
        "a new message clears the rest of the slot": (SLOT, "(((Slot.unwrap(slot) >> 160) + 1) << 160)", "((count(slot) + 1) << 160)"),
        "a new key clears the restriction": (SLOT, "~(uint256(0xffffff) << 216)", "((uint256(1) << 216) - 1)"),
        "a new key keeps the old prefix's bits": (SLOT, "~(uint256(0xffffff) << 216)", "~(uint256(0xffff) << 216)"),
        "a new key keeps the old version's bits": (SLOT, "~(uint256(0xffffff) << 216)", "~(uint256(0xff0000) << 216)"),
        "the count is narrow": (SLOT, "uint56(Slot.unwrap(slot) >> 160)", "uint8(Slot.unwrap(slot) >> 160) & 63"),
        "opening again does not": (SLOT, "% 2 == 1", "!= 0"),
        "after the last version comes the first": (SLOT, "uint256(keyVersion(slot) + 1)", "uint256((uint256(keyVersion(slot)) + 1) % 65536)"),
    },
}  # fmt: skip
MUTANTS = {name: mutant for mutants in BY_TESTS.values() for name, mutant in mutants.items()}


UNCHANGED = ""
COMPILER = Path(__file__).with_name("compile-many.mjs")


class Result(NamedTuple):
    killed: bool
    noticed_by: str
    """The first test that failed."""


class Tests:
    """A process that runs the contract's tests in a copy of the project, on whatever bytecode it is given."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.forked_tests"],
            cwd=copy, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, code: dict[str, Any], first: str) -> Result:
        contract, output = self.copy / "contract.json", self.copy / "output.txt"
        contract.write_text(json.dumps(code))
        environment = {"CONTRACT_BYTECODE": str(contract), "HYPOTHESIS_PROFILE": "quick"}
        job = {"arguments": arguments(self.copy, "-x", first=first), "environment": environment, "output": str(output)}
        for _ in range(3):  # a busy machine may be too slow for Anvil to start
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            failed = [line for line in output.read_text().splitlines() if line.startswith("FAILED")]
            if failed:
                return Result(True, failed[0].split("::")[-1].split(" - ")[0])
            if status == 0:
                return Result(False, "no test")
        raise SystemExit(f"the tests did not run:\n{output.read_text()[-3000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def sources(name: str) -> dict[str, Any]:
    """Standard input for solc, with one change."""
    given = standard_input()
    if name != UNCHANGED:
        path, before, after = MUTANTS[name]
        source = given["sources"][path]["content"]
        if source.count(before) != 1:
            raise SystemExit(f"mutant {name!r}: {before!r} is there {source.count(before)} times, not once")
        given["sources"][path]["content"] = source.replace(before, after)
    outputs = ["evm.bytecode.object", "evm.deployedBytecode.object"]
    given["settings"] = {
        "evmVersion": "shanghai",
        "optimizer": {"enabled": True, "runs": 300},
        "outputSelection": {INBOX: {"ImageInbox": outputs}},
    }
    return given


def compile_all(names: list[str]) -> dict[str, dict[str, Any]]:
    inputs = json.dumps([sources(name) for name in names])
    outputs = json.loads(
        subprocess.run(["node", COMPILER], input=inputs, capture_output=True, text=True, check=True).stdout
    )
    for name, output in zip(names, outputs, strict=True):
        if errors := [error for error in output.get("errors", []) if error["severity"] == "error"]:
            raise SystemExit(f"mutant {name!r} does not compile: {errors[0]['formattedMessage']}")
    return {name: output["contracts"][INBOX]["ImageInbox"]["evm"] for name, output in zip(names, outputs, strict=True)}


def kept_results() -> dict[str, list[Any]]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def fingerprints(copy: Path, names: list[str]) -> dict[str, str]:
    """SHA-256 of each mutant and of everything that its run depends on, in hex."""
    digest = hashlib.sha256(anvil().encode())
    for path in sorted(copy.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts and path.name not in NOT_RUN:
            text = path.read_bytes()
            digest.update(f"{path.relative_to(copy)}\0{len(text)}\0".encode() + text)
    base = digest.digest()
    return {name: hashlib.sha256(base + json.dumps([name, MUTANTS.get(name)]).encode()).hexdigest() for name in names}


def run_all(names: list[str]) -> Iterator[tuple[str, Result]]:
    """One after the other; what is known already is not run again."""
    first = {name: tests for tests, mutants in BY_TESTS.items() for name in mutants}
    with working_copy() as copy:
        keys, kept = fingerprints(copy, names), kept_results()
        compiled = compile_all([name for name in names if keys[name] not in kept])
        tests = Tests(copy)
        try:
            for name in names:
                if keys[name] not in kept:
                    kept[keys[name]] = tests.run(compiled[name], first.get(name, ""))
                    RESULTS.parent.mkdir(parents=True, exist_ok=True)
                    RESULTS.write_text(json.dumps(kept, indent=1))
                yield name, Result(*kept[keys[name]])
        finally:
            tests.stop()


def render(results: dict[str, Result]) -> str:
    killed = sum(result.killed for result in results.values())
    rows = [[name, f"`{r.noticed_by}`" if r.killed else "SURVIVED"] for name, r in results.items()]
    head = f"{killed} of {len(results)} mutants killed; the contract as it is passes."
    return f"{statement(anvil())}\n\n{head}\n\n{table(['mutant', 'first test that notices it'], rows)}"


def main(arguments: list[str]) -> int:
    names = [argument for argument in arguments if argument != "--write"] or list(MUTANTS)
    if "--write" in arguments and names != list(MUTANTS):
        raise SystemExit("--write is for all mutants: leave out the names")
    results = {}
    for name, result in run_all([UNCHANGED, *names]):
        if name == UNCHANGED:
            if result.killed:
                raise SystemExit(f"the tests fail without any mutant: {result.noticed_by}")
            click.echo("the contract as it is passes")
            continue
        results[name] = result
        click.echo(f"{'killed  ' if result.killed else 'SURVIVED'}  {name}: {result.noticed_by}")
    survived = sum(not result.killed for result in results.values())
    click.echo(f"{len(results) - survived} killed, {survived} survived")
    if "--write" in arguments:
        write_block(AUDIT_PAGE, COMMAND, render(results))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
