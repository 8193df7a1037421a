"""Runs the checks one after another, each as far as those before it allow, and tells of each as it ends."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.checkup import chain, daemons, disk, finding, locks, programs, received, sent
from radiogram.cli.checkup.finding import Check, Finding, ok, problem, warning
from radiogram.cli.checkup.local_uploads import LocalUploads
from radiogram.cli.network import RECIPIENT_INDEX, SENDER_INDEX, named_home
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.formats.keys import Keys
    from radiogram.ipfs.client import Ipfs
    from radiogram.ipfs.pins import Pins
    from radiogram.outgoing.uploads import History

PATIENCE, LONG_PATIENCE = 60.0, 120.0  # seconds for a check; for one that starts a node, or asks for each upload
COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}
NAME_WIDTH = 11


class Doctor:
    """The checks of one run. `repair`: what can be undone or does no harm is repaired."""

    def __init__(self, session: Session, *, key_file: Path | None, out: Path, repair: bool) -> None:
        self._session, self._network = session, session.network
        self._key_file, self._out, self._repair = key_file, out, repair
        self._home = named_home()
        self._is_local = self._network.is_own
        names_ipfs = any(os.environ.get(f"RADIOGRAM_IPFS_{each}") for each in ("API", "GATEWAY"))
        self._has_own_ipfs = not names_ipfs and is_for_development(self._network.name)
        self._network.leave_unused = True  # of what nobody uses, the check below tells, and does away with
        self._keys: Keys | None = None
        self._inbox: Inbox | None = None
        self._ipfs: Ipfs | None = None
        self.findings: list[Finding] = []

    def examine(self, discard: tuple[str, ...]) -> None:
        """All of it; then each upload of `discard` is deleted from the local node."""
        self._programs()
        self._computer()
        self._chain()
        self._node()
        self._sent()
        for each in discard:
            self._discard(each)

    # ---- groups

    def _programs(self) -> None:
        self._heading("Programs")
        self._look("python", programs.python)
        self._look("ape", programs.ape)
        self._look("radiogram", programs.radiogram)
        if self._is_local:
            self._look("node", programs.node)
            self._look(self._network.chain_program, lambda: programs.chain(self._network.chain_program))
        if self._has_own_ipfs:
            self._look("kubo", programs.kubo)

    def _computer(self) -> None:
        home, repair = self._home, self._repair
        secret = [Path(file) for file in (self._key_file, os.environ.get("RADIOGRAM_IPFS_AUTH_FILE")) if file]
        self._heading("This computer")
        self._look("folder", lambda: disk.state_folder(home))
        self._look("permissions", lambda: disk.permissions(home, secret, repair=repair))
        self._look("disk", lambda: disk.room(home))
        self._look("temporary", lambda: disk.room(Path(_temporary_folder())))
        self._look("received", lambda: disk.left_behind(self._out, repair=repair))
        self._look("journal", lambda: sent.journal(self._history))
        self._look("locks", lambda: locks.locks(home))
        if self._is_local:
            program = self._network.chain_program
            self._look("chain runs", lambda: daemons.daemon(home / program, program.capitalize(), repair=repair))
        if self._has_own_ipfs:
            self._look("ipfs runs", lambda: daemons.daemon(home / "ipfs", "Kubo", repair=repair))
        if self._key_file:
            self._look("key file", self._read_keys, seconds=0)  # it may ask for a passphrase

    def _chain(self) -> None:
        self._heading("Chain")
        connected = self._look("chain", lambda: chain.connection(self._network), LONG_PATIENCE).state != "problem"
        for name, check in (
            ("clock", lambda: chain.clock(self._network.provider, is_local=self._network.is_local)),
            ("contract", lambda: chain.contract(self._network)),
            ("account", self._account),
            ("key", self._key),
        ):
            if connected:
                connected = not self._look(name, check).is_late
            else:
                self._look(name, lambda: warning("not looked at: the chain does not answer", "see chain, above"))

    def _node(self) -> None:
        self._heading("IPFS")
        self._look("ipfs", self._connect_ipfs, LONG_PATIENCE)

    def _sent(self) -> None:
        self._heading("Messages")
        self._with_inbox("sent", lambda inbox: sent.messages(self._sends, inbox))
        if self._keys and self._ipfs:
            keys, ipfs = self._keys, self._ipfs
            self._with_inbox("inbox", lambda inbox: self._received(inbox, keys, ipfs), LONG_PATIENCE)
        if not self._ipfs:
            self._look("uploads", lambda: warning("not looked at: the IPFS node does not answer", "see ipfs, above"))
        elif not self._pins:
            self._look("uploads", self._gateway_alone)
        else:
            self._with_inbox("uploads", lambda _: self._uploads.contents(), LONG_PATIENCE)
            self._with_inbox("pins", lambda _: self._uploads.pinned(repair=self._repair), LONG_PATIENCE)
        if local := self._local_uploads():
            self._look("orphans", lambda: local.orphans(repair=self._repair))
            self._look("debris", local.debris)

    def _discard(self, what: str) -> None:
        local = self._local_uploads()
        if local is None:
            found = problem(f"{what} stays: it is not on the local node, or that does not answer", "delete it there")
            self._look("discard", lambda: found)
        else:
            self._look("discard", lambda: local.discard(what))

    # ---- what checks need

    @cached_property
    def _history(self) -> History:
        from radiogram.sends import read_sends

        return read_sends(self._home).history

    @cached_property
    def _sends(self) -> History:
        """The same without what pages were about to send and never did, as far as the chain tells."""
        from radiogram.errors import InboxError
        from radiogram.sends import read_sends

        try:
            return read_sends(self._home, self._inbox).history
        except InboxError:
            return self._history

    @cached_property
    def _pins(self) -> Pins | None:
        from radiogram.ipfs.pins import Pins

        return Pins(self._ipfs.api) if self._ipfs and self._ipfs.api else None

    @cached_property
    def _uploads(self) -> sent.Uploads:
        if not (self._inbox and self._pins):
            raise LookupError
        return sent.Uploads(self._sends, self._inbox, self._pins)

    def _local_uploads(self) -> LocalUploads | None:
        """None for a node that others may share."""
        if self._ipfs and self._pins and self._has_own_ipfs:
            return LocalUploads(self._sends, self._pins, self._ipfs)
        return None

    # ---- checks

    def _read_keys(self) -> Finding:
        from radiogram.cli.accounts import keys_in_file

        self._keys = keys_in_file(self._key_file or Path())
        kind = "a seed of 24 words" if self._keys.hybrid_secret else "a private key alone, so not quantum-safe"
        return ok(f"{self._key_file}: {kind}, of {self._keys.public().address}")

    def _account(self) -> Finding:
        from radiogram.formats.public_key import parse_address

        if not (self._network.is_local or self._session.accounts.chosen):
            return ok("none named: --account ALIAS has it looked at")
        address = parse_address(self._session.accounts.own(SENDER_INDEX).address)
        return chain.account(self._network.provider, address)

    def _received(self, inbox: Inbox, keys: Keys, ipfs: Ipfs) -> Finding:
        from radiogram.cli.clinics.opened import known_clinics
        from radiogram.cli.known_senders import KnownSenders

        owner, clinics = self._key_owner(), known_clinics(self._session, keys)
        senders = KnownSenders(self._session, inbox, owner, clinics)
        return received.inbox(inbox, owner, keys, ipfs, senders.is_of_stranger)

    def _key_owner(self) -> ChecksumAddress:
        from radiogram.cli.keyring import owner_of
        from radiogram.formats.public_key import parse_address

        if self._keys and self._inbox:
            return owner_of(self._session, self._keys.public(), self._inbox)
        return parse_address(self._session.accounts.own(RECIPIENT_INDEX).address)

    def _key(self) -> Finding:
        from radiogram.chain import contract, deployment
        from radiogram.chain.inbox import Inbox

        address = contract.address()
        if not deployment.is_deployed(self._network.provider, address):
            return ok("none on record: there is no inbox contract")
        self._inbox = Inbox(contract.at(address), self._network.nonce_lock)
        if not (self._keys or self._network.is_local or self._session.accounts.chosen):
            return ok("nobody's named: --account or --key-file has it looked at")
        return chain.key(self._inbox, self._key_owner(), self._keys.public() if self._keys else None)

    def _connect_ipfs(self) -> Finding:
        from radiogram.errors import IpfsRefused
        from radiogram.ipfs.client import Ipfs

        if self._has_own_ipfs:  # not asked of the network, which would ask the chain, and that may be down
            node = self._network.local_ipfs()
            ipfs = Ipfs(node.api, node.gateway)
        else:
            ipfs = self._network.ipfs_to_read()
        if ipfs.api and ipfs.gateway:
            gateway = copy.copy(ipfs)
            gateway.api = None
            gateway.check()
        urls = " and ".join(each.url for each in (ipfs.api, *ipfs.gateways) if each)
        try:
            version = ipfs.check()
        except IpfsRefused:
            self._ipfs = ipfs
            return warning(
                f"{urls} answers, and does not let these credentials ask anything",
                "those for adding alone are enough to send, if they are right (RADIOGRAM_IPFS_AUTH)",
            )
        self._ipfs = ipfs
        if version and programs.numbers(version) < programs.OLDEST_KUBO:
            return warning(
                f"Kubo {version} at {urls}", "ask for Kubo 0.40 or later: older ones make other CIDs, and are refused"
            )
        return ok(f"{f'Kubo {version}' if version else 'a gateway'} at {urls}")

    def _gateway_alone(self) -> Finding:
        if not any(each.cids for each in self._history.attempts):
            return ok("nothing was sent from this state folder")
        return warning("not looked at: a gateway does not say what it keeps", "set RADIOGRAM_IPFS_API")

    # ---- telling

    def _with_inbox(self, name: str, check: Callable[[Inbox], Finding], seconds: float = PATIENCE) -> None:
        if inbox := self._inbox:
            self._look(name, lambda: check(inbox), seconds)
        elif any(each.name == "contract" and each.state == "ok" for each in self.findings):
            self._look(name, lambda: ok("none yet: there is no inbox contract"))
        else:
            self._look(name, lambda: warning("not looked at: the inbox contract can't be asked", "see chain, above"))

    def _heading(self, text: str) -> None:
        self._session.terminal.heading(text)

    def _look(self, name: str, check: Check, seconds: float = PATIENCE) -> Finding:
        made = finding.run(name, check, seconds)
        self.findings.append(made)
        terminal, color = self._session.terminal, COLORS[made.state]
        terminal.marked("repaired" if made.repaired else made.state, color, f"{name:{NAME_WIDTH}} {made.found}")
        if made.to_do:
            terminal.marked("", color, f"{'':{NAME_WIDTH}} → {made.to_do}")
        return made


def is_for_development(network: str) -> bool:
    """Whether a network choice is a chain for development, to go by its name."""
    name = network.split(":")[1] if ":" in network else network
    return name == "local" or name.endswith("-fork")


def _temporary_folder() -> str:
    import tempfile

    return tempfile.gettempdir()
