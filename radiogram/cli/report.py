"""What commands tell of what they did: fields for --json, lines for a person."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.cli import fee
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox, Message, Receipt, Recipient
    from radiogram.cli.message_choice import Chosen
    from radiogram.cli.network import Network
    from radiogram.cli.signer import Signer
    from radiogram.deidentify.study import Report
    from radiogram.formats.manifest import FileEntry
    from radiogram.formats.signed_act import Act
    from radiogram.formats.source_files import Study
    from radiogram.transfer import Sent

PROFILE = "Basic Application Level Confidentiality Profile of DICOM PS3.15"


# ---- messages


def sent_fields(network: Network, inbox: Inbox, sent: Sent) -> dict[str, Any]:
    """Of a message that was sent."""
    from radiogram.ipfs.cid import cid_text

    return {
        "network": network.name,
        "inbox": inbox.address,
        "sender": sent.sender,
        "recipient": sent.recipient.address,
        "recipient_public_key": "0x" + sent.recipient.public_key.hex(),
        "index": sent.index,
        "mailbox": sent.mailbox,
        "quantum_safe": sent.packet_cid is not None,
        "cid": cid_text(sent.cid),
        "packet_cid": cid_text(sent.packet_cid) if sent.packet_cid else None,
        "tx_hash": sent.receipt.tx_hash if sent.receipt else None,
        "gas_used": sent.receipt.gas_used if sent.receipt else None,
        **fee.fields(network.provider, sent.receipt.fee_wei if sent.receipt else None),
        "was_begun": sent.was_begun,
        "was_sent": sent.was_sent,
    }


def study_fields(study: Study, sent: Sent) -> dict[str, Any]:
    """Of the files that were sent."""
    return {
        "plaintext_bytes": study.plaintext_bytes,
        "ciphertext_bytes": sent.ciphertext_bytes,
        "files": file_fields((file.name, file) for file in study.manifest.files),
    }


def received_fields(chosen: Chosen, label: str) -> dict[str, Any]:
    """Of a message that was opened; `label` is what its sender calls itself."""
    from radiogram.ipfs.cid import cid_text

    message, opened = chosen.message, chosen.opened
    return {
        "index": message.index,
        "mailbox": chosen.mailbox,
        "sender": message.sender,
        **chosen.names.fields(message.sender),
        "sender_label": label or None,
        "sent_at": message.sent_at.isoformat(),
        "quantum_safe": opened.is_quantum_safe,
        "cid": cid_text(opened.reference.cid),
    }


def file_fields(files: Iterable[tuple[Path | str, FileEntry]]) -> list[dict[str, Any]]:
    """Of files, each with the path to show for it."""
    return [{"path": str(path), "bytes": entry.bytes, "sha256": entry.sha256} for path, entry in files]


def recipient_safety(recipient: Recipient) -> str:
    """Whether a message to `recipient` is quantum-safe, and why not."""
    if recipient.hybrid_digest:
        return "Quantum-safe"
    key = "the key that the recipient has registered" if recipient.key_version else "the recipient's public key"
    return f"Not quantum-safe: {key} comes without a hybrid key"


def origin_lines(chosen: Chosen, signer: Signer, label: str) -> list[str]:
    """Who sent a message, when, who vouches for what it holds, and whether it is quantum-safe.

    `label` is what its sender calls itself: said, as a claim, of one who has no name here.
    """
    from radiogram.dicom.display import clean

    message, is_safe = chosen.message, chosen.opened.is_quantum_safe
    safety = "Quantum-safe" if is_safe else "Not quantum-safe: it was sealed to a public key alone"
    name = chosen.names.shown.get(message.sender)
    sender = f"{name} ({message.sender})" if name else message.sender
    sent = f"Message {chosen.name} from {sender}, sent {message.sent_at:%Y-%m-%d %H:%M:%S} UTC"
    is_claim = bool(clean(label)) and not name and signer.is_sender
    claim = [f"Its sender claims to be “{clean(label)}”: nobody has checked that"] * is_claim
    return [sent, *claim, *_signer_lines(message, signer), safety]


def _signer_lines(message: Message, signer: Signer) -> list[str]:
    if signer.is_sender:
        return ["Exactly what the sender signed"]
    if signer.is_known:
        return [f"Handed on by {message.sender}; exactly what {signer.name} ({signer.address}) signed"]
    unsigned = "Not signed by its sender; exactly what was encrypted"
    if signer.address is None:
        return [unsigned]
    return [
        unsigned,
        f"Its signature gives {signer.address}, which is not known here: that may be anybody, or nobody",
    ]


def sent_as(sent: Sent) -> str:
    """Which message it became."""
    return f"into mailbox {sent.mailbox}" if sent.mailbox else f"as message {sent.index}"


def done(sent: Sent) -> str:
    """That it was sent, in a clause."""
    by = f", by transaction {sent.receipt.tx_hash}" if sent.receipt else ""
    where = f"mailbox {sent.mailbox}" if sent.mailbox else f"the inbox of {sent.recipient.address}"
    return f"message {sent.index} is in {where}{by}"


def sent_lines(network: Network, sent: Sent) -> list[str]:
    """The same for a person."""
    from radiogram.ipfs.cid import cid_text

    return [
        f"From {sent.sender}",
        f"To   {sent.recipient.address}",
        f"IPFS {cid_text(sent.cid)} ({size(sent.ciphertext_bytes)}, encrypted)",
        fee_line(network, sent.receipt, "Fee "),
        recipient_safety(sent.recipient),
        *(["Only you and the recipient can tell whose mailbox that is"] if sent.mailbox else []),
        *earlier_run_lines(sent),
    ]


def earlier_run_lines(sent: Sent) -> list[str]:
    """What an earlier run had done of it."""
    if sent.was_sent:
        return ["It was sent before, and not again: add --again to send a second copy"]
    return ["An earlier run was interrupted: this one has finished it, and nothing was sent twice"] * sent.was_begun


def fee_line(network: Network, receipt: Receipt | None, label: str = "Fee") -> str:
    """What a transaction cost."""
    if receipt is None:
        return f"{label} not known: other software put it on the chain"
    paid = fee.amount(network.provider, receipt.fee_wei, f"{receipt.gas_used:,} gas")
    return f"{label} {paid}, transaction {receipt.tx_hash}"


# ---- acts


def act_fields(act: Act) -> dict[str, Any]:
    """Of an act, by its kind."""
    from radiogram.formats.signed_act import Acknowledge, ApproveSender, RegisterKey, RestrictInbox
    from radiogram.formats.unix_time import iso

    match act:
        case RegisterKey():
            public_key = "0x" + act.public_key.hex()
            digest = "0x" + act.hybrid_digest.hex() if act.hybrid_digest else None
            return {
                "account": act.account,
                "public_key": public_key,
                "hybrid_digest": digest,
                "key_version": act.version,
            }
        case RestrictInbox():
            return {"account": act.account, "restricted": act.restricted, "version": act.version}
        case ApproveSender():
            until = iso(act.until) if act.until else None
            return {"account": act.account, "sender": act.sender, "until": until, "version": act.version}
        case Acknowledge():
            return {"recipient": act.account, "index": act.index}
    raise TypeError(f"no act: {act}")


def change_fields(network: Network, receipt: Receipt | None) -> dict[str, Any]:
    """Of a transaction that should change something; without a receipt, none was needed."""
    return {
        "changed": receipt is not None and receipt.event is not None,
        "tx_hash": receipt.tx_hash if receipt else None,
        "gas_used": receipt.gas_used if receipt else 0,
        **fee.fields(network.provider, receipt.fee_wei if receipt else 0),
    }


# ---- de-identification


def deidentification_fields(report: Report, *not_claimed: str) -> dict[str, Any]:
    """Attributes by keyword and in how many places, and never a value."""
    from radiogram.deidentify.study import NOT_CLAIMED

    return {
        "profile": PROFILE,
        "files": report.files,
        "removed": report.removed,
        "emptied": report.emptied,
        "replaced": report.replaced,
        "removed_without_keyword": report.unnamed,
        "no_longer_deflated": report.inflated,
        "values_sought": report.sought,
        "left_out": [{"file": each.number, "series": each.series, "reason": each.reason} for each in report.left_out],
        "not_claimed": [*NOT_CLAIMED, *not_claimed],
    }


def deidentification_lines(report: Report, *not_claimed: str) -> list[str]:
    """The same for a person."""
    from radiogram.deidentify.study import NOT_CLAIMED

    private = {f"{report.unnamed} private or unknown ones": 1} if report.unnamed else {}
    done = [
        f"De-identified {counted(report.files, 'file')} by the {PROFILE}",
        *_paragraph("Removed", report.removed | Counter(private)),
        *_paragraph("Emptied", report.emptied),
        *_paragraph("Replaced", report.replaced),
        f"Then searched them for {report.sought} names, numbers, dates and UIDs of the originals: none was found",
        *(
            f"Left out: file {each.number}{f' (series {each.series})' if each.series else ''}: {each.reason}"
            for each in report.left_out
        ),
        *(["Deflated files are no longer deflated"] if report.inflated else []),
        "Not claimed:",
    ]
    return done + [
        line
        for claim in (*NOT_CLAIMED, *not_claimed)
        for line in textwrap.wrap(claim, 100, initial_indent="- ", subsequent_indent="  ")
    ]


def _paragraph(title: str, counts: Counter[str]) -> list[str]:
    """Keywords with how often each, where that is more than once, in lines of 100 characters."""
    text = ", ".join(
        f"{keyword}\N{NO-BREAK SPACE}×{count}" if count > 1 else keyword for keyword, count in sorted(counts.items())
    )
    wrapped = textwrap.wrap(text, 100, initial_indent=f"{title:<9}", subsequent_indent=" " * 9) if text else []
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
