"""Websites of clinics, with TLS: a server of this computer's, an authority of its own, and a proxy that leads to it."""

import datetime
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SITE = "st-anne.example"
DAY = datetime.timedelta(days=1)


class Authority:
    """Vouches for hosts. Computers that trust it have its certificate in `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
        self.file = folder / "authority.pem"
        own = self._certificate(self._name, self._key).add_extension(x509.BasicConstraints(True, None), True)
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def host(self, name: str) -> Path:
        """A key with a certificate for `name`, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._certificate(subject, key).add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        pem, file = serialization.Encoding.PEM, self._folder / f"{name}.pem"
        file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + made.sign(self._key, hashes.SHA256()).public_bytes(pem)
        )
        return file

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )


class Website:
    """What it answers is set by a test; what it was asked is kept."""

    def __init__(self, certificate: Path) -> None:
        self.body, self.status, self.headers = b"", 200, {}
        self.before_body = lambda: None
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                self.send_response(site.status)
                for name, value in ({"Content-Length": str(len(site.body))} | site.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                site.before_body()
                with suppress(OSError):
                    self.wfile.write(site.body)

            def log_message(self, *_: object) -> None:
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # clients that do not trust it
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)


class Proxy:
    """Leads whoever asks for a host, by CONNECT, to the port that stands for it; there is no other host."""

    def __init__(self, ports: dict[str, int]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                host, _, port = self.path.rpartition(":")
                if host not in ports or port != "443":
                    self.send_error(502)
                    return
                with create_connection(("127.0.0.1", ports[host])) as there:
                    self.send_response(200)
                    self.end_headers()
                    forth = threading.Thread(target=pump, args=(self.connection, there), daemon=True)
                    forth.start()
                    pump(there, self.connection)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def pump(source, target) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(1)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def website(authority):
    """The website of st-anne.example, and `environment` by which a command comes to it."""
    made = Website(authority.host(SITE))
    ports = {SITE: made.server.server_port, "other.example": made.server.server_port}
    proxy = Proxy(ports)
    for server in (made.server, proxy.server):
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.environment = {
        "HTTPS_PROXY": proxy.url,
        "NO_PROXY": "127.0.0.1,localhost",
        "REQUESTS_CA_BUNDLE": str(authority.file),
    }
    yield made
    for server in (made.server, proxy.server):
        server.shutdown()
        server.server_close()


@pytest.fixture
def reachable(website, monkeypatch):
    """The same for this process."""
    for name, value in website.environment.items():
        monkeypatch.setenv(name, value)
    return website
