"""Breaks each line of the contract as a tool would:  python -m tests.contract.generated_mutants [--write]

universalmutator, in an environment of its own, makes some thousand changes of one line each, by rules that know nothing
of the contract. Of each line, so many are tried as compile and are other code than the contract's (told from the
optimized bytecode, which has no metadata): the first ones in the order of their SHA-256, so that each run has the same.
A mutant that no test notices must be argued in ARGUED, or the run ends with status 1. `--write` puts the numbers into
docs/audit.md and the arguments into docs/contract.md. `--known` runs none, and tells of those that earlier runs tried.
"""

# ruff: noqa: E501 - one mutant, one line
from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import click

from tests.contract.audited import ROOT, anvil, statement
from tests.contract.mutation import INBOX, SLOT, Mutant, Result, compile_all, known_results, results
from tests.contract.tool_environment import ToolEnvironment
from tests.generated_blocks import AUDIT_PAGE, CONTRACT_PAGE, table, write_block

COMMAND = "python -m tests.contract.generated_mutants --write"
MUTATOR = ToolEnvironment("mutator", "universalmutator")
SELECTION = ROOT / ".build" / "audit" / "generated_mutants.json"
MOST_OF_A_LINE = 1
# Killed by whatever runs the line: it would say nothing of what the tests look at.
TRIVIAL = {"revert();", "selfdestruct(msg.sender);", "assert(false);"}

# The function that is changed: the file of tests that should notice it.
FIRST = {
    "send": "test_send",
    "sendBatch": "test_send_batch",
    "retract": "test_retract",
    "acknowledge": "test_acknowledge",
    "acknowledgeBySignature": "test_by_signature",
    "registerKey": "test_register_key",
    "registerKeyBySignature": "test_by_signature",
    "restrictInbox": "test_restrict_inbox",
    "restrictInboxBySignature": "test_by_signature",
    "approveSender": "test_approve_sender",
    "approveSenderBySignature": "test_by_signature",
    "multicall": "test_multicall",
    "count": "test_count",
    "message": "test_message",
    "page": "test_page",
    "keyOf": "test_register_key",
    "restrictionOf": "test_restrict_inbox",
    "approvalOf": "test_approve_sender",
    "cursorOf": "test_cursor_of",
    "_domainNameAndVersion": "test_eip712_domain",
    "_deliver": "test_send",
    "_store": "test_cursor_of",
    "_acknowledge": "test_acknowledge",
    "_mark": "test_retract",
    "_registerKey": "test_register_key",
    "_toggleRestriction": "test_restrict_inbox",
    "_approveSender": "test_approve_sender",
    "_status": "test_long_inboxes",
    "_isInForce": "test_register_key",
    "_senderOf": "test_retract",
    "_prove": "test_cursor_of",
    "_read": "test_message",
    "_previous": "test_cursor_of",
    "_checkSignature": "test_by_signature",
    "_checkVersion": "test_by_signature",
    "_isPoint": "test_register_key",
    "_isOdd": "test_register_key",
    "_salt": "test_cursor_of",
    "_fail": "test_multicall",
    "withMessage": "test_send",
    "withKey": "test_register_key",
    "toggled": "test_restrict_inbox",
    "_checkNotLast": "test_last_versions",
    "keyVersion": "test_register_key",
    "isKeyOdd": "test_register_key",
    "restriction": "test_restrict_inbox",
    "isRestricted": "test_restrict_inbox",
}

