"""What `pins` says of homes and studies: fields for a program, lines for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from radiogram.cli import hints
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.cli.pins.retention import Retention
    from radiogram.cli.pins.studies import Study
    from radiogram.ipfs.homes.home import Home
    from radiogram.sends import PageSend


def home_fields(homes: Sequence[Home]) -> list[dict[str, Any]]:
    return [
        {"name": home.name, "kind": home.kind, "url": home.where.url, "places": [place.url for place in home.places]}
        for home in homes
    ]


def study_fields(study: Study, wanted: int, retention: Retention) -> dict[str, Any]:
    from radiogram.formats.unix_time import iso
    from radiogram.ipfs.cid import cid_text

    until = retention.kept_until(study)
    packet = study.sealed.packet_cid
    return {
        "recipient": study.begun.recipient,
        "index": study.arrived.index,
        "status": study.status,
        "sent_by": "website" if study.by_website else "command",
        "cid": cid_text(study.sealed.cid) if study.sealed.cid else None,
        "packet_cid": cid_text(packet) if packet else None,
        "held_by": [each.place.url for each in study.held_by],
        "missing": [{"url": each.place.url, "why": each.trouble.message} for each in study.missing if each.trouble],
        "is_short": study.is_short(wanted),
        "was_repaired": study.was_repaired,
        "keep_until": None if until is None else iso(until),
        "may_go": retention.is_over(study),
    }


def study_lines(study: Study, wanted: int, retention: Retention) -> list[str]:
    """The first with what holds of all; then what is missing, where too few keep it."""
    from radiogram.formats.unix_time import iso

    held = [each.place.url for each in study.held_by]
    mark = ", repaired" if study.was_repaired else ""
    how = f"{study.status}, by the website" if study.by_website else study.status
    line = f"message {study.arrived.index} to {study.begun.recipient} ({how}): {len(held)} of {wanted}{mark}"
    lines = [line + (f", {', '.join(held)}" if held else "")]
    if study.is_short(wanted):
        lines += [f"  {each.home.name}: {each.trouble.message}" for each in study.missing if each.trouble]
    until = retention.kept_until(study)
    if until is not None:
        over = "it may be erased" if retention.is_over(study) else f"it is kept until {iso(until)}"
        lines.append(f"  acknowledged: {over}")
    return lines


def unsent_fields(unsent: Sequence[PageSend]) -> list[dict[str, Any]]:
    from radiogram.formats.unix_time import iso
    from radiogram.ipfs.cid import cid_text

    return [{"kept_at": iso(each.begun.at), "cids": list(map(cid_text, each.cids))} for each in unsent]


def unsent_lines(unsent: Sequence[PageSend]) -> list[str]:
    if not unsent:
        return []
    what = counted(len(unsent), "study", "studies")
    return [f"The website was about to send {what} besides, of which the chain has no message"]


def summary(studies: Sequence[Study], short: int, wanted: int) -> list[str]:
    from radiogram.cli.checkup.finding import some

    if not studies:
        return ["Nothing that was sent from here is to be kept"]
    whole = f"{counted(len(studies), 'message')} sent, each to be kept by {counted(wanted, 'home')}"
    lines = [f"{whole}; {short:,} not" if short else whole]
    if gone := [f"message {each.arrived.index} to {each.begun.recipient}" for each in studies if each.is_gone]:
        lines.append(f"No longer on the chain, which was reorganised or reset: {some(gone)}")
    return lines


def trouble(studies: Sequence[Study], short: int, failed: int, *, is_repaired: bool) -> str:
    """What makes it an error, and what to do; "" if nothing does. `failed`: how many were to be erased, and are not."""
    found = []
    if short:
        repair = f"`{hints.command('pins')} --repair` has them kept again"
        to_do = "see which homes are missing" if is_repaired else repair
        found.append(f"too few homes keep {counted(short, 'message')} of {len(studies):,}: {to_do}")
    if gone := sum(each.is_gone for each in studies):
        no_longer = f"{counted(gone, 'message')} {'is' if gone == 1 else 'are'} no longer on the chain"
        found.append(f"{no_longer}: run the command that sent it again, which goes on with the same envelope")
    if failed:
        found.append(
            f"{counted(failed, 'message')} that may go {'was' if failed == 1 else 'were'} not erased: see above"
        )
    return "; and ".join(found)
