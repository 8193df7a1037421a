"""Who signed the files of a folder, as far as can be said without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.formats.clinic_card import ClinicCard
    from radiogram.verification import KeptManifest


@dataclass(frozen=True)
class SignedBy:
    """The account that a signature gives, and the name by which the user knows it; without one it may be anybody's."""

    address: ChecksumAddress
    name: str = ""


def signer(session: Session, kept: KeptManifest, clinic: ClinicCard | None, block: int | None) -> SignedBy:
    """Who signed; stops where nobody did, or not the `clinic`, if one is named."""
    from radiogram.transfer import signer

    address = signer(kept.manifest_bytes, kept.signature)
    if not kept.signature:
        fail("the manifest of these files is not signed: nobody says that they are what was sent")
    if clinic is None:
        if address is None:
            fail(
                "the signature of these files gives no account, as a contract's may: name the clinic's card, by --card"
            )
        return SignedBy(address, session.accounts.aliases().get(address, ""))
    if address != clinic.address and not _contract_has_signed(session, kept, clinic.address, block):
        chain = "" if session.network.is_named else "; if that account is a contract, name its chain with --network"
        fail(f"{clinic.label} ({clinic.address}) has not signed these files: their signature is another's{chain}")
    return SignedBy(clinic.address, clinic.label)


def _contract_has_signed(session: Session, kept: KeptManifest, account: ChecksumAddress, block: int | None) -> bool:
    """Asked only where a network is named."""
    from eth_account.messages import _hash_eip191_message, encode_defunct

    from radiogram.chain.contract_signature import is_taken
    from radiogram.formats.bundle import signing_text

    if not session.network.is_named:
        return False
    digest = bytes(_hash_eip191_message(encode_defunct(text=signing_text(kept.manifest_bytes))))
    return is_taken(session.network.provider, account, digest, kept.signature, block)


def extent(kept: KeptManifest) -> tuple[int, int]:
    """Files, and bytes."""
    return len(kept.manifest.files), kept.manifest.plaintext_bytes


def fields(kept: KeptManifest, signer: SignedBy) -> dict[str, Any]:
    """For --json: under `signed_by` stands nobody who is not known."""
    files, total = extent(kept)
    return {
        "created": kept.manifest.created,
        "files": files,
        "bytes": total,
        "signed_by": signer.address if signer.name else None,
        "signer_name": signer.name or None,
        "unknown_signer": None if signer.name else signer.address,
        "sender_label": kept.manifest.sender_label or None,
    }


def lines(kept: KeptManifest, signer: SignedBy) -> list[str]:
    """For a person."""
    from radiogram.dicom.display import clean

    what = f"{counted(len(kept.manifest.files), 'file')} of {clean(kept.manifest.created)}"
    if signer.name:
        return [f"{what}: signed by {signer.name} ({signer.address})"]
    label = clean(kept.manifest.sender_label)
    claim = f", and who made it claims to be “{label}”" if label else ""
    return [f"{what}: the signature gives {signer.address}{claim}. That may be anybody: nothing here says whose it is"]
