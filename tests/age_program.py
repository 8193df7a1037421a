"""Go's age, run as a person runs it: passphrases are typed on a terminal."""

import fcntl
import os
import pty
import subprocess
import termios
from pathlib import Path


def encrypted(recipient: str, plaintext: bytes) -> bytes:
    return subprocess.run(["age", "-e", "-r", recipient], input=plaintext, capture_output=True, check=True).stdout


def decrypted(ciphertext: bytes, identity: str, folder: Path) -> bytes:
    (folder / "identity.txt").write_text(identity + "\n")
    command = ["age", "-d", "-i", folder / "identity.txt"]
    return subprocess.run(command, input=ciphertext, capture_output=True, check=True).stdout


def encrypted_to_passphrase(plaintext: bytes, passphrase: str, folder: Path) -> bytes:
    """In ASCII armour."""
    (folder / "plain").write_bytes(plaintext)
    _typed(["age", "-p", "-a", "-o", "locked", "plain"], passphrase, folder)
    return (folder / "locked").read_bytes()


def decrypted_with_passphrase(ciphertext: bytes, passphrase: str, folder: Path) -> bytes:
    (folder / "locked").write_bytes(ciphertext)
    _typed(["age", "-d", "-o", "plain", "locked"], passphrase, folder)
    return (folder / "plain").read_bytes()


def _typed(command: list[str], passphrase: str, folder: Path) -> None:
    """Answers every prompt with the passphrase: age asks for a new one twice."""
    ours, its = pty.openpty()
    running = subprocess.Popen(
        command,
        cwd=folder,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    said = b""
    try:
        while part := os.read(ours, 1024):
            said += part
            os.write(ours, f"{passphrase}\n".encode() * part.count(b": "))
    except OSError:  # Linux: the other end is closed
        pass
    finally:
        os.close(ours)
    assert running.wait(timeout=60) == 0, said.decode()
