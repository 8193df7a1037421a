"""A patient's keys: made with a recovery sheet that was typed back, and made anew from it."""

import re
import stat
import subprocess

import pexpect
import pytest

from radiogram.formats.key_card import read_named_card
from radiogram.formats.key_file import read_keys
from radiogram.formats.seed import keys_of_words
from tests.flows import ape_run
from tests.flows.conftest import PASSPHRASE

ART = "abandon " * 23 + "art"
LOCKED = {"RADIOGRAM_KEY_FILE_PASSPHRASE": PASSPHRASE}


def read(path, passphrase=PASSPHRASE):
    return read_keys(path, lambda: passphrase)


# ---- for a program


def test_a_key_file_and_a_card_beside_it_are_made(devnet, tmp_path):
    file = tmp_path / "mine.txt"
    made = devnet.json("create_key", file, "--name", "Grace", "--site", "https://clinic.example", **LOCKED)
    public, card = read(file).public(), read_named_card(tmp_path / "mine.card.json")
    assert (card.keys, card.name) == (public, "Grace")
    assert (made["address"], made["words"]) == (public.address, list(public.words))
    assert made["card_link"].startswith("https://clinic.example/send.html#card=" + made["key_code"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSPHRASE not in file.read_text()


def test_what_is_sent_to_the_card_its_key_file_opens(devnet, tmp_path, xray):
    file = tmp_path / "mine.txt"
    made = devnet.json("create_key", file, **LOCKED)
    sent = devnet.json("send_image", xray, "--to", made["card"])
    assert sent["quantum_safe"]
    opens = ("--key-file", file, "--of", made["address"], "--out", tmp_path / "out")
    devnet.json("retrieve_image", sent["index"], *opens, **LOCKED)
    assert (tmp_path / "out" / xray.name).read_bytes() == xray.read_bytes()


def test_two_keys_are_two(devnet, tmp_path):
    one, other = (devnet.json("create_key", tmp_path / name, **LOCKED)["address"] for name in ("a", "b"))
    assert one != other


@pytest.mark.parametrize("taken", ["mine.txt", "mine.card.json"])
@pytest.mark.parametrize("command", ["create_key", "recover_key"])
def test_nothing_that_is_there_is_replaced(devnet, tmp_path, command, taken):
    (tmp_path / taken).write_text("precious")
    assert "is there already" in devnet.refusal(command, tmp_path / "mine.txt", **LOCKED)
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_one_file_can_not_be_both(devnet, tmp_path):
    file = tmp_path / "mine.txt"
    assert "can't hold both" in devnet.refusal("create_key", file, "--card", file, **LOCKED)
    assert not list(tmp_path.iterdir())


def test_without_a_passphrase_nothing_is_made(devnet, tmp_path):
    assert "needs a passphrase" in devnet.refusal("create_key", tmp_path / "mine.txt")
    assert not list(tmp_path.iterdir())


def test_a_file_without_a_passphrase_is_said_to_have_none(devnet, tmp_path):
    said = devnet.run("create_key", tmp_path / "mine.txt", RADIOGRAM_KEY_FILE_PASSPHRASE="").stdout
    assert f"Key file  {tmp_path / 'mine.txt'}: keep it; it has no passphrase, and opens your images" in said


def test_a_name_too_long_is_refused(devnet, tmp_path):
    line = devnet.refusal("create_key", tmp_path / "mine.txt", "--name", "x" * 101, **LOCKED)
    assert "--name has 101 characters" in line


# ---- from the sheet


def recover(devnet, *arguments, words: str) -> subprocess.CompletedProcess:
    return ape_run.run(["recover_key", *arguments], devnet.environment | LOCKED, typed=words)


def test_the_words_make_the_same_keys_again(devnet, tmp_path):
    done = recover(devnet, tmp_path / "mine.txt", words="\n".join(ART.upper().split()))
    assert done.returncode == 0, done.stderr
    assert read(tmp_path / "mine.txt") == keys_of_words(ART)
    assert "abandon" not in done.stdout + done.stderr


def test_words_that_are_no_seed_make_nothing(devnet, tmp_path):
    done = recover(devnet, tmp_path / "mine.txt", words=ART.replace("art", "zoo"))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "checksum is wrong" in done.stderr
    assert not list(tmp_path.iterdir())


# ---- on a terminal


def shown_words(terminal) -> str:
    """Those of the sheet on the screen, in their order."""
    terminal.expect(r"Written down\? Press Enter.*: ")
    found = dict(re.findall(r"\b(\d{1,2}) ([a-z]+)\b", terminal.before))
    assert len(found) == 24
    terminal.sendline("")
    return " ".join(found[str(number)] for number in range(1, 25))


@pytest.fixture
def creating(devnet, tmp_path):
    terminal = devnet.terminal("create_key", tmp_path / "mine.txt", dimensions=(40, 120), TERM="xterm")
    terminal.expect(re.escape("\x1b[?1049h"))
    return terminal


def test_no_words_are_shown_for_a_file_that_could_not_be_written(devnet, tmp_path):
    nowhere = tmp_path / "nowhere" / "mine.txt"
    terminal = devnet.terminal("create_key", nowhere, dimensions=(40, 300), TERM="xterm")
    shown = terminal.read()
    terminal.close()
    assert (f"{nowhere} can't be written" in shown, "\x1b[?1049h" in shown, terminal.exitstatus) == (True, False, 1)


def test_the_words_are_typed_back_before_anything_is_made(creating, tmp_path):
    words = shown_words(creating)
    creating.expect(re.escape("\x1b[?1049l"))
    creating.expect("Type the 24 words from your sheet .*: ")
    first, rest = words.split(" ", 1)
    for wrong, said in (
        (words.rsplit(" ", 1)[0], "These are 23 words, and the sheet has 24"),
        (f"{'act' if first == 'zoo' else 'zoo'} {rest}", "Word 1 is another one"),
    ):
        creating.sendline(wrong)
        creating.expect(said)
        creating.expect("Type the 24 words from your sheet .*: ")
        assert not list(tmp_path.iterdir())
    creating.sendline("show")
    assert shown_words(creating) == words
    creating.expect("Type the 24 words from your sheet .*: ")
    creating.sendline(words.upper())
    creating.expect("Passphrase for .*: ")
    creating.sendline(PASSPHRASE)
    creating.expect("Repeat for confirmation: ")
    creating.sendline(PASSPHRASE)
    creating.expect("Words +" + " ".join(keys_of_words(words).public().words))
    creating.expect(pexpect.EOF)
    creating.close()
    assert creating.exitstatus == 0
    assert read(tmp_path / "mine.txt") == keys_of_words(words)


def test_a_passphrase_is_made_for_who_has_none(creating, tmp_path):
    words = shown_words(creating)
    creating.expect("Type the 24 words from your sheet .*: ")
    creating.sendline(words)
    for question in ("Passphrase for .*: ", "Repeat for confirmation: "):
        creating.expect(question)
        creating.sendline("")
    creating.expect(r"Write it down, apart from the sheet:\s+([a-z ]+?)\s+Written down")
    made = creating.match[1]
    assert len(made.split()) == 6
    creating.expect("Press Enter.*: ")
    creating.sendline("")
    creating.expect("Type the passphrase: ")
    creating.sendline(made)
    creating.expect(pexpect.EOF)
    creating.close()
    assert read(tmp_path / "mine.txt", made) == keys_of_words(words)


def test_a_sheet_is_typed_again_until_it_is_right(devnet, tmp_path):
    terminal = devnet.terminal("recover_key", tmp_path / "mine.txt", dimensions=(40, 160), TERM="xterm", **LOCKED)
    terminal.expect("The 24 words .*: ")
    terminal.sendline("abandon ability")
    terminal.expect("a seed has 24 words, not 2")
    terminal.expect("The 24 words .*: ")
    terminal.sendline(ART)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert read(tmp_path / "mine.txt") == keys_of_words(ART)
