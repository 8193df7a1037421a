"""How the scripts tell what a de-identification did."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from radiogram.cli.session import counted

if TYPE_CHECKING:
    from radiogram.deidentify.profile import Report

PROFILE = "Basic Application Level Confidentiality Profile of DICOM PS3.15"


def fields(report: Report, *not_claimed: str) -> dict[str, Any]:
    """What --json says: attributes by keyword and in how many places, and never a value."""
    from radiogram.deidentify.profile import NOT_CLAIMED

    return {
        "profile": PROFILE,
        "files": report.files,
        "removed": report.removed,
        "emptied": report.emptied,
        "replaced": report.replaced,
        "removed_without_keyword": report.unnamed,
        "no_longer_deflated": report.inflated,
        "values_sought": report.sought,
        "not_claimed": [*NOT_CLAIMED, *not_claimed],
    }


def lines(report: Report, *not_claimed: str) -> list[str]:
    """The same for a person."""
    from radiogram.deidentify.profile import NOT_CLAIMED

    private = {f"{report.unnamed} private or unknown ones": 1} if report.unnamed else {}
    told = [
        f"De-identified {counted(report.files, 'file')} by the {PROFILE}",
        *_paragraph("Removed", report.removed | Counter(private)),
        *_paragraph("Emptied", report.emptied),
        *_paragraph("Replaced", report.replaced),
        f"Then searched them for {report.sought} names, numbers, dates and UIDs of the originals: none was found",
        *(["Deflated files are no longer deflated"] if report.inflated else []),
        "Not claimed:",
    ]
    return told + [
        line
        for claim in (*NOT_CLAIMED, *not_claimed)
        for line in textwrap.wrap(claim, 100, initial_indent="- ", subsequent_indent="  ")
    ]


def _paragraph(title: str, counts: Counter[str]) -> list[str]:
    """Keywords with how often each, where that is more than once, in lines of 100 characters."""
    told = ", ".join(
        f"{keyword}\N{NO-BREAK SPACE}×{count}" if count > 1 else keyword for keyword, count in sorted(counts.items())
    )
    wrapped = textwrap.wrap(told, 100, initial_indent=f"{title:<9}", subsequent_indent=" " * 9) if told else []
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
