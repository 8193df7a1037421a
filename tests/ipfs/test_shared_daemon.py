"""One node for several processes: joined by each, stopped by the last, whatever happens to them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import requests

from radiogram.devnet.kubo import local_ipfs
from radiogram.devnet.shared_daemon import SharedDaemon, look, stop_unused
from radiogram.errors import NodeError
from tests.frozen import freeze

from .conftest import processes_of

# A command that uses the node of a folder until its standard input ends.
USER = """
import sys
from pathlib import Path
from radiogram.devnet.kubo import local_ipfs
with local_ipfs(Path(sys.argv[1])) as node:
    print(node.api, flush=True)
    sys.stdin.read()
"""

# A daemon of few words: serves HTTP on a port, and minds SIGTERM only if it is told so.
SERVER = """
import http.server, signal, sys
folder, port, manner = sys.argv[1:]
print("private key: 1234", flush=True)
if manner == "dies":
    sys.exit("no such luck")
if manner == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if manner == "sulks" else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


class User:
    """Another process that uses the node of a home, in a process group of its own."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def api(self) -> str:
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        """Ends the command as it would end by itself."""
        self.process.communicate(timeout=20)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def home(tmp_path):
    """A home with a name of its own; whatever still runs in it is stopped, and was an error."""
    folder = tmp_path / "home"
    yield folder
    left = processes_of(folder)
    for process in left:
        process.kill()
    assert not left


@pytest.fixture
def user(home):
    """Starts users of the home's node, and ends them."""
    started = []

    def start(other_home: Path | None = None) -> User:
        started.append(User(other_home or home))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()
        for stream in (each.process.stdin, each.process.stdout, each.process.stderr):
            stream.close()


def daemons(home: Path) -> list[psutil.Process]:
    """The Kubo processes of a home."""
    return [each for each in processes_of(home) if f"--repo-dir={home / 'ipfs' / 'repo'}" in each.cmdline()]


def note(home: Path) -> Path:
    return home / "ipfs" / "note.json"


def test_processes_at_once_share_one_node_and_the_last_one_stops_it(home, user):
    users = [user() for _ in range(3)]
    assert len({each.api() for each in users}) == 1
    assert len(daemons(home)) == 1
    for each in users[:2]:
        each.leave()
    assert len(daemons(home)) == 1
    users[2].leave()
    assert not daemons(home)
    assert not note(home).exists()


def test_the_node_serves_on_when_the_one_who_started_it_leaves(home, user):
    first = user()
    api = first.api()
    with local_ipfs(home) as node:
        first.leave()
        assert node.api == api
        assert requests.post(f"{node.api}/api/v0/version", timeout=5).ok


def test_what_was_added_is_still_there_after_a_restart(home):
    with local_ipfs(home) as node:
        cid = requests.post(f"{node.api}/api/v0/add", files={"file": b"tibia"}, timeout=5).json()["Hash"]
    with local_ipfs(home) as node:
        assert requests.get(f"{node.gateway}/ipfs/{cid}", timeout=5).content == b"tibia"


def test_the_same_process_may_ask_twice(home):
    with local_ipfs(home) as outer, local_ipfs(home) as inner:
        assert outer == inner
    assert not daemons(home)


def test_an_orphan_of_a_killed_command_is_joined_by_the_next_and_stopped(home, user):
    killed = user()
    api = killed.api()
    killed.kill()
    assert len(daemons(home)) == 1
    following = user()
    assert following.api() == api
    following.leave()
    assert not daemons(home)


def test_an_orphan_whose_pid_was_never_noted_is_joined_too(home, user):
    killed = user()
    api = killed.api()
    killed.kill()
    note(home).write_text(json.dumps({**json.loads(note(home).read_text()), "pid": None}))
    with local_ipfs(home) as node:
        assert node.api == api
    assert not daemons(home)


def test_an_orphan_that_does_not_answer_is_replaced(tmp_path):
    lost = served(tmp_path / "d")
    ports = lost.__enter__()
    lost._close_users_lock()  # as the kernel does when a command is killed
    freeze(only_process(tmp_path))
    with served(tmp_path / "d", timeout=10) as others:
        assert others != ports
    assert not processes_of(tmp_path)


