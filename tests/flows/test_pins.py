"""`ape run pins`: where each study that was sent is kept, and having it kept where it is not."""

import json
import os
import threading

import ape
import pexpect
import pytest
import requests

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from tests.flows.conftest import ROOT, Person, Scripts, write_key
from tests.flows.website import PACKET, Website, served
from tests.ipfs.conftest import Hostile, closed_url, passed_on  # noqa: F401 - a fixture
from tests.web.wallet import Chain


# chain_isolation: they change nothing on the chain that Ape's plugin isolates, and last while it does.
@ape.fixture(scope="module", chain_isolation=False)
def partner(tmp_path_factory):
    """Another node, which has no connection to the clinic's."""
    with local_ipfs(tmp_path_factory.mktemp("partner")) as running:
        yield running


@pytest.fixture
def clinic(on_an_empty_chain, tmp_path):
    """A clinic with a node of its own, which keeps nothing yet."""
    with on_an_empty_chain(tmp_path) as scripts, local_ipfs(tmp_path / "node") as running:
        scripts.environment["RADIOGRAM_IPFS_API"] = running.api
        scripts.node = scripts.node | {"ipfs_api": running.api}
        yield scripts


@pytest.fixture
def list_homes(clinic):
    def write(url, settings="pins = 2\npatience = 20\n"):
        write_key(clinic.home / "homes.toml", f'{settings}[[home]]\nname = "partner"\nkind = "kubo"\nurl = "{url}"\n')

    return write


@pytest.fixture
def sent(clinic, list_homes, partner, xray, person):
    list_homes(partner.api)
    return clinic.json("send_image", xray, "--to", person.public_key)


def forget(api, cid):
    Pins(Endpoint.parse(api)).remove(cid_bytes(cid))


def pins(scripts: Scripts, *options):
    """What the command says as JSON, and its exit status."""
    done = scripts.run("pins", "--json", *options)
    return json.loads(done.stdout), done.returncode


def in_both(clinic, partner):
    """What `pins` says of a study that the clinic's node and the partner's hold."""
    held = {"held_by": [clinic.node["ipfs_api"], partner.api], "missing": [], "is_short": False}
    return held | {"was_repaired": False, "keep_until": None, "may_go": False}


def test_each_study_is_listed_with_the_homes_that_keep_it(clinic, partner, sent, person):
    said, status = pins(clinic)
    assert status == 0
    assert list(said) == ["network", "inbox", "pins", "homes", "studies", "short", "gone", "unsent"]
    own, other = said["homes"]
    assert own == {"name": "own node", "kind": "kubo", "url": clinic.node["ipfs_api"], "places": [own["url"]]}
    assert (other["name"], other["url"]) == ("partner", partner.api)
    assert (said["pins"], said["short"], said["unsent"]) == (2, 0, [])
    assert said["studies"] == [
        {
            "recipient": person.address,
            "index": sent["index"],
            "status": "sent",
            "sent_by": "command",
            "cid": sent["cid"],
            "packet_cid": None,
            **in_both(clinic, partner),
        }
    ]


def test_a_person_is_told_where_each_is_and_what_is_missing(clinic, partner, sent, person):
    forget(partner.api, sent["cid"])
    done = clinic.run("pins")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"message 0 to {person.address} (sent): 1 of 2, {clinic.node['ipfs_api']}",
        f"  partner: {partner.api} has not pinned it",
        "1 message sent, each to be kept by 2 homes; 1 not",
    ]
    assert done.stderr == "Error: too few homes keep 1 message of 1: `ape run pins --repair` has them kept again\n"


def test_without_homes_and_messages_there_is_nothing_to_keep(clinic):
    assert clinic.run("pins").stdout == "Nothing that was sent from here is to be kept\n"


@pytest.mark.parametrize("lost_by", ["partner", "own node"])
def test_what_a_home_has_lost_it_is_sent_from_the_other(clinic, partner, sent, lost_by):
    forget(partner.api if lost_by == "partner" else clinic.node["ipfs_api"], sent["cid"])
    said, status = pins(clinic, "--repair")
    [study] = said["studies"]
    assert (status, said["short"], study["was_repaired"]) == (0, 0, True)
    assert study["held_by"] == [clinic.node["ipfs_api"], partner.api]
    assert pins(clinic)[0]["studies"] == [study | {"was_repaired": False}]


