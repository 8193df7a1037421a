"""What the scripts share: options, one-line errors, connections, accounts, prompts, progress bars, JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from eth_account.messages import SignableMessage
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.devnet.kubo import LocalIpfs
    from radiogram.ipfs.client import Ipfs
    from radiogram.transfer import Progress, Sent

LOCAL_NETWORK = "ethereum:local:ganache"
SENDER_INDEX, RECIPIENT_INDEX = 0, 1  # of the local network's test accounts


class Command(click.Command):
    """A command whose failures are one line and exit status 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["--network"], metavar="CHOICE", help=f"Network, as Ape names it [default: {LOCAL_NETWORK}]."),
            click.Option(
                ["--account"], metavar="ALIAS", help="Account: an Ape alias, an address, or a test account's number."
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object, and nothing else."),
            click.Option(["--yes"], is_flag=True, help="Ask no questions."),
        ]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        from radiogram.cli import hints

        shared = [ctx.params.pop(name) for name in ("network", "account", "as_json", "yes")]
        try:
            with Session(*shared) as session:
                return ctx.invoke(self.callback or (lambda _: None), session, **ctx.params)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if "RADIOGRAM_DEBUG" in os.environ:
                raise
            raise click.ClickException(hints.line(error)) from error


@dataclass
class Chain:
    """A connected network."""

    provider: ProviderAPI
    url: str | None
    """The embedded chain's JSON-RPC address; None for every other network."""

    @property
    def is_local(self) -> bool:
        return bool(self.provider.network.is_dev)

    def resolve_name(self, name: str) -> str | None:
        """The address of an ENS name; None where there is none, or no ENS."""
        try:
            address = self.provider.web3.ens.address(name)
        except Exception:  # whatever web3 says of a chain without ENS, there is no such name here
            return None
        return str(address) if address else None


