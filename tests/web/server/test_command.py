"""The command: what it prints, how it ends, and which options it refuses."""

import json
import re
import signal
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import ROOT, stop
from tests.web.server.asker import MISSING, Asker, call, form, hang_up_while, upload_head


def test_it_says_where_the_pages_are_and_stops_with_its_signal(devnet, built):
    command = ["ape", "run", "web", "--port", "0", "--folder", str(built)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=devnet.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, beside = process.communicate(timeout=60)
    assert (process.returncode, beside) == (130, "Stopping.\n")
    assert re.search(r"^Send images +http://127\.0\.0\.1:\d+/send\.html$", said, re.M)
    assert re.search(r"^Patient +0x70997970C51812dc3A010C7d01b50e0d17dc79C8 \(test account 1\)$", said, re.M)


def test_nothing_that_was_asked_is_printed(start_site, capfd):
    process, said = start_site()
    asker = Asker(said["url"])
    asker.ask("GET", "/none?patient=OKAFOR")
    asker.ask("GET", f"/ipfs/{MISSING}")
    asker.upload(b"x", b"y")
    cid = json.loads(asker.upload(b"x" * 20_000_000).body)["cid"]
    hang_up_while(asker, f"GET /ipfs/{cid} HTTP/1.1\r\nHost: {asker.host}\r\n\r\n".encode())
    hang_up_while(asker, upload_head(asker, 5_000_000) + form(b"z" * 4_000_000))
    hang_up_while(asker, b"no request\r\n\r\n")
    stop(process)
    assert (process.stdout.read(), capfd.readouterr().err) == ("", "Stopping.\n")


def test_it_ends_while_an_upload_and_a_page_are_under_way(start_site):
    process, said = start_site()
    host = urlsplit(said["url"]).netloc
    with socket.create_connection(host.split(":")) as waiting, socket.create_connection(host.split(":")) as uploading:
        waiting.sendall(b"GET / HTTP/1.1\r\n")
        uploading.sendall(
            f"POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 99999\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
            + form(b"x" * 5000)[:3000]
        )
        time.sleep(0.3)
        stop(process)


def test_pages_that_are_not_built_are_one_line(devnet, tmp_path):
    assert devnet.refusal("web", "--folder", tmp_path) == "Error: the pages are not built: make setup"


def test_a_port_that_is_taken_is_one_line(devnet, built, site):
    port = urlsplit(site).port
    line = devnet.refusal("web", "--folder", built, "--port", port)
    assert (
        line
        == f"Error: can't listen on 127.0.0.1:{port}: Address already in use; name another --port (0: any) or --host"
    )


def test_a_host_that_others_reach_needs_to_be_asked_for(devnet, built):
    line = devnet.refusal("web", "--folder", built, "--port", 0, "--host", "0.0.0.0")  # noqa: S104
    assert "--open-to-network" in line


def test_an_open_host_warns_and_answers_to_its_own_addresses_and_the_name_it_is_known_as(serve, capfd):
    asker = Asker(serve("--host", "0.0.0.0", "--open-to-network", "--known-as", "images.example"))  # noqa: S104
    port = urlsplit(asker.url).port
    assert "WARNING: whoever reaches" in capfd.readouterr().err
    for host, status in {
        f"127.0.0.1:{port}": 200,
        "images.example": 200,
        "other.example": 421,
        f"0.0.0.0:{port}": 421,
    }.items():
        assert asker.ask("GET", "/", Host=host).status == status
    assert asker.rpc(call(), Host="images.example", Origin="https://images.example").status == 200


def test_a_name_that_is_an_address_is_one_line(devnet, built):
    line = devnet.refusal("web", "--folder", built, "--port", 0, "--known-as", "https://images.example/")
    assert line == "Error: --known-as 'https://images.example/' is no host name: leave out https:// and the path"


@pytest.mark.parametrize("size", ["", "0", "x", "-1", "1.5GB", "4TB", "٣"])
def test_a_size_that_is_none_is_refused(devnet, built, size):
    done = devnet.run("web", "--folder", built, "--port", 0, "--max-upload", size)
    assert (done.returncode, "is no size" in done.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", '{"0x12": "St Anne"}', '{"0x70997970C51812dc3A010C7d01b50e0d17dc79C8": 1}'])
def test_a_file_of_names_that_is_none_is_one_line(devnet, built, tmp_path, text):
    file = tmp_path / "senders.json"
    file.write_text(text)
    assert str(file) in devnet.refusal("web", "--folder", built, "--port", 0, "--senders", file)
