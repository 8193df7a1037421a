"""What `erase` says it will do, and says and signs that it has done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox, Receipt
    from radiogram.erasure import Deleted, Plan, Reach, Upload
    from radiogram.outgoing.uploads import Attempt

STAYS = ("the message, with its envelope, on the chain",)
NOT_KNOWN = (
    "copies of the ciphertext on other IPFS nodes, gateways, caches and backups",
    "what the recipient has received, and handed on",
)


def question(plan: Plan, reach: Reach, fee: str) -> str:
    """What will happen, for the person who is asked."""
    message = plan.message
    nodes = ", ".join(pins.url for pins in reach.nodes)
    goes = [f"delete the {each.holds} {_text(each)} from {nodes}" for each in plan.goes]
    goes += [f"have {each.name} ({each.where.url}) keep it no longer" for each in reach.services if plan.goes]
    goes += [f"mark it as retracted on the chain, for a fee of about {fee}" if fee else "(it is marked as retracted)"]
    lines = [f"Erase message {message.index} to {message.recipient}:", *(f"- {each}" for each in goes)]
    lines += [f"- keep the {each.holds} {_text(each)}: {reason(each)}" for each in plan.stays]
    lines += [f"- leave what is at {url}, which does not let you delete" for url in reach.closed if plan.goes]
    return "\n".join([*lines, "It can't be undone, and reaches no copies elsewhere. Go on?"])


def reason(upload: Upload) -> str:
    """Why a file stays."""
    if not upload.needed_by:
        return "it was not uploaded from here"
    others = [_message(each) for each in upload.needed_by[:3]]
    more = len(upload.needed_by) - len(others)
    return f"{', '.join(others)}{f' and {more} more' if more else ''} need{'s' * (len(upload.needed_by) == 1)} it too"


def receipt(
    plan: Plan, deleted: Sequence[Deleted], reach: Reach, inbox: Inbox, retraction: Receipt | None
) -> dict[str, Any]:
    """All but the signature. Other recipients are not named: it may be handed to this one."""
    from radiogram.formats import receipt as receipts
    from radiogram.formats.unix_time import iso

    message = plan.message
    return {
        "format": receipts.ERASURE,
        "version": receipts.VERSION,
        "made_at": iso(int(time.time())),
        "chain_id": inbox.chain_id,
        "inbox": inbox.address,
        "sender": message.sender,
        "recipient": message.recipient,
        "index": message.index,
        "cursor": message.cursor,
        "sent_at": message.sent_at.isoformat(),
        "retracted_by": retraction.tx_hash if retraction and retraction.event is not None else None,
        "deleted": [
            {
                "node": each.node,
                "cid": _text(each.upload),
                "holds": each.upload.holds,
                "blocks": each.blocks,
                "found": each.found,
            }
            for each in deleted
        ],
        "kept": [
            {
                "cid": _text(each),
                "holds": each.holds,
                "other_messages": len(each.needed_by),
                "uploaded_by_sender": each.is_ours,
            }
            for each in plan.stays
        ],
        "stays": list(STAYS),
        "not_known": [*_not_known(plan, reach), *NOT_KNOWN],
    }


def _not_known(plan: Plan, reach: Reach) -> list[str]:
    """What is at homes that delete in their own time, or not for us."""
    if not plan.goes:
        return []
    told = [f"what {each.where.url} keeps, which was told to keep it no longer" for each in reach.services]
    return [*told, *(f"what is at {url}, which does not let its sender delete" for url in reach.closed)]


def lines(plan: Plan, deleted: Sequence[Deleted], reach: Reach, file: str, *, is_signed: bool) -> list[str]:
    """What was done, for a person."""
    message = plan.message
    return [
        f"Erased message {message.index} to {message.recipient}, as far as it can be done from here",
        *(_deleted(each) for each in deleted),
        *(f"Kept the {each.holds} {_text(each)}: {reason(each)}" for each in plan.stays),
        *(f"Not seen to be deleted: {each}" for each in _not_known(plan, reach)),
        "Not deleted: the message and its envelope on the chain. Not known: copies elsewhere, and what was received.",
        f"The receipt is in {file}" + ("" if is_signed else ", not signed: the account can't sign messages"),
    ]


def _deleted(deleted: Deleted) -> str:
    what = f"the {deleted.upload.holds} {_text(deleted.upload)}"
    if not deleted.found:
        return f"Gone already: {what}, of which {deleted.node} has nothing"
    return f"Deleted {what}: {counted(deleted.found, 'block')}, and {deleted.node} has none of it now"


def _message(attempt: Attempt) -> str:
    to = attempt.begun.recipient
    return f"message {attempt.arrived.index} to {to}" if attempt.arrived else f"an unfinished message to {to}"


def _text(upload: Upload) -> str:
    from radiogram.ipfs.cid import cid_text

    return cid_text(upload.cid)
