"""The CID that Kubo's command line computes, and bytes to compute it of."""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator

from radiogram.devnet.program import find_program

# As docs/format.md has them; written out, so that nothing of the package is compared with itself.
_SETTINGS = ("--cid-version=1", "--hash=sha2-256", "--raw-leaves")
# Of a prime length, so that no two chunks of a gibibyte are alike.
_PATTERN = bytes(i % 251 for i in range(65_521)) * 16


def pattern(size: int) -> Iterator[bytes]:
    """`size` bytes of which byte i is (i mod 65,521) mod 251, in pieces."""
    whole, rest = divmod(size, len(_PATTERN))
    for _ in range(whole):
        yield _PATTERN
    yield _PATTERN[:rest]


def only_hash(pieces: Iterable[bytes], chunk_bytes: int = 1 << 20, max_links: int = 1024) -> str:
    """The CID (base32) by `ipfs add --only-hash`, which stores nothing."""
    ipfs = find_program("ipfs")
    sizes = (f"--chunker=size-{chunk_bytes}", f"--max-file-links={max_links}")
    with tempfile.TemporaryDirectory() as repo:
        subprocess.run([ipfs, f"--repo-dir={repo}", "init", "--empty-repo"], capture_output=True, check=True)
        command = [ipfs, f"--repo-dir={repo}", "add", "--only-hash", "-Q", *_SETTINGS, *sizes]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for piece in pieces:
                process.stdin.write(piece)
            said, _ = process.communicate()
    assert process.returncode == 0
    return said.decode().strip()