def test_what_a_home_has_unpinned_is_pinned_again(clinic, partner, sent):
    arguments = {"arg": cid_text(cid_bytes(sent["cid"]))}
    assert requests.post(f"{partner.api}/api/v0/pin/rm", params=arguments, timeout=30).ok
    assert pins(clinic)[0]["short"] == 1
    assert pins(clinic, "--repair")[1] == 0


def test_a_home_that_is_away_is_named_and_repairing_says_that_it_is_missing(clinic, list_homes, sent, closed_url):  # noqa: F811
    list_homes(closed_url, "pins = 2\npatience = 1\n")
    said, status = pins(clinic, "--repair")
    [study] = said["studies"]
    assert (status, study["is_short"], study["was_repaired"]) == (1, True, False)
    assert [each["url"] for each in study["missing"]] == [closed_url]
    assert "can't be reached" in study["missing"][0]["why"]


def test_what_nobody_has_any_more_can_t_be_repaired(clinic, list_homes, partner, sent):
    list_homes(partner.api, "pins = 2\npatience = 1\n")
    for api in (partner.api, clinic.node["ipfs_api"]):
        forget(api, sent["cid"])
    said, status = pins(clinic, "--repair")
    assert (status, said["studies"][0]["held_by"]) == (1, [])


def test_what_was_taken_back_need_not_be_kept(clinic, partner, sent, person):
    forget(partner.api, sent["cid"])
    clinic.json("retract", sent["index"], "--of", person.address)
    said, status = pins(clinic)
    assert (status, said["studies"][0]["status"], said["studies"][0]["is_short"]) == (0, "retracted", False)


def test_what_was_acknowledged_long_enough_ago_may_go_and_is_not_deleted_unasked(
    clinic, list_homes, partner, xray, patient
):
    list_homes(partner.api, "pins = 2\nkeep_days = 0\n")
    sent = clinic.json("send_image", xray, "--to", patient.public_key)
    assert pins(clinic)[0]["studies"][0]["keep_until"] is None
    clinic.json("acknowledge", sent["index"])
    [study] = pins(clinic, "--yes")[0]["studies"]
    assert (study["status"], study["may_go"]) == ("acknowledged", True)
    assert len(study["held_by"]) == 2
    list_homes(partner.api, "pins = 2\nkeep_days = 30\n")
    [study] = pins(clinic)[0]["studies"]
    assert (study["may_go"], study["keep_until"] > "2000") == (False, True)


@pytest.fixture
def receipts(patient):
    """Where those of the first two messages are written: where the command is run."""
    paths = [ROOT / f"erased-{index}-{patient.address[:10]}.json" for index in range(2)]
    yield paths
    for path in paths:
        path.unlink(missing_ok=True)


@pytest.fixture
def receipt(receipts):
    return receipts[0]


def test_on_a_terminal_it_asks_whether_to_erase_what_may_go_and_every_home_and_the_receipt_follow(
    clinic, list_homes, partner, xray, patient, receipt
):
    list_homes(partner.api, "pins = 2\nkeep_days = 0\n")
    sent = clinic.json("send_image", xray, "--to", patient.public_key)
    clinic.json("acknowledge", sent["index"])
    terminal = clinic.terminal("pins", dimensions=(40, 200))
    terminal.expect(r"What 1 acknowledged message led to is kept no longer. Go through it, to erase it\? \[y/N\]")
    terminal.sendline("y")
    terminal.expect(f"delete the study {sent['cid']} from {clinic.node['ipfs_api']}, {partner.api}")
    terminal.expect(r"Go on\?")
    terminal.sendline("y")
    terminal.expect(f"The receipt is in {receipt.name}")
    terminal.expect(pexpect.EOF)
    terminal.close()
    said = json.loads(receipt.read_text())
    assert [(each["node"], each["cid"], each["found"] > 0) for each in said["deleted"]] == [
        (clinic.node["ipfs_api"], sent["cid"], True),
        (partner.api, sent["cid"], True),
    ]
    for api in (clinic.node["ipfs_api"], partner.api):
        assert not Pins(Endpoint.parse(api)).holds(cid_bytes(sent["cid"]))
    assert pins(clinic)[0]["studies"] == []


