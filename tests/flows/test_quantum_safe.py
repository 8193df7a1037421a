"""Suite 2 as users meet it: keys of 24 words, cards, key packets; and what is not quantum-safe says so."""

import json
import re

import pytest
import requests
from eth_account import Account

from radiogram import transfer
from radiogram.chain.inbox import Inbox, Recipient
from radiogram.errors import IpfsUnreachable, NoHybridRecipientError, NoKeyError
from radiogram.formats.hybrid_key import recipient_cid
from radiogram.formats.key_card import AddressCard, encode_card, key_code, read_card
from radiogram.formats.key_file import encode_key_file, read_keys
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import public_key_of
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.formats.signed_act import RegisterKey
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from tests.flows.ape_run import introduce
from tests.flows.conftest import PASSPHRASE, Scripts, write_key
from tests.ipfs.conftest import closed_url, hostile, reply  # noqa: F401 - fixtures

NOT_SAFE = "Not quantum-safe"


class Owner:
    """Somebody with keys of 24 words, whose account nobody has used yet."""

    def __init__(self, folder) -> None:
        words = new_seed_words()
        self.keys = keys_of_words(words)
        self.public = self.keys.public()
        self.address = self.public.address
        folder.mkdir(exist_ok=True)
        self.key_file, self.card = folder / "key.txt", folder / "card.json"
        write_key(self.key_file, encode_key_file(words, "").decode())
        self.card.write_bytes(encode_card(self.public))
        self.opens = ("--key-file", self.key_file, "--of", self.address)


@pytest.fixture
def owner(tmp_path):
    return Owner(tmp_path / "owner")


@pytest.fixture
def doctor(tmp_path):
    return Owner(tmp_path / "doctor")


def with_account(devnet, folder, private_key: bytes) -> Scripts:
    """Scripts of somebody with Ether, who is `--account me`."""
    accounts = folder / "ape" / "accounts"
    accounts.mkdir(parents=True)
    (accounts / "me.json").write_text(json.dumps(Account.encrypt(private_key, PASSPHRASE, iterations=2)))
    made = Scripts(devnet.home, APE_DATA_FOLDER=str(folder / "ape"), APE_ACCOUNTS_me_PASSPHRASE=PASSPHRASE)
    made.address = Account.from_key(private_key).address
    ether = {"jsonrpc": "2.0", "id": 1, "method": "evm_setAccountBalance", "params": [made.address, hex(10**18)]}
    assert requests.post(devnet.node["chain"], json=ether, timeout=30).ok
    return made


@pytest.fixture
def me(devnet, tmp_path):
    """Somebody with an account of their own, that has registered nothing yet."""
    return with_account(devnet, tmp_path, Account.create().key)


ME = ("--account", "me")


@pytest.fixture
def node(devnet):
    return Ipfs(devnet.node["ipfs_api"], devnet.node["ipfs_gateway"])


# ---- sending and opening


def test_a_study_to_a_card_is_quantum_safe_and_opens_with_the_24_words(devnet, xray, owner, tmp_path):
    sent = devnet.json("send_image", xray, "--to", owner.card)
    assert (sent["recipient"], sent["quantum_safe"]) == (owner.address, True)
    assert sent["packet_cid"].startswith("bafkrei")
    received = devnet.json("retrieve_image", *owner.opens, "--out", tmp_path / "out")
    assert (received["cid"], received["quantum_safe"]) == (sent["cid"], True)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_the_chain_holds_114_bytes_and_ipfs_a_packet_of_1752(devnet, xray, owner, node):
    sent = devnet.json("send_image", xray, "--to", owner.card)
    chain = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionByHash", "params": [sent["tx_hash"]]}
    data = requests.post(devnet.node["chain"], json=chain, timeout=30).json()["result"]["input"]
    assert int(data[2 + 8 + 3 * 64 :][:64], 16) == 114
    packet = requests.get(f"{devnet.node['ipfs_gateway']}/ipfs/{sent['packet_cid']}", timeout=30).content
    assert len(packet) == 1752


def test_people_are_told_which_messages_are_quantum_safe(devnet, xray, owner, patient, tmp_path):
    assert devnet.run("send_image", xray, "--to", owner.card).stdout.endswith("\nQuantum-safe\n")
    said = devnet.run("retrieve_image", *owner.opens, "--out", tmp_path / "out").stdout
    assert "\nQuantum-safe\n" in said
    assert re.search(" sent +yes *$", devnet.run("inbox", "--open", *owner.opens).stdout)

    line = f"{NOT_SAFE}: the recipient's public key comes without a hybrid key"
    assert line in devnet.run("send_image", xray, "--to", patient.public_key).stdout
    assert NOT_SAFE in devnet.run("retrieve_image", "--out", tmp_path / "other").stdout


