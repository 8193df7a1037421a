"""What a command tells of the studies in an outbox: fields for --json, lines for a person."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from radiogram.cli.outbox.kept import SHOWN
from radiogram.cli.wording import counted, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiogram.formats.manifest import StudyMetadata
    from radiogram.formats.outbox import Refused
    from radiogram.formats.register import Contact
    from radiogram.outbox.store import Waiting

_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds


def suggested(said: StudyMetadata, contacts: Sequence[Contact]) -> list[str]:
    """Labels of those of the register whose patient the study names."""
    from radiogram.contacts.check import is_same_patient

    return [each.label for each in contacts if is_same_patient(each.patient, said.patient)]


def study_fields(study: Waiting, said: StudyMetadata, labels: Sequence[str]) -> dict[str, Any]:
    from radiogram.formats.unix_time import iso

    return {
        "id": study.name[:SHOWN],
        "patient": said.patient.to_json(),
        "study": {name: value for name, value in said.to_json().items() if name not in ("patient", "series")},
        "modalities": list(said.modalities),
        "series": len(said.series),
        "instances": len(study.instances),
        "encrypted_bytes": _bytes(study),
        "last_at": iso(int(study.last)),
        "is_complete": study.is_complete,
        "suggested": list(labels),
    }


def study_lines(study: Waiting, said: StudyMetadata, labels: Sequence[str]) -> list[str]:
    from radiogram.dicom.display import shown_patient, shown_study

    state = "complete" if study.is_complete else "STILL ARRIVING"
    what = " · ".join(filter(None, (shown_study(said), counted(len(study.instances), "instance"), size(_bytes(study)))))
    to = f"; --to {labels[0]}" if len(labels) == 1 else f"; for one of {', '.join(labels)}" if labels else ""
    return [
        f"{study.name[:SHOWN]}  {shown_patient(said.patient) or 'NO NAME AND NO ID'}",
        f"          {what}",
        f"          {state}, last arrival {age(time.time() - study.last)} ago{to}",
    ]


def refused_fields(refused: Refused) -> dict[str, Any]:
    return {
        "at": refused.at,
        "source": refused.source,
        "reason": refused.reason,
        "instance_uid": refused.instance_uid or None,
        "studies": [each.to_json() for each in refused.studies],
    }


def refused_line(refused: Refused) -> str:
    from radiogram.dicom.display import shown_patient

    whose = " · ".join(filter(None, (shown_patient(each.patient) for each in refused.studies)))
    return f"{refused.at}  from {refused.source}: {refused.reason}{f' ({whose})' if whose else ''}"


def age(seconds: float) -> str:
    """A duration in its largest unit."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= unit:
            return counted(int(seconds // unit), name)
    return counted(max(0, int(seconds)), "second")


def _bytes(study: Waiting) -> int:
    return sum(each.stat().st_size for each in study.instances if each.exists())