def test_on_a_terminal_a_no_erases_nothing(clinic, list_homes, partner, xray, patient):
    list_homes(partner.api, "pins = 2\nkeep_days = 0\n")
    sent = clinic.json("send_image", xray, "--to", patient.public_key)
    clinic.json("acknowledge", sent["index"])
    terminal = clinic.terminal("pins", dimensions=(40, 200))
    terminal.expect(r"to erase it\?")
    terminal.sendline("n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert len(pins(clinic)[0]["studies"][0]["held_by"]) == 2


@pytest.fixture
def acknowledged(clinic, list_homes, partner, patient, tmp_path):
    """Two studies that may go."""
    list_homes(partner.api, "pins = 2\nkeep_days = 0\n")
    sent = []
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(os.urandom(1000))
        sent.append(clinic.json("send_image", tmp_path / name, "--to", patient.public_key))
        clinic.json("acknowledge", sent[-1]["index"])
    return sent


def offered(clinic):
    """The command on a terminal, after a yes to going through what may go."""
    terminal = clinic.terminal("pins", dimensions=(40, 200))
    terminal.expect(r"What 2 acknowledged messages led to is kept no longer. Go through it, to erase it\? \[y/N\]")
    terminal.sendline("y")
    return terminal


def ended(terminal):
    """Its exit status."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


def test_a_no_to_one_study_leaves_it_and_the_next_is_asked_about(clinic, acknowledged, receipts):
    terminal = offered(clinic)
    for index, answer in enumerate("ny"):
        terminal.expect(f"Erase message {index} to ")
        terminal.expect(r"Go on\?")
        terminal.sendline(answer)
    terminal.expect(f"The receipt is in {receipts[1].name}")
    assert ended(terminal) == 0
    assert not receipts[0].exists()
    assert [each["cid"] for each in pins(clinic)[0]["studies"]] == [acknowledged[0]["cid"]]


def test_a_study_that_can_t_be_erased_is_named_and_the_next_is_asked_about(clinic, acknowledged, patient, receipts):
    receipts[0].write_text("mine")
    terminal = offered(clinic)
    terminal.expect(f"message 0 to {patient.address} stays: {receipts[0].name} is there already")
    terminal.expect("Erase message 1 to ")
    terminal.expect(r"Go on\?")
    terminal.sendline("y")
    terminal.expect("Error: 1 message that may go was not erased: see above")
    assert ended(terminal) == 1
    assert receipts[0].read_text() == "mine"


def test_what_too_few_homes_keep_is_an_error_though_nothing_of_it_was_to_be_erased(
    clinic, acknowledged, partner, xray, person
):
    sent = clinic.json("send_image", xray, "--to", person.public_key)
    forget(partner.api, sent["cid"])
    terminal = offered(clinic)
    for _ in acknowledged:
        terminal.expect(r"Go on\?")
        terminal.sendline("n")
    terminal.expect("Error: too few homes keep 1 message of 3")
    assert ended(terminal) == 1


# ---- reorganisations


@pytest.fixture
def reorganised(clinic, stranger):
    """reorganised(action, recipient, *kept): what `action` sent is taken out of the chain, and another message
    comes first; then the transactions of those that are `kept` come into it again, as nodes do of themselves.
    """

    def run(action, recipient, *kept):
        chain = Chain(clinic.node["chain"])
        before = chain.ask("evm_snapshot")
        sent = action()
        assert chain.ask("evm_revert", before)
        Website(clinic).deliver(stranger, recipient, b"\x02" + os.urandom(153))
        for index in kept:
            chain.ask("eth_sendRawTransaction", f"0x{raw_of(clinic, sent[index]['tx_hash'])}")
        return sent

    return run


def raw_of(clinic, tx_hash):
    """A transaction in hex, as the journal has it."""
    steps = (
        json.loads(line)
        for file in clinic.home.glob("outgoing/*.jsonl")
        for line in file.read_text().splitlines()
        if line
    )
    return next(each["raw"] for each in steps if each.get("tx_hash") == tx_hash and "raw" in each)


def sending(clinic, person, tmp_path, count):
    """Sends so many studies."""

    def run():
        sent = []
        for number in range(count):
            (tmp_path / str(number)).write_bytes(os.urandom(1000))
            sent.append(clinic.json("send_image", tmp_path / str(number), "--to", person.public_key))
        return sent

    return run


@pytest.mark.parametrize("count", [1, 2])
def test_a_message_that_a_reorganisation_moved_is_found_where_it_is_now(
    clinic, list_homes, partner, reorganised, patient, tmp_path, count
):
    list_homes(partner.api, "pins = 2\nkeep_days = 30\n")
    sent = reorganised(sending(clinic, patient, tmp_path, count), patient, *range(count))
    forget(partner.api, sent[0]["cid"])
    clinic.json("acknowledge", 1)
    said, status = pins(clinic)
    found = [(each["index"], each["cid"], each["status"]) for each in said["studies"]]
    statuses = ["acknowledged", "sent"]
    assert found == [(number + 1, each["cid"], statuses[number]) for number, each in enumerate(sent)]
    assert said["studies"][0]["keep_until"] > "2000"
    assert (status, said["short"], said["gone"]) == (1, 1, 0)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_message_that_is_no_longer_on_the_chain_is_named_kept_and_an_error(
    clinic, list_homes, partner, reorganised, person, tmp_path, kept
):
    list_homes(partner.api)
    sent = reorganised(sending(clinic, person, tmp_path, kept + 1), person, *range(kept))
    done = clinic.run("pins")
    assert done.returncode == 1
    gone = f"message {kept} to {person.address}"
    assert f"{gone} (not on the chain): 2 of 2" in done.stdout
    assert f"No longer on the chain, which was reorganised or reset: {gone}" in done.stdout.splitlines()
    assert done.stderr == (
        "Error: 1 message is no longer on the chain: run the command that sent it again, "
        "which goes on with the same envelope\n"
    )
    forget(partner.api, sent[kept]["cid"])
    said, _ = pins(clinic, "--repair")
    assert (said["gone"], said["short"]) == (1, 0)
    [repaired] = [each for each in said["studies"] if each["status"] == "not on the chain"]
    assert (repaired["cid"], repaired["was_repaired"]) == (sent[kept]["cid"], True)


# ---- repairing beside others


@pytest.fixture
def closing():
    """A server that closes each connection without a word."""
    server = Hostile(lambda handler: None)
    yield server
    server.stop()


def test_a_home_that_is_away_is_asked_once_however_many_studies_are_repaired(
    clinic, list_homes, partner, person, tmp_path, closing
):
    list_homes(partner.api)
    sent = sending(clinic, person, tmp_path, 2)()
    homes = "pins = 3\npatience = 5\n" + f'[[home]]\nname = "away"\nkind = "kubo"\nurl = "{closing.url}"\n'
    list_homes(partner.api, homes)
    for each in sent:
        forget(partner.api, each["cid"])
    said, status = pins(clinic, "--repair")
    assert (status, said["short"]) == (1, 2)
    own, third = clinic.node["ipfs_api"], partner.api
    assert [sorted(each["held_by"]) for each in said["studies"]] == [sorted([own, third])] * 2
    assert len(closing.seen) == 1


class HeldUp(Hostile):
    """The partner's node, which is sent files, and does not take them yet."""

    def __init__(self, api):
        self.is_sent, self.may_take = threading.Event(), threading.Event()

        def answer(handler):
            if "/add?" in handler.path:
                self.is_sent.set()
                self.may_take.wait(60)
            passed_on(handler, api)

        super().__init__(answer)


@pytest.fixture
def held_up(partner):
    server = HeldUp(partner.api)
    yield server
    server.stop()


@pytest.fixture
def repairing(clinic, list_homes, partner, held_up, person, tmp_path):
    """Two studies that the partner has lost, and the command that is sending it the first of them again."""
    list_homes(partner.api)
    sent = sending(clinic, person, tmp_path, 2)()
    for each in sent:
        forget(partner.api, each["cid"])
    list_homes(held_up.url)
    terminal = clinic.terminal("pins", "--repair", dimensions=(40, 200))
    assert held_up.is_sent.wait(60)
    return sent, terminal


@pytest.fixture
def erase(person, tmp_path):
    return lambda sent: (
        "erase",
        sent["index"],
        "--of",
        person.address,
        "--receipt",
        tmp_path / "receipt.json",
        "--yes",
    )


def holds(node, sent):
    return Pins(Endpoint.parse(node.api)).holds(cid_bytes(sent["cid"]))


@pytest.mark.fault(
    "A study is erased while a home is being sent it again", "`pins --repair` beside `erase`", "no home has it"
)
def test_an_erasure_waits_for_a_repair_of_the_same_message_and_no_copy_is_left(
    clinic, partner, held_up, repairing, erase
):
    (first, _), terminal = repairing
    erasing = clinic.terminal(*erase(first), dimensions=(40, 200))
    erasing.expect(["Another command is at work on this message: waiting for it", "The receipt is in"])
    held_up.may_take.set()
    statuses = ended(terminal), ended(erasing)
    assert not holds(partner, first)
    assert statuses == (0, 0)


def test_what_was_erased_since_it_was_listed_is_not_repaired(clinic, partner, held_up, repairing, erase):
    (_, second), terminal = repairing
    clinic.json(*erase(second))
    held_up.may_take.set()
    terminal.expect("1 message sent, each to be kept by 2 homes")
    assert ended(terminal) == 0
    assert not holds(partner, second)


# ---- what the website sent


@pytest.fixture
def website(clinic, list_homes, partner, tmp_path):
    list_homes(partner.api)
    with served(clinic, tmp_path / "pages") as running:
        yield running


def test_what_a_page_sent_is_listed_once_the_chain_has_it_from_its_sender(
    clinic, partner, website, technologist, stranger, person
):
    study, packet = website.send(technologist, person)
    copied, unsent = website.announce(technologist, person)
    website.deliver(stranger, person, copied)  # an envelope is public, once it is sent
    said, status = pins(clinic)
    assert (status, said["short"]) == (0, 0)
    [listed] = said["studies"]
    assert listed == {
        "recipient": person.address,
        "index": 0,
        "status": "sent",
        "sent_by": "website",
        "cid": study,
        "packet_cid": packet,
        **in_both(clinic, partner),
    }
    assert [each["cids"] for each in said["unsent"]] == [unsent]
    assert clinic.run("pins").stdout.splitlines() == [
        f"message 0 to {person.address} (sent, by the website): 2 of 2, {clinic.node['ipfs_api']}, {partner.api}",
        "1 message sent, each to be kept by 2 homes",
        "The website was about to send 1 study besides, of which the chain has no message",
    ]


def test_what_a_home_has_lost_of_it_is_repaired_and_what_was_handed_on_too(
    clinic, partner, website, technologist, person
):
    study, packet = website.send(technologist, person)
    [shared] = website.send(technologist, person, (PACKET,))
    for cid in (packet, shared):
        forget(partner.api, cid)
    assert pins(clinic)[0]["short"] == 2
    said, status = pins(clinic, "--repair")
    assert (status, said["short"]) == (0, 0)
    assert [(each["cid"], each["packet_cid"]) for each in said["studies"]] == [(study, packet), (None, shared)]
    assert [each["was_repaired"] for each in said["studies"]] == [True, True]


def test_erase_deletes_it_from_all_homes_and_no_list_has_it_any_more(
    clinic, partner, website, technologist, person, tmp_path
):
    study, packet = website.send(technologist, person)
    [shared] = website.send(technologist, person, (PACKET,))
    for index, deleted in enumerate([{("study", study), ("key packet", packet)}, {("key packet", shared)}]):
        said = clinic.json("erase", index, "--of", person.address, "--receipt", tmp_path / f"{index}.json")
        assert {(each["holds"], each["cid"]) for each in said["deleted"]} == deleted
    for api in (clinic.node["ipfs_api"], partner.api):
        assert not [cid for cid in (study, packet, shared) if Pins(Endpoint.parse(api)).holds(cid_bytes(cid))]
    assert pins(clinic)[0]["studies"] == []


def test_what_was_acknowledged_may_go_and_stays_where_the_wallet_s_account_is_not_here(
    clinic, list_homes, partner, website, technologist, patient
):
    wallet = Person(os.urandom(32).hex())
    website.chain.fund(wallet.address, 1)
    website.send(wallet, patient)
    clinic.json("acknowledge", 0)
    list_homes(partner.api, "pins = 2\nkeep_days = 0\n")
    terminal = clinic.terminal("pins", dimensions=(40, 250))
    terminal.expect(r"What 1 acknowledged message led to is kept no longer. Go through it, to erase it\? \[y/N\]")
    terminal.sendline("y")
    terminal.expect(f"message 0 to {patient.address} stays: its sender {wallet.address} is no account here")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    [study] = pins(clinic)[0]["studies"]
    assert (study["status"], study["may_go"], len(study["held_by"])) == ("acknowledged", True, 2)