def test_the_list_says_of_each_message_whether_it_is_quantum_safe(devnet, xray, owner):
    devnet.json("send_image", xray, "--to", owner.card)
    devnet.json("send_image", xray, "--to", owner.public.public_key.hex())
    messages = devnet.json("inbox", "--open", *owner.opens)["messages"]
    assert [(each["quantum_safe"], each["problem"]) for each in messages] == [(False, None), (True, None)]


def test_a_private_key_alone_says_that_the_24_words_are_needed(devnet, xray, owner, tmp_path):
    devnet.json("send_image", xray, "--to", owner.card)
    write_key(tmp_path / "key.hex", owner.keys.private_key.hex())
    alone = ("--key-file", tmp_path / "key.hex", "--of", owner.address)
    line = devnet.refusal("retrieve_image", *alone, "--out", tmp_path / "out")
    assert "the message is quantum-safe" in line
    assert "open it with the key file that has the 24 words (--key-file)" in line
    (listed,) = devnet.json("inbox", "--open", *alone)["messages"]
    assert (listed["problem"], listed["quantum_safe"]) == ("needs the key file with the 24 words", None)


def test_on_a_terminal_the_words_that_are_compared_cover_both_keys(devnet, xray, owner):
    terminal = devnet.terminal("send_image", xray, "--to", owner.card, dimensions=(50, 200))
    terminal.expect("Quantum-safe")
    introduce(terminal, owner.public.words)
    terminal.expect(r"ETH\?")
    terminal.sendline("n")
    terminal.expect("nothing was sent")
    terminal.close()


# ---- no silent fallback


def test_a_key_code_finds_the_recipient_on_ipfs(devnet, xray, owner, node, tmp_path):
    transfer.publish_recipient(owner.public.hybrid_recipient, node)
    assert devnet.json("send_image", xray, "--to", key_code(owner.public).upper())["quantum_safe"] is True
    devnet.json("retrieve_image", *owner.opens, "--out", tmp_path / "out")


def test_a_key_code_whose_recipient_nobody_has_is_refused_and_nothing_is_sent(devnet, xray, owner):
    line = devnet.refusal("send_image", xray, "--to", key_code(owner.public))
    assert f"the quantum-safe key of {owner.address} can't be had from IPFS" in line
    assert "ask the patient for the card file" in line
    assert devnet.json("inbox", "--of", owner.address)["count"] == 0


def test_another_recipient_than_the_digests_is_not_taken(hostile, owner, doctor):  # noqa: F811
    lying = hostile(lambda handler: reply(handler, 200, doctor.public.hybrid_recipient.encode()))
    promised = Recipient(owner.address, owner.public.public_key, 0, owner.public.hybrid_digest)
    with pytest.raises(NoHybridRecipientError, match="can't be had from IPFS"):
        transfer.complete(promised, Ipfs(gateway=lying.url))


def test_a_recipient_that_is_too_large_is_not_fetched(hostile, owner):  # noqa: F811
    flood = hostile(lambda handler: reply(handler, 200, bytes(1 << 20)))
    promised = Recipient(owner.address, owner.public.public_key, 0, owner.public.hybrid_digest)
    with pytest.raises(NoHybridRecipientError):
        transfer.complete(promised, Ipfs(gateway=flood.url))


def test_a_node_that_lets_a_sender_add_and_not_read_asks_for_the_card(hostile, owner):  # noqa: F811
    add_only = hostile(lambda handler: reply(handler, 403))
    promised = Recipient(owner.address, owner.public.public_key, 0, owner.public.hybrid_digest)
    with pytest.raises(NoHybridRecipientError, match="ask the patient for the card file"):
        transfer.complete(promised, Ipfs(add_only.url))


def test_a_node_that_does_not_answer_is_no_reason_to_ask_for_a_card(closed_url, owner):  # noqa: F811
    promised = Recipient(owner.address, owner.public.public_key, 0, owner.public.hybrid_digest)
    with pytest.raises(IpfsUnreachable):
        transfer.complete(promised, Ipfs(gateway=closed_url))


@pytest.fixture
def contract(project, accounts):
    return Inbox(accounts[0].deploy(project.ImageInbox))


