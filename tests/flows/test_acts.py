"""Acts: keys, restriction, approval, retraction and receipt, by transaction or signed for somebody else to relay."""

import json
import re
import time
from datetime import UTC, datetime

import pexpect
import pytest
from ape import networks
from click.testing import CliRunner
from eth_account import Account

from radiogram.chain.inbox import Inbox, Recipient
from radiogram.cli.commands.acknowledge import cli as acknowledge
from radiogram.cli.commands.approve_sender import cli as approve_sender
from radiogram.cli.commands.register_key import cli as register_key
from radiogram.cli.commands.relay import cli as relay
from radiogram.cli.commands.restrict_inbox import cli as restrict_inbox
from radiogram.cli.commands.retract import cli as retract
from radiogram.errors import InboxError, InsufficientFundsError, NoMessageError
from radiogram.formats.key_file import read_keys
from radiogram.formats.public_key import fingerprint, public_key_of
from radiogram.formats.signed_act import (
    Acknowledge,
    ApproveSender,
    RegisterKey,
    RestrictInbox,
    SignedAct,
    signable,
)
from radiogram.formats.unix_time import FOREVER
from tests.cli.conftest import _interruptible  # noqa: F401 - a fixture
from tests.flows.ape_run import introduce
from tests.flows.conftest import PASSPHRASE, ROOT

ACT = ["changed", "tx_hash", "gas_used", "fee_wei", "fee_money"]
KEY, NEXT_KEY = public_key_of(b"\x21" * 32), public_key_of(b"\x22" * 32)
ENVELOPE = b"\x02" + bytes(153)
WEEK = 7 * 24 * 60 * 60  # seconds
POOR = b"\x07" * 32


# ---- the scripts, as users run them


def test_a_new_key_is_kept_registered_sealed_to_and_opens(devnet, tmp_path, xray):
    """And the account's own key does not."""
    file, passphrase = tmp_path / "new.json", {"RADIOGRAM_KEY_FILE_PASSPHRASE": PASSPHRASE}
    account = ("--account", "5")
    registered = devnet.json("register_key", "--new-key", file, *account, **passphrase)
    assert list(registered) == ["network", "inbox", "account", "public_key", "hybrid_digest", "key_version", *ACT]
    assert (registered["key_version"], registered["changed"]) == (1, True)
    assert oct(file.stat().st_mode)[-3:] == "600"
    private_key = read_keys(file, lambda: PASSPHRASE).private_key
    assert registered["public_key"] == "0x" + public_key_of(private_key).hex()

    sent = devnet.json("send_image", xray, "--to", registered["account"])
    assert sent["recipient_public_key"] == registered["public_key"]
    assert devnet.json("inbox", *account)["messages"][0]["key_version"] == 1
    devnet.json("retrieve_image", *account, "--key-file", file, "--out", tmp_path / "out", **passphrase)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    line = devnet.refusal("retrieve_image", *account, "--out", tmp_path / "other")
    assert "sealed to the key registered as version 1" in line
    assert "--key-file" in line


def test_a_key_that_changes_while_the_sender_hesitates_is_not_sealed_to(devnet, xray):
    """On a terminal, between the question and the answer."""
    own = devnet.json("register_key", "--account", "6")
    assert (own["key_version"], own["changed"]) == (1, True)
    terminal = devnet.terminal("send_image", xray, "--to", own["account"])
    introduce(terminal, fingerprint(bytes.fromhex(own["public_key"][2:])))
    terminal.expect(r"ETH\?")
    assert devnet.json("register_key", "--public-key", KEY.hex(), "--account", "6")["key_version"] == 2
    terminal.sendline("y")
    terminal.expect("has changed keys, and version 2 is in force now: send it again")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1


