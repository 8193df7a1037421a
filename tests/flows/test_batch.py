"""A day's list by one command: each study to its patient once, and what is refused stops no other."""

import csv
import json
import os
import re
import signal
import stat
import time

import pexpect
import pytest

from radiogram.formats.keys import Keys
from tests.faults import points
from tests.flows.conftest import Person
from tests.flows.images import GRACE, write_image
from tests.flows.strace import killed_at

JANE = {"PatientName": "Roe^Jane", "PatientBirthDate": "19700203", "PatientID": "77"}
# As patterns: four letters stand in some CID by chance, but not alone.
NAMES = ("okafor", "grace", r"roe\^", r"\bjane\b")
LEAKS = (*NAMES, "19620314", "1962-03-14", "id-4711", "thorax", "bed 7", r"\.dcm", "ct-")


class Day:
    """A list in a folder of its own, with patients to whom nothing was sent."""

    def __init__(self, scripts, folder):
        self.scripts, self.folder, self.rows, self.columns = scripts, folder, [], ["study", "recipient"]
        folder.mkdir()

    def study(self, name, **attributes):
        write_image(self.folder / name / "1.dcm", **(GRACE | attributes))
        return name

    def add(self, study, recipient, *others):
        self.rows.append((study, recipient, *others))

    def people(self, count):
        """So many rows that are as they should be; their patients."""
        made = []
        for number in range(count):
            keys = Keys(bytes([7, number]) + self.folder.name.encode().rjust(30, b"\x01")[-30:])
            person = Person(keys.private_key.hex())
            self.add(self.study(f"ct-{len(self.rows)}"), person.public_key)
            made.append(person)
        return made

    @property
    def arguments(self):
        with (self.folder / "list.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([self.columns, *self.rows])
        return ("send_image", "--batch", self.folder / "list.csv")

    def send(self, *options, status=0):
        """The objects, by their lines, and what is on standard error."""
        done = self.scripts.run(*self.arguments, "--json", *options)
        assert done.returncode == status, done.stderr
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(rows) == len(self.rows)
        return {row["line"]: row for row in rows}, done.stderr

    def counts(self, people):
        return [self.scripts.count(each.address) for each in people]

    def audited(self):
        return [json.loads(line) for line in (self.scripts.home / "audit.jsonl").read_text().splitlines()]


@pytest.fixture
def day(apart, tmp_path):
    return Day(apart, tmp_path / "day")


def test_each_study_goes_to_its_patient_and_is_told_of_as_by_send_image(day, xray, patient, tmp_path):
    people = day.people(3)
    sent, _ = day.send()
    single = day.scripts.json("send_image", xray, "--to", patient.public_key)
    for line, person in enumerate(people, 2):
        assert list(sent[line]) == ["line", *single]
        assert (sent[line]["recipient"], sent[line]["index"], sent[line]["was_sent"]) == (person.address, 0, False)
    assert len({each["tx_hash"] for each in sent.values()}) == 1
    keys = tmp_path / "keys"
    keys.write_text(people[1].private_key)
    keys.chmod(0o600)
    day.scripts.json("retrieve_image", "--key-file", keys, "--out", tmp_path / "out")
    image = day.folder / "ct-1" / "1.dcm"
    assert (tmp_path / "out" / "ct-1" / "1.dcm").read_bytes() == image.read_bytes()


def test_a_studys_files_go_in_the_order_in_which_send_image_sends_them(day, person, tmp_path):
    for number in range(1, 6):
        place = {"InstanceNumber": number, "ImagePositionPatient": [0, 0, number], "SOPInstanceUID": f"1.2.3.{number}"}
        write_image(day.folder / "series" / f"{number}.dcm", **(GRACE | place))
    day.add("series", person.public_key)
    day.send()
    assert day.scripts.json("send_image", day.folder / "series", "--to", person.public_key)["was_sent"]
    day.scripts.json("send_image", day.folder / "series", "--to", person.public_key, "--again")
    orders = []
    for index in (0, 1):
        out = tmp_path / f"out{index}"
        day.scripts.json("retrieve_image", index, *person.opens, "--out", out)
        (manifest,) = (out / ".radiogram-manifests").glob("*.json")
        orders.append([each["name"] for each in json.loads(manifest.read_text())["files"]])
    assert orders[0] == orders[1] != sorted(orders[0])


def test_the_same_again_sends_nothing_and_one_more_row_alone(day):
    people = day.people(2)
    first, _ = day.send()
    people += day.people(1)[-1:] if len(day.rows) < 2 else []
    day.add(day.study("ct-late"), people[0].public_key)
    second, _ = day.send()
    assert [second[line]["was_sent"] for line in (2, 3, 4)] == [True, True, False]
    assert [second[line]["index"] for line in (2, 3, 4)] == [0, 0, 1]
    assert {line: second[line]["tx_hash"] for line in first} == {line: first[line]["tx_hash"] for line in first}
    assert day.counts(people) == [2, 1]


def test_a_row_that_is_refused_says_why_and_stops_no_other(day, stranger):
    people = day.people(2)
    day.add("nowhere", people[0].public_key)
    day.add(day.study("ct-x"), "nobody.json")
    write_image(day.folder / "ct-two" / "1.dcm", **GRACE)
    write_image(day.folder / "ct-two" / "2.dcm", **(GRACE | JANE))
    day.add("ct-two", stranger.public_key)
    day.add("ct-0/.", people[0].public_key)
    done, said = day.send(status=1)
    assert [sorted(done[line]) for line in (4, 5, 6, 7)] == [["error", "line"]] * 4
    assert "does not exist" in done[4]["error"]
    assert "nobody.json does not exist" in done[5]["error"]
    assert "not all of one patient (name, birth date and patient id differ)" in done[6]["error"]
    assert "send this one alone, without --batch" in done[6]["error"]
    assert "the same study to the same recipient as line 2" in done[7]["error"]
    assert said.splitlines()[-1].startswith("Error: 4 of 6 studies not sent (lines 4, 5, 6, 7): mend that")
    assert day.counts(people) == [1, 1]
    assert not [text for text in LEAKS[:8] if re.search(text, said.lower() + json.dumps(done[6]).lower())]


def test_whoever_asks_for_second_copies_is_not_told_that_the_same_command_sends_nothing_twice(day):
    people = day.people(1)
    day.add("nowhere", people[0].public_key)
    for count in (1, 2):
        _, said = day.send("--again", status=1)
        assert said.splitlines()[-1].endswith("send these alone: --again would send the others once more")
        assert day.counts(people) == [count]


def test_the_same_images_under_another_name_go_once(day):
    (person,) = day.people(1)
    (day.folder / "copy").mkdir()
    write_image(day.folder / "copy" / "ct-0" / "1.dcm", **GRACE)
    day.add("copy/ct-0", person.public_key)
    done, _ = day.send(status=1)
    (refused,) = [each for each in done.values() if "error" in each]
    assert "another line of the list sends the same images to the same recipient" in refused["error"]
    assert day.counts([person]) == [1]


def test_an_inbox_that_is_restricted_refuses_its_row_alone(day, patient):
    people = day.people(2)
    day.scripts.json("restrict_inbox", "--account", "1")
    day.rows.insert(1, (day.study("ct-r"), patient.public_key))
    done, _ = day.send(status=1)
    assert "takes messages from approved senders only" in done[3]["error"]
    assert (done[2]["index"], done[4]["index"]) == (0, 0)
    assert day.counts([*people, patient]) == [1, 1, 0]


def test_a_label_is_that_of_its_row(day, tmp_path):
    people = day.people(1)
    day.columns.append("label")
    day.rows = [(*day.rows[0], "Klinik am Fluß")]
    day.send()
    keys = tmp_path / "keys"
    keys.write_text(people[0].private_key)
    keys.chmod(0o600)
    (message,) = day.scripts.json("inbox", "--open", "--all", "--key-file", keys)["messages"]
    assert message["sender_label"] == "Klinik am Fluß"


def test_what_is_no_list_is_refused_before_anything_leaves(day):
    people = day.people(1)
    day.columns = ["study", "patient"]
    assert "line 1 of the list has an unknown column 'patient'" in day.scripts.refusal(*day.arguments)
    assert "can't be read: No such file" in day.scripts.refusal("send_image", "--batch", day.folder / "none.csv")
    assert "leave out PATH and --to" in day.scripts.refusal(*day.arguments, "--to", people[0].public_key)
    assert "--several-patients is said of one study" in day.scripts.refusal(*day.arguments, "--several-patients")
    assert day.counts(people) == [0]


def test_a_person_is_told_a_line_for_each_study_and_what_all_cost(day):
    day.people(2)
    day.add("nowhere", day.rows[0][1])
    done = day.scripts.run(*day.arguments)
    lines = done.stdout.splitlines()
    assert re.match(r"line 4  NOT SENT: \S+nowhere does not exist", lines[0])
    assert sorted(line[:14] for line in lines[1:3]) == ["line 2  sent, ", "line 3  sent, "]
    assert re.match(r"2 studies sent, 1 NOT SENT, fee 0\.\d+ ETH \([\d,]+ gas, 1 transaction\)", lines[3])


# ---- the register


@pytest.fixture
def known(day):
    """The register has the patient of the first of two rows, and another one's images are in the second."""
    people = day.people(2)
    write_image(day.folder / "ct-1" / "1.dcm", **(GRACE | JANE))
    day.rows[1] = ("ct-1", people[0].public_key)
    like = day.folder / "ct-0"
    add = ("contacts", "add", people[0].public_key, "--label", "Bed 7", "--like", like, "--compared-by", "A. Nurse")
    day.scripts.json(*add)
    return people[0]


def test_another_patients_images_are_refused_in_their_row(day, known):
    day.rows[0] = ("ct-0", "bed 7")
    done, said = day.send(status=1)
    assert (done[2]["recipient"], done[2]["in_register"]) == (known.address, True)
    assert "the register has this key as another patient's" in done[3]["error"]
    assert day.counts([known]) == [1]
    assert not [text for text in LEAKS[:7] if re.search(text, said.lower())]


def test_a_person_sees_whose_images_go_to_whom_and_is_asked_once(day, known, stranger):
    day.add(day.study("ct-new", **JANE), stranger.public_key)
    child = day.scripts.terminal(*day.arguments, dimensions=(50, 160), TERM="dumb")
    child.expect(r"Send 1 study, [\d.]+ kB, for a fee of about 0\.\d+ ETH\? \[y/N\]: ")
    shown = child.before
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert re.search(r"2 +OKAFOR, Grace +14-Mar-1962 +CT · 20-Nov-2026", shown)
    assert not [text for text in ("Thorax native", "Bed 7 (0x", "A. Nurse, 20") if text not in shown]
    assert "line 3  NOT SENT: the register has this key as another patient's" in shown
    assert "line 4  NOT SENT: this key is not in your register: add it (contacts add), or send this one" in shown
    assert "line 2  sent, 1 file" in child.before
    assert child.exitstatus == 1
    assert day.counts([known, stranger]) == [1, 0]


def test_a_no_sends_nothing(day, known):
    child = day.scripts.terminal(*day.arguments, dimensions=(50, 80), TERM="dumb")
    child.expect(r"\[y/N\]: ")
    assert re.search(r"line 2    OKAFOR, Grace, born 14-Mar-1962\s", child.before)
    assert re.search(r"to Bed 7 \(0x\S+\), words compared: A. Nurse, \d{4}", child.before)
    child.sendline("n")
    child.expect("stopped: nothing was sent")
    child.expect(pexpect.EOF)
    assert day.counts([known]) == [0]


def test_who_has_our_card_is_sent_to_in_mailboxes_each_in_one_of_its_own(day, known):
    label = ("--label", "Bed 7", "--anybody", "--has-our-card", "--replace")
    day.scripts.json("contacts", "add", known.public_key, *label)
    sent, _ = day.send()
    mailboxes = {each["mailbox"] for each in sent.values()}
    assert len(mailboxes) == 2
    assert None not in mailboxes
    assert day.counts([known]) == [0]
    assert {each["inbox"] for each in day.audited()} == mailboxes
    assert known.address not in (day.scripts.home / "audit.jsonl").read_text()


# ---- the audit log


def test_the_audit_log_says_what_was_sent_and_nothing_of_a_patient(day, xray, technologist, patient):
    day.people(2)
    day.add("nowhere", day.rows[0][1])
    sent, _ = day.send(status=1)
    single = day.scripts.json("send_image", xray, "--to", patient.public_key, "--label", "Bed 7")
    day.send(status=1)
    log = day.scripts.home / "audit.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    written = {(each["line"], each["outcome"]): each for each in day.audited()}
    assert set(written) == {
        *((2, "sent"), (3, "sent"), (4, "refused"), (None, "sent"), (2, "sent before"), (3, "sent before")),
    }
    one = written[2, "sent"]
    assert {name: one[name] for name in ("cid", "packet_cid", "index", "tx_hash", "ciphertext_bytes")} == {
        name: sent[2][name] for name in ("cid", "packet_cid", "index", "tx_hash", "ciphertext_bytes")
    }
    assert (one["inbox"], one["sender"], one["files"]) == (sent[2]["recipient"], technologist.address, 1)
    assert written[None, "sent"]["cid"] == single["cid"]
    assert (written[4, "refused"]["error"], written[4, "refused"]["cid"]) == ("StudyError", None)
    assert not [text for text in (*LEAKS, "nowhere", "day/") if re.search(text, log.read_text().lower())]


def test_nothing_is_sent_where_the_audit_log_can_t_be_written(day):
    people = day.people(1)
    (day.scripts.home / "audit.jsonl").mkdir()
    assert "audit.jsonl can't be written" in day.scripts.refusal(*day.arguments)
    assert day.counts(people) == [0]


# ---- interrupted

FSYNC_KILLS, SOCKET_KILLS, ROWS = 9, 20, 3  # of the thread that writes, or asks, most
ONE_OF_EACH = "run again, it leaves one message of each study"


def has_arrived_once(day, people):
    sent, _ = day.send()
    assert [sent[line]["index"] for line in sorted(sent)] == [0] * ROWS
    assert day.counts(people) == [1] * ROWS
    assert day.scripts.json("outgoing")["outgoing"] == []


@pytest.mark.fault("The sender of a day's list is killed as it writes", "strace: SIGKILL at an fsync", ONE_OF_EACH)
@pytest.mark.parametrize("point", points(FSYNC_KILLS, 3))
def test_a_list_killed_as_it_writes_arrives_once(need, day, point):
    need("strace")
    people = day.people(ROWS)
    assert killed_at(day.arguments, day.scripts.environment, "fsync", point + 1) == -signal.SIGKILL
    has_arrived_once(day, people)


@pytest.mark.fault("The sender of a day's list is killed as it talks", "strace: SIGKILL at a sendto", ONE_OF_EACH)
@pytest.mark.parametrize("point", points(SOCKET_KILLS, 2))
def test_a_list_killed_at_a_request_arrives_once(need, day, point):
    need("strace")
    people = day.people(ROWS)
    assert killed_at(day.arguments, day.scripts.environment, "sendto", 2 + 2 * point) == -signal.SIGKILL
    has_arrived_once(day, people)


def test_who_stops_a_list_leaves_nothing_half_done_and_goes_on_with_the_same_command(day):
    people = day.people(ROWS)
    (day.folder / "ct-2" / "2.bin").write_bytes(os.urandom(150_000_000))  # long enough to be caught in the middle
    running = day.scripts.start(*day.arguments)
    deadline = time.monotonic() + 60
    while b'"Sealed"' not in b"".join(each.read_bytes() for each in (day.scripts.home / "outgoing").glob("*.jsonl")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.001)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    assert day.counts(people) == [0] * ROWS
    assert {each["state"] for each in day.scripts.json("outgoing")["outgoing"]} == {"uploaded, and not sent"}
    has_arrived_once(day, people)
