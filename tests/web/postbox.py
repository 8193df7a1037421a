"""Sends to patients and doctors: studies as Python packs them, and what no honest sender would send."""

from pathlib import Path

from eth_abi import decode
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.cli.transfers import in_bundle_order
from radiogram.dicom.metadata import study_overview
from radiogram.formats import bundle, ciphertext, envelope, source_files
from radiogram.formats.key_card import encode_card
from radiogram.formats.key_packet import seal_key_packet
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import coordinates
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.ipfs.client import Ipfs
from tests.flows.conftest import Person
from tests.web.contract_calls import asked, transact

BATCH = 50  # messages in a transaction
REGISTER_KEY = "registerKey(bytes32,bytes32,bytes32)"


class Postbox:
    """Sends as Python does, and as no honest sender would."""

    def __init__(self, chain, node: dict, sender: Person) -> None:
        self.chain, self.node, self.sender = chain, node, sender
        self.chain_id = int(chain.ask("eth_chainId"), 16)
        self.ipfs = Ipfs(node["ipfs_api"], node["ipfs_gateway"])

    def add(self, *paths: Path, label: str = "", signature: bytes | None = None) -> KeyReference:
        """A study on IPFS, and what leads to it. With the sender's signature of its manifest, or with another."""
        found = source_files.find_files(list(paths))
        overview = study_overview([each.path for each in found])
        study = in_bundle_order(source_files.read_files(found).with_metadata(label, overview.studies), overview)
        signature = self.signature(study.manifest.to_bytes()) if signature is None else signature
        key = ciphertext.new_content_key()
        added = self.ipfs.add(ciphertext.encrypt(bundle.pieces(study, signature), key))
        return KeyReference(key, added.size, added.cid)

    def signature(self, manifest: bytes) -> bytes:
        """The sender's, of a manifest."""
        text = encode_defunct(text=bundle.signing_text(manifest))
        return bytes(Account.sign_message(text, self.sender.private_key).signature)

    def seal(self, person: Person, contents: KeyReference, sender: Person | None = None) -> bytes:
        context = Context(self.chain_id, self.node["inbox"], (sender or self.sender).address, person.address)
        return envelope.seal(contents, bytes.fromhex(person.public_key[2:]), context)

    def deliver(self, address: str, sealed: bytes, sender: Person | None = None) -> None:
        values = [address, self.key_of(address)[0], sealed]
        self.transact(sender or self.sender, "send(address,uint32,bytes)", ["address", "uint32", "bytes"], values)

    def send(self, person: Person, contents: KeyReference, sender: Person | None = None) -> None:
        self.deliver(person.address, self.seal(person, contents, sender), sender)

    def flood(self, person: Person, number: int, sender: Person, sealed: bytes = b"\x02junk") -> None:
        """So many messages, that nobody can open unless `sealed` can be."""
        for start in range(0, number, BATCH):
            items = [(person.address, self.key_of(person.address)[0], sealed)] * min(BATCH, number - start)
            self.transact(
                sender, "sendBatch((address,uint32,bytes)[])", ["(address,uint32,bytes)[]"], [items], 8_000_000
            )

    def seal_safely(self, person: "Owner", contents: KeyReference, packet: bytes = b"") -> tuple[bytes, bytes]:
        """The envelope of suite 2, and the key packet that it names; or that names `packet`."""
        context = Context(self.chain_id, self.node["inbox"], self.sender.address, person.address)
        packet = packet or seal_key_packet(contents, person.public.hybrid_recipient or "", context)
        named = envelope.PacketReference(raw_cid(packet))
        return envelope.seal(named, bytes.fromhex(person.public_key[2:]), context), packet

    def send_safely(self, person: "Owner", contents: KeyReference) -> None:
        """In suite 2."""
        sealed, packet = self.seal_safely(person, contents)
        self.publish(packet)
        self.deliver(person.address, sealed)

    def publish(self, block: bytes) -> None:
        """Puts one raw block on IPFS."""
        self.ipfs.add([block])

    def retract(self, person: Person, index: int) -> None:
        types = ["address", "uint256", "uint256", "address"]
        newest = "0x" + 40 * "0"
        found = self.view("cursorOf(address,uint256,uint256,address)", types, [person.address, index, index, newest])
        values = [person.address, index, "0x" + found[12:].hex()]
        self.transact(self.sender, "retract(address,uint256,address)", ["address", "uint256", "address"], values)

    def register_key(self, person: Person, public_key: bytes, hybrid_digest: bytes = bytes(32)) -> None:
        """33 bytes, without a hybrid key unless its digest is named."""
        self.transact(person, REGISTER_KEY, ["bytes32"] * 3, [*coordinates(public_key), hybrid_digest])

    def key_of(self, address: str) -> tuple[int, bytes, bytes]:
        """Version, 33 bytes of the key on record and 32 of its hybrid digest; 0 and none for the account's own."""
        return decode(["uint32", "bytes", "bytes32"], self.view("keyOf(address)", ["address"], [address]))

    def view(self, function: str, types: list[str], values: list[object]) -> bytes:
        return asked(self.chain, self.node["inbox"], function, types, values)

    def transact(
        self, person: Person, function: str, types: list[str], values: list[object], gas: int = 500_000
    ) -> None:
        hashed = transact(self.chain, person, self.node["inbox"], function, types, values, gas=gas)
        assert self.chain.ask("eth_getTransactionReceipt", hashed)["status"] == "0x1"


def replace_key(person: Person, other: Person) -> Person:
    """The inbox of one with the key of the other."""
    made = Person(person.private_key)
    made.public_key = other.public_key
    return made


class Owner(Person):
    """Somebody with both keys, from fresh words."""

    def __init__(self) -> None:
        self.words = new_seed_words()
        self.keys = keys_of_words(self.words)
        super().__init__(self.keys.private_key.hex())

    @property
    def public(self) -> PublicKeys:
        return self.keys.public()

    def card(self, folder: Path) -> Path:
        """Their key card."""
        path = folder / f"card-{self.address[-4:]}.json"
        path.write_bytes(encode_card(self.public))
        return path
