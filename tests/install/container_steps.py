"""Runs the Dockerfile's steps without a container engine: `python tests/install/container_steps.py`, as root on Linux.

Each stage is an overlay of this machine's own root (its Python and Node, not the images' that the Dockerfile names), in
which COPY copies and RUN runs, with an empty home. The last stage's command is then started as its user, and its health
check is asked. What it says of the base images, of layers, volumes and ports between containers is not checked.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Stage:
    """One FROM … AS name: where its files are, and what its instructions have said so far."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        for each in ("root", "upper", "work"):
            (folder / each).mkdir(parents=True)
        options = f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        subprocess.run(["mount", "--rbind", "/dev", self.root / "dev"], check=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RADIOGRAM_", "IPFS_", "VIRTUAL_ENV"))}
        self.environment = kept | {"HOME": "/srv/empty-home", "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"}
        (self.root / "srv" / "empty-home").mkdir(parents=True)
        (self.root / "srv" / "empty-home").chmod(0o777)
        self.cwd, self.user = "/", "0:0"

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        inside = f"cd {shlex.quote(self.cwd)} && exec {shlex.join(command)}"
        return subprocess.Popen(
            ["chroot", f"--userspec={self.user}", self.root, "/bin/sh", "-c", inside], env=self.environment
        )

    def place(self, path: str) -> Path:
        return self.root / str(Path(self.cwd, path)).lstrip("/")


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def copy(sources: list[Path], target: Path, *, is_folder: bool) -> None:
    for source in sources:
        if source.is_dir():
            skip = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info", "build", ".set-up")
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=skip, symlinks=True)
        else:
            target.mkdir(parents=True, exist_ok=True) if is_folder else target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def build(folder: Path) -> tuple[Stage, list[str], list[str]]:
    """The last stage, its command, and its health check."""
    stages: dict[str, Stage] = {}
    stage, entry, command, health = None, [], [], []
    for word, rest in instructions():
        print(f"--- {word} {rest[:110]}", flush=True)
        if word == "FROM":
            name = rest.split(" AS ")[1]
            stage = stages[name] = Stage(folder / name)
            continue
        assert stage
        match word:
            case "WORKDIR":
                stage.cwd = rest
                stage.place(".").mkdir(parents=True, exist_ok=True)
            case "COPY":
                parts = shlex.split(rest)
                origin = stages[parts.pop(0).removeprefix("--from=")].root if parts[0].startswith("--from") else ROOT
                *names, target = parts
                sources = [origin / name.lstrip("/") for name in names]
                copy(sources, stage.place(target), is_folder=target.endswith("/") or len(names) > 1)
            case "RUN":
                if stage.start(["/bin/sh", "-c", rest]).wait():
                    sys.exit(f"this step failed: RUN {rest}")
            case "ENV":
                for name, value in (part.split("=", 1) for part in shlex.split(rest)):
                    stage.environment[name] = value.replace("$PATH", stage.environment["PATH"])
            case "USER":
                stage.user = rest
            case "HEALTHCHECK":
                health = json.loads(rest.partition("CMD ")[2])
            case "ENTRYPOINT":
                entry, command = json.loads(rest), []
            case "CMD":
                command = json.loads(rest)
            case "VOLUME" | "EXPOSE":
                pass
            case _:
                sys.exit(f"this script does not know {word}")
    assert stage
    return stage, [*entry, *command], health


def main() -> None:
    if "inside" not in sys.argv:  # in a mount namespace of its own, so that nothing is left mounted
        sys.exit(subprocess.run(["unshare", "--mount", sys.executable, __file__, "inside"]).returncode)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as at:
        folder = Path(at)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        site, command, health = build(folder)
        # The image has neither Ganache nor Kubo: here the nodes are this tree's, in the place of compose.yaml's others.
        for name in ("GANACHE_BIN", "IPFS_BIN"):
            program = "ganache" if name == "GANACHE_BIN" else "ipfs"
            site.environment[name] = str((ROOT / ".venv" / "bin" / program).resolve())
        server = site.start(command)
        try:
            for _ in range(120):
                time.sleep(1)
                if server.poll() is not None:
                    sys.exit("the site ended by itself")
                if site.start(["/bin/sh", "-c", f"{shlex.join(health)} 2>/dev/null"]).wait() == 0:
                    print("the site is healthy, as its user")
                    return
            sys.exit("the site did not become healthy")
        finally:
            server.terminate()
            server.wait()
            subprocess.run(["umount", "--recursive", "--lazy", folder], check=False)


if __name__ == "__main__":
    main()