def test_a_patient_without_ether_restricts_and_approves_by_signature(devnet, tmp_path, xray, technologist):
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    (accounts / "poor.json").write_text(json.dumps(Account.encrypt(POOR, PASSPHRASE, iterations=2)))
    poor = {"APE_DATA_FOLDER": str(tmp_path / "ape"), "APE_ACCOUNTS_poor_PASSPHRASE": PASSPHRASE}
    send = ("send_image", xray, "--to", public_key_of(POOR).hex())

    file = tmp_path / "restrict.json"
    signed = devnet.json("restrict_inbox", "--account", "poor", "--sign-only", file, **poor)
    assert list(signed) == ["network", "inbox", "act", "account", "restricted", "version", "deadline", "file"]
    left = datetime.fromisoformat(signed["deadline"]) - datetime.now(UTC)
    assert 6.9 < left.total_seconds() / 86_400 < 7.1
    done = devnet.json("relay", file)
    assert list(done) == ["network", "inbox", "act", "relayer", "account", "restricted", "version", *ACT]
    assert (done["relayer"], done["account"], done["restricted"]) == (technologist.address, signed["account"], True)
    line = devnet.refusal(*send)
    assert f"{signed['account']} takes messages from approved senders only" in line
    assert "ask the recipient to approve it (ape run approve_sender)" in line

    file = tmp_path / "approve.json"
    arguments = ("approve_sender", technologist.address, "--until", "2999-12-31", "--account", "poor")
    file.write_text(devnet.run(*arguments, "--sign-only", "-", **poor).stdout)
    done = devnet.json("relay", file)
    assert (done["sender"], done["until"], done["changed"]) == (technologist.address, "2999-12-31T23:59:59+00:00", True)
    assert devnet.json(*send)["recipient"] == signed["account"]


