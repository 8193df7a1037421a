"""The accounts and private keys that a command acts with: Ape's, and those in key files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from radiogram.cli.network import Network
from radiogram.cli.terminal import Terminal, fail

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_account.messages import SignableMessage
    from eth_typing import ChecksumAddress

    from radiogram.formats.keys import Keys


class Accounts:
    """Those of one person at one network. A passphrase is asked for once."""

    def __init__(self, chosen: str | None, network: Network) -> None:
        """`chosen` is what --account names."""
        self.chosen = chosen
        self._network = network
        self._passphrases: dict[str, str] = {}

    # ---- which account

    def own(self, test_index: int) -> AccountAPI:
        """The account of --account; on the local network, test account `test_index` unless said otherwise."""
        if self.chosen is not None:
            return self.named(self.chosen)
        if not self._network.is_local:
            fail(f"--account is missing: name the account to use on {self._network.name} (`ape accounts list`)")
        return self.named(str(test_index))

    def named(self, name: str) -> AccountAPI:
        """An Ape account by its alias or address, or a test account by its number."""
        from ape import accounts
        from ape.exceptions import ApeException

        try:
            digits = name.removeprefix("TEST::")
            if digits.isdigit():
                if not self._network.is_local:
                    fail(f"test account {digits} is for local networks only: name one of yours with --account")
                return accounts.test_accounts[int(digits)]
            return accounts[name] if name.startswith("0x") else accounts.load(name)
        except (ApeException, KeyError, IndexError):
            fail(f"there is no account {name!r}: see `ape accounts list`, or make one with `ape accounts generate`")

    def has(self, address: ChecksumAddress) -> bool:
        """Whether it is an account of Ape's, or a test account."""
        from ape import accounts

        return address in accounts

    def aliases(self) -> dict[str, str]:
        """The names that the user gave to accounts, by address."""
        from ape import accounts

        return {str(account.address): str(account.alias) for account in accounts if account.alias}

    # ---- signing

    def unlocked(self, account: AccountAPI) -> AccountAPI:
        """`account`, ready to sign; its passphrase is asked for, or taken from APE_ACCOUNTS_<alias>_PASSPHRASE."""
        from ape.exceptions import AccountsError

        if hasattr(account, "unlock") and hasattr(account, "set_autosign"):
            try:
                account.unlock(self._passphrase(account))
                account.set_autosign(True)
            except AccountsError as error:
                fail(f"account {account.alias!r} stays locked: {' '.join(str(error).split())}; check its passphrase")
        return account

    def signer(self, account: AccountAPI) -> Callable[[str], bytes]:
        """Makes an EIP-191 signature of 65 bytes, r ‖ s ‖ v; none (b"") from an account that can't make one."""
        from eth_account.messages import encode_defunct

        return lambda text: _signature(account, encode_defunct(text=text))

    def sign_act(self, account: AccountAPI, act: SignableMessage) -> bytes:
        """An EIP-712 signature of 65 bytes, r ‖ s ‖ v."""
        signature = _signature(account, act)
        if not signature:
            fail(f"account {account.alias!r} can't sign typed data: use another one, or send the act from it")
        return signature

    def signs_unasked(self, account: AccountAPI) -> bool:
        """Whether it signs without a question: a test account, or one whose passphrase is in the environment."""
        is_open = getattr(account, "private_key", None) is not None
        return is_open or f"APE_ACCOUNTS_{account.alias}_PASSPHRASE" in os.environ

    # ---- private keys

    def has_private_key(self, account: AccountAPI) -> bool:
        """Whether `private_key` can show one: not for wallets that keep theirs."""
        return any(getattr(account, name, None) is not None for name in ("private_key", "keyfile"))

    def private_key(self, account: AccountAPI, hint: str = "open the message with --key-file") -> bytes:
        """The private key of a test account or of an Ape keyfile account."""
        from eth_account import Account

        if (test_key := getattr(account, "private_key", None)) is not None:
            return bytes.fromhex(str(test_key).removeprefix("0x"))
        keyfile = getattr(account, "keyfile", None)
        if keyfile is None:
            fail(f"account {account.alias!r} never shows its private key: {hint}")
        try:
            return bytes(Account.decrypt(keyfile, self._passphrase(account)))
        except ValueError:
            fail(f"the passphrase does not fit account {account.alias!r}: check capital letters, and try again")

    def derived_key(
        self, account: AccountAPI, private_key: bytes | None, *, twice: bool = False, number: int = 1
    ) -> bytes:
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
            if signature := _signature(account, message):
                return signature
            raise KeyFormatError(
                f"account {account.alias!r} can't sign typed data", "use --key-file, or another account"
            )

        address = parse_address(account.address)
        if twice:
            return derive_key(address, sign, number)
        return key_from_signature(sign(key_request(address, number)), address, number)

    def _passphrase(self, account: AccountAPI) -> str:
        variable = f"APE_ACCOUNTS_{account.alias}_PASSPHRASE"
        if (passphrase := os.environ.get(variable)) is not None:
            return passphrase
        if not sys.stdin.isatty():
            fail(f"account {account.alias!r} needs its passphrase: run on a terminal, or set {variable}")
        if account.address not in self._passphrases:
            asked = click.prompt(f"Passphrase of account {account.alias!r}", hide_input=True, err=True)
            self._passphrases[account.address] = str(asked)
        return self._passphrases[account.address]


def _signature(account: AccountAPI, message: SignableMessage) -> bytes:
    try:
        signature = account.sign_message(message)
    except NotImplementedError:  # of a contract's account, as a Safe
        return b""
    return signature.encode_rsv() if signature else b""


# ---- key files

PASSPHRASE_VARIABLE = "RADIOGRAM_KEY_FILE_PASSPHRASE"  # noqa: S105 - its name


def keys_in_file(path: Path) -> Keys:
    """The keys in a file of one's own, whose passphrase is asked for if it has one. Raises KeyFormatError."""
    from radiogram.cli.private_file import check_private
    from radiogram.errors import KeyFormatError
    from radiogram.formats.key_file import read_keys, read_small_text, refuse_card

    try:
        check_private(path, KeyFormatError)
    except KeyFormatError:
        refuse_card(read_small_text(path), path)  # others may read that
        raise
    return read_keys(path, lambda: passphrase_of(path))


def passphrase_of(path: Path) -> str:
    """The passphrase of a file of one's own."""
    if (named := os.environ.get(PASSPHRASE_VARIABLE)) is not None:
        return named
    if not sys.stdin.isatty():
        fail(f"{path} needs a passphrase: run on a terminal, or set {PASSPHRASE_VARIABLE}")
    return str(click.prompt(f"Passphrase of {path}", hide_input=True, err=True))


def new_passphrase(path: Path, terminal: Terminal, if_empty: str = "empty: none") -> str:
    """A passphrase for a key file to be made, asked for twice; it may be empty."""
    if (named := os.environ.get(PASSPHRASE_VARIABLE)) is not None:
        return named
    if not terminal.is_interactive:
        fail(f"{path} needs a passphrase: run on a terminal, or set {PASSPHRASE_VARIABLE} (empty: none)")
    question = f"Passphrase for {path} ({if_empty})"
    return str(
        click.prompt(question, hide_input=True, confirmation_prompt=True, default="", show_default=False, err=True)
    )
