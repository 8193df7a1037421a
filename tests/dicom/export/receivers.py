"""dcmtk's storescp, which keeps what it is sent bit for bit, on a free port of this machine."""

import datetime
import ipaddress
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ape_ganache.process import is_listening
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port
from tests.programs import serving

TITLE = "STORESCP"


class Storescp:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.ae = f"127.0.0.1:{port}:{TITLE}"

    def files(self) -> list[bytes]:
        """All that it has received."""
        return [path.read_bytes() for path in sorted(self.folder.iterdir())]


@contextmanager
def storescp(tool: str, folder: Path, *options: str) -> Iterator[Storescp]:
    """`options` are those of dcmtk."""
    folder.mkdir()
    port = free_port()
    command = [tool, "-od", folder, "--bit-preserving", "--unique-filenames", "-aet", TITLE, *options, str(port)]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with serving(command, lambda: is_listening("127.0.0.1", port), **nowhere):
        yield Storescp(folder, port)


def make_certificate(folder: Path, called: str = "pacs") -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True)
    pem, pem_key = folder / f"{called}.pem", folder / f"{called}.key"
    pem.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem_key.write_bytes(key.private_bytes(*formats))
    return pem, pem_key