class Session:
    """One run of a command: its shared options, and what it has open, closed at the end in reverse order."""

    def __init__(self, network: str | None, account: str | None, as_json: bool, yes: bool) -> None:
        self.network = complete(network or "")
        self.account_name = account
        self.as_json = as_json
        self.yes = yes
        self._stack = ExitStack()
        self._chain: Chain | None = None
        self._passphrases: dict[str, str] = {}  # asked for once

    def __enter__(self) -> Session:
        # A terminated command leaves as an interrupted one does: nodes stopped, partial files removed.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *exc: Any) -> bool | None:  # noqa: ANN401
        return self._stack.__exit__(*exc)

    # ---- talking

    @property
    def is_terminal(self) -> bool:
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.as_json

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask, who wants to be asked."""
        return self.is_terminal and not self.yes

    def say(self, text: str = "") -> None:
        """A line for a person."""
        if not self.as_json:
            click.echo(text)

    def note(self, text: str) -> None:
        """A line beside the result, for a person, on standard error."""
        click.echo(text, err=True)

    def result(self, value: dict[str, Any]) -> None:
        """The one JSON object."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2))

    def ask(self, name: str, question: str) -> str:
        """A missing value, from the person at the terminal."""
        return str(self._prompt(name, question, click.STRING))

    def ask_index(self) -> int:
        """Which message, from the person at the terminal."""
        return int(self._prompt("INDEX", "Index of the message", click.IntRange(min=0)))

    def _prompt(self, name: str, question: str, kind: click.ParamType) -> Any:  # noqa: ANN401
        if not self.can_ask:
            fail(f"{name} is missing: see --help")
        return click.prompt(question, type=kind)

    def confirm(self, question: str) -> None:
        """Go on only if the person at the terminal agrees; where there is nobody to ask, the command is the answer."""
        if self.can_ask and not click.confirm(question):
            fail("stopped: nothing was sent")

    def ask_passphrase(self, what: str) -> Callable[[], str]:
        def ask() -> str:
            if (passphrase := os.environ.get("RADIOGRAM_KEY_FILE_PASSPHRASE")) is not None:
                return passphrase
            if not sys.stdin.isatty():
                fail(f"{what} needs a passphrase: run on a terminal, or set RADIOGRAM_KEY_FILE_PASSPHRASE")
            return str(click.prompt(f"Passphrase of {what}", hide_input=True, err=True))

        return ask

    def ask_new_passphrase(self, what: str) -> str:
        """A passphrase for a key file to be made, asked for twice; empty: none."""
        if (passphrase := os.environ.get("RADIOGRAM_KEY_FILE_PASSPHRASE")) is not None:
            return passphrase
        if not self.is_terminal:
            fail(f"{what} needs a passphrase: run on a terminal, or set RADIOGRAM_KEY_FILE_PASSPHRASE (empty: none)")
        question = f"Passphrase for {what} (empty: none)"
        return str(
            click.prompt(question, hide_input=True, confirmation_prompt=True, default="", show_default=False, err=True)
        )

    @contextmanager
    def progress(self, label: str, total_bytes: int) -> Iterator[Progress]:
        """A progress bar on a terminal, nothing elsewhere."""
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total_bytes)
            yield lambda count: bar.advance(task, count)

    @contextmanager
    def counter(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """The same for things that are counted."""
        if not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda: bar.advance(task)

    # ---- connecting

    @property
    def home(self) -> Path:
        """The state folder of the embedded nodes, for its owner alone."""
        home = Path(os.environ.get("RADIOGRAM_HOME") or default_home()).absolute()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            fail(f"{home} can't be written: {error.strerror}; set RADIOGRAM_HOME to a folder of yours")
        return home

    @property
    def chain(self) -> Chain:
        """The network, connected; the local one is started if it does not run."""
        if self._chain is None:
            from ape import networks
            from ape.exceptions import ApeException
            from ape.logging import LogLevel, logger

            logger.set_level(LogLevel.ERROR)
            try:
                if self.network == LOCAL_NETWORK:
                    self._chain = self._local_chain()
                else:
                    context = networks.parse_network_choice(self.network)
                    self._chain = Chain(self._stack.enter_context(context), None)
            except ApeException as error:
                fail(f"no connection to {self.network}: {' '.join(str(error).split())}")
        return self._chain

    def _local_chain(self) -> Chain:
        from ape import networks

        try:
            from ape_ganache.provider import GanacheProvider
        except ModuleNotFoundError:
            fail("the local network needs ape-ganache 0.8: install it from this project's source, or choose --network")

        from radiogram.devnet.ganache import local_chain

        url = self._stack.enter_context(local_chain(self.home))
        network = networks.ethereum.local
        # Not by its name: Ape would import every provider there is to find it, a second for each command.
        provider = GanacheProvider(name="ganache", network=network, provider_settings={"host": url})
        return Chain(self._stack.enter_context(network.use_provider(provider)), url)

    def ipfs(self, role: str, timeout: float | None = None) -> Ipfs:
        """The IPFS node of the environment, or else the local one (for the local network alone).

        `timeout`: how many seconds to wait for it without a byte, if not the usual.
        """
        ipfs = self._ipfs(role)
        ipfs.timeout = timeout or ipfs.timeout
        return ipfs

    def _ipfs(self, role: str) -> Ipfs:
        from radiogram.cli.environment import named_ipfs
        from radiogram.ipfs.client import Ipfs

        if named := named_ipfs(os.environ):
            return named
        if not self.chain.is_local:
            needed = "RADIOGRAM_IPFS_API" if role == "sender" else "RADIOGRAM_IPFS_GATEWAY (or RADIOGRAM_IPFS_API)"
            fail(f"no IPFS node is named for {self.network}: set {needed}")
        node = self.local_ipfs()
        return Ipfs(node.api, node.gateway)

    def local_ipfs(self) -> LocalIpfs:
        """The IPFS node on this machine, started if it does not run."""
        from radiogram.devnet.kubo import local_ipfs

        return self._stack.enter_context(local_ipfs(self.home))

    def account(self, test_index: int) -> AccountAPI:
        """The account of --account; on the local network, test account `test_index` unless said otherwise."""
        name = self.account_name
        if name is None:
            if not self.chain.is_local:
                fail(f"--account is missing: name the account to use on {self.network} (`ape accounts list`)")
            name = str(test_index)
        return self.named_account(name)

    def named_account(self, name: str) -> AccountAPI:
        """An Ape account by its alias or address, or a test account by its number."""
        from ape import accounts
        from ape.exceptions import ApeException

        try:
            digits = name.removeprefix("TEST::")
            if digits.isdigit():
                if not self.chain.is_local:
                    fail(f"test account {digits} is for local networks only: name one of yours with --account")
                return accounts.test_accounts[int(digits)]
            return accounts[name] if name.startswith("0x") else accounts.load(name)
        except (ApeException, KeyError, IndexError):
            fail(f"there is no account {name!r}: see `ape accounts list`, or make one with `ape accounts generate`")

    def aliases(self) -> dict[str, str]:
        """The names that the user gave to accounts, by address."""
        from ape import accounts

        return {str(account.address): str(account.alias) for account in accounts if account.alias}

    def unlocked(self, account: AccountAPI) -> AccountAPI:
        """`account`, asked for its passphrase once (or from APE_ACCOUNTS_<alias>_PASSPHRASE), ready to sign."""
        from ape.exceptions import AccountsError

        if hasattr(account, "unlock") and hasattr(account, "set_autosign"):
            try:
                account.unlock(self._ape_passphrase(account))
                account.set_autosign(True)
            except AccountsError as error:
                fail(f"account {account.alias!r} stays locked: {' '.join(str(error).split())}; check its passphrase")
        return account

    def sign(self, account: AccountAPI, text: str) -> bytes:
        """An EIP-191 signature of 65 bytes, r ‖ s ‖ v; none (b"") from an account that can't make one."""
        from eth_account.messages import encode_defunct

        return self._signature(account, encode_defunct(text=text))

    def sign_act(self, account: AccountAPI, act: SignableMessage) -> bytes:
        """An EIP-712 signature of 65 bytes, r ‖ s ‖ v."""
        signature = self._signature(account, act)
        if not signature:
            fail(f"account {account.alias!r} can't sign typed data: use another one, or send the act from it")
        return signature

    def _signature(self, account: AccountAPI, message: SignableMessage) -> bytes:
        signature = account.sign_message(message)
        return signature.encode_rsv() if signature else b""

    def private_key(self, account: AccountAPI, way_out: str = "open the message with --key-file") -> bytes:
        """The private key of a test account or of an Ape keyfile account."""
        from eth_account import Account

        if (test_key := getattr(account, "private_key", None)) is not None:
            return bytes.fromhex(str(test_key).removeprefix("0x"))
        keyfile = getattr(account, "keyfile", None)
        if keyfile is None:
            fail(f"account {account.alias!r} never shows its private key: {way_out}")
        try:
            return bytes(Account.decrypt(keyfile, self._ape_passphrase(account)))
        except ValueError:
            fail(f"the passphrase does not fit account {account.alias!r}: check capital letters, and try again")

    def has_private_key(self, account: AccountAPI) -> bool:
        """Whether `private_key` can show one: not for wallets that keep theirs."""
        return any(getattr(account, name, None) is not None for name in ("private_key", "keyfile"))

    def derived_key(self, account: AccountAPI, private_key: bytes | None, *, twice: bool = False) -> bytes:
        """The key that `account` derives from a signature of its own (docs/format.md); `private_key` is the account's,
        where it is known. `twice`: refused if it could not be made again. Raises KeyFormatError.
        """
        from eth_account import Account

        from radiogram.errors import KeyFormatError
        from radiogram.formats.derived_key import derive_key, key_from_signature, key_request
        from radiogram.formats.public_key import parse_address

        def sign(message: SignableMessage) -> bytes:
            if private_key:
                return bytes(Account.sign_message(message, private_key).signature)
            if signature := self._signature(account, message):
                return signature
            raise KeyFormatError(
                f"account {account.alias!r} can't sign typed data", "use --key-file, or another account"
            )

        address = parse_address(account.address)
        return derive_key(address, sign) if twice else key_from_signature(sign(key_request(address)), address)

    def _ape_passphrase(self, account: AccountAPI) -> str:
        variable = f"APE_ACCOUNTS_{account.alias}_PASSPHRASE"
        if (passphrase := os.environ.get(variable)) is not None:
            return passphrase
        if not sys.stdin.isatty():
            fail(f"account {account.alias!r} needs its passphrase: run on a terminal, or set {variable}")
        if account.address not in self._passphrases:
            asked = click.prompt(f"Passphrase of account {account.alias!r}", hide_input=True, err=True)
            self._passphrases[account.address] = str(asked)
        return self._passphrases[account.address]

    def nonce_lock(self, account: ChecksumAddress) -> AbstractContextManager[None]:
        """Held while `account` sends a transaction."""
        from radiogram.chain.nonce_lock import nonce_lock

        return nonce_lock(self.home / "nonce-locks", self.chain.provider.chain_id, account)

    def initcode(self) -> bytes:
        """What deploys the contract."""
        from radiogram.chain import contract

        return contract.initcode()

    def inbox(self) -> Inbox:
        """The contract; on the local network it is deployed if it is missing."""
        from ape import accounts

        from radiogram.chain import contract, deployment
        from radiogram.chain.inbox import Inbox
        from radiogram.errors import NoInboxError

        provider = self.chain.provider
        initcode = self.initcode()
        address = deployment.deterministic_address(initcode)
        if not deployment.is_deployed(provider, address):
            if not self.chain.is_local:
                raise NoInboxError(
                    f"there is no inbox contract at {address} on {self.network}",
                    f"check --network, or deploy it: ape run deploy --network {self.network} --account ALIAS",
                )
            payer = accounts.test_accounts[SENDER_INDEX]
            with self.nonce_lock(payer.address):
                receipt = deployment.deploy(provider, initcode, payer)
            if receipt:
                self.note(f"Deployed the inbox contract at {address}")
        return Inbox(contract.at(address), self.nonce_lock)


def default_home() -> Path:
    """`.radiogram` in this project's folder where a command runs there, elsewhere in the user's own."""
    from ape import project

    in_tree = (project.path / "contracts" / "ImageInbox.sol").is_file()
    return (project.path if in_tree else Path.home()) / ".radiogram"


def complete(network: str) -> str:
    """A network choice as Ape reads it: what is left out is the local network's. Others stay as they are."""
    named = network.split(":")
    defaults = LOCAL_NETWORK.split(":")
    filled = [part or default for part, default in zip(named + [""] * (3 - len(named)), defaults, strict=False)]
    return LOCAL_NETWORK if filled == defaults and len(named) <= 3 else network


def sent_fields(session: Session, inbox: Inbox, sent: Sent) -> dict[str, Any]:
    """What --json says of every message that was sent."""
    from radiogram.ipfs.cid import cid_text

    return {
        "network": session.network,
        "inbox": inbox.address,
        "sender": sent.sender,
        "recipient": sent.recipient.address,
        "recipient_public_key": "0x" + sent.recipient.public_key.hex(),
        "index": sent.index,
        "cid": cid_text(sent.cid),
        "tx_hash": sent.receipt.tx_hash,
        "gas_used": sent.receipt.gas_used,
        "fee_wei": sent.receipt.fee_wei,
    }


def fail(text: str) -> NoReturn:
    """Stop with one line and exit status 1."""
    raise click.ClickException(text)


def size(count: int) -> str:
    """Bytes for a person."""
    if count < 1000:
        return f"{count} bytes"
    for unit in ("kB", "MB", "GB"):
        count_in_unit = count / {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        if count_in_unit < 1000 or unit == "GB":
            break
    return f"{count_in_unit:.1f} {unit}"


def counted(count: int, what: str) -> str:
    """`1 file`, `5,000 files`."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def short(address: str) -> str:
    """First and last 4 signs of an address."""
    return f"{address[:6]}…{address[-4:]}"