def registered(contract, account, public_key: bytes, digest: bytes | None = None) -> str:
    contract.act(RegisterKey.of(account.address, 1, public_key, digest)).send(account)
    return account.address


def test_a_card_that_promises_more_than_the_contract_is_refused(contract, accounts, owner):
    address = registered(contract, accounts[1], owner.public.public_key)
    card = AddressCard(address, owner.public.hybrid_digest, owner.public.hybrid_recipient)
    with pytest.raises(NoHybridRecipientError, match=r"the one that 0x.* has registered is not: ask the patient"):
        contract.recipient(address, card)


def test_a_card_of_an_account_that_has_registered_no_key_here_is_refused_and_says_where_to_send(
    contract, accounts, owner
):
    card = AddressCard(accounts[2].address, owner.public.hybrid_digest, owner.public.hybrid_recipient)
    with pytest.raises(NoKeyError, match=r"0x.* has registered no key on this network, .* send on the network"):
        contract.recipient(card.address, card)


def test_of_what_the_contract_and_a_card_say_the_contracts_counts(contract, accounts, owner, doctor):
    address = registered(contract, accounts[1], owner.public.public_key, owner.public.hybrid_digest)
    card = AddressCard(address, doctor.public.hybrid_digest, doctor.public.hybrid_recipient)
    expected = Recipient(address, owner.public.public_key, 1, owner.public.hybrid_digest)
    assert contract.recipient(address, card) == contract.recipient(address) == expected


def test_a_card_brings_what_the_contract_has_no_room_for(contract, accounts, owner):
    digest, recipient = owner.public.hybrid_digest, owner.public.hybrid_recipient
    address = registered(contract, accounts[1], owner.public.public_key, digest)
    expected = Recipient(address, owner.public.public_key, 1, digest, recipient)
    assert contract.recipient(address, AddressCard(address, digest, recipient)) == expected


# ---- sharing


def test_sharing_uploads_a_key_packet_and_no_ciphertext(devnet, xray, owner, doctor, patient, tmp_path):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    shared = devnet.json("share_image", index, "--to", doctor.card)
    assert shared["quantum_safe"] is True
    received = devnet.json("retrieve_image", *doctor.opens, "--out", tmp_path / "out")
    assert (received["cid"], received["quantum_safe"]) == (shared["cid"], True)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_what_is_handed_on_in_suite_1_says_that_it_is_not_quantum_safe(devnet, xray, owner, patient, tmp_path):
    """A patient with 24 words and an account in Ape hands it on to somebody with an account alone."""
    me = with_account(devnet, tmp_path, owner.keys.private_key)
    sent = devnet.json("send_image", xray, "--to", owner.card)
    arguments = ("share_image", sent["index"], "--to", patient.public_key, *owner.opens, *ME)
    shared = me.json(*arguments)
    assert (shared["quantum_safe"], shared["packet_cid"], shared["cid"]) == (False, None, sent["cid"])
    assert NOT_SAFE in me.run(*arguments).stdout


# ---- registering


def test_a_new_key_is_registered_with_its_hybrid_key_so_that_the_address_is_enough(me, devnet, xray, tmp_path):
    file = tmp_path / "me.age"
    done = me.run("register_key", "--new-key", file, *ME, RADIOGRAM_KEY_FILE_PASSPHRASE=PASSPHRASE)
    keys = read_keys(file, lambda: PASSPHRASE).public()
    assert f"Its words, for senders to compare: {' '.join(keys.words)}" in done.stdout
    assert f"The card for senders is in {tmp_path / 'me.card.json'}" in done.stderr
    assert NOT_SAFE not in done.stdout + done.stderr
    assert not [word for word in ("BEGIN", keys.hybrid_recipient) if word in done.stdout + done.stderr]
    assert file.read_text().startswith("-----BEGIN AGE ENCRYPTED FILE-----\n")

    again = me.json("register_key", "--public-key", key_code(keys), *ME)
    assert (again["changed"], again["hybrid_digest"]) == (False, "0x" + keys.hybrid_digest.hex())
    sent = devnet.json("send_image", xray, "--to", again["account"])
    assert (sent["quantum_safe"], sent["recipient_public_key"]) == (True, "0x" + keys.public_key.hex())
    opens = ("--key-file", file, *ME)
    (newest, *_) = me.json("inbox", "--open", *opens, RADIOGRAM_KEY_FILE_PASSPHRASE=PASSPHRASE)["messages"]
    assert (newest["quantum_safe"], newest["problem"]) == (True, None)


