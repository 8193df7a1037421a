"""Who may ask: no other host name, no other origin, no other method."""

import pytest

from tests.web.server.asker import MISSING, call


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:1", "", None])
def test_another_host_name_is_refused(asker, host):
    assert asker.ask("GET", "/site.json", Host=host).status in (400, 421)
    assert asker.rpc(call(), Host=host).status in (400, 421)


def test_localhost_is_a_name_of_ours(asker):
    host = asker.host.replace("127.0.0.1", "localhost")
    assert asker.ask("GET", "/", Host=host).status == 200
    assert asker.rpc(call(), Host=host, Origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["rpc", "upload"])
def test_another_origin_is_refused(asker, pins, path, headers):
    before = pins()
    found = asker.rpc(call(), **headers) if path == "rpc" else asker.upload(b"foreign", **headers)
    assert found.refusal == (403, "only this site's own pages may ask that")
    assert pins() == before


def test_another_page_can_link_here_but_load_nothing_from_here(asker):
    visit = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert asker.ask("GET", "/send.html", **visit).status == 200
    assert asker.ask("GET", f"/ipfs/{MISSING}", **visit).status == 403
    for path in ("/site.json", "/assets/app-1a2b.js", f"/ipfs/{MISSING}"):
        assert asker.ask("GET", path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403


@pytest.mark.parametrize(("method", "path"), [("GET", "/rpc"), ("PUT", "/upload"), ("DELETE", "/"), ("POST", "/")])
def test_another_method_is_refused(asker, method, path):
    found = asker.ask(method, path, b"", Origin=asker.origin)
    assert found.status in (404, 405)


def test_a_preflight_grants_nothing(asker):
    found = asker.ask("OPTIONS", "/upload", Origin="https://evil.example", Access_Control_Request_Method="POST")
    assert found.status == 403
    assert not [name for name in found.headers if name.lower().startswith("access-control-")]