def test_a_daemon_that_does_not_answer_is_not_taken_away_from_another_command(tmp_path):
    with served(tmp_path / "d"):
        process = only_process(tmp_path)
        freeze(process)
        with pytest.raises(NodeError, match="does not answer"):
            served(tmp_path / "d", timeout=1).__enter__()
        process.resume()
        with served(tmp_path / "d"):
            assert only_process(tmp_path) == process
    assert not processes_of(tmp_path)


# ---- looking at it, and no more


def test_a_folder_without_a_daemon_shows_none(tmp_path):
    assert look(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_in_use_is_seen_so_and_not_stopped(tmp_path):
    with served(tmp_path / "d"):
        seen = look(tmp_path / "d")
        assert (seen.pid, seen.is_used) == (only_process(tmp_path).pid, True)
        assert not stop_unused(tmp_path / "d")
        assert only_process(tmp_path)


def test_an_orphan_is_seen_as_unused_and_stopped_when_that_is_asked_for(tmp_path):
    lost = served(tmp_path / "d")
    lost.__enter__()
    lost._close_users_lock()  # as the kernel does when a command is killed
    seen = look(tmp_path / "d")
    assert (seen.pid, seen.is_used) == (only_process(tmp_path).pid, False)
    assert stop_unused(tmp_path / "d")
    assert not processes_of(tmp_path)
    assert look(tmp_path / "d") is None


def test_the_note_of_a_daemon_that_was_killed_is_seen_and_taken_away(tmp_path):
    lost = served(tmp_path / "d")
    lost.__enter__()
    lost._close_users_lock()
    only_process(tmp_path).kill()
    while processes_of(tmp_path):
        time.sleep(0.02)
    assert look(tmp_path / "d").pid is None
    assert stop_unused(tmp_path / "d")
    assert look(tmp_path / "d") is None


def test_an_orphan_that_is_to_be_left_runs_on_after_its_visitor(tmp_path):
    lost = served(tmp_path / "d")
    ports = lost.__enter__()
    lost._close_users_lock()
    with served(tmp_path / "d", leave_unused=True) as same:
        assert same == ports
    assert only_process(tmp_path)
    with served(tmp_path / "d", leave_unused=True):  # a second visit, so: nothing was changed by the first
        pass
    assert stop_unused(tmp_path / "d")


def test_an_orphan_that_is_to_be_left_and_does_not_answer_is_refused(tmp_path):
    lost = served(tmp_path / "d")
    lost.__enter__()
    lost._close_users_lock()
    process = only_process(tmp_path)
    freeze(process)
    with pytest.raises(NodeError, match="does not answer"):
        served(tmp_path / "d", timeout=1, leave_unused=True).__enter__()
    assert only_process(tmp_path) == process
    process.resume()
    assert stop_unused(tmp_path / "d")


def test_what_is_started_by_a_visitor_is_stopped_by_it(tmp_path):
    with served(tmp_path / "d", leave_unused=True):
        assert only_process(tmp_path)
    assert not processes_of(tmp_path)


def only_process(folder: Path) -> psutil.Process:
    [process] = processes_of(folder)
    return process


def test_a_note_about_another_process_is_cleaned_up_and_that_process_left_alone(home):
    (home / "ipfs").mkdir(parents=True)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        argv = ["ipfs", f"--repo-dir={home}/ipfs/repo", "daemon"]
        note(home).write_text(json.dumps({"argv": argv, "ports": [1, 2], "pid": bystander.pid}))
        with local_ipfs(home) as node:
            assert requests.post(f"{node.api}/api/v0/version", timeout=5).ok
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"argv": [], "ports": [], "pid": 4194305}'])
def test_a_note_that_makes_no_sense_is_cleaned_up(home, text):
    (home / "ipfs").mkdir(parents=True)
    note(home).write_text(text)
    with local_ipfs(home) as node:
        assert requests.post(f"{node.api}/api/v0/version", timeout=5).ok


def test_a_node_that_was_killed_is_started_again(home, user):
    first = user()
    first.api()
    [daemon] = daemons(home)
    daemon.kill()
    with local_ipfs(home) as node:
        assert requests.post(f"{node.api}/api/v0/version", timeout=5).ok
        first.leave()


def test_a_daemon_that_ends_while_it_is_being_joined_is_started_again(tmp_path):
    with served(tmp_path / "d"):
        process = only_process(tmp_path)
        freeze(process)
        threading.Timer(0.3, process.kill).start()
        with served(tmp_path / "d"):
            assert only_process(tmp_path) != process
    assert not processes_of(tmp_path)


