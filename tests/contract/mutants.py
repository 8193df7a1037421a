"""Breaks the contract in one place at a time and runs its tests:  python -m tests.contract.mutants [NAME…] [--write]

Each mutant is a small slip that somebody could make, thought of by hand; those of a tool are in generated_mutants.py.
The tests must notice every one ("killed"); a survivor ends the run with status 1. `--write` puts all of them into
docs/audit.md.
"""

# ruff: noqa: E501 - one mutant, one line
from __future__ import annotations

import sys

import click

from tests.contract.audited import ROOT, anvil, statement
from tests.contract.mutation import INBOX, SLOT, Mutant, Result, results
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.contract.mutants --write"

# By the file of tests that should notice them, which runs first; the others follow.
# name: (file, what is there, what the mutant has). What is there occurs once.
BY_TESTS = {
    "test_send": {
        "empty envelopes pass": (INBOX, "size == 0 || ", ""),
        "2048 bytes are too many": (INBOX, "size > MAX_ENVELOPE", "size >= MAX_ENVELOPE"),
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
        "the time is lost": (INBOX, "and(timestamp(), 0xffffffffff)", "0"),
        "the key version is lost": (INBOX, "or(shl(40, keyVersion), and(timestamp(), 0xffffffffff))", "and(timestamp(), 0xffffffffff)"),
        "the last byte is lost": (INBOX, "0x61003180600a3d393df3", "0x61003080600a3d393df3"),
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
    },
    "test_page": {
        "a message to come is found": (INBOX, "if (index >= slot.count()) revert", "if (index > slot.count()) revert"),
        "a walk goes one too far": (INBOX, "uint256 newer = start - index;", "uint256 newer = start - index + 1;"),
        "any cursor will do": (INBOX, "code.length != 0 && index <= type(uint96).max && address(uint160(uint256(hash))) == cursor", "true"),
        "the cursor of no code will do": (INBOX, "code.length != 0 && ", ""),
        "an index runs over into the recipient": (INBOX, "index <= type(uint96).max && ", ""),
        "a search may start at an older message": (INBOX, "            if (index > start) revert BadCursor(recipient, index, cursor);\n", "            if (index > start) return cursor;\n"),
        "a search with a cursor starts unproved": (INBOX, "            _prove(recipient, start, cursor);\n", ""),
        "a page takes the cursor of any newer message": (INBOX, "cursorOf(recipient, end - 1, end - 1, cursor)", "cursorOf(recipient, end - 1, total - 1, cursor)"),
        "an end above the count is taken": (INBOX, "if (end > total) end = total;", ""),
        "a page of an empty inbox fails": (INBOX, "if (end == 0) return (newestFirst, next);", ""),
        "a limit above the count is taken": (INBOX, "if (limit > end) limit = end;", ""),
        "a page shows the statuses of its neighbours": (INBOX, "_status(recipient, end - 1 - i)", "_status(recipient, end - i)"),
        "a message alone has no status": (INBOX, "found.status = _status(recipient, index);", ""),
        "the own key has bytes": (INBOX, "if (version != 0) key", "key"),
    },
    "test_register_key": {
        "no key is checked": (INBOX, "if (!_isPoint(uint256(x), uint256(y))) revert BadKey(x, y);", ""),
        "a key in force is not checked": (INBOX, "if (!_isPoint(uint256(x), uint256(y))) revert BadKey(x, y);\n        Key storage key = _keys[account];", "Key storage key = _keys[account];\n        if (key.x != x && !_isPoint(uint256(x), uint256(y))) revert BadKey(x, y);"),
        "x above the prime passes": (INBOX, "x < P && y < P", "y < P"),
        "y above the prime passes": (INBOX, "x < P && y < P", "x < P"),
        "another curve": (INBOX, "x, P), 7, P)", "x, P), 8, P)"),
        "the prefix is that of the other y": (INBOX, "slot.isKeyOdd() ? 3 : 2", "slot.isKeyOdd() ? 2 : 3"),
        "x alone says whether a key is in force": (INBOX, "slot.isKeyOdd() == _isOdd(y) && ", ""),
        "y alone says whether a key is in force": (INBOX, "key.x == x && ", ""),
        "another hybrid digest is no other key": (INBOX, " && key.hybrid == hybrid;", ";"),
        "x and hybrid are not kept": (INBOX, "        _keys[account] = Key(x, hybrid);\n", ""),
        "a hybrid digest stays when the next key has none": (INBOX, "        _keys[account] = Key(x, hybrid);", "        _keys[account].x = x;\n        if (hybrid != 0) _keys[account].hybrid = hybrid;"),
        "a key is written for the caller": (INBOX, "        _keys[account] = Key(x, hybrid);", "        _keys[msg.sender] = Key(x, hybrid);"),
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
        "a relayed key in force fails": (INBOX, "        if (_isInForce(account, slot, x, y, hybrid)) return;\n", "        _isInForce(account, slot, x, y, hybrid);\n"),
        "a relayed approval in force fails": (INBOX, "        if (approval.until == until) return;\n", ""),
        "a relayed restriction in force fails": (INBOX, "        if (_slots[account].isRestricted() == restricted) return;\n", ""),
        "a relayed acknowledgement in force is checked": (INBOX, "        if (_status(recipient, index) & ACKNOWLEDGED != 0) return;\n", ""),
        "the signed index is not the one acknowledged": (INBOX, "abi.encode(ACKNOWLEDGE, recipient, index, cursor, deadline)", "abi.encode(ACKNOWLEDGE, recipient, uint256(0), cursor, deadline)"),
        "the signed cursor is not the message's": (INBOX, "abi.encode(ACKNOWLEDGE, recipient, index, cursor, deadline)", "abi.encode(ACKNOWLEDGE, recipient, index, address(0), deadline)"),
        "the hybrid digest is not signed": (INBOX, "version, x, y, hybrid, deadline))", "version, x, y, bytes32(0), deadline))"),
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
    "test_last_versions": {
        "after the last key version comes the first": (SLOT, "        _checkNotLast(keyVersion(slot));\n", ""),
        "after the last restriction comes the first": (SLOT, "        _checkNotLast(restriction(slot));\n", ""),
        "the last version is one too early": (SLOT, "if (version == LAST_VERSION)", "if (version >= LAST_VERSION - 1)"),
        "the last version of an approval is one too early": (INBOX, "approval.version == type(uint32).max", "approval.version >= type(uint32).max - 1"),
        "approvals have no last version": (INBOX, "        if (approval.version == type(uint32).max) revert LastVersion(approval.version);\n", ""),
        "the count runs over": (SLOT, "uint256 counted = Slot.unwrap(slot) + (1 << COUNT);", "uint256 counted;\n        unchecked { counted = Slot.unwrap(slot) + (1 << COUNT); }"),
    },
    "test_late_times": {
        "the time is not masked": (INBOX, "and(timestamp(), 0xffffffffff)", "timestamp()"),
        "times end in 2106": (INBOX, "and(timestamp(), 0xffffffffff)", "and(timestamp(), 0xffffffff)"),
        "approvals end in 2106": (INBOX, "block.timestamp > until", "uint32(block.timestamp) > until"),
        "deadlines end in 2106": (INBOX, "block.timestamp > deadline", "uint32(block.timestamp) > deadline"),
    },
    "test_state_machine": {
        "a new message clears the rest of the slot": (SLOT, "((counted >> KEY_VERSION) << KEY_VERSION)", "((counted >> COUNT) << COUNT)"),
        "a new key clears the restriction": (SLOT, "& ~(uint256(1) << KEY_IS_ODD)", "& ~(uint256((1 << 29) - 1) << RESTRICTION)"),
        "a new key keeps the parity of the one before": (SLOT, "& ~(uint256(1) << KEY_IS_ODD)", "& ~uint256(0)"),
        "every key is even": (SLOT, "isOdd ? 1 : 0", "isOdd ? 0 : 0"),
        "the count is narrow": (SLOT, "return Slot.unwrap(slot) >> COUNT;", "return (Slot.unwrap(slot) >> COUNT) & 63;"),
        "opening again does not": (SLOT, "% 2 == 1", "!= 0"),
    },
}  # fmt: skip
MUTANTS = {name: mutant for mutants in BY_TESTS.values() for name, mutant in mutants.items()}
FIRST = {name: tests for tests, mutants in BY_TESTS.items() for name in mutants}


def mutant(name: str) -> Mutant:
    path, before, after = MUTANTS[name]
    text = (ROOT / path).read_text()
    if text.count(before) != 1:
        raise SystemExit(f"mutant {name!r}: {before!r} is there {text.count(before)} times, not once")
    return Mutant(path, text.replace(before, after), FIRST[name])


def render(found: dict[str, Result]) -> str:
    killed = sum(result.killed for result in found.values())
    rows = [[name, f"`{r.noticed_by}`" if r.killed else "SURVIVED"] for name, r in found.items()]
    head = f"{killed} of {len(found)} mutants killed; the contract as it is passes."
    return f"{statement(anvil())}\n\n{head}\n\n{table(['mutant', 'first test that notices it'], rows)}"


def main(arguments: list[str]) -> int:
    names = [argument for argument in arguments if argument != "--write"] or list(MUTANTS)
    if "--write" in arguments and names != list(MUTANTS):
        raise SystemExit("--write is for all mutants: leave out the names")
    found = {}
    for name, result in results({name: mutant(name) for name in names}):
        found[name] = result
        click.echo(f"{'killed  ' if result.killed else 'SURVIVED'}  {name}: {result.noticed_by}")
    survived = sum(not result.killed for result in found.values())
    click.echo(f"{len(found) - survived} killed, {survived} survived")
    if "--write" in arguments:
        write_block(AUDIT_PAGE, COMMAND, render(found))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