def test_a_message_is_acknowledged_by_its_recipient_and_taken_back_by_its_sender(devnet, xray, technologist, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    received = devnet.json("acknowledge", index)
    assert list(received) == ["network", "inbox", "recipient", "index", *ACT]
    assert (received["recipient"], received["index"], received["changed"]) == (patient.address, index, True)
    line = devnet.refusal("retract", index, "--of", patient.address, "--account", "2")
    assert f"this one is from {technologist.address}" in line
    said = devnet.run("retract", index, "--of", patient.address).stdout
    assert said.startswith(f"Now message {index} to {patient.address} is marked as retracted\nFee 0.0")
    assert "Nothing is deleted" in said
    assert devnet.json("inbox")["messages"][0]["status"] == "retracted"
    again = devnet.json("retract", index, "--of", patient.public_key)
    assert list(again) == ["network", "inbox", "sender", "recipient", "index", *ACT]
    assert [again[name] for name in ACT] == [False, None, 0, 0, None]


def test_a_signed_act_that_would_fail_is_refused_and_costs_nothing(devnet, tmp_path, patient, stranger):
    def write(private_key, deadline):
        act = RestrictInbox(patient.address, True, 1)
        place = (devnet.node["chain_id"], devnet.node["inbox"])
        signature = Account.sign_message(signable(act, *place, deadline), private_key).signature
        (tmp_path / "act.json").write_bytes(SignedAct(act, *place, deadline, bytes(signature)).to_bytes())

    write(stranger.private_key, int(time.time()) + WEEK)
    line = devnet.refusal("relay", tmp_path / "act.json")
    assert f"the signature is not that of {patient.address}" in line
    write(patient.private_key, int(time.time()) - 1)
    assert "the signature ran out at" in devnet.refusal("relay", tmp_path / "act.json")


# ---- options


@pytest.mark.parametrize("script", [register_key, retract, acknowledge, approve_sender, restrict_inbox, relay])
def test_every_act_explains_itself(script):
    said = CliRunner().invoke(script, ["--help"]).output
    assert all(option in said for option in ("--network", "--account", "--json", "--yes"))
    assert ("--valid-for" in said) == (script not in (retract, relay))


@pytest.mark.parametrize(
    ("script", "arguments", "words"),
    [
        (register_key, ["--new-key", str(ROOT / "LICENSE")], "LICENSE is there already, and is not replaced"),
        (register_key, ["--new-key", str(ROOT / "new.json")], "new.json needs a passphrase"),
        (
            register_key,
            ["--new-key", "a", "--public-key", "b"],
            "one key at a time: name one of --public-key,",
        ),
        (approve_sender, ["0x", "--until", "2020-01-01"], "2020-01-01 is over: name a later date, or --revoke"),
        (approve_sender, ["0x", "--until", "soon"], "'soon' is not a date"),
        (approve_sender, ["0x", "--until", "forever", "--revoke"], "name one of --until and --revoke"),
        (approve_sender, [], "SENDER is missing"),
        (retract, ["--of", "0x"], "INDEX is missing"),
        (retract, ["0"], "--of is missing"),
        (relay, [], "FILE is missing"),
        (relay, [str(ROOT)], "can't be read: Is a directory"),
        (relay, [str(ROOT / "LICENSE")], "not a signed act"),
    ],
)
def test_what_makes_no_act_is_refused_with_one_line(script, arguments, words):
    done = CliRunner().invoke(script, arguments)
    assert done.exit_code == 1
    assert re.fullmatch(r"Error: [^\n]+\n", done.output)
    assert words in done.output
    assert not (ROOT / "new.json").exists()


# ---- the package, on the chain of the test run


@pytest.fixture(scope="module")
def contract(project, accounts):
    return accounts[0].deploy(project.ImageInbox)


@pytest.fixture(scope="module")
def inbox(contract):
    return Inbox(contract)


@pytest.fixture
def sender(accounts):
    return accounts[0]


@pytest.fixture
def owner(accounts, inbox, sender):
    """Who has an inbox with one message."""
    inbox.send(Recipient(accounts[1].address, b"", inbox.key(accounts[1].address).version), ENVELOPE, sender)
    return accounts[1]


@pytest.fixture
def relayer(accounts):
    return accounts[2]


def signed_by(account, act, inbox, deadline=None):
    deadline = deadline or int(networks.provider.get_block("latest").timestamp) + WEEK
    message = signable(act, inbox.chain_id, inbox.address, deadline)
    return SignedAct(act, inbox.chain_id, inbox.address, deadline, account.sign_message(message).encode_rsv())


def acknowledgement(owner, inbox):
    return Acknowledge(owner.address, 0, inbox.message(owner.address, 0).cursor)


def every_act(owner, sender, inbox):
    return [
        RegisterKey.of(owner.address, 1, KEY),
        RegisterKey.of(owner.address, 2, NEXT_KEY),
        RestrictInbox(owner.address, True, 1),
        ApproveSender(owner.address, sender.address, FOREVER, 1),
        ApproveSender(owner.address, sender.address, 0, 2),
        RestrictInbox(owner.address, False, 2),
        acknowledgement(owner, inbox),
    ]


def test_the_domain_is_the_one_that_the_contract_reports(contract, inbox):
    fields = list(contract.eip712Domain())
    assert fields[1:5] == ["ImageInbox", "1", inbox.chain_id, inbox.address]


@pytest.mark.parametrize("kind", [RegisterKey, RestrictInbox, ApproveSender, Acknowledge])
def test_an_act_names_the_methods_and_the_event_of_the_contract(contract, kind):
    methods = {
        abi.name: [(each.name, each.type) for each in abi.inputs] for abi in contract.contract_type.mutable_methods
    }
    said = [name for name in kind.TYPES if name not in ("account", "recipient", "version", "deadline")]
    assert [name for name, _ in methods[kind.METHOD]] == said
    assert methods[kind.SIGNED_METHOD] == [*kind.TYPES.items(), ("signature", "bytes")]
    assert kind.EVENT in [abi.name for abi in contract.contract_type.events]


def test_the_contract_takes_every_act_that_its_account_signed_from_anyone(owner, sender, relayer, inbox):
    for act in every_act(owner, sender, inbox):
        assert act.already_in_effect(inbox) is None
        receipt = inbox.relay(signed_by(owner, act, inbox)).send(relayer)
        assert receipt.event is not None
        assert act.already_in_effect(inbox) == act


def test_the_contract_takes_every_act_from_its_account(owner, sender, inbox):
    for act in every_act(owner, sender, inbox):
        assert act.already_in_effect(inbox) is None
        assert inbox.act(act).send(owner).event is not None
        assert act.already_in_effect(inbox) == act


def test_what_is_so_already_changes_nothing(owner, relayer, inbox):
    act = RegisterKey.of(owner.address, 1, KEY)
    signed = signed_by(owner, act, inbox)
    inbox.relay(signed).send(relayer)
    assert inbox.relay(signed).send(relayer).event is None
    assert RegisterKey.of(owner.address, 9, KEY).already_in_effect(inbox) == act


def test_an_act_that_somebody_else_signed_is_refused(owner, sender, relayer, inbox):
    for act in (RegisterKey.of(owner.address, 1, KEY), acknowledgement(owner, inbox)):
        with pytest.raises(InboxError, match=f"not that of {owner.address} over this act"):
            inbox.relay(signed_by(relayer, act, inbox)).expected_fee(sender)


def test_an_act_whose_version_was_made_otherwise_is_refused(owner, relayer, inbox):
    signed = signed_by(owner, RegisterKey.of(owner.address, 1, KEY), inbox)
    inbox.act(RegisterKey.of(owner.address, 1, NEXT_KEY)).send(owner)
    with pytest.raises(InboxError, match="to make version 1, and version 1 is in force"):
        inbox.relay(signed).expected_fee(relayer)


def test_an_act_that_ran_out_is_refused(owner, relayer, inbox, chain):
    signed = signed_by(owner, RestrictInbox(owner.address, True, 1), inbox)
    chain.mine(timestamp=signed.deadline + 1)
    with pytest.raises(InboxError, match="has run out"):
        inbox.relay(signed).expected_fee(relayer)


def test_an_act_on_a_message_that_is_not_there_is_refused(owner, inbox):
    with pytest.raises(NoMessageError, match="has no message 7"):
        Acknowledge(owner.address, 7, inbox.message(owner.address, 0).cursor).already_in_effect(inbox)


def test_an_acknowledgement_of_another_message_at_its_index_is_refused(owner, sender, relayer, inbox):
    inbox.send(Recipient(owner.address, b"", 0), ENVELOPE, sender)
    act = Acknowledge(owner.address, 0, inbox.message(owner.address, 1).cursor)
    assert act.already_in_effect(inbox) is None
    for call in (inbox.act(act), inbox.relay(signed_by(owner, act, inbox))):
        with pytest.raises(InboxError, match=f"message 0 of {owner.address} is not the one that was meant"):
            call.expected_fee(relayer if call.method.endswith("BySignature") else owner)
    inbox.act(acknowledgement(owner, inbox)).send(owner)
    assert act.already_in_effect(inbox) is None


def test_a_relayer_without_ether_is_refused(owner, inbox, accounts):
    poor = accounts.generate_test_account()
    with pytest.raises(InsufficientFundsError, match="add Ether"):
        inbox.relay(signed_by(owner, acknowledgement(owner, inbox), inbox)).expected_fee(poor)


def test_a_superseded_key_is_refused_before_anything_is_sent(owner, sender, inbox):
    inbox.act(RegisterKey.of(owner.address, 1, KEY)).send(owner)
    assert inbox.expected_fee(inbox.recipient(owner.address), sender).wei > 0
    with pytest.raises(InboxError, match=f"{owner.address} has changed keys, and version 1 is in force now"):
        inbox.expected_fee(Recipient(owner.address, KEY, 0), sender)


def test_a_restricted_inbox_takes_messages_of_approved_senders_only(owner, sender, relayer, inbox):
    recipient = Recipient(owner.address, KEY, 0)
    inbox.act(RestrictInbox(owner.address, True, 1)).send(owner)
    inbox.act(ApproveSender(owner.address, sender.address, FOREVER, 1)).send(owner)
    assert inbox.expected_fee(recipient, sender).wei > 0
    with pytest.raises(InboxError, match=r"approved senders only, .* ask the recipient to approve it"):
        inbox.expected_fee(recipient, relayer)


def test_the_sender_of_a_message_alone_takes_it_back(owner, sender, relayer, inbox):
    message = inbox.message(owner.address, 0)
    with pytest.raises(InboxError, match=f"this one is from {sender.address}"):
        inbox.retraction(message).expected_fee(relayer)
    inbox.retraction(message).send(sender)
    assert inbox.message(owner.address, 0).retracted
    assert inbox.message(owner.address, 0).envelope == ENVELOPE