def test_two_homes_do_not_share(home, tmp_path, user):
    other = tmp_path / "other"
    here, there = user(), user(other)
    assert here.api() != there.api()
    there.leave()
    assert not daemons(other)
    assert len(daemons(home)) == 1
    here.leave()


def test_ctrl_c_ends_the_command_and_its_node_in_order(home, user):
    only = user()
    only.api()
    os.killpg(only.process.pid, signal.SIGINT)
    only.process.communicate(timeout=20)
    assert not daemons(home)


def test_ctrl_c_in_one_command_leaves_the_node_to_another(home, user):
    first, second = user(), user()
    api = first.api()
    assert second.api() == api
    os.killpg(first.process.pid, signal.SIGINT)
    first.process.communicate(timeout=20)
    assert requests.post(f"{api}/api/v0/version", timeout=5).ok
    second.leave()


def test_users_that_come_and_go_all_the_time_are_all_served(home, user):
    for _ in range(3):
        users = [user() for _ in range(3)]
        for each in users:
            each.process.stdin.close()
        for each in users:
            assert each.process.wait(timeout=120) == 0, each.process.stderr.read()
    assert not daemons(home)


def test_the_state_folder_is_for_its_owner_alone(home):
    with local_ipfs(home):
        folder = home / "ipfs"
        assert folder.stat().st_mode & 0o077 == 0
        for name in ("note.json", "gate.lock", "users.lock", "log"):
            assert (folder / name).stat().st_mode & 0o777 == 0o600


def served(folder: Path, manner: str = "minds", **options) -> SharedDaemon:
    def answers(ports: list[int]) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{ports[0]}", timeout=0.3).ok
        except requests.RequestException:
            return False

    def command(ports: list[int]) -> list[str]:
        return [sys.executable, "-c", SERVER, str(folder), str(ports[0]), manner]

    return SharedDaemon(folder, "the server", command, answers, **{"timeout": 20, **options})


def test_a_daemon_that_does_not_mind_is_made_to_end(tmp_path):
    with served(tmp_path / "d", "stubborn", timeout=15):
        started = time.monotonic()
    assert time.monotonic() - started < 20
    assert not processes_of(tmp_path)


def test_a_daemon_that_ends_at_once_is_an_error_with_its_last_words(tmp_path):
    started = time.monotonic()
    with pytest.raises(NodeError, match=r"ended .*no such luck"):
        served(tmp_path / "d", "dies").__enter__()
    assert time.monotonic() - started < 20
    assert not (tmp_path / "d" / "note.json").exists()


def test_another_program_that_answers_is_not_taken_for_a_daemon_that_has_ended(tmp_path):
    daemon = served(tmp_path / "d", "dies")

    def answers_when_it_has_ended(_: list[int]) -> bool:
        pid = json.loads((tmp_path / "d" / "note.json").read_text())["pid"]
        while psutil.pid_exists(pid):
            time.sleep(0.02)
        return True

    daemon._answers = answers_when_it_has_ended
    with pytest.raises(NodeError, match="ended when started"):
        daemon.__enter__()


def test_a_daemon_that_never_serves_is_an_error_and_is_stopped(tmp_path):
    with pytest.raises(NodeError, match="within 1 s"):
        served(tmp_path / "d", "sulks", timeout=1).__enter__()
    assert not processes_of(tmp_path)


def test_a_daemon_that_can_not_be_run_is_an_error(tmp_path):
    daemon = SharedDaemon(tmp_path / "d", "the server", lambda _: ["/nonexistent/server"], lambda _: True)
    with pytest.raises(NodeError, match="/nonexistent/server"):
        daemon.__enter__()


def test_the_output_of_a_daemon_that_prints_secrets_is_not_kept(tmp_path):
    for keep in (True, False):
        with served(tmp_path / "d", keep_output=keep):
            assert ("private key" in (tmp_path / "d" / "log").read_text()) is keep


def test_a_daemon_does_not_inherit_passphrases_or_credentials(tmp_path, monkeypatch):
    for name in ("APE_ACCOUNTS_ME_PASSPHRASE", "RADIOGRAM_IPFS_AUTH"):
        monkeypatch.setenv(name, "s3cret")
    with served(tmp_path / "d"):
        [process] = processes_of(tmp_path)
        assert "s3cret" not in process.environ().values()


def test_a_state_folder_that_can_not_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NodeError, match="state folder"):
        served(tmp_path / "file" / "d").__enter__()
