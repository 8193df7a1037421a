"""`ape run doctor` on real nodes: each fault is made for real, shows as its line, and is repaired where promised."""

import json
import os
import re
import signal
import time

import psutil
import pytest
import requests

from radiogram.chain.nonce_lock import nonce_lock
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.outgoing.journal import Begun, Dropped, Journal, Purpose, Sealed
from radiogram.sends import read_sends, record
from tests.chain.anvil import anvil
from tests.flows.conftest import STRANGER_KEY, Scripts, start_devnet
from tests.flows.website import Website
from tests.ipfs.conftest import CLINIC_SECRET, SENDER_TOKEN, base, guarded  # noqa: F401 - fixtures

FILE_BYTES = 3_000_000  # three blocks and their root
NOBODY = "http://127.0.0.1:9"  # port of a service that nobody runs


class Clinic:
    """A devnet of its own, whose folder is damaged, and what its doctor says."""

    def __init__(self, scripts, node):
        self.scripts, self.node = scripts, node
        self.home = scripts.home
        self.ipfs = Ipfs(node["ipfs_api"])

    def doctor(self, *options, status=None, **environment):
        """The checks by name."""
        done = self.scripts.run("doctor", "--json", *options, **environment)
        said = json.loads(done.stdout)
        assert said["healthy"] == (done.returncode == 0)
        assert done.returncode == (status if status is not None else not said["healthy"])
        assert (done.stderr, done.returncode in (0, 1)) == ("", True)
        return {each["name"]: each for each in said["checks"]}

    def rpc(self, name, **arguments):
        return requests.post(f"{self.node['ipfs_api']}/api/v0/{name}", params=arguments, timeout=10)

    def is_pinned(self, cid):
        return self.rpc("pin/ls", arg=cid, type="recursive").ok

    def chain(self, method, *parameters):
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return requests.post(self.node["chain"], json=question, timeout=30).json()["result"]

    def newest_block(self):
        """The file of a whole block that was stored last."""
        blocks = [path for path in (self.home / "ipfs/repo/blocks").rglob("*.data") if path.stat().st_size == 1 << 20]
        return max(blocks, key=lambda path: path.stat().st_mtime_ns)


def start(home):
    scripts = Scripts(home)
    process, node = start_devnet(scripts)
    return process, Clinic(scripts, node)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    process, clinic = start(tmp_path_factory.mktemp("clinic") / "home")
    yield clinic
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image.bin"
    path.write_bytes(os.urandom(FILE_BYTES))
    return path


@pytest.fixture
def sent(clinic, image, patient):
    return clinic.scripts.json("send_image", image, "--to", patient.public_key)


def states(checks):
    return {name: each["state"] for name, each in checks.items() if each["state"] != "ok"}


# ---- nothing is wrong


def test_a_healthy_devnet_is_healthy(clinic, sent, patient_key):
    checks = clinic.doctor("--key-file", patient_key, status=0)
    assert states(checks) == {}
    assert set(checks) == {
        *("python", "ape", "radiogram", "node", "ganache", "kubo"),
        *("folder", "permissions", "disk", "temporary", "received", "journal", "locks"),
        *("chain runs", "ipfs runs", "key file"),
        *("chain", "clock", "contract", "account", "key", "ipfs"),
        *("sent", "inbox", "uploads", "pins", "orphans", "debris"),
    }
    assert checks["chain runs"]["found"].startswith("Ganache runs for other commands")


def test_a_computer_on_which_nothing_ran_yet_is_healthy(tmp_path):
    clinic = Clinic(Scripts(tmp_path / "home"), {"ipfs_api": NOBODY})
    assert states(clinic.doctor("--out", tmp_path, status=0)) == {}


def test_a_person_reads_a_line_for_each_check_and_a_sum(clinic):
    done = clinic.scripts.run("doctor")
    assert done.returncode == 0
    assert done.stdout.startswith("\nPrograms\n  ok       python      Python 3.")
    assert done.stdout.endswith("\n\nNothing is wrong\n")


# ---- what was sent


