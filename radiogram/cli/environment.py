"""What the environment says of the IPFS node to use, and of the credentials for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from radiogram.cli.private_file import check_private
from radiogram.errors import IpfsError
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials


def named_ipfs(environ: Mapping[str, str]) -> Ipfs | None:
    """The node that RADIOGRAM_IPFS_API and RADIOGRAM_IPFS_GATEWAY name; None if neither is set.

    Credentials for the RPC: RADIOGRAM_IPFS_AUTH, or the file RADIOGRAM_IPFS_AUTH_FILE. Raises IpfsError.
    """
    api, gateway = environ.get("RADIOGRAM_IPFS_API"), environ.get("RADIOGRAM_IPFS_GATEWAY")
    credentials = _credentials(environ)
    if credentials and not api:
        raise IpfsError("RADIOGRAM_IPFS_AUTH is for an RPC", "set RADIOGRAM_IPFS_API too")
    return Ipfs(api, gateway, credentials) if api or gateway else None


def _credentials(environ: Mapping[str, str]) -> Credentials | None:
    """Raises IpfsError if both ways are used, or if others than its owner may use the file."""
    text, file = environ.get("RADIOGRAM_IPFS_AUTH"), environ.get("RADIOGRAM_IPFS_AUTH_FILE")
    if text and file:
        raise IpfsError("RADIOGRAM_IPFS_AUTH and RADIOGRAM_IPFS_AUTH_FILE are both set", "set one")
    if file:
        text = _read_private(Path(file))
    return Credentials.parse(text) if text else None


def _read_private(path: Path) -> str:
    check_private(path, IpfsError)
    try:
        with path.open() as file:
            return file.read(10_000)
    except (OSError, UnicodeDecodeError) as error:  # the latter's text quotes what it complains of
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise IpfsError(f"RADIOGRAM_IPFS_AUTH_FILE {path} can't be read: {why}") from None
