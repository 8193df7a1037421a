"""The lists that a person keeps, each sealed to their account: recipients, clinics, and what clinics have sent."""

from __future__ import annotations

from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.contacts.sealed_list import Kind, SealedList
from radiogram.formats import clinics, register, sender_log
from radiogram.formats.clinics import Clinic
from radiogram.formats.register import Contact
from radiogram.formats.sender_log import SenderLog

KEY_TEXT = "Radiogram: open my register of recipients.\nSign this only in a Radiogram that you opened yourself."
CLINICS_KEY_TEXT = "Radiogram: open my list of clinics.\nSign this only in a Radiogram that you opened yourself."
_REGISTER = Kind(
    "register",
    KEY_TEXT,
    b"radiogram register v1",
    register.MAX_BYTES,
    register.encode_register,
    register.parse_register,
)
_CLINICS = Kind(
    "list of clinics",
    CLINICS_KEY_TEXT,
    b"radiogram clinics v1",
    clinics.MAX_BYTES,
    clinics.encode_clinics,
    clinics.parse_clinics,
)

_SENDER_LOGS = Kind(
    "mailboxes' messages",
    CLINICS_KEY_TEXT,
    b"radiogram sender logs v1",
    sender_log.MAX_BYTES,
    sender_log.encode_logs,
    sender_log.parse_logs,
)


class RegisterFile(SealedList[Contact]):
    """The register of recipients of one account."""

    def __init__(self, folder: Path, account: ChecksumAddress) -> None:
        super().__init__(_REGISTER, folder, account)


class ClinicsFile(SealedList[Clinic]):
    """The checked clinics of one account."""

    def __init__(self, folder: Path, account: ChecksumAddress) -> None:
        super().__init__(_CLINICS, folder, account)


class SenderLogsFile(SealedList[SenderLog]):
    """What was read of the messages of an account's checked clinics."""

    def __init__(self, folder: Path, account: ChecksumAddress) -> None:
        super().__init__(_SENDER_LOGS, folder, account)
