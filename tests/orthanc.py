"""An Orthanc of its own for a test, on free ports of this machine alone: Debian's, with its DICOMweb plugin."""

import base64
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_ports
from tests.programs import serving

TITLE = "ORTHANC"
PLUGINS = Path("/usr/share/orthanc/plugins")


class Orthanc:
    """Asks it over HTTP; `dicom_port` is where it takes associations."""

    def __init__(self, port: int, dicom_port: int, users: dict[str, str]) -> None:
        self._headers = {}
        for user, secret in users.items():
            self._headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"
        self.url = f"http://127.0.0.1:{port}"
        self.dicom_port = dicom_port
        self.ae = f"127.0.0.1:{dicom_port}:{TITLE}"

    def __call__(self, path: str, body: bytes | None = None):
        request = urllib.request.Request(f"{self.url}{path}", body, self._headers)  # noqa: S310 - of this machine
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            content = answer.read()
        return content if path.endswith("/file") else json.loads(content)

    def answers(self) -> bool:
        try:
            return bool(self("/system"))
        except OSError:
            return False

    def files(self) -> list[bytes]:
        """All that it has stored."""
        return [self(f"/instances/{each}/file") for each in self("/instances")]


@contextmanager
def running(
    tool: str, folder: Path, users: dict[str, str] | None = None, log: Path | None = None, **settings: object
) -> Iterator[Orthanc]:
    """For these `users` alone (name and password), if there are any; with `settings` over those that all have here.

    What it logs goes to the file `log`, after what is there.
    """
    orthanc = Orthanc(*free_ports(2), users or {})
    common = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": int(orthanc.url.rpartition(":")[2]),
        "DicomPort": orthanc.dicom_port,
        "DicomAet": TITLE,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": bool(users),
        "RegisteredUsers": users or {},
        "DicomServerEnabled": False,
    }
    (folder / "orthanc.json").write_text(json.dumps(common | settings))
    with (log or Path(os.devnull)).open("ab") as said:
        command, streams = [tool, folder / "orthanc.json"], {"stdout": subprocess.DEVNULL, "stderr": said}
        with serving(command, orthanc.answers, **streams):
            yield orthanc
