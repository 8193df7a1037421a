"""magic-wormhole, in its own environment, over loopback, with servers of its own: no other host is asked."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

from bench.measure import ROOT, Devnet, Run
from tests.contract.tool_environment import ToolEnvironment

ENVIRONMENT = ToolEnvironment("bench", "magic-wormhole", ROOT / "bench")
_SECONDS = 60.0  # for a server to listen


class Wormhole:
    """Its mailbox server and its relay, while this is held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir()
        twist = ENVIRONMENT.program("twist")
        self._mailbox, self._relay = _free_port(), _free_port()
        database = f"--channel-db={self._folder / 'channels.sqlite'}"
        for command in (
            ["wormhole-mailbox", f"--port=tcp:{self._mailbox}:interface=127.0.0.1", database],
            ["transitrelay", f"--port=tcp:{self._relay}:interface=127.0.0.1"],
        ):
            log = self._held.enter_context((self._folder / f"{command[0]}.log").open("wb"))
            process = subprocess.Popen([twist, *command], cwd=self._folder, stdout=log, stderr=log)
            self._held.callback(process.wait)
            self._held.callback(process.terminate)
        for port in (self._mailbox, self._relay):
            _wait_for(port)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def hand_over(self, node: Devnet, source: Path) -> Run:
        """Sent and received at once, as it works."""
        received = self._folder / "received"
        shutil.rmtree(received, ignore_errors=True)
        received.mkdir()
        code = f"{secrets.randbelow(900) + 100}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        program = (
            f"'{ENVIRONMENT.program('wormhole')}' --relay-url=ws://127.0.0.1:{self._mailbox}/v1 "
            f"--transit-helper=tcp:127.0.0.1:{self._relay}"
        )
        log = f">>'{self._folder / 'log'}' 2>&1"
        send = f"{program} send --hide-progress --no-qr --code {code} '{source}'"
        receive = f"{program} receive --hide-progress --accept-file -o '{received / source.name}' {code}"
        return node.shell(f"{send} {log} & {receive} {log} && wait $!")


def _free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    ends = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
