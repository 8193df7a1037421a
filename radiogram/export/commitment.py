"""Asks another system to promise that it keeps what it was sent: the Storage Commitment Service Class, PS3.4 J.

The promise comes as an N-EVENT-REPORT, on the same association or on one that the other system opens, to a port that it
was told of by its keeper.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.events import Event
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]  # made at run time

from radiogram.errors import DestinationError
from radiogram.export.instances import Instance, Sent
from radiogram.export.storage import Peer

CONFIRMED, NOT_CONFIRMED, NOT_OFFERED, REFUSED = "confirmed", "not_confirmed", "not_offered", "refused"
NO_ANSWER = "no_answer"
PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1  # the one action type, PS3.4 J.3.2
SAME_ASSOCIATION_SECONDS, OWN_ASSOCIATION_SECONDS = 10, 120
_FAILURES = {  # PS3.3 C.14.1.1
    0x0110: "processing failure",
    0x0112: "it has no such instance",
    0x0119: "its class is another there",
    0x0122: "its class is not supported",
    0x0131: "the transaction was named before",
    0x0213: "out of resources",
}


def commit(instances: Sequence[Instance], peer: Peer, sent: Sent, port: int | None = None) -> None:
    """Ask for the instances that were stored, and tell `sent`; those that are not promised are among `refused` then.

    `port` is where this computer takes the answer; without one it can come on the same association alone.
    Raises DestinationError if nothing can listen there.
    """
    stored = set(sent.stored)
    asked = [each for each in instances if each.name in stored]
    if not asked:
        return
    answer = _Answer(generate_uid())
    entity = AE(ae_title=peer.calling)
    server = None
    if port is not None:
        entity.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
        try:
            server = entity.start_server(("", port), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, answer.take)])
        except OSError as error:
            raise DestinationError(f"port {port} can't be listened on: {error.strerror}", "name another one") from None
    try:
        sent.commitment = _ask(asked, peer, answer, OWN_ASSOCIATION_SECONDS if server else SAME_ASSOCIATION_SECONDS)
    finally:
        if server:
            server.shutdown()
    if sent.commitment == NOT_CONFIRMED:
        for each in asked:
            if each.sop_instance not in answer.kept:
                why = _FAILURES.get(answer.failed.get(each.sop_instance, 0), "it gives no reason")
                sent.refused.append((each.name, f"stored, but the system does not promise to keep it: {why}"))


def _ask(asked: Sequence[Instance], peer: Peer, answer: _Answer, seconds: int) -> str:
    entity = AE(ae_title=peer.calling)
    entity.add_requested_context(StorageCommitmentPushModel)
    try:
        association = peer.associate(entity, [(evt.EVT_N_EVENT_REPORT, answer.take)])
    except DestinationError:
        return NOT_OFFERED
    try:
        if not association.accepted_contexts:
            return NOT_OFFERED
        if not _request(association, answer.transaction, asked):
            return REFUSED
        answer.came.wait(seconds)
    finally:
        association.release()
    if not answer.came.is_set():
        return NO_ANSWER
    return CONFIRMED if answer.kept >= {each.sop_instance for each in asked} else NOT_CONFIRMED


def _request(association: Association, transaction: str, asked: Iterable[Instance]) -> bool:
    """Whether the system will see to it."""
    request = Dataset()
    request.TransactionUID = transaction
    request.ReferencedSOPSequence = [_reference(each) for each in asked]
    try:
        status, _ = association.send_n_action(
            request, REQUEST_COMMITMENT, StorageCommitmentPushModel, PUSH_MODEL_INSTANCE
        )
    except (RuntimeError, ValueError):
        return False
    return bool(status.get("Status") == 0)


def _reference(instance: Instance) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = instance.sop_class, instance.sop_instance
    return item


class _Answer:
    """What the system says of one transaction, whenever and on whichever association it says it."""

    def __init__(self, transaction: str) -> None:
        self.transaction = transaction
        self.came = threading.Event()
        self.kept: set[str] = set()
        self.failed: dict[str, int] = {}

    def take(self, event: Event) -> tuple[int, None]:
        """An N-EVENT-REPORT; the status of the reply (PS3.7 10.1.1), which says no more."""
        told = event.event_information
        if told.get("TransactionUID") != self.transaction:
            return 0x0115, None  # of another transaction: anybody may call
        self.kept |= {str(each.get("ReferencedSOPInstanceUID")) for each in told.get("ReferencedSOPSequence", [])}
        for each in told.get("FailedSOPSequence", []):
            self.failed[str(each.get("ReferencedSOPInstanceUID"))] = int(each.get("FailureReason") or 0)
        self.came.set()
        return 0x0000, None