_NOT_LOOKED_AT = "With a refusal, `send` fails and `sendBatch` counts it: neither looks at the index."
_READ_ONLY = "Read only, from memory as from storage."
# (what is there, what the mutant has): why no test can notice.
# fmt: off
ARGUED: dict[tuple[str, str], str] = {
    ('Approval memory approval = _approvals[account][sender];', 'Approval storage approval = _approvals[account][sender];'): _READ_ONLY,
    ('if (version != 0) key = abi.encodePacked(uint8(slot.isKeyOdd() ? 3 : 2), _keys[account].x);', 'if (version != 0) key = abi.encodePacked(int8(slot.isKeyOdd() ? 3 : 2), _keys[account].x);'): 'One byte, 02 or 03, whether it is taken for signed or not.',
    ('Approval storage approval = _approvals[account][sender];', 'Approval memory approval = _approvals[account][sender];'): _READ_ONLY,
    ('return (0, abi.encodeWithSelector(BadEnvelope.selector, size));', 'return ((0+1), abi.encodeWithSelector(BadEnvelope.selector, size));'): _NOT_LOOKED_AT,
    ('return (0, abi.encodeWithSelector(StaleKey.selector, recipient, slot.keyVersion()));', 'return (1, abi.encodeWithSelector(StaleKey.selector, recipient, slot.keyVersion()));'): _NOT_LOOKED_AT,
    ('return (0, abi.encodeWithSelector(NotApproved.selector, recipient, msg.sender, until));', 'return ((0+1), abi.encodeWithSelector(NotApproved.selector, recipient, msg.sender, until));'): _NOT_LOOKED_AT,
    ('mstore(add(m, 40), previous)', 'mstore(add ( 40,m), previous)'): 'A sum in another order.',
    ('Key storage key = _keys[account];', 'Key memory key = _keys[account];'): _READ_ONLY,
    ('mstore(0, 0)', 'mstore(1, 0)'): 'What is left in the first bytes lies above the 20 of an address, which the compiler cuts off wherever it hands one on.',
}
# fmt: on


class Change(NamedTuple):
    path: str
    line: int
    """From 0."""
    after: str

    @property
    def before(self) -> str:
        return (ROOT / self.path).read_text().splitlines()[self.line]

    @property
    def text(self) -> str:
        lines = (ROOT / self.path).read_text().splitlines()
        return "\n".join([*lines[: self.line], self.after, *lines[self.line + 1 :], ""])

    @property
    def name(self) -> str:
        return f"{Path(self.path).stem}:{self.line + 1}  {self.before.strip()}  →  {self.after.strip() or '(nothing)'}"

    @property
    def pair(self) -> tuple[str, str]:
        return self.before.strip(), self.after.strip()

    @property
    def function(self) -> str:
        """Whose line it is; "" outside of all."""
        above = (ROOT / self.path).read_text().splitlines()[: self.line + 1]
        named = [found[1] for text in above if (found := re.match(r" {4}(?:function (\w+)|})", text))]
        return (named[-1] if named else "") or ""


def without_comments(text: str) -> str:
    """The same lines, comments left out, so that none is changed."""
    return re.sub(r"[ \t]*//.*", "", text)


def statements(text: str) -> set[int]:
    """The lines of meaning, from 0: what stands in a function's body, but for brackets alone; and constants."""
    found, inside = set(), False
    for number, line in enumerate(text.splitlines()):
        if inside and line == "    }":
            inside = False
        if (inside and re.search(r"\w", line)) or re.search(r" constant \w+ =", line):
            found.add(number)
        if re.fullmatch(r" {4}(function .*|\).*)\{", line):
            inside = True
    return found


