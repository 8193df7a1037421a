"""A DICOM storage provider that puts what arrives into an outbox: any instance, in any transfer syntax, bit for bit.

Nothing is decoded but the beginning of each instance, and nothing is written to the disk in the clear: what pynetdicom
would write to a temporary file is encrypted as it comes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pydicom import Dataset
from pynetdicom import AE, _config, dimse_messages, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from radiogram.dicom.instance import Instance
from radiogram.errors import InstanceError, ListenError
from radiogram.formats.outbox import Refused
from radiogram.outbox.arrival import Arrival, Whole
from radiogram.outbox.store import Outbox
from radiogram.receiver.intake import SUCCESS, UNREADABLE, Intake, now
from radiogram.receiver.libraries import quiet_libraries
from radiogram.receiver.server import Connection, Server

_PDU_BYTES = 64 << 10  # asked of peers
_END = 5.0  # seconds for an association to end when the receiver does


@dataclass(frozen=True)
class Terms:
    """Who may send, and how long is waited for them."""

    titles: tuple[str, ...]
    """AE titles that the receiver answers to."""
    calling: tuple[str, ...] = ()
    """AE titles of those who may send; none: anybody."""
    most_associations: int = 10
    patience: float = 60.0
    """Seconds without a byte, after which a peer is given up."""
    release_completes: bool = False
    """Whether a study is complete when the association that brought it is released."""


@dataclass
class _Visit:
    """An association, and what it has brought."""

    source: str
    studies: set[str] = field(default_factory=set)
    kept: int = 0
    refused: int = 0


class _Incoming:
    """Stands where pynetdicom has a NamedTemporaryFile: what is written there goes on its way into the outbox."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.reader = threading.current_thread()
        self.is_served = False
        self.name = str(arrival.path)
        self.file = self

    def write(self, data: bytes) -> int:
        return self.arrival.write(data)

    def flush(self) -> None:
        """It goes on by itself."""

    def close(self) -> None:
        self.arrival.discard()