@pytest.mark.fault("A block of what was sent is gone", "its file is removed from Kubo's repository", "doctor shows it")
def test_a_block_that_is_gone_shows_and_sending_again_helps(clinic, sent, image, patient, tmp_path):
    clinic.newest_block().unlink()
    checks = clinic.doctor(status=1)
    assert states(checks) == {"uploads": "problem"}
    assert checks["uploads"]["items"] == [f"{sent['cid']} (for {patient.address})"]
    assert checks["uploads"]["to_do"] == "send the same images again, with --again, unless another node has it"

    again = clinic.scripts.json("send_image", image, "--to", patient.public_key, "--again")
    clinic.scripts.json("retrieve_image", again["index"], "--out", tmp_path / "out")
    assert (tmp_path / "out" / "image.bin").read_bytes() == image.read_bytes()
    assert "1 other gone, and sent again since" in clinic.doctor(status=0)["uploads"]["found"]


@pytest.mark.fault("A block of what was sent went bad", "its file is changed in Kubo's repository", "doctor shows it")
def test_a_block_that_went_bad_shows(clinic, sent, patient):
    block = clinic.newest_block()
    data = block.read_bytes()
    block.write_bytes(bytes(1) + data[1:] if data[0] else b"\x01" + data[1:])
    try:
        assert clinic.doctor(status=1)["uploads"]["items"] == [f"{sent['cid']} (for {patient.address})"]
    finally:
        block.write_bytes(data)


@pytest.mark.fault("What was sent is no longer pinned", "pin/rm", "doctor shows and repairs it")
def test_what_was_unpinned_shows_and_is_pinned_again_by_repair_alone(clinic, sent):
    clinic.rpc("pin/rm", arg=sent["cid"])
    checks = clinic.doctor(status=1)
    assert (checks["pins"]["state"], checks["pins"]["items"]) == ("problem", [sent["cid"]])
    assert not clinic.is_pinned(sent["cid"])
    repaired = clinic.doctor("--repair", status=0)["pins"]
    assert (repaired["repaired"], repaired["items"]) == (True, [sent["cid"]])
    assert clinic.is_pinned(sent["cid"])
    assert states(clinic.doctor(status=0)) == {}


def test_a_message_that_is_no_longer_on_the_chain_shows_and_the_same_command_sends_it(clinic, image, patient):
    before = clinic.chain("evm_snapshot")
    command = "send_image", image, "--to", patient.public_key
    sent = clinic.scripts.json(*command)
    assert clinic.chain("evm_revert", before)
    lost = clinic.doctor(status=1)["sent"]
    assert (lost["state"], lost["items"]) == ("problem", [f"message {sent['index']} to {patient.address}"])
    clinic.scripts.json(*command)
    assert clinic.doctor(status=0)["sent"]["state"] == "ok"


def test_a_send_that_was_killed_shows_until_it_is_finished(clinic, tmp_path, patient):
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(60_000_000))
    command = "send_image", large, "--to", patient.public_key
    before = journal_bytes(clinic)
    running = clinic.scripts.start(*command)
    wait(lambda: journal_bytes(clinic) > before or running.poll() is not None)
    running.send_signal(signal.SIGKILL)
    assert running.wait(30) == -signal.SIGKILL
    journal = clinic.doctor(status=0)["journal"]
    assert (journal["state"], journal["to_do"]) == ("warning", "`ape run outgoing` lists and finishes them")

    clinic.scripts.json(*command)
    assert clinic.doctor("--discard", "unpinned", status=0)["journal"]["state"] == "ok"
    assert states(clinic.doctor(status=0)) == {}


# ---- what nobody needs


def test_an_upload_that_no_message_leads_to_is_told_of_and_deleted_on_request_alone(clinic, sent):
    cid = cid_text(clinic.ipfs.add([os.urandom(FILE_BYTES)]).cid)
    found = clinic.doctor("--repair", status=0)["orphans"]
    assert (found["state"], found["items"]) == ("warning", [cid])
    assert clinic.is_pinned(cid)
    assert clinic.doctor("--discard", cid, status=0)["discard"]["found"] == f"deleted {cid}"
    assert not clinic.is_pinned(cid)
    assert states(clinic.doctor(status=0)) == {}


def test_what_a_message_leads_to_is_not_deleted(clinic, sent):
    refused = clinic.doctor("--discard", sent["cid"], status=1)["discard"]
    assert refused["found"] == f"{sent['cid']} is what a message leads to"
    assert states(clinic.doctor(status=0)) == {}


