"""Any sequence of acts leaves the contract as a model of lists and dictionaries says, after each of them.

The acts are those of four accounts; messages also go to an address that nobody has a key of. Time passes. Signed acts
are relayed at once, later, again, late, or forged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils import keccak
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from tests.contract.client import GAS, ZERO_ADDRESS, ContractClient, Outcome
from tests.contract.model import Message, Model, RefusedError
from tests.contract.signing import METHODS, domain_of, sign
from tests.contract.strategies import EXAMPLES, FOREVER, STEPS, envelopes, point

NOBODY = "0x00000000000000000000000000000000DeaDBeef"
DAY = 86_400
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1's group
people = st.integers(0, 3)
anyone = st.integers(0, 4)  # 4 is NOBODY
secrets = st.sampled_from([1, 2, 3, ORDER - 1, ORDER - 2, ORDER - 3])  # the same x with either y
no_envelopes = st.sampled_from([b"", bytes(1025)])
selectors = {
    "BadEnvelope": keccak(text="BadEnvelope(uint256)")[:4],
    "StaleKey": keccak(text="StaleKey(address,uint16)")[:4],
    "NotApproved": keccak(text="NotApproved(address,address,uint40)")[:4],
}


@dataclass
class Signed:
    """An act that `account` has signed, whether or not anyone has relayed it yet."""

    name: str
    account: int
    fields: tuple[Any, ...]
    signature: bytes


class InboxMachine(RuleBasedStateMachine):
    """Every rule does the same to chain and model; `agree` compares what came of it."""

    def __init__(self, chain, inbox, accounts) -> None:
        super().__init__()
        self.chain, self.client = chain, ContractClient(inbox, chain.provider)
        self.accounts = accounts[:4]
        self.who = [account.address for account in self.accounts] + [NOBODY]
        self.relayer = accounts[5].address
        self.domain = domain_of(inbox.address, chain.chain_id)
        self.model = Model()
        self.signed: list[Signed] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ever: dict[tuple[str, int], Message] = {}
        self.snapshot = chain.snapshot()

    def teardown(self) -> None:
        self.chain.restore(self.snapshot)

    def agree(self, done: Outcome, expected, *arguments) -> None:
        """`done` is what the model does: the same events and no others, or the same error."""
        events: list[tuple[str, dict[str, Any]]] = []
        error = None
        try:
            events = expected(*arguments)
        except RefusedError as refused:
            error = refused.error
        assert (done.error, done.events) == (error, events)
        self.events += events

    def version(self, recipient: int, stale: bool) -> int:
        return len(self.model.keys[self.who[recipient]]) + stale

    # ---- messages

    @rule(
        sender=people, recipient=anyone, stale=st.booleans(), envelope=envelopes | st.sampled_from([b"", bytes(1025)])
    )
    def send(self, sender: int, recipient: int, stale: bool, envelope: bytes) -> None:
        version = self.version(recipient, stale and len(envelope) % 3 == 0)
        done = self.client.transact(self.who[sender], "send", self.who[recipient], version, envelope)
        self.agree(done, self.model.send, done.timestamp, self.who[sender], self.who[recipient], version, envelope)

    @rule(sender=people, items=st.lists(st.tuples(anyone, st.booleans(), st.binary(max_size=3)), max_size=5))
    def send_batch(self, sender: int, items: list[tuple[int, bool, bytes]]) -> None:
        batch = [(self.who[recipient], self.version(recipient, stale), sealed) for recipient, stale, sealed in items]
        done = self.client.transact(self.who[sender], "sendBatch", batch)
        self.agree(done, self.send_one_by_one, done.timestamp, self.who[sender], batch)

    def send_one_by_one(self, now: int, sender: str, batch: list[tuple[str, int, bytes]]):
        events = []
        for number, item in enumerate(batch):
            try:
                events += self.model.send(now, sender, *item)
            except RefusedError as refused:
                skipped = {"recipient": item[0], "sender": sender, "item": number}
                events.append(("Skipped", {**skipped, "reason": selectors[refused.error[0]]}))
        return events

    @rule(caller=people, recipient=anyone, index=st.integers(0, 4), with_cursor=st.booleans())
    def retract(self, caller: int, recipient: int, index: int, with_cursor: bool) -> None:
        cursor = ZERO_ADDRESS
        if with_cursor and index < len(self.model.inboxes[self.who[recipient]]):
            ((cursor,),) = self.client.call_views([("cursorOf", (self.who[recipient], index))])
        done = self.client.transact(self.who[caller], "retract", self.who[recipient], index, cursor)
        self.agree(done, self.model.retract, self.who[caller], self.who[recipient], index)

    @rule(caller=people, index=st.integers(0, 4))
    def acknowledge(self, caller: int, index: int) -> None:
        done = self.client.transact(self.who[caller], "acknowledge", index)
        self.agree(done, self.model.acknowledge, self.who[caller], index)

    # ---- settings

    @rule(caller=people, secret=secrets)
    def register_key(self, caller: int, secret: int) -> None:
        done = self.client.transact(self.who[caller], "registerKey", *point(secret))
        self.agree(done, self.model.register_key, self.who[caller], point(secret))

    @rule(caller=people, x=st.binary(min_size=32, max_size=32), secret=secrets)
    def register_what_is_no_key(self, caller: int, x: bytes, secret: int) -> None:
        y = point(secret)[1]
        assert self.client.transact(self.who[caller], "registerKey", x, y).error == ("BadKey", (x, y))

    @rule(caller=people, restricted=st.booleans())
    def restrict(self, caller: int, restricted: bool) -> None:
        done = self.client.transact(self.who[caller], "restrictInbox", restricted)
        self.agree(done, self.model.restrict, self.who[caller], restricted)

    @rule(caller=people, sender=people, days=st.sampled_from([0, 1, 3, None]))
    def approve(self, caller: int, sender: int, days: int | None) -> None:
        until = self.until(days)
        done = self.client.transact(self.who[caller], "approveSender", self.who[sender], until)
        self.agree(done, self.model.approve, self.who[caller], self.who[sender], until)

    def until(self, days: int | None) -> int:
        return FOREVER if days is None else 0 if days == 0 else self.chain.blocks.head.timestamp + days * DAY

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.chain.pending_timestamp = self.chain.blocks.head.timestamp + days * DAY + DAY // 2
        self.chain.mine()

    # ---- signatures

    def sign(self, account: int, name: str, *values: Any) -> Signed:
        fields = (self.who[account], *values)
        act = Signed(name, account, fields, sign(self.accounts[account].private_key, self.domain, name, fields))
        self.signed.append(act)
        return act

    def relay(self, act: Signed) -> None:
        done = self.client.transact(self.relayer, METHODS[act.name], *act.fields, act.signature)
        self.agree(done, self.relayed, act, done)

    def relayed(self, act: Signed, done: Outcome):
        """What a relayed act does by the model: nothing if it is so already, or it must still hold and be the next."""
        account, *values, deadline = act.fields
        now = done.timestamp
        if act.name == "Acknowledge":
            (index,) = values
            inbox = self.model.inboxes[account]
            if index < len(inbox) and inbox[index].status & 2:
                return []
            return self.in_time(now, deadline) or self.model.acknowledge(account, index)
        if act.name == "RegisterKey":
            version, x, y = values
            versions = self.model.keys[account]
            change = lambda: self.model.register_key(account, (x, y))  # noqa: E731
            already = versions[-1:] == [(x, y)]
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

    @rule(account=people, index=st.integers(0, 4), days=st.sampled_from([2, None]), at_once=st.booleans())
    def sign_acknowledgement(self, account: int, index: int, days: int | None, at_once: bool) -> None:
        act = self.sign(account, "Acknowledge", index, self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=people, secret=secrets, days=st.sampled_from([2, None]), at_once=st.booleans())
    def sign_key(self, account: int, secret: int, days: int | None, at_once: bool) -> None:
        version = len(self.model.keys[self.who[account]]) + 1
        act = self.sign(account, "RegisterKey", version, *point(secret), self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=people, restricted=st.booleans(), days=st.sampled_from([2, None]), at_once=st.booleans())
    def sign_restriction(self, account: int, restricted: bool, days: int | None, at_once: bool) -> None:
        version = len(self.model.restrictions[self.who[account]]) + 1
        act = self.sign(account, "RestrictInbox", restricted, version, self.until(days))
        if at_once:
            self.relay(act)

    @rule(account=people, sender=people, days=st.sampled_from([0, 1, None]), at_once=st.booleans())
    def sign_approval(self, account: int, sender: int, days: int | None, at_once: bool) -> None:
        version = len(self.model.approvals[self.who[account], self.who[sender]]) + 1
        act = self.sign(account, "ApproveSender", self.who[sender], self.until(days), version, FOREVER)
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
        done = self.client.transact(self.relayer, METHODS[act.name], *act.fields, signature)
        assert done.events == []
        if done.error is not None:
            assert done.error[0] in ("BadSignature", "BadVersion", "Expired")

    # ---- several at once, and Ether

    @rule(caller=people, recipient=anyone, secret=secrets, broken=st.booleans())
    def multicall(self, caller: int, recipient: int, secret: int, broken: bool) -> None:
        """A key, a message to oneself under it, and perhaps one too many: all or none."""
        me, key = self.who[caller], point(secret)
        versions = self.model.keys[me]
        version = len(versions) + (versions[-1:] != [key])
        calls = [
            self.client.encode("registerKey", *key),
            self.client.encode("restrictInbox", False),
            self.client.encode("send", me, version, b"to myself"),
        ]
        if broken:
            calls.append(self.client.encode("send", me, version, b""))
            assert self.client.transact(me, "multicall", calls).error == ("BadEnvelope", (0,))
            return
        done = self.client.transact(me, "multicall", calls)
        events = self.model.register_key(me, key) + self.model.restrict(me, False)
        events += self.model.send(done.timestamp, me, me, version, b"to myself")
        self.agree(done, lambda: events)

    @rule(caller=people, act=st.sampled_from(["send", "acknowledge", "registerKey", "", "multicall"]))
    def pay(self, caller: int, act: str) -> None:
        arguments = {"send": (NOBODY, 0, b"x"), "acknowledge": (0,), "registerKey": point(1), "multicall": ([],)}
        data = self.client.encode(act, *arguments[act]) if act else b""
        assert self.client.send_data(self.who[caller], data, value=1, gas=GAS).error == ("", (b"",))

    # ---- promises

    @initialize()
    def nothing_is_there_yet(self) -> None:
        assert self.chain.provider.get_balance(self.client.contract.address) == 0

    @invariant()
    def the_chain_is_as_the_model_says(self) -> None:
        """Inboxes in order and without gaps, keys, restrictions and approvals, of everyone, after each step."""
        pairs = [(account, sender) for account in self.who for sender in self.who[:4]]
        found = self.client.call_views(
            [("page", (account, 2**255, 2**255, ZERO_ADDRESS)) for account in self.who]
            + [("count", (account,)) for account in self.who]
            + [("keyOf", (account,)) for account in self.who]
            + [("restrictionOf", (account,)) for account in self.who]
            + [("approvalOf", pair) for pair in pairs]
        )
        model, n = self.model, len(self.who)
        inboxes = [model.inboxes[account] for account in self.who]
        assert [page for page, _ in found[:n]] == [tuple(inbox[::-1]) for inbox in inboxes]
        assert found[n : 2 * n] == [(len(inbox),) for inbox in inboxes]
        assert found[2 * n : 3 * n] == [model.key_of(account) for account in self.who]
        restrictions = [(model.is_restricted(account), len(model.restrictions[account])) for account in self.who]
        assert found[3 * n : 4 * n] == restrictions
        approvals = [(model.approved_until(*pair), len(model.approvals[pair])) for pair in pairs]
        assert found[4 * n :] == approvals

    @invariant()
    def what_was_stored_never_changes_but_for_a_status_that_only_grows(self) -> None:
        for account in self.who:
            for index, message in enumerate(self.model.inboxes[account]):
                before = self.ever.setdefault((account, index), message)
                assert message._replace(status=0) == before._replace(status=0)
                assert message.status & before.status == before.status
                self.ever[account, index] = message

    @invariant()
    def there_are_as_many_events_as_messages(self) -> None:
        sent = [(e["recipient"], e["index"]) for name, e in self.events if name == "Sent"]
        assert sorted(sent) == sorted((who, i) for who in self.who for i in range(len(self.model.inboxes[who])))

    @invariant()
    def the_contract_holds_no_ether(self) -> None:
        assert self.chain.provider.get_balance(self.client.contract.address) == 0


def test_any_sequence_of_acts_agrees_with_the_model(chain, inbox, accounts):
    run(
        lambda: InboxMachine(chain, inbox, accounts),
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
