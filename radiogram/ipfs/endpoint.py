"""Where an IPFS RPC or gateway is, and the credentials that only this host is ever sent."""

import base64
import re
import urllib.parse
from dataclasses import dataclass

import requests

from radiogram.errors import IpfsError, RadiogramError
from radiogram.hosts import is_loopback


class Credentials:
    """The content of an Authorization header. Shows itself to nobody but the host it is for."""

    def __init__(self, kind: str, secret: str, error: type[RadiogramError] = IpfsError) -> None:
        """`basic` with USER:SECRET, or `bearer` with a token; printable ASCII. Raises `error`."""
        if not re.fullmatch(r"[\x20-\x7e]+", secret):
            raise error("credentials must be one line of plain ASCII")
        token = base64.b64encode(secret.encode()).decode() if kind == "basic" else secret
        self._header = f"{kind.capitalize()} {token}"
        self._secrets = {secret, token, secret.partition(":")[2] if kind == "basic" else ""} - {""}

    @classmethod
    def parse(cls, text: str, error: type[RadiogramError] = IpfsError) -> "Credentials":
        """From Kubo's own AuthSecret notation, `basic:USER:SECRET` or `bearer:TOKEN`. Raises `error`."""
        kind, _, secret = text.strip().partition(":")
        if kind not in ("basic", "bearer") or not secret or (kind == "basic" and ":" not in secret):
            raise error("credentials must read basic:USER:SECRET or bearer:TOKEN")
        return cls(kind, secret, error)

    def reveal(self) -> str:
        """The header's value. For the one request that carries it."""
        return self._header

    def hide(self, text: str) -> str:
        """The text without the secrets, in case a node echoes them."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return text

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not stored")


@dataclass(frozen=True)
class Endpoint(requests.auth.AuthBase):
    """Scheme, host, port and path prefix of an RPC or a gateway, and its credentials.

    It is also the `auth` of every request made by requests, so that the header goes to this very scheme,
    host and port only. (Without any `auth`, requests would take credentials from ~/.netrc.)
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    credentials: Credentials | None = None

    @classmethod
    def parse(cls, text: str, credentials: Credentials | None = None) -> "Endpoint":
        """From http(s)://[USER:SECRET@]HOST[:PORT][/PREFIX], or a multiaddr such as /dns/HOST/tcp/443/https.

        Raises IpfsError for anything else, and for credentials that would cross a network unencrypted.
        """
        try:
            parts = urllib.parse.urlsplit(_url(text.strip()))
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError:
            host, port = "", None
        if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise IpfsError(
                f"{_shown(text)} is not an IPFS address",
                "give http(s)://HOST:PORT, or a multiaddr such as /ip4/127.0.0.1/tcp/5001",
            )
        if parts.username is not None:
            user, secret = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
            credentials = Credentials("basic", f"{user}:{secret}")
        default = 443 if parts.scheme == "https" else 80
        found = cls(parts.scheme, host, port or default, parts.path.rstrip("/"), credentials)
        if credentials and parts.scheme == "http" and not found.is_local:
            raise IpfsError(f"credentials for {found.url} would travel unencrypted", "use an https address")
        return found

    @property
    def is_local(self) -> bool:
        """Whether this host is the machine we run on."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """The address without credentials, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def multiaddr(self) -> str:
        """The address without path and credentials."""
        kind = "ip6" if ":" in self.host else "dns"
        return f"/{kind}/{self.host}/tcp/{self.port}/{self.scheme}"

    def quotable(self, text: str) -> str:
        """What a node said, fit for one line of ours: no control characters, no secret, not long."""
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return (self.credentials.hide(line) if self.credentials else line)[:200]

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        parts = urllib.parse.urlsplit(request.url or "")
        # ipfshttpclient writes http+ip6 where it wants that address family.
        there = (str(parts.scheme).partition("+")[0], parts.hostname, parts.port)
        if self.credentials and there == (self.scheme, self.host, self.port):
            request.headers["Authorization"] = self.credentials.reveal()
        return request


def _url(text: str) -> str:
    """The URL for a multiaddr; a URL as it is."""
    pattern = r"/(?:ip4|ip6|dns|dns4|dns6)/([^/@]+)/tcp/(\d+)(?:/(http|https|tls/http))?/?"
    if (match := re.fullmatch(pattern, text)) is None:
        return text
    host = f"[{match[1]}]" if ":" in match[1] else match[1]
    return f"{'http' if match[3] in (None, 'http') else 'https'}://{host}:{match[2]}"


def _shown(text: str) -> str:
    """An address as the user gave it, for a message: whatever may be a secret is left out."""
    return repr(re.sub(r"^(\w+://)?.*@", r"\1…@", text, flags=re.DOTALL)[:100])