def test_an_upload_for_a_message_that_was_given_up_is_deleted_by_repair(clinic, sent, technologist, patient):
    added = clinic.ipfs.add([os.urandom(FILE_BYTES)])
    chain = bytes.fromhex(clinic.chain("eth_getBlockByNumber", "0x0", False)["hash"][2:])
    people = clinic.node["inbox"], technologist.address, patient.address
    with Journal(clinic.home / "outgoing").entry(Purpose(chain, *people, b"", os.urandom(8), b"")) as entry:
        entry.append(Begun(int(time.time()), chain, *people, 0))
        entry.append(Sealed(added.cid, added.size, None, 0, b"\x02" + bytes(153)))
        entry.append(Dropped())
    cid = cid_text(added.cid)
    assert clinic.doctor(status=0)["orphans"]["items"] == [cid]
    assert clinic.is_pinned(cid)
    assert clinic.doctor("--repair", status=0)["orphans"]["repaired"]
    assert not clinic.is_pinned(cid)
    assert states(clinic.doctor(status=0)) == {}


def test_what_a_page_sent_stays_and_what_it_was_about_to_send_and_never_did_is_told_of(clinic, technologist, patient):
    chain = bytes.fromhex(clinic.chain("eth_getBlockByNumber", "0x0", False)["hash"][2:])
    people = clinic.node["inbox"], technologist.address, patient.address
    cids = []
    for _ in range(2):
        added, envelope = clinic.ipfs.add([os.urandom(3000)]), b"\x02" + os.urandom(153)
        record(clinic.home, Begun(int(time.time()), chain, *people, 0), Sealed(added.cid, 3000, None, 0, envelope))
        cids.append(cid_text(added.cid))
    sent, unsent = cids
    known = [each.sealed for each in read_sends(clinic.home).history.attempts if each.sealed]  # others were cut short
    [first] = [each for each in known if cid_text(each.cid) == sent]
    Website(clinic).deliver(technologist, patient, first.envelope)
    checks = clinic.doctor("--repair", status=0)
    assert (checks["orphans"]["state"], checks["orphans"]["items"]) == ("warning", [unsent])
    assert "not finished" not in checks["journal"]["found"]
    assert clinic.doctor("--discard", sent, status=1)["discard"]["found"] == f"{sent} is what a message leads to"
    assert clinic.doctor("--discard", unsent, status=0)["discard"]["found"] == f"deleted {unsent}"
    assert states(clinic.doctor(status=0)) == {}


def test_a_node_that_others_may_share_is_not_looked_through(clinic, sent):
    orphan = clinic.ipfs.add([os.urandom(3000)])
    remote = {"RADIOGRAM_IPFS_API": clinic.node["ipfs_api"]}
    try:
        checks = clinic.doctor("--repair", status=0, **remote)
        assert not {"orphans", "debris", "kubo", "ipfs runs"} & set(checks)
        assert checks["uploads"]["state"] == checks["pins"]["state"] == "ok"
        refused = clinic.doctor("--discard", cid_text(orphan.cid), status=1, **remote)["discard"]
        assert "is not on the local node" in refused["found"]
        assert clinic.is_pinned(cid_text(orphan.cid))
    finally:
        clinic.rpc("pin/rm", arg=cid_text(orphan.cid))
        clinic.rpc("block/rm", arg=cid_text(orphan.cid))


# ---- this computer


def test_what_others_may_read_shows_and_is_made_private_by_repair_alone(clinic, sent, tmp_path):
    journal = next((clinic.home / "outgoing").iterdir())
    key = tmp_path / "key.txt"
    key.write_text(STRANGER_KEY)
    places = {clinic.home: 0o755, journal: 0o644, key: 0o640}
    for path, mode in places.items():
        path.chmod(mode)
    found = clinic.doctor("--key-file", key, status=1)["permissions"]
    assert (found["state"], set(found["items"])) == ("problem", set(map(str, places)))
    assert {path: path.stat().st_mode & 0o777 for path in places} == places
    repaired = clinic.doctor("--key-file", key, "--repair")
    assert repaired["permissions"]["repaired"]
    assert repaired["key file"]["state"] == "ok"
    assert [path.stat().st_mode & 0o777 for path in places] == [0o700, 0o600, 0o600]


