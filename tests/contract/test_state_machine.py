"""Any sequence of acts leaves the contract as a model of lists and dictionaries says, after each of them.

The acts are those of four accounts; messages also go to an address that nobody has a key of. Time passes. Signed acts
are relayed at once, later, again, late, or forged.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from eth_utils import keccak
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from tests.contract.client import GAS, ZERO_ADDRESS, ContractClient, Event, Message, Outcome
from tests.contract.cursors import phantom
from tests.contract.model import Model, RefusedError
from tests.contract.signing import METHODS, domain_of, sign
from tests.contract.storage import read_slot
from tests.contract.strategies import EXAMPLES, FOREVER, NO_HYBRID, STEPS, compressed, envelopes, point

NOBODY = "0x00000000000000000000000000000000DeaDBeef"
DAY = 86_400
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1's group
signers = st.integers(0, 3)
hybrids = st.sampled_from([NO_HYBRID, b"\1" * 32, b"\xfe" * 32])
cursors = st.sampled_from(["its own", "its own", "its own", "none", "another's", "phantom", "account"])
recipients = st.integers(0, 4)  # 4 is NOBODY
secrets = st.sampled_from([1, 2, 3, ORDER - 1, ORDER - 2, ORDER - 3])  # the same x with either y
no_envelopes = st.sampled_from([b"", bytes(2049)])
selectors = {
    "BadEnvelope": keccak(text="BadEnvelope(uint256)")[:4],
    "StaleKey": keccak(text="StaleKey(address,uint32)")[:4],
    "NotApproved": keccak(text="NotApproved(address,address,uint40)")[:4],
}


@dataclass
class Signed:
    """An act that `account` has signed, whether or not anyone has relayed it yet."""

    name: str
    account: int
    fields: tuple[Any, ...]
    signature: bytes


class Views(NamedTuple):
    """What the contract's views return of every account, all from one block."""

    inboxes: dict[str, list[Message]]
    """Oldest first."""
    counts: dict[str, int]
    keys: dict[str, tuple[int, bytes, bytes]]
    restrictions: dict[str, tuple[bool, int]]
    approvals: dict[tuple[str, str], tuple[int, int]]


