"""Ways to tell somebody that there is news: a webhook, an ntfy topic, an e-mail.

What is said is the same for everybody: no inbox, no sender, no number. Whoever carries it learns no more than that.
"""

from __future__ import annotations

import http.client
import json
import re
import smtplib
import ssl
import urllib.parse
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from hashlib import sha256

import requests
import urllib3

from radiogram.deadline import Deadline, Session
from radiogram.errors import NewsError
from radiogram.hosts import is_loopback, no_credentials

SECONDS = 30.0
TITLE = "Radiogram"
TEXT = "There is news in an inbox of yours. Open Radiogram to see it."
_NTFY, _MAILTO = "ntfy+", "mailto:"
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")  # of HTML's input type=email; % is for URLs


@dataclass(frozen=True)
class Channel:
    """Where somebody is told. Its text may hold a secret, as the name of a topic is one, and is not shown."""

    kind: str
    """`webhook`, `ntfy` or `mail`."""
    target: str = field(repr=False)
    """A URL, or an e-mail address."""

    @property
    def digest(self) -> str:
        """What stands for it where it is not to be told: 32 hex digits."""
        return sha256(f"{self.kind} {self.target}".encode()).hexdigest()[:32]

    def __str__(self) -> str:
        host = self.target.rpartition("@")[2] if self.kind == "mail" else urllib.parse.urlsplit(self.target).hostname
        return f"{self.kind} at {host}"


@dataclass(frozen=True)
class MailServer:
    """Who takes e-mail: SMTP (RFC 5321), with STARTTLS (RFC 3207), or TLS from the start."""

    host: str
    port: int
    is_tls: bool
    sender: str
    login: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, sender: str, login: tuple[str, str] | None = None) -> MailServer:
        """From smtp://HOST[:587] or smtps://HOST[:465]. Raises NewsError."""
        parts, host = _split(url)
        if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or "@" in parts.netloc:
            raise NewsError("that is no mail server", "write smtp://HOST:587 or smtps://HOST:465")
        if not _ADDRESS.fullmatch(sender):
            raise NewsError(f"{sender!r} is no e-mail address to send from", "write it as news@clinic.example")
        is_tls = parts.scheme == "smtps"
        return cls(host, parts.port or (465 if is_tls else 587), is_tls, sender, login)


def parse_channel(text: str) -> Channel:
    """`https://…` is a webhook, `ntfy+https://SERVER/TOPIC` a topic, `mailto:ADDRESS` an e-mail. Raises NewsError."""
    if text.startswith(_MAILTO):
        if not _ADDRESS.fullmatch(address := text.removeprefix(_MAILTO)):
            raise NewsError("that is no e-mail address", "write mailto:name@example.org")
        return Channel("mail", address)
    kind = "ntfy" if text.startswith(_NTFY) else "webhook"
    url = text.removeprefix(_NTFY)
    parts, host = _split(url)
    if parts.scheme not in ("https", "http") or not host or parts.fragment or "@" in parts.netloc:
        raise NewsError("nobody can be told there", "write https://…, ntfy+https://SERVER/TOPIC or mailto:ADDRESS")
    if parts.scheme == "http" and not is_loopback(host):
        raise NewsError(f"what is told to {host} would travel unencrypted", "give an https address")
    if kind == "ntfy" and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", parts.path.strip("/")):
        raise NewsError("that is no topic of ntfy", "write ntfy+https://SERVER/TOPIC")
    return Channel(kind, url)


def tell(channel: Channel, news: str, server: MailServer | None, seconds: float = SECONDS) -> None:
    """Say that there is news. Raises NewsError if that was not taken; it may then be said again.

    `news` names this news to the receiver, who may have been told before: 32 hex digits.
    """
    if channel.kind == "mail":
        if server is None:
            raise NewsError("there is no mail server to send e-mail by")
        _mail(channel.target, news, server, seconds)
    elif channel.kind == "ntfy":
        _post(channel, TEXT, {"Content-Type": "text/plain; charset=utf-8", "Title": TITLE}, seconds)
    else:
        body = json.dumps({"type": "radiogram.news", "id": news, "text": TEXT})
        _post(channel, body, {"Content-Type": "application/json", "Idempotency-Key": news}, seconds)


def _post(channel: Channel, body: str, headers: dict[str, str], seconds: float) -> None:
    try:
        with Session() as session, Deadline(seconds) as deadline, deadline.waiting():
            session.trust_env = not is_loopback(urllib.parse.urlsplit(channel.target).hostname or "")
            response = session.post(
                channel.target, body.encode(), headers=headers, auth=no_credentials, allow_redirects=False, stream=True
            )
            response.close()
    except TimeoutError:
        raise NewsError(f"{channel} does not answer within {seconds:g} seconds", "it is tried again") from None
    except _BROKEN:  # whose texts have the URL
        raise NewsError(f"{channel} can't be reached, or broke the connection", "it is tried again") from None
    if not 200 <= response.status_code < 300:  # requests' `ok` takes a 304, and a redirect that names no place
        raise NewsError(f"{channel} answers HTTP {response.status_code}", "it is tried again")


def _mail(address: str, news: str, server: MailServer, seconds: float) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, address, TITLE
    message["Date"], message["Message-ID"] = (
        format_datetime(localtime()),
        f"<{news}@{server.sender.rpartition('@')[2]}>",
    )
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message.set_content(TEXT + "\n")
    who = f"the mail server {server.host}"
    try:
        with Deadline(seconds) as deadline, deadline.waiting(), _connected(server, seconds) as client:
            if client.sock:
                deadline.watch(client.sock)
            _encrypt(client, server, who)
            if server.login:
                client.login(*server.login)
            client.send_message(message)
    except TimeoutError:
        raise NewsError(f"{who} does not answer within {seconds:g} seconds", "it is tried again") from None
    except smtplib.SMTPAuthenticationError:
        raise NewsError(f"{who} does not take these credentials", "check them") from None
    except ssl.SSLError:
        raise NewsError(f"{who} does not prove who it is (TLS)", "check its name") from None
    except smtplib.SMTPResponseException as error:
        raise NewsError(f"{who} refuses, with code {error.smtp_code}", "it is tried again") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        if isinstance(error.__context__, TimeoutError):  # smtplib's own limit, until the deadline knows the connection
            raise NewsError(f"{who} does not answer within {seconds:g} seconds", "it is tried again") from None
        raise NewsError(f"{who} can't be reached, or does not take the mail", "it is tried again") from None


def _connected(server: MailServer, seconds: float) -> smtplib.SMTP:
    if server.is_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=seconds)


def _encrypt(client: smtplib.SMTP, server: MailServer, who: str) -> None:
    """Raises NewsError where it can't be, and the server is not on this computer."""
    if server.is_tls:
        return
    client.ehlo()
    if client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
    elif not is_loopback(server.host):
        raise NewsError(f"{who} offers no encryption (STARTTLS)", "use another")


def _split(url: str) -> tuple[urllib.parse.SplitResult, str]:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts, (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return urllib.parse.SplitResult("", "", "", "", ""), ""
