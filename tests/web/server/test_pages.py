"""The pages: which files there are, their headers and their policy."""

import gzip
import json

import pytest

from radiogram.server.site import HEADERS
from tests.web.server.asker import MISSING, Asker, call
from tests.web.server.conftest import INDEX

TECHNOLOGIST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # test account 0


def test_the_root_is_the_index(asker):
    found = asker.ask("GET", "/")
    assert (found.status, found.body.decode()) == (200, INDEX)
    assert found.headers["Content-Type"] == "text/html; charset=utf-8"
    assert found.headers["Cache-Control"] == "no-store"


def test_files_with_a_digest_in_their_name_are_kept_by_browsers(asker):
    found = asker.ask("GET", "/assets/app-1a2b.js")
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_other_files_are_asked_for_again_and_not_sent_twice(asker):
    found = asker.ask("GET", "/favicon.svg")
    assert (found.headers["Content-Type"], found.headers["Cache-Control"]) == ("image/svg+xml", "no-cache")
    again = asker.ask("GET", "/favicon.svg", If_None_Match=found.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_text_is_compressed_for_who_takes_it(asker):
    plain = asker.ask("GET", "/assets/app-1a2b.js")
    zipped = asker.ask("GET", "/assets/app-1a2b.js", Accept_Encoding="gzip, br")
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert len(zipped.body) < len(plain.body)
    assert gzip.decompress(zipped.body) == plain.body


def test_a_head_request_gets_the_headers_alone(asker):
    found = asker.ask("HEAD", "/send.html")
    assert (found.status, found.headers["Content-Length"], found.body) == (200, str(len(INDEX)), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/none.html",
        "/assets",
        "/assets/",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/index.html%00",
        "/ipfs",
        "/api/v0/config",
    ],
)
def test_nothing_but_the_built_files_is_there(asker, path):
    found = asker.ask("GET", path)
    assert (found.status, found.body) == (404, b"There is no such page here.\n")


def test_site_json_names_chain_contract_and_files(asker, devnet):
    found = asker.ask("GET", "/site.json")
    assert found.headers["Cache-Control"] == "no-store"
    assert json.loads(found.body) == {
        "name": "Local network",
        "chainId": 1337,
        "inbox": devnet.node["inbox"],
        "rpc": "./rpc",
        "gateways": ["./ipfs/"],
        "upload": "./upload",
        "uploadLimit": 4_000_000_000,
        "addChain": {
            "rpcUrls": [devnet.node["chain"]],
            "nativeCurrency": {"name": "Ether", "symbol": "ETH", "decimals": 18},
        },
        "directory": {},
        "relay": {"act": "./act", "share": "./share", "account": TECHNOLOGIST},
        "outbox": None,
        "homes": {"keep": "./keep", "wanted": 1},
    }


def test_every_reply_has_the_headers_refusals_too(asker):
    replies = [
        asker.ask("GET", "/send.html"),
        asker.ask("GET", "/none"),
        asker.ask("PUT", "/upload", Origin=asker.origin),
        asker.ask("GET", f"/ipfs/{MISSING}"),
        asker.ask("GET", "/", Host="evil.example"),
        asker.rpc(call()),
        asker.rpc(call("eth_accounts")),
        asker.upload(b"x"),
    ]
    for found in replies:
        assert {name: found.headers[name] for name in HEADERS} == HEADERS


def test_the_policy_lets_pages_speak_to_this_origin_alone():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["worker-src"] == "'self' blob:"  # the page's own Blobs alone: see Trusted Types
    assert {policy[name] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "app")


def test_the_patients_page_alone_may_play_videos_that_it_holds_and_show_a_page_of_this_site(asker):
    policy = HEADERS["Content-Security-Policy"]
    assert "media-src" not in policy  # default-src 'none' holds
    for path in ("/", "/index.html"):
        found = asker.ask("GET", path).headers
        assert found["Content-Security-Policy"] == f"{policy}; media-src blob:; frame-src 'self'"
        assert HEADERS.items() - {("Content-Security-Policy", policy)} <= set(found.items())
    assert asker.ask("GET", "/send.html").headers["Content-Security-Policy"] == policy


def test_what_sends_to_a_doctors_system_has_an_origin_of_its_own_and_is_shown_by_this_site_alone(asker):
    found = asker.ask("GET", "/doctor.html").headers["Content-Security-Policy"]
    assert found == "sandbox allow-scripts allow-forms; frame-ancestors 'self'"


def test_the_script_of_the_digesting_worker_may_compile_webassembly_and_ask_nobody(asker):
    found = asker.ask("GET", "/assets/digestWorker-5e6f.js")
    assert found.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_the_script_of_the_decoding_worker_may_compile_webassembly_and_ask_this_site(asker):
    found = asker.ask("GET", "/assets/decoderWorker-3c4d.js")
    assert found.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    rest = HEADERS.items() - {("Content-Security-Policy", HEADERS["Content-Security-Policy"])}
    assert rest <= set(found.headers.items())
    assert "wasm" not in HEADERS["Content-Security-Policy"]
    again = asker.ask("GET", "/assets/decoderWorker-3c4d.js", If_None_Match=found.headers["ETag"])
    assert (again.status, again.headers["Content-Security-Policy"]) == (304, found.headers["Content-Security-Policy"])


def test_names_of_senders_come_from_a_file(serve, technologist, tmp_path):
    file = tmp_path / "senders.json"
    file.write_text(json.dumps({technologist.address.lower(): "St Anne, X-ray"}))
    asker = Asker(serve("--senders", file))
    assert json.loads(asker.ask("GET", "/site.json").body)["directory"] == {technologist.address: "St Anne, X-ray"}
