"""What is told to a webhook, a topic and a mail server: that there is news, and nothing of whom."""

import json
import socket
import ssl

import pytest
from aiosmtpd.smtp import AuthResult

from radiogram.errors import NewsError
from radiogram.news.channels import TEXT, TITLE, Channel, MailServer, parse_channel, tell
from tests.clinics.conftest import Authority
from tests.news.conftest import mail_server
from tests.ports import free_port

NEWS = "00112233445566778899aabbccddeeff"
ANN = Channel("mail", "ann@example.org")


def test_a_webhook_gets_json_and_the_name_of_the_news(receiver):
    tell(parse_channel(f"{receiver.url}/hook?key=1"), NEWS, None)
    ((path, headers, body),) = receiver.told
    assert (path, headers["Content-Type"], headers["Idempotency-Key"]) == ("/hook?key=1", "application/json", NEWS)
    assert json.loads(body) == {"type": "radiogram.news", "id": NEWS, "text": TEXT}


def test_a_topic_of_ntfy_gets_a_line(receiver):
    tell(parse_channel(f"ntfy+{receiver.url}/my-topic"), NEWS, None)
    ((path, headers, body),) = receiver.told
    assert (path, headers["Title"], body.decode()) == ("/my-topic", TITLE, TEXT)


@pytest.mark.parametrize("location", [None, "/elsewhere"])
@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 400, 401, 404, 429, 500, 503])
def test_what_is_not_taken_is_an_error_that_does_not_show_the_address(receiver, status, location):
    receiver.answers, receiver.location = [status], location
    with pytest.raises(NewsError, match=f"HTTP {status}") as refused:
        tell(parse_channel(f"{receiver.url}/hook?key=secret"), NEWS, None)
    assert "secret" not in str(refused.value)
    assert len(receiver.told) == 1


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for kind in ("webhook", "ntfy"):
            with pytest.raises(NewsError, match="does not answer"):
                tell(Channel(kind, f"http://127.0.0.1:{silent.getsockname()[1]}/topic"), NEWS, None, seconds=0.5)
        server = MailServer("127.0.0.1", silent.getsockname()[1], False, "news@clinic.example")
        with pytest.raises(NewsError, match="does not answer"):
            tell(ANN, NEWS, server, seconds=0.5)


def test_nobody_at_the_port_is_one_line():
    port = free_port()
    server = MailServer("127.0.0.1", port, False, "news@clinic.example")
    for channel in (Channel("webhook", f"http://127.0.0.1:{port}/"), ANN):
        with pytest.raises(NewsError, match="can't be reached"):
            tell(channel, NEWS, server)


def test_a_mail_says_that_there_is_news():
    with mail_server() as (port, mails):
        tell(ANN, NEWS, MailServer("127.0.0.1", port, False, "news@clinic.example"))
    (mail,) = mails
    assert (mail.mail_from, mail.rcpt_tos) == ("news@clinic.example", ["ann@example.org"])
    text = mail.content.decode()
    assert f"Message-ID: <{NEWS}@clinic.example>" in text
    assert "Auto-Submitted: auto-generated" in text
    assert text.rstrip().endswith(TEXT)


def test_a_mail_without_a_mail_server_is_refused():
    with pytest.raises(NewsError, match="no mail server"):
        tell(ANN, NEWS, None)


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A TLS context for `localhost`, by an authority that is trusted meanwhile."""
    authority = Authority(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.host("localhost"))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return context


def login(server, session, envelope, mechanism, data):
    return AuthResult(handled=False, success=(data.login, data.password) == (b"clinic", b"correct horse"))


def test_credentials_travel_encrypted_alone(trusted):
    options = {"tls_context": trusted, "require_starttls": True, "auth_required": True, "authenticator": login}
    with mail_server(**options) as (port, mails):
        tell(ANN, NEWS, MailServer("localhost", port, False, "news@clinic.example", ("clinic", "correct horse")))
        assert len(mails) == 1
        with pytest.raises(NewsError, match="does not take these credentials") as refused:
            tell(ANN, NEWS, MailServer("localhost", port, False, "news@clinic.example", ("clinic", "wrong horse")))
    assert "horse" not in str(refused.value)


def test_a_mail_server_that_does_not_prove_who_it_is_gets_no_mail(trusted, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(tls_context=trusted) as (port, mails), pytest.raises(NewsError, match="does not prove who it is"):
        tell(ANN, NEWS, MailServer("localhost", port, False, "news@clinic.example"))
    assert mails == []