def test_the_card_of_a_registered_key_is_of_the_account_that_registered_it(me, devnet, xray, tmp_path):
    card, options = tmp_path / "given.json", {"RADIOGRAM_KEY_FILE_PASSPHRASE": ""}
    arguments = ("register_key", "--new-key", tmp_path / "me.txt", "--card", card, *ME)
    address = me.json(*arguments, **options)["account"]
    keys = read_keys(tmp_path / "me.txt", lambda: "").public()
    assert read_card(card) == AddressCard(address, keys.hybrid_digest, keys.hybrid_recipient)
    assert devnet.json("send_image", xray, "--to", card)["recipient"] == address


def test_a_card_that_is_there_already_is_not_replaced_and_nothing_is_registered(me, tmp_path):
    (tmp_path / "me.card.json").write_text("mine")
    arguments = ("register_key", "--new-key", tmp_path / "me.txt", *ME)
    assert "is there already" in me.refusal(*arguments, RADIOGRAM_KEY_FILE_PASSPHRASE="")
    assert not (tmp_path / "me.txt").exists()


@pytest.mark.parametrize("is_code", [True, False])
def test_a_card_that_would_hold_nothing_is_refused_and_nothing_is_registered(me, owner, tmp_path, is_code):
    key = key_code(owner.public) if is_code else owner.public.public_key.hex()
    line = me.refusal("register_key", "--public-key", key, "--card", tmp_path / "card.json", *ME)
    assert ("name the key card or the key file" if is_code else "is all that a sender needs of this key") in line
    assert not (tmp_path / "card.json").exists()


def test_without_an_ipfs_node_the_key_is_registered_and_senders_need_the_card(
    me,
    devnet,
    xray,
    tmp_path,
    closed_url,  # noqa: F811
):
    arguments = ("register_key", "--new-key", tmp_path / "me.txt", *ME)
    done = me.run(*arguments, RADIOGRAM_KEY_FILE_PASSPHRASE="", RADIOGRAM_IPFS_API=closed_url)
    assert done.returncode == 0
    assert "The quantum-safe key is not on IPFS (" in done.stderr
    assert f"senders need the card {tmp_path / 'me.card.json'}" in done.stderr
    keys = read_keys(tmp_path / "me.txt", lambda: "").public()
    address = me.json("register_key", "--public-key", key_code(keys), *ME)["account"]
    assert "can't be had from IPFS" in devnet.refusal("send_image", xray, "--to", address)
    assert devnet.json("send_image", xray, "--to", tmp_path / "me.card.json")["quantum_safe"] is True
    assert (
        requests.get(
            f"{devnet.node['ipfs_gateway']}/ipfs/{cid_text(recipient_cid(keys.hybrid_digest))}", timeout=30
        ).status_code
        == 404
    )


def test_a_card_registers_both_keys_and_publishes_the_recipient(me, owner, node):
    done = me.json("register_key", "--public-key", owner.card, *ME)
    assert done["hybrid_digest"] == "0x" + owner.public.hybrid_digest.hex()
    assert node.read(recipient_cid(owner.public.hybrid_digest), 2048).decode() == owner.public.hybrid_recipient


def test_a_key_file_of_24_words_registers_both_keys(me, owner):
    done = me.json("register_key", "--key-file", owner.key_file, *ME)
    assert done["hybrid_digest"] == "0x" + owner.public.hybrid_digest.hex()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ((), "an account's own key has no hybrid key"),
        (("--derived",), "a key derived from a signature has no hybrid key"),
        (("--public-key", public_key_of(b"\x33" * 32).hex()), "a public key alone has no hybrid key"),
    ],
)
def test_registering_a_key_without_a_hybrid_one_says_that_it_is_not_quantum_safe(me, options, kind):
    done = me.run("register_key", *options, *ME)
    assert f"{NOT_SAFE}: {kind}. --new-key makes one that has." in done.stderr
    assert me.json("register_key", *options, *ME)["hybrid_digest"] is None


def test_a_card_without_a_public_key_registers_nothing(me, owner, tmp_path):
    card = tmp_path / "address.json"
    card.write_bytes(encode_card(AddressCard(owner.address, owner.public.hybrid_digest, owner.public.hybrid_recipient)))
    assert "it holds no public key" in me.refusal("register_key", "--public-key", card, *ME)


def test_public_keys_without_a_hybrid_one_have_the_words_of_the_public_key_alone(owner):
    alone = PublicKeys(owner.public.public_key)
    assert Recipient(owner.address, alone.public_key, 0).words == alone.words != owner.public.words
