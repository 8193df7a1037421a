"""Plays every part of the story on a real X-ray, and tells of each step."""

from __future__ import annotations

import filecmp
import importlib.util
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import inbox_table, report, transfers
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import short, size

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.errors import RadiogramError
    from radiogram.formats.keys import Keys
    from radiogram.ipfs.client import Ipfs
    from radiogram.transfer import Opened, Sent

XRAY = "RG3_UNCR.dcm"  # distal tibia, 1760 × 1760, from the PyPI package pydicom-data
STRANGER_INDEX = 2
SHOWN = ("From", "Patient", "Study", "Images", "Size", "Quantum-safe")  # columns of the patient's list
KEY_FILE = "patient.key.txt"
KEY_PACKET_LIMIT = 4096  # bytes


class Demo:
    """Technologist and stranger are test accounts of the local network; the patient has keys of a seed, no Ether."""

    def __init__(self, session: Session) -> None:
        from ape import accounts

        if not session.network.is_local:
            fail(f"the demo plays every part itself, on the local network only, not on {session.network.name}")
        self._session = session
        self._xray = find_xray()
        people = accounts.test_accounts
        self._technologist = people[SENDER_INDEX]
        self._stranger_key = session.accounts.private_key(people[STRANGER_INDEX])

    def play(self, out: Path) -> dict[str, Any]:
        """The whole story; what --json says of it. Files go into `out`."""
        from radiogram.ipfs.cid import cid_text

        ipfs = self._start_nodes()
        inbox = self._deploy()
        keys, card = self._make_keys(out)
        sent = self._send(inbox, card, ipfs)
        message = inbox.message(sent.recipient.address, sent.index)
        self._look_for_traces(sent, message, ipfs)
        self._list(inbox, message.recipient)
        self._try_other_keys(inbox, message, keys, ipfs)
        opened = self._open(inbox, message, keys, ipfs)
        file, preview = self._retrieve(message, opened, out, ipfs)
        return {
            "inbox": inbox.address,
            "index": message.index,
            "quantum_safe": opened.is_quantum_safe,
            "cid": cid_text(sent.cid),
            "gas_used": sent.receipt.gas_used if sent.receipt else None,
            "fee_wei": sent.receipt.fee_wei if sent.receipt else None,
            "wrong_key_refused": True,
            "same": True,
            "file": str(file),
            "preview": str(preview),
            "key_file": str(out / KEY_FILE),
            "card": str(card),
        }

    def _start_nodes(self) -> Ipfs:
        from radiogram.chain.fees import ether
        from radiogram.ipfs.client import Ipfs

        self._step(1, "A chain and an IPFS node, on this machine alone")
        network = self._session.network
        node = network.local_ipfs()
        ipfs = Ipfs(node.api, node.gateway)
        self._tell("Chain", f"{network.chain_program.capitalize()} at {network.local_url}, chain id {network.chain_id}")
        self._tell("IPFS", f"Kubo {ipfs.check()} at {node.api}, offline")
        self._tell("Technologist", f"{self._technologist.address} has {ether(self._technologist.balance)}")
        return ipfs

    def _deploy(self) -> Inbox:
        from radiogram.chain import contract, deployment
        from radiogram.chain.fees import ether

        self._step(2, "The inbox contract")
        network = self._session.network
        with network.nonce_lock(self._technologist.address):
            receipt = deployment.deploy(network.provider, contract.initcode(), self._technologist)
        inbox = network.inbox()
        self._tell("Address", f"{inbox.address}, the same on every chain")
        if receipt:
            self._tell("Deployed for", f"{receipt.gas_used:,} gas, {ether(receipt.fee_wei)}")
        else:
            self._tell("Deployed", "before")
        return inbox

    def _make_keys(self, out: Path) -> tuple[Keys, Path]:
        """The patient's keys, those of an earlier run if it left any, and the card for the technologist."""
        from radiogram.formats.key_card import encode_card
        from radiogram.formats.key_file import encode_key_file, read_keys
        from radiogram.formats.seed import new_seed_words
        from radiogram.output import files

        self._step(3, "The patient makes keys, and hands the technologist a card")
        file, card = out / KEY_FILE, out / "patient.card.json"
        out.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            files.write_new(file, encode_key_file(new_seed_words(), ""), mode=0o600)
        keys = read_keys(file, lambda: "")
        public = keys.public()
        card.write_bytes(encode_card(public))
        self._tell("Patient", public.address)
        self._tell("Keys", f"secp256k1 and ML-KEM-768 with X25519, both of the 24 words in {file}")
        self._tell("Card", card)
        self._tell("Key in words", " ".join(public.words))
        return keys, card

    def _send(self, inbox: Inbox, card: Path, ipfs: Ipfs) -> Sent:
        from radiogram.chain.fees import ether
        from radiogram.chain.recipients import find_recipient
        from radiogram.dicom.display import shown_patient, shown_study
        from radiogram.dicom.metadata import study_overview
        from radiogram.formats.source_files import read_study

        self._step(4, "The technologist sends an X-ray")
        self._tell("Image", f"{self._xray} ({size(self._xray.stat().st_size)})")
        recipient = find_recipient(str(card), inbox, self._session.network.resolve_name)
        overview = study_overview([self._xray])
        self._tell("Of", shown_patient(overview.patient))
        self._tell("Study", "; ".join(map(shown_study, overview.studies)))
        self._tell("To", f"{recipient.address}, key in words: {' '.join(recipient.words)}")
        self._tell("", report.recipient_safety(recipient))
        self._tell("Expected fee", ether(inbox.expected_fee(recipient, self._technologist).wei))
        study = read_study([self._xray]).with_metadata("Demo clinic", overview.studies)
        sent = transfers.send(self._session, study, recipient, self._technologist, inbox, ipfs, again=True)
        if sent.receipt:
            self._tell("Cost", f"{sent.receipt.gas_used:,} gas, {ether(sent.receipt.fee_wei)}")
            self._tell("Transaction", sent.receipt.tx_hash)
        return sent

    def _look_for_traces(self, sent: Sent, message: Message, ipfs: Ipfs) -> None:
        """Of the image on IPFS, and of where it is on the chain."""
        from radiogram.ipfs.cid import cid_text

        with ipfs.open(sent.cid, sent.ciphertext_bytes) as stream:
            ciphertext = stream.read()
        self._tell("IPFS holds", f"{cid_text(sent.cid)} ({size(sent.ciphertext_bytes)})")
        self._tell("", f"{ciphertext[:21].decode()} … {ciphertext[-24:].hex(' ')}")
        if sent.packet_cid:
            packet = ipfs.read(sent.packet_cid, KEY_PACKET_LIMIT)
            self._tell("", f"{cid_text(sent.packet_cid)} ({size(len(packet))}), the key to that, sealed too")
        self._tell("The chain holds", f"an envelope of {len(message.envelope)} bytes: {message.envelope.hex()[:44]}…")
        if sent.cid in message.envelope or self._xray.read_bytes()[128:256] in ciphertext:
            fail("the image is not hidden: do not use this software")
        self._tell("Hidden", "the CID is not in the envelope, the image is not in the ciphertext")

    def _list(self, inbox: Inbox, patient: ChecksumAddress) -> None:
        self._step(5, "The patient's inbox, as anyone may list it")
        for each in inbox.messages(patient):
            sent_at = f"{each.sent_at:%Y-%m-%d %H:%M:%S} UTC"
            self._tell(f"Message {each.index}", f"from {short(each.sender)}, {sent_at}, {each.status}")

    def _try_other_keys(self, inbox: Inbox, message: Message, keys: Keys, ipfs: Ipfs) -> None:
        from radiogram.errors import WrongHybridKeyError, WrongKeyError
        from radiogram.formats.keys import Keys

        self._step(6, "A stranger tries, with another private key")
        self._try(WrongKeyError, inbox, message, Keys(self._stranger_key), ipfs)
        self._tell("", "and with the patient's, which a quantum computer made of the public key:")
        broken = Keys(keys.private_key, hybrid_secret=secrets.token_bytes(32))
        self._try(WrongHybridKeyError, inbox, message, broken, ipfs)

    def _try(self, refusal: type[RadiogramError], inbox: Inbox, message: Message, keys: Keys, ipfs: Ipfs) -> None:
        from radiogram import transfer

        try:
            transfer.open_message(message, keys, inbox, ipfs)
        except refusal as error:
            self._tell("Refused", error)
        else:
            fail("a stranger's key opened the message: do not use this software")

    def _open(self, inbox: Inbox, message: Message, keys: Keys, ipfs: Ipfs) -> Opened:
        from radiogram import transfer
        from radiogram.inbox_listing import Row

        self._step(7, "The patient opens it, and fetches no more than the list needs")
        opened = transfer.open_message(message, keys, inbox, ipfs)
        row = Row(message, opened, transfer.read_manifest(opened.reference, ipfs=ipfs))
        cells = inbox_table.line(row, str(message.index), is_new=True, aliases={}).cells
        for heading, cell in zip(inbox_table.HEADINGS, cells, strict=True):
            if cell and heading in SHOWN:
                self._tell(heading, cell)
        return opened

    def _retrieve(self, message: Message, opened: Opened, out: Path, ipfs: Ipfs) -> tuple[Path, Path]:
        """The file, and a picture of it."""
        from radiogram.dicom.picture import preview_png

        self._step(8, "The patient retrieves it")
        received = transfers.retrieve(self._session, opened.reference, out / "received", ipfs, overwrite=True)
        ((path, entry),) = received.files
        if not filecmp.cmp(path, self._xray, shallow=False):
            fail(f"{path} is not the image that was sent: do not use this software")
        preview = out / f"{path.stem}.png"
        preview.write_bytes(preview_png(path.read_bytes()))
        signed_by = f"{received.signed_by}, the technologist" if received.signed_by == message.sender else "nobody"
        self._tell("Signed by", signed_by)
        self._tell("Compared", f"{entry.bytes:,} bytes, every one the same as sent")
        self._tell("SHA-256", entry.sha256)
        self._tell("The file", path)
        self._tell("A preview", preview)
        return path, preview

    def _step(self, number: int, title: str) -> None:
        self._session.terminal.heading(f"{number}  {title}")

    def _tell(self, label: str, value: object) -> None:
        self._session.terminal.say(f"   {label:<16} {value}")


def find_xray() -> Path:
    """The sample image, from the installed package: nothing is downloaded."""
    spec = importlib.util.find_spec("data_store")
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "data" / XRAY if folders else None
    if path is None or not path.is_file():
        fail(f"{XRAY} is missing: install pydicom-data, as `make demo` does")
    return path