def test_what_a_killed_retrieve_left_shows_and_is_removed_by_repair_alone(clinic, tmp_path):
    left = tmp_path / ".radiogram-partial-x"
    (left / "new").mkdir(parents=True)
    (left / "new" / "a.dcm").write_bytes(b"an image")
    found = clinic.doctor("--out", tmp_path, status=0)["received"]
    assert (found["state"], found["items"]) == ("warning", [str(left)])
    assert left.exists()
    assert clinic.doctor("--out", tmp_path, "--repair", status=0)["received"]["repaired"]
    assert not left.exists()


def test_a_lock_for_which_other_commands_wait_shows_with_its_holder(clinic, sent, technologist):
    with nonce_lock(clinic.home / "nonce-locks", 1337, technologist.address):
        found = clinic.doctor(status=0)["locks"]
        name = clinic.home / "nonce-locks" / f"1337-{technologist.address}.lock"
        assert (found["state"], found["items"]) == ("warning", [f"{name} by process {os.getpid()}"])
    assert clinic.doctor(status=0)["locks"]["state"] == "ok"


def test_unpinned_blocks_that_a_message_needs_are_not_deleted(clinic, sent):
    clinic.rpc("pin/rm", arg=sent["cid"])
    refused = clinic.doctor("--discard", "unpinned", status=1)["discard"]
    assert refused["found"] == f"a message leads to {sent['cid']}, which is not pinned"
    clinic.doctor("--repair", "--discard", "unpinned", status=0)
    assert clinic.is_pinned(sent["cid"])


def test_a_folder_that_is_none_shows(tmp_path):
    (tmp_path / "home").write_text("")
    checks = Clinic(Scripts(tmp_path / "home"), {"ipfs_api": NOBODY}).doctor(status=1)
    assert checks["folder"]["found"] == f"{tmp_path / 'home'} is not a folder"
    assert checks["chain"]["state"] == checks["ipfs"]["state"] == "problem"


@pytest.mark.fault("A devnet was killed, its nodes run on", "SIGKILL", "doctor shows and stops them")
def test_nodes_of_a_killed_devnet_show_and_are_stopped_by_repair_alone(tmp_path):
    process, clinic = start(tmp_path / "home")
    process.kill()
    process.communicate()
    pids = [json.loads((clinic.home / name / "note.json").read_text())["pid"] for name in ("ganache", "ipfs")]
    for _ in range(2):  # the first leaves them as they are
        checks = clinic.doctor("--out", tmp_path, status=0)
        assert states(checks) == {"chain runs": "warning", "ipfs runs": "warning"}
        assert [checks[name]["found"] for name in ("chain runs", "ipfs runs")] == [
            f"Ganache (process {pids[0]}) runs for nobody: the commands that used it were killed",
            f"Kubo (process {pids[1]}) runs for nobody: the commands that used it were killed",
        ]
    checks = clinic.doctor("--out", tmp_path, "--repair", status=0)
    assert [checks[name]["repaired"] for name in ("chain runs", "ipfs runs")] == [True, True]
    wait(lambda: not any(map(psutil.pid_exists, pids)))
    assert not list(clinic.home.glob("*/note.json"))


# ---- chain, keys and IPFS


def test_a_chain_that_does_not_answer_is_a_line_and_the_other_checks_go_on(clinic, sent):
    checks = clinic.doctor("--network", f"ethereum:local:{NOBODY}", status=1)
    assert checks["chain"]["state"] == "problem"
    assert {checks[name]["state"] for name in ("clock", "contract", "account", "key", "sent")} == {"warning"}
    assert checks["folder"]["state"] == checks["journal"]["state"] == checks["ipfs"]["state"] == "ok"


def test_an_ipfs_node_that_does_not_answer_is_a_line_and_the_other_checks_go_on(clinic, sent):
    checks = clinic.doctor(status=1, RADIOGRAM_IPFS_API=NOBODY)
    assert states(checks) == {"ipfs": "problem", "uploads": "warning"}
    assert checks["ipfs"]["to_do"] == "is the node running?"