class Receiver:
    """Listens from `start` to `stop`."""

    def __init__(self, outbox: Outbox, terms: Terms, note: Callable[[str], None]) -> None:
        """`note` is told what happens, in lines that name no patient."""
        self._outbox, self._terms, self._note = outbox, terms, note
        self._visits: dict[Any, _Visit] = {}
        self._incoming: set[_Incoming] = set()

    def listen(self, host: str, port: int, tls: Any = None) -> Server:  # noqa: ANN401 - an SSLContext
        """A socket that listens; nobody is answered before `serving`. Raises ListenError."""
        application = AE(ae_title=self._terms.titles[0])
        application.add_supported_context(Verification)
        application.maximum_pdu_size = _PDU_BYTES
        application.maximum_associations = self._terms.most_associations
        application.require_called_aet = True
        application.require_calling_aet = list(self._terms.calling)
        patience = self._terms.patience
        application.acse_timeout = application.dimse_timeout = application.network_timeout = patience
        handlers: list[Any] = [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_ACCEPTED, self._accepted),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        try:
            made: Any = application.make_server(
                (host, port),
                ssl_context=tls,
                evt_handlers=handlers,
                server_class=Server,
                request_handler=Connection,
            )
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "it is no address of this machine"
            raise ListenError(f"can't listen on {host}:{port}: {why}", "name another port or address") from None
        application._servers.append(made)
        server: Server = made
        return server

    @contextmanager
    def serving(self, server: Server) -> Iterator[None]:
        """Answers whoever connects; at the end, all that is on its way is given up."""
        quiet_libraries()
        library: Any = dimse_messages
        before = library.NamedTemporaryFile
        library.NamedTemporaryFile = self._new_incoming
        _config.STORE_RECV_CHUNKED_DATASET = _config.UNRESTRICTED_STORAGE_SERVICE = True
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="receiver", daemon=True)
        thread.start()
        try:
            yield
        finally:
            _stop(server)
            for each in list(self._incoming):
                each.close()
            library.NamedTemporaryFile = before

    def tend(self) -> None:
        """To be called now and then: studies of those who are still sending are not complete."""
        for visit in list(self._visits.values()):
            self._outbox.touch(list(visit.studies))
        self._forget([each for each in list(self._incoming) if not each.reader.is_alive()])

    # ---- what happens

    def _new_incoming(self, **_: Any) -> _Incoming:  # noqa: ANN401 - as tempfile has them
        made = _Incoming(self._outbox.arrival())
        self._incoming.add(made)
        return made

    def _requested(self, event: evt.Event) -> None:
        called = event.assoc.requestor.primitive.called_ae_title  # type: ignore[union-attr]
        if called in self._terms.titles:
            event.assoc.acceptor.ae_title = called

    def _rejected(self, event: evt.Event) -> None:
        asked: Any = event.assoc.requestor.primitive
        why = "too many associations at once"
        if self._terms.calling and asked.calling_ae_title not in self._terms.calling:
            why = f"the calling AE title {asked.calling_ae_title!r} is not allowed"
        if asked.called_ae_title not in self._terms.titles:
            why = f"it asked for the AE title {asked.called_ae_title!r}"
        self._note(f"Refused an association with {_source(event.assoc)}: {why}")
        self._outbox.refuse(Refused(now(), _source(event.assoc), why))

    def _accepted(self, event: evt.Event) -> None:
        self._visits[event.assoc] = _Visit(_source(event.assoc))

    def _store(self, event: evt.Event) -> Dataset:
        incoming: _Incoming | None = getattr(event.request, "_dataset_file", None)
        visit = self._visits.get(event.assoc) or _Visit(_source(event.assoc))
        if incoming is None:
            return _status(UNREADABLE, "no data set")
        incoming.is_served = True

        def check(_: Whole, instance: Instance) -> None:
            _compare(instance, event.request)

        try:
            outcome = Intake(self._outbox, visit.source, self._note).take(incoming.arrival, check)
        finally:
            self._incoming.discard(incoming)
        if outcome.status == SUCCESS and outcome.instance:
            visit.studies.add(outcome.instance.study_uid)
        visit.kept += outcome.is_new
        visit.refused += outcome.status != SUCCESS
        return _status(outcome.status, outcome.reason)

    def _closed(self, event: evt.Event) -> None:
        visit = self._visits.pop(event.assoc, None)
        reader = threading.current_thread()
        self._forget([each for each in list(self._incoming) if each.reader is reader])
        if visit is None:
            return
        if event.assoc.is_released and self._terms.release_completes:
            self._outbox.end(visit.studies)
        if visit.kept or visit.refused:
            refused = f", {visit.refused} refused" if visit.refused else ""
            ended = "" if event.assoc.is_released else "; the association was cut short"
            self._note(f"{visit.kept} new from {visit.source}{refused}{ended}")

    def _forget(self, incoming: list[_Incoming]) -> None:
        """Give up those that nobody will ask for any more."""
        for each in incoming:
            if not each.is_served:
                each.close()
                self._incoming.discard(each)


def _compare(instance: Instance, request: Any) -> None:  # noqa: ANN401 - a C-STORE
    """Raises InstanceError if it is another one than the request says."""
    said = str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
    if said != (instance.class_uid, instance.uid):
        raise InstanceError("its data set is of another SOP class or instance than the request says")


def _status(code: int, comment: str = "") -> Dataset:
    status = Dataset()
    status.Status = code
    if comment:
        status.ErrorComment = comment[:64]  # PS3.7, C.4.2; LO
    return status


def _source(association: Any) -> str:  # noqa: ANN401 - an Association
    title = association.requestor.primitive.calling_ae_title
    return f"{title} at {association.requestor.address_info.address}"


def _stop(server: Server) -> None:
    with suppress(Exception):
        server.shutdown()
    ends = time.monotonic() + _END
    while (associations := server.active_associations) and time.monotonic() < ends:
        for each in associations:
            if each.is_established:
                each.abort(block=False)
        for each in associations:
            _end(each)


def _end(association: Any) -> None:  # noqa: ANN401 - an Association
    """What it does is done; what it waits for is not waited for."""
    association.join(0.5)
    association.dul.kill_dul()
    if connection := association.dul.socket:
        connection._shutdown_socket()
    association.join(_END)
    association.dul.join(_END)