def changes(path: str) -> list[Change]:
    """What the tool makes of a file's lines of meaning, each once; those of a line in the order of their digests."""
    plain = without_comments((ROOT / path).read_text())
    original, meant = plain.splitlines(), statements(plain)
    found = set()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "Contract.sol"
        source.write_text(plain)
        (Path(folder) / "mutants").mkdir()
        command = [MUTATOR.program("mutate"), source.name, "solidity", "--noCheck", "--mutantDir", "mutants"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        for mutant in (Path(folder) / "mutants").iterdir():
            lines = mutant.read_text().splitlines()
            differ = [at for at, pair in enumerate(zip(original, lines, strict=False)) if pair[0] != pair[1]]
            if len(lines) == len(original) and len(differ) == 1 and differ[0] in meant:
                found.add(Change(path, differ[0], lines[differ[0]]))
    found = {change for change in found if change.after.strip() not in TRIVIAL}
    return sorted(found, key=lambda change: (change.line, hashlib.sha256(change.after.encode()).digest()))


def selected() -> list[Change]:
    """The mutants: of each line the first that compile and differ. Kept, since all that compiling takes minutes."""
    base = hashlib.sha256(json.dumps([statement(MUTATOR.version()), MOST_OF_A_LINE]).encode()).hexdigest()
    kept = json.loads(SELECTION.read_text()) if SELECTION.exists() else {}
    if kept.get("of") == base:
        return [Change(*change) for change in kept["changes"]]
    waiting = defaultdict(list)
    for change in [*changes(INBOX), *changes(SLOT)]:
        waiting[change.path, change.line].append(change)
    (unchanged,) = compile_all([(INBOX, (ROOT / INBOX).read_text())])
    known, chosen = {json.dumps(unchanged)}, defaultdict(list)
    while waiting:
        turn = [changes.pop(0) for changes in waiting.values()]
        for change, code in zip(turn, compile_all([(change.path, change.text) for change in turn]), strict=True):
            if not isinstance(code, str) and json.dumps(code) not in known:
                known.add(json.dumps(code))
                chosen[change.path, change.line].append(change)
        waiting = {at: rest for at, rest in waiting.items() if rest and len(chosen[at]) < MOST_OF_A_LINE}
        click.echo(f"{sum(map(len, chosen.values()))} chosen, {len(waiting)} lines to try", err=True)
    found = [change for at in sorted(chosen) for change in chosen[at]]
    SELECTION.parent.mkdir(parents=True, exist_ok=True)
    SELECTION.write_text(json.dumps({"of": base, "changes": found}))
    return found


def render(found: dict[Change, Result], made: int) -> str:
    """For docs/audit.md: how many of those that were made, by function."""
    by_function = defaultdict(list)
    for change, result in found.items():
        by_function[f"{Path(change.path).stem}, {change.function or 'outside of functions'}"].append(result.killed)
    rows = [[place, str(len(killed)), str(sum(killed))] for place, killed in by_function.items()]
    killed = sum(result.killed for result in found.values())
    head = (
        f"{killed} of the {len(found)} mutants that were run are killed; contract.md argues the other "
        f"{len(found) - killed}. The tool made {made}."
    )
    return f"{statement(anvil(), MUTATOR.version())}\n\n{head}\n\n{table(['where', 'mutants', 'killed'], rows)}"


def render_survivors(found: dict[Change, Result]) -> str:
    """For docs/contract.md: each mutant that no test notices, as the run prints it, and why."""
    survivors = [change for change, result in found.items() if not result.killed]
    return "\n".join(
        f"- `{change.name.split('  ', 1)[1]}`\n  {ARGUED.get(change.pair, 'NOT ARGUED')}" for change in survivors
    )


def main(arguments: list[str]) -> int:
    mutants = {change.name: change for change in selected()}
    given = {
        name: Mutant(change.path, change.text, FIRST.get(change.function, "test_send"))
        for name, change in mutants.items()
    }
    found = {}
    for name, result in (known_results if "--known" in arguments else results)(given):
        found[mutants[name]] = result
        argued = "argued  " if mutants[name].pair in ARGUED else "SURVIVED"
        click.echo(f"{'killed  ' if result.killed else argued}  {name}: {result.noticed_by}")
    open_ = [change for change, result in found.items() if not result.killed and change.pair not in ARGUED]
    click.echo(f"{sum(r.killed for r in found.values())} of {len(found)} killed, {len(open_)} not argued")
    if "--write" in arguments:
        write_block(AUDIT_PAGE, COMMAND, render(found, len(mutants)))
        write_block(CONTRACT_PAGE, COMMAND, render_survivors(found))
    return 1 if open_ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