def test_a_node_that_takes_files_and_tells_nothing_is_no_problem(apart, guarded, xray, patient, tmp_path):  # noqa: F811
    clinic = Clinic(apart, {"ipfs_api": guarded.api})
    sender = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": f"bearer:{SENDER_TOKEN}"}
    apart.json("send_image", xray, "--to", patient.public_key, **sender)
    checks = clinic.doctor("--out", tmp_path, status=0, **sender)
    assert states(checks) == {"uploads": "warning", "pins": "warning"}

    owner = sender | {"RADIOGRAM_IPFS_AUTH": f"basic:clinic:{CLINIC_SECRET}"}
    assert states(clinic.doctor("--out", tmp_path, status=0, **owner)) == {}


def test_a_patient_with_a_gateway_alone_sees_that_the_images_are_there(apart, guarded, xray, patient, tmp_path):  # noqa: F811
    clinic = Clinic(apart, {"ipfs_api": guarded.api})
    sender = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": f"bearer:{SENDER_TOKEN}"}
    apart.json("send_image", xray, "--to", patient.public_key, **sender)
    key = tmp_path / "patient.key"
    key.write_text(patient.private_key)
    key.chmod(0o600)
    gateway = {"RADIOGRAM_IPFS_GATEWAY": guarded.gateway}
    checks = clinic.doctor("--key-file", key, "--out", tmp_path, status=0, **gateway)
    assert states(checks) == {"uploads": "warning"}
    assert checks["inbox"]["found"] == "1 message opened, the newest, and found on IPFS"


def test_a_program_that_is_missing_is_a_line(clinic):
    kubo = clinic.doctor(status=1, IPFS_BIN="/nowhere/ipfs")["kubo"]
    assert kubo["found"] == "no program '/nowhere/ipfs'"
    assert "IPFS_BIN" in kubo["to_do"]


def test_a_key_file_that_is_not_on_record_shows(apart, tmp_path):
    clinic = Clinic(apart, {"ipfs_api": NOBODY})
    quiet = {"RADIOGRAM_KEY_FILE_PASSPHRASE": ""}
    apart.json("register_key", "--new-key", tmp_path / "mine.txt", **quiet)
    assert clinic.doctor("--key-file", tmp_path / "mine.txt")["key"]["state"] == "ok"
    other = tmp_path / "other.txt"
    other.write_text(STRANGER_KEY)
    other.chmod(0o600)
    key = clinic.doctor("--key-file", other, "--account", "1", status=1)["key"]
    assert key["found"].endswith("and the key file holds another one")


def test_images_that_a_patient_can_t_fetch_show(clinic, sent, patient_key, tmp_path):
    clinic.rpc("pin/rm", arg=sent["cid"])
    clinic.rpc("block/rm", arg=sent["cid"])
    found = clinic.doctor("--key-file", patient_key, status=1)
    assert found["inbox"]["items"][0].startswith(f"message {sent['index']}: ")


@pytest.fixture
def lying(clinic):
    """On a chain that can be made to lie."""
    with anvil("--hardfork", "shanghai") as running:
        lying = Clinic(clinic.scripts, clinic.node | {"chain": running.url})
        lying.network = ("--network", running.network)
        clinic.scripts.json("deploy", *lying.network, "--account", "0")
        yield lying


@pytest.mark.fault("Another contract stands at the address", "anvil_setCode", "doctor shows it")
def test_other_code_at_the_address_of_the_contract_shows(lying):
    assert lying.doctor(*lying.network, status=0)["contract"]["state"] == "ok"
    code = lying.chain("eth_getCode", lying.node["inbox"], "latest")
    lying.chain("anvil_setCode", lying.node["inbox"], code[:-2] + "00")
    contract = lying.doctor(*lying.network)["contract"]
    assert (contract["state"], contract["to_do"]) == ("problem", "trust nothing on this chain, or of this node")


def test_a_chain_that_is_ahead_of_the_clock_shows(lying):
    lying.chain("evm_increaseTime", 3600)
    lying.chain("evm_mine")
    clock = lying.doctor(*lying.network, status=0)["clock"]
    assert clock["state"] == "warning"
    assert re.fullmatch(r"the newest block is \d+ minutes ahead of this computer's clock", clock["found"])


@pytest.fixture
def patient_key(tmp_path, patient):
    path = tmp_path / "patient.key"
    path.write_text(patient.private_key)
    path.chmod(0o600)
    return path


def journal_bytes(clinic):
    return sum(path.stat().st_size for path in (clinic.home / "outgoing").iterdir())


def wait(until):
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)