class InboxMachine(RuleBasedStateMachine):
    """Every rule makes the same act on the chain and in the model; invariants read what the chain holds after it."""

    runs: ClassVar[int] = 0
    transactions: ClassVar[int] = 0
    seen: ClassVar[Counter[str]] = Counter()
    """Of all runs: the events, the errors of refused transactions, and how often nothing was to do."""

    def __init__(self, chain, inbox, accounts) -> None:
        super().__init__()
        self.chain, self.client = chain, ContractClient(inbox, chain.provider)
        self.accounts = accounts[:4]
        self.addresses = [account.address for account in self.accounts] + [NOBODY]
        self.relayer = accounts[5].address
        self.domain = domain_of(inbox.address, chain.chain_id)
        self.model = Model(inbox.address)
        self.signed: list[Signed] = []
        self.snapshot = chain.snapshot()
        self.next_block = self.client.web3.eth.block_number + 1
        self.logged: list[Event] = []  # by the chain, up to `next_block`
        self.expected: list[Event] = []  # by the model
        self.first_read: dict[tuple[str, int], Message] = {}  # by recipient and index
        self.statuses: dict[tuple[str, int], int] = {}  # as the chain had them after the last step
        self._views: Views | None = None  # none since the last transaction

    def teardown(self) -> None:
        self.chain.restore(self.snapshot)
        InboxMachine.runs += 1

    def compare(self, done: Outcome, expected, *arguments) -> None:
        """`done` is what the model does: the same events and no others, or the same error."""
        events: list[Event] = []
        error = None
        try:
            events = expected(*arguments)
        except RefusedError as refused:
            error = refused.error
        assert (done.error, done.events) == (error, events)
        self.expected += events

    def transact(self, caller: str, function: str, *arguments: Any) -> Outcome:
        return self.counted(self.client.transact(caller, function, *arguments))

    def counted(self, done: Outcome) -> Outcome:
        self._views = None
        InboxMachine.transactions += 1
        if done.error is not None:
            self.seen[done.error[0] or "none of the contract's errors"] += 1
        else:
            self.seen.update([name for name, _ in done.events] or ["nothing to do"])
        return done

    def version(self, recipient: int, stale: bool) -> int:
        return len(self.model.keys[self.addresses[recipient]]) + stale

    # ---- messages

    @rule(
        sender=signers,
        recipient=recipients,
        stale=st.booleans(),
        envelope=envelopes | st.sampled_from([b"", bytes(2049)]),
    )
    def send(self, sender: int, recipient: int, stale: bool, envelope: bytes) -> None:
        version = self.version(recipient, stale and len(envelope) % 3 == 0)
        done = self.transact(self.addresses[sender], "send", self.addresses[recipient], version, envelope)
        self.compare(
            done, self.model.send, done.timestamp, self.addresses[sender], self.addresses[recipient], version, envelope
        )

    @rule(sender=signers, items=st.lists(st.tuples(recipients, st.booleans(), st.binary(max_size=3)), max_size=5))
    def send_batch(self, sender: int, items: list[tuple[int, bool, bytes]]) -> None:
        batch = [
            (self.addresses[recipient], self.version(recipient, stale), sealed) for recipient, stale, sealed in items
        ]
        done = self.transact(self.addresses[sender], "sendBatch", batch)
        self.compare(done, self.send_one_by_one, done.timestamp, self.addresses[sender], batch)

    def send_one_by_one(self, now: int, sender: str, batch: list[tuple[str, int, bytes]]):
        events = []
        for number, item in enumerate(batch):
            try:
                events += self.model.send(now, sender, *item)
            except RefusedError as refused:
                skipped = {"recipient": item[0], "sender": sender, "item": number}
                events.append(("Skipped", {**skipped, "reason": selectors[refused.error[0]]}))
        return events

    def cursor(self, recipient: int, index: int, which: str) -> str:
        """One to hand in for a message, right or wrong; of a message that is not there none is right."""
        account, inbox = self.addresses[recipient], self.model.inboxes[self.addresses[recipient]]
        others = [message.cursor for each in self.model.inboxes.values() for message in each]
        wrong = {
            "none": ZERO_ADDRESS,
            "another's": others[index % len(others)] if others else account,
            "phantom": phantom(self.client.contract.address, account, index),
            "account": account,
        }
        return inbox[index].cursor if which == "its own" and index < len(inbox) else wrong.get(which, ZERO_ADDRESS)

    @rule(caller=signers, recipient=recipients, index=st.integers(0, 4), which=cursors)
    def retract(self, caller: int, recipient: int, index: int, which: str) -> None:
        place = self.addresses[recipient], index, self.cursor(recipient, index, which)
        done = self.transact(self.addresses[caller], "retract", *place)
        self.compare(done, self.model.retract, self.addresses[caller], *place)

    @precondition(lambda self: any(self.model.inboxes.values()))
    @rule(data=st.data())
    def retract_as_its_sender(self, data: st.DataObject) -> None:
        places = [(recipient, index) for recipient, inbox in self.model.inboxes.items() for index in range(len(inbox))]
        recipient, index = data.draw(st.sampled_from(places))
        message = self.model.inboxes[recipient][index]
        done = self.transact(message.sender, "retract", recipient, index, message.cursor)
        self.compare(done, self.model.retract, message.sender, recipient, index, message.cursor)

    @rule(caller=signers, index=st.integers(0, 4), which=cursors)
    def acknowledge(self, caller: int, index: int, which: str) -> None:
        place = index, self.cursor(caller, index, which)
        done = self.transact(self.addresses[caller], "acknowledge", *place)
        self.compare(done, self.model.acknowledge, self.addresses[caller], *place)

    @rule(recipient=recipients, index=st.integers(0, 4), start=st.integers(0, 4), which=cursors)
    def look_for_a_message(self, recipient: int, index: int, start: int, which: str) -> None:
        """A search from any message, with any cursor, finds the model's message, or is refused."""
        account, cursor = self.addresses[recipient], self.cursor(recipient, start, which)
        call = {
            "to": self.client.contract.address,
            "data": "0x" + self.client.encode("cursorOf", account, index, start, cursor).hex(),
        }
        error = None
        try:
            expected = self.model.cursor_of(account, index, start, cursor)
        except RefusedError as refused:
            error = refused.error
        if error:
            assert self.client.error_of(call) == error
        else:
            assert self.client.call_views([("cursorOf", (account, index, start, cursor))]) == [(expected,)]

    # ---- settings

    @rule(caller=signers, secret=secrets, hybrid=hybrids)
    def register_key(self, caller: int, secret: int, hybrid: bytes) -> None:
        key = *point(secret), hybrid
        done = self.transact(self.addresses[caller], "registerKey", *key)
        self.compare(done, self.model.register_key, self.addresses[caller], key)

    @rule(caller=signers, x=st.binary(min_size=32, max_size=32), secret=secrets, hybrid=hybrids)
    def register_what_is_no_key(self, caller: int, x: bytes, secret: int, hybrid: bytes) -> None:
        """Not a point; or x of the one in force, with a wrong y of the right parity."""
        y = point(secret)[1]
        for versions in (self.model.keys[self.addresses[caller]], []):
            given = (versions[-1][0], bytes([y[0] ^ 1]) + y[1:]) if versions else (x, y)
            assert self.transact(self.addresses[caller], "registerKey", *given, hybrid).error == ("BadKey", given)

    @rule(caller=signers, restricted=st.booleans())
    def restrict(self, caller: int, restricted: bool) -> None:
        done = self.transact(self.addresses[caller], "restrictInbox", restricted)
        self.compare(done, self.model.restrict, self.addresses[caller], restricted)

    @rule(caller=signers, sender=signers, days=st.sampled_from([0, 1, 3, None]))
    def approve(self, caller: int, sender: int, days: int | None) -> None:
        until = self.until(days)
        done = self.transact(self.addresses[caller], "approveSender", self.addresses[sender], until)
        self.compare(done, self.model.approve, self.addresses[caller], self.addresses[sender], until)

    def until(self, days: int | None) -> int:
        return FOREVER if days is None else 0 if days == 0 else self.chain.blocks.head.timestamp + days * DAY

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.chain.pending_timestamp = self.chain.blocks.head.timestamp + days * DAY + DAY // 2
        self.chain.mine()

    # ---- signatures

    def sign(self, account: int, name: str, *values: Any) -> Signed:
        fields = (self.addresses[account], *values)
        act = Signed(name, account, fields, sign(self.accounts[account].private_key, self.domain, name, fields))
        self.signed.append(act)
        return act

    def relay(self, act: Signed) -> None:
        done = self.transact(self.relayer, METHODS[act.name], *act.fields, act.signature)
        self.compare(done, self.relayed, act, done)

    def relayed(self, act: Signed, done: Outcome):
        """What a relayed act does by the model: nothing if it is so already, or it must still hold and be the next."""
        account, *values, deadline = act.fields
        now = done.timestamp
        if act.name == "Acknowledge":
            if self.model.prove(account, *values).status & 2:
                return []
            return self.in_time(now, deadline) or self.model.acknowledge(account, *values)
        if act.name == "RegisterKey":
            version, *key = values
            versions = self.model.keys[account]
            change = lambda: self.model.register_key(account, tuple(key))  # noqa: E731
            already = versions[-1:] == [tuple(key)]
        elif act.name == "RestrictInbox":
            restricted, version = values
            versions = self.model.restrictions[account]
            change = lambda: self.model.restrict(account, restricted)  # noqa: E731
            already = self.model.is_restricted(account) == restricted
        else:
            sender, until, version = values
            versions = self.model.approvals[account, sender]
            change = lambda: self.model.approve(account, sender, until)  # noqa: E731
            already = self.model.approved_until(account, sender) == until
        if already:
            return []
        if version != len(versions) + 1:
            raise RefusedError("BadVersion", version, len(versions))
        return self.in_time(now, deadline) or change()

    @staticmethod
    def in_time(now: int, deadline: int) -> None:
        if now > deadline:
            raise RefusedError("Expired", deadline)

    @rule(
        account=signers, index=st.integers(0, 4), which=cursors, days=st.sampled_from([2, None]), at_once=st.booleans()
    )
    def sign_acknowledgement(self, account: int, index: int, which: str, days: int | None, at_once: bool) -> None:
        act = self.sign(account, "Acknowledge", index, self.cursor(account, index, which), self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=signers, secret=secrets, hybrid=hybrids, days=st.sampled_from([2, None]), at_once=st.booleans())
    def sign_key(self, account: int, secret: int, hybrid: bytes, days: int | None, at_once: bool) -> None:
        version = len(self.model.keys[self.addresses[account]]) + 1
        act = self.sign(account, "RegisterKey", version, *point(secret), hybrid, self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=signers, restricted=st.booleans(), days=st.sampled_from([2, None]), at_once=st.booleans())
    def sign_restriction(self, account: int, restricted: bool, days: int | None, at_once: bool) -> None:
        version = len(self.model.restrictions[self.addresses[account]]) + 1
        act = self.sign(account, "RestrictInbox", restricted, version, self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=signers, sender=signers, days=st.sampled_from([0, 1, None]), at_once=st.booleans())
    def sign_approval(self, account: int, sender: int, days: int | None, at_once: bool) -> None:
        version = len(self.model.approvals[self.addresses[account], self.addresses[sender]]) + 1
        act = self.sign(account, "ApproveSender", self.addresses[sender], self.until(days), version, FOREVER)
        if at_once:
            self.relay(act)

    @precondition(lambda self: self.signed)
    @rule(data=st.data())
    def relay_a_signed_act_later_or_again(self, data: st.DataObject) -> None:
        self.relay(data.draw(st.sampled_from(self.signed)))

    @precondition(lambda self: self.signed)
    @rule(data=st.data(), how=st.sampled_from(["signer", "contract", "chain", "bit"]))
    def relay_a_forged_act(self, data: st.DataObject, how: str) -> None:
        """Whatever is wrong with a signature, the act is refused, or it is so already."""
        act = data.draw(st.sampled_from(self.signed))
        forger = self.accounts[(act.account + (how == "signer")) % 4].private_key
        elsewhere = {
            "contract": {**self.domain, "verifyingContract": self.relayer},
            "chain": {**self.domain, "chainId": self.domain["chainId"] + 1},
        }.get(how, self.domain)
        signature = sign(forger, elsewhere, act.name, act.fields)
        if how == "bit":
            place = data.draw(st.integers(0, 63))
            signature = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        done = self.transact(self.relayer, METHODS[act.name], *act.fields, signature)
        assert done.events == []
        if done.error is not None:
            assert done.error[0] in ("BadCursor", "BadSignature", "BadVersion", "Expired")

    # ---- several at once, and Ether

    @rule(caller=signers, recipient=recipients, secret=secrets, broken=st.booleans())
    def multicall(self, caller: int, recipient: int, secret: int, broken: bool) -> None:
        """A key, a message to oneself under it, and perhaps one too many: all or none."""
        me, key = self.addresses[caller], (*point(secret), NO_HYBRID)
        versions = self.model.keys[me]
        version = len(versions) + (versions[-1:] != [key])
        calls = [
            self.client.encode("registerKey", *key),
            self.client.encode("restrictInbox", False),
            self.client.encode("send", me, version, b"to myself"),
        ]
        if broken:
            calls.append(self.client.encode("send", me, version, b""))
            assert self.transact(me, "multicall", calls).error == ("BadEnvelope", (0,))
            return
        done = self.transact(me, "multicall", calls)
        events = self.model.register_key(me, key) + self.model.restrict(me, False)
        events += self.model.send(done.timestamp, me, me, version, b"to myself")
        self.compare(done, lambda: events)

    @rule(caller=signers, act=st.sampled_from(["send", "acknowledge", "registerKey", "", "multicall"]))
    def pay(self, caller: int, act: str) -> None:
        arguments = {"send": (NOBODY, 0, b"x"), "multicall": ([],)}
        arguments |= {"acknowledge": (0, ZERO_ADDRESS), "registerKey": (*point(1), NO_HYBRID)}
        data = self.client.encode(act, *arguments[act]) if act else b""
        done = self.counted(self.client.send_data(self.addresses[caller], data, value=1, gas=GAS))
        assert done.error == ("", (b"",))

    # ---- promises, each of what the chain holds

    def views(self) -> Views:
        """Read from the chain once after each step, for all invariants."""
        if self._views is None:
            self._views = self.read_views()
        return self._views

    def events(self) -> list[Event]:
        """What the chain has logged of the contract since the start."""
        if (block := self.client.web3.eth.block_number) >= self.next_block:
            self.logged += self.client.events_since(self.next_block)
            self.next_block = block + 1
        return self.logged

    def read_views(self) -> Views:
        pairs = [(account, sender) for account in self.addresses for sender in self.addresses[:4]]
        calls = {
            "page": [(account, 2**255, 2**255, ZERO_ADDRESS) for account in self.addresses],
            "count": [(account,) for account in self.addresses],
            "keyOf": [(account,) for account in self.addresses],
            "restrictionOf": [(account,) for account in self.addresses],
            "approvalOf": pairs,
        }
        found = iter(self.client.call_views([(view, arguments) for view in calls for arguments in calls[view]]))
        return Views(
            {account: [Message(*m) for m in next(found)[0][::-1]] for account in self.addresses},
            {account: next(found)[0] for account in self.addresses},
            {account: next(found) for account in self.addresses},
            {account: next(found) for account in self.addresses},
            {pair: next(found) for pair in pairs},
        )

    @invariant()
    def every_inbox_holds_what_was_sent_to_it_in_order_and_nothing_else(self) -> None:
        """`page` and `count`: the model's messages without gaps, each with all its fields."""
        inboxes = {account: self.model.inboxes[account] for account in self.addresses}
        assert self.views().inboxes == inboxes
        assert self.views().counts == {account: len(inbox) for account, inbox in inboxes.items()}

    @invariant()
    def the_key_in_force_is_the_one_last_registered(self) -> None:
        """`keyOf`: the model's last key, compressed, and as version how many there were."""
        assert self.views().keys == {account: self.model.key_of(account) for account in self.addresses}

    @invariant()
    def an_inbox_is_restricted_as_its_owner_last_said(self) -> None:
        """`restrictionOf`: the model's last setting, and as version how often it changed."""
        assert self.views().restrictions == {account: self.model.restriction_of(account) for account in self.addresses}

    @invariant()
    def an_approval_ends_when_the_inboxs_owner_last_said(self) -> None:
        """`approvalOf`, for every owner and sender: the model's last time, and as version how often it changed."""
        assert self.views().approvals == {pair: self.model.approval_of(*pair) for pair in self.views().approvals}

    @invariant()
    def the_fields_of_an_accounts_slot_do_not_run_into_each_other(self) -> None:
        """The account's storage word, taken apart as docs/contract.md says: the model's numbers."""
        for account in self.addresses:
            slot = read_slot(self.client.web3, self.client.contract.address, account)
            version, key, _ = self.model.key_of(account)
            inbox = self.model.inboxes[account]
            assert slot == (
                inbox[-1].cursor if inbox else ZERO_ADDRESS,
                version,
                self.model.restriction_of(account)[1],
                key[:1] == b"\3",
                len(inbox),
            )

    @invariant()
    def what_was_stored_never_changes_but_for_status_bits_which_are_never_cleared(self) -> None:
        """Every message, cursor included, is as the chain first returned it, and all its status bits are still set."""
        found = {
            (account, index): message
            for account, inbox in self.views().inboxes.items()
            for index, message in enumerate(inbox)
        }
        assert set(self.first_read) <= set(found)
        for place, message in found.items():
            stored = message._replace(status=0)
            assert self.first_read.setdefault(place, stored) == stored
            before = self.statuses.get(place, 0)
            assert message.status & before == before
            self.statuses[place] = message.status

    @invariant()
    def the_chain_has_logged_the_models_events_and_no_others(self) -> None:
        """All logs of the contract since the start, in order, whoever made the transactions."""
        assert self.events() == self.expected

    @invariant()
    def whoever_follows_the_events_knows_the_state(self) -> None:
        """The chain's logs alone give the counts, statuses, keys, restrictions and approvals that its views return."""
        views, events = self.views(), self.events()
        sent = Counter(event["recipient"] for name, event in events if name == "Sent")
        assert {account: sent[account] for account in self.addresses} == views.counts
        marks: Counter[tuple[str, int]] = Counter()
        keys = dict.fromkeys(self.addresses, (0, b"", NO_HYBRID))
        restrictions = dict.fromkeys(self.addresses, (False, 0))
        approvals = dict.fromkeys(views.approvals, (0, 0))
        for name, event in events:
            if name in ("Retracted", "Acknowledged"):
                marks[event["recipient"], event["index"]] += 1 if name == "Retracted" else 2
            elif name == "KeyRegistered":
                keys[event["account"]] = (event["version"], compressed(event["x"], event["y"]), event["hybrid"])
            elif name == "InboxRestricted":
                restrictions[event["account"]] = (event["restricted"], event["version"])
            elif name == "SenderApproved":
                approvals[event["account"], event["sender"]] = (event["until"], event["version"])
        statuses = {
            (account, index): message.status
            for account, inbox in views.inboxes.items()
            for index, message in enumerate(inbox)
        }
        assert {place: marks[place] for place in statuses} == statuses
        assert (keys, restrictions, approvals) == (views.keys, views.restrictions, views.approvals)

    @invariant()
    def the_contract_holds_no_ether(self) -> None:
        """Its balance on the chain."""
        assert self.chain.provider.get_balance(self.client.contract.address) == 0


def test_any_sequence_of_acts_agrees_with_the_model(chain, inbox, accounts):
    run(
        lambda: InboxMachine(chain, inbox, accounts),
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
    if path := os.environ.get("STATE_MACHINE_COUNTS"):
        counts = {"runs": InboxMachine.runs, "transactions": InboxMachine.transactions, "seen": InboxMachine.seen}
        Path(path).write_text(json.dumps(counts))
