"""What the environment says of the IPFS node to use, and of the credentials for it and for DICOMweb services."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from radiogram.cli.private_file import check_private
from radiogram.errors import IpfsError, RadiogramError
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials


def named_ipfs(environ: Mapping[str, str]) -> Ipfs | None:
    """The node that RADIOGRAM_IPFS_API and RADIOGRAM_IPFS_GATEWAY name; None if neither is set.

    Credentials for the RPC: RADIOGRAM_IPFS_AUTH, or the file RADIOGRAM_IPFS_AUTH_FILE. Raises IpfsError.
    """
    api, gateway = environ.get("RADIOGRAM_IPFS_API"), environ.get("RADIOGRAM_IPFS_GATEWAY")
    found = credentials(environ)
    if found and not api:
        raise IpfsError("RADIOGRAM_IPFS_AUTH is for an RPC", "set RADIOGRAM_IPFS_API too")
    return Ipfs(api, gateway, found) if api or gateway else None


def credentials(
    environ: Mapping[str, str], variable: str = "RADIOGRAM_IPFS_AUTH", error: type[RadiogramError] = IpfsError
) -> Credentials | None:
    """Those in `variable`, or in the file that `variable`_FILE names; None if neither is set.

    Raises `error` if both are, or if others than its owner may use the file.
    """
    text, file = environ.get(variable), environ.get(f"{variable}_FILE")
    if text and file:
        raise error(f"{variable} and {variable}_FILE are both set", "set one")
    if file:
        return credentials_in(Path(file), f"{variable}_FILE", error)
    return Credentials.parse(text, error) if text else None


def credentials_in(path: Path, variable: str, error: type[RadiogramError] = IpfsError) -> Credentials:
    """Those in the file, which `variable` names. Raises `error`."""
    return Credentials.parse(read_private(path, variable, error), error)


def read_private(path: Path, variable: str, error: type[RadiogramError]) -> str:
    """The text of a file that nobody but its owner may use; `variable` names it. Raises `error`."""
    check_private(path, error)
    try:
        with path.open() as file:
            return file.read(10_000)
    except (OSError, UnicodeDecodeError) as failure:  # the latter's text quotes what it complains of
        why = failure.strerror if isinstance(failure, OSError) else "it is not text"
        raise error(f"{variable} {path} can't be read: {why}") from None
