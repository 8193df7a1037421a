"""A doctor's system as docs/export.md tells to set it up: Orthanc, behind the very nginx that is written there."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows.conftest import ROOT
from tests.orthanc import Orthanc
from tests.ports import free_port
from tests.programs import serving

DOCUMENT = ROOT / "docs" / "export.md"
USER, SECRET = "patients", "swordfish"
WRITTEN_TOKEN = "swordfish-1f3a"
BEFORE = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""


@dataclass
class System:
    """What a doctor gives: address and token; and what is behind."""

    url: str
    token: str
    archive: Orthanc
    log: Path

    @property
    def host(self) -> str:
        return self.url.split("/")[2]


def written() -> str:
    """What the document says for nginx."""
    block = re.search(
        r"^    map \$http_authorization.*?^    \}\n\n(?=\S)", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE
    )
    assert block
    return block[0]


@contextmanager
def behind_nginx(
    nginx: str,
    folder: Path,
    archive: Orthanc,
    token: str,
    *replaced: tuple[str, str],
    tls: tuple[Path, Path] | None = None,
) -> Iterator[System]:
    """Before this archive; with TLS if there are a certificate and its key. `replaced`: what stands, and what shall."""
    port = free_port()
    certificate, key = tls or ("", "")
    basic = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
    text = written()
    assert basic in text
    for old, new in (
        ("443 ssl", f"127.0.0.1:{port}{' ssl' * bool(tls)}"),
        ("server_name         pacs.example;", "server_name 127.0.0.1;"),
        ("ssl_certificate     /etc/ssl/pacs.example.pem;", f"ssl_certificate {certificate};" * bool(tls)),
        ("ssl_certificate_key /etc/ssl/pacs.example.key;", f"ssl_certificate_key {key};" * bool(tls)),
        (WRITTEN_TOKEN, token),
        ("http://127.0.0.1:8042", archive.url),
        *replaced,
    ):
        assert old in text, old
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(BEFORE.format(folder=folder) + text + "}\n")
    command = [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    with serving(command, (folder / "nginx.pid").exists):
        scheme = "https" if tls else "http"
        yield System(f"{scheme}://127.0.0.1:{port}/dicom-web", token, archive, folder / "access.log")
