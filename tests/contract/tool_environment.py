"""An environment of its own, under .tools, for a tool whose packages do not go with Ape's; made when it is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.contract.audited import ROOT

UV = ROOT / ".tools" / "installer" / "bin" / "uv"


class ToolEnvironment:
    """`name`-requirements.txt, hashed (tools/lock.sh), has `package` and what it needs."""

    def __init__(self, name: str, package: str, beside: Path = Path(__file__).parent) -> None:
        self.folder = ROOT / ".tools" / name
        self.requirements = beside / f"{name}-requirements.txt"
        self.package = package

    def program(self, name: str) -> Path:
        """One of the locked version."""
        installed, wanted = self.folder / "requirements.txt", self.requirements.read_text()
        if not installed.exists() or installed.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", self.folder], check=True)
            python = self.folder / "bin" / "python"
            command = [UV, "pip", "sync", "-q", "--python", python, "--require-hashes", self.requirements]
            subprocess.run(command, check=True)
            installed.write_text(wanted)
        return self.folder / "bin" / name

    def version(self) -> str:
        """Package and version, as pinned."""
        pinned = re.search(rf"^{self.package}==(\S+)", self.requirements.read_text(), re.M)
        assert pinned
        return f"{self.package} {pinned[1]}"
