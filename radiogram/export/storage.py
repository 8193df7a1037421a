"""Sends instances to another system by DICOM's own protocol: the Storage Service Class, PS3.4 B, by C-STORE.

Each pair of SOP class and transfer syntax is a presentation context of its own, so that a system takes a file as it is,
or not at all: nothing is transcoded. What the system says in words is not passed on: it may quote the patient.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.status import STATUS_SUCCESS, STATUS_WARNING, STORAGE_SERVICE_CLASS_STATUS, code_to_category

from radiogram.errors import DestinationError
from radiogram.export.instances import Instance, Sent

MAX_CONTEXTS = 128  # of an association, PS3.8 9.3.2
CONNECT_SECONDS, ANSWER_SECONDS, STORE_SECONDS = 15, 30, 300
_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")  # PS3.5 6.2, AE
_REJECTED = {  # PS3.8 9.3.4, by source and reason
    (1, 3): "it does not know the calling AE title",
    (1, 7): "it has another AE title",
    (3, 1): "it is busy",
    (3, 2): "it has too many connections",
}


def ae_title(text: str) -> str:
    """An application entity's title: 1 to 16 characters of ASCII. Raises DestinationError."""
    title = text.strip(" ")
    if not _TITLE.fullmatch(title):
        raise DestinationError(f"{text!r} is no AE title", "give 1 to 16 letters, digits or signs, without a backslash")
    return title


@dataclass(frozen=True)
class Peer:
    """Another system: where it listens, its title, how it is called, and TLS (PS3.15 B) if it wants that."""

    host: str
    port: int
    title: str
    calling: str = "RADIOGRAM"
    tls: ssl.SSLContext | None = None

    @classmethod
    def parse(cls, text: str, calling: str = "RADIOGRAM", tls: ssl.SSLContext | None = None) -> Peer:
        """From HOST:PORT:AET; an IPv6 address in brackets. Raises DestinationError."""
        match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):([0-9]{1,5}):(.+)", text)
        if not match or not 0 < int(match[2]) < 1 << 16:
            raise DestinationError(f"{text!r} is no DICOM address", "give HOST:PORT:AET, as pacs.example:104:ARCHIVE")
        return cls(match[1].strip("[]"), int(match[2]), ae_title(match[3]), ae_title(calling), tls)

    def __str__(self) -> str:
        return f"{self.title} at {self.host}:{self.port}"

    def associate(self, entity: AE, handlers: Sequence[tuple[object, Callable[..., object]]] = ()) -> Association:
        """An association with it (PS3.8). Raises DestinationError."""
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it quotes what is sent
        entity.connection_timeout, entity.acse_timeout = CONNECT_SECONDS, ANSWER_SECONDS
        entity.dimse_timeout = entity.network_timeout = STORE_SECONDS
        tls = (self.tls, self.host) if self.tls else None
        found = entity.associate(
            self.host,
            self.port,
            ae_title=self.title,
            tls_args=tls,
            evt_handlers=list(handlers),  # type: ignore[arg-type]  # pairs are taken as triples are
        )
        if not found.is_established:
            raise self._failure(found)
        return found

    def _failure(self, found: Association) -> DestinationError:
        if found.is_rejected:
            answer = found.acceptor.primitive
            said = (answer.result_source, answer.diagnostic) if answer else (0, 0)
            why = _REJECTED.get(said, "it gives no reason that says more")  # type: ignore[arg-type]
            return DestinationError(f"{self} refuses the connection: {why}", "ask its keeper for titles and port")
        how = "with TLS" if self.tls else "without TLS"
        return DestinationError(f"{self} can't be reached, {how}", "check host, port, title and TLS")


def store(instances: Sequence[Instance], peer: Peer, sent: Sent, progress: Callable[[int], None]) -> None:
    """Send them, and tell `sent` of each. Raises DestinationError if there is no connection at all.

    `progress` is told of the bytes of each file.
    """
    _config.STORE_SEND_CHUNKED_DATASET = True  # from the file, without decoding
    reached = False
    for batch in _batches(instances):
        pairs = sorted({(each.sop_class, each.syntax) for each in batch})
        entity = AE(ae_title=peer.calling)
        for sop_class, syntax in pairs:
            entity.add_requested_context(sop_class, syntax)
        try:
            association = peer.associate(entity)
        except DestinationError as error:
            if not reached:
                raise
            sent.refused += [(each.name, error.message) for each in batch]
            continue
        reached = True
        try:
            for each in batch:
                _store(each, association, sent)
                progress(each.path.stat().st_size)
            if association.is_established:
                association.release()
        finally:
            association.abort()


def _batches(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    """The instances in order, in parts that one association can take."""
    batch: list[Instance] = []
    pairs: set[tuple[str, str]] = set()
    for each in instances:
        pair = each.sop_class, each.syntax
        if pair not in pairs and len(pairs) == MAX_CONTEXTS:
            yield batch
            batch, pairs = [], set()
        pairs.add(pair)
        batch.append(each)
    if batch:
        yield batch


def _store(instance: Instance, association: Association, sent: Sent) -> None:
    if not association.is_established:
        sent.refused.append((instance.name, "the connection was lost before"))
        return
    if not _accepts(association, instance):
        kind, syntax = UID(instance.sop_class).name, UID(instance.syntax).name
        sent.refused.append((instance.name, f"the system does not take {kind} in {syntax}"))
        return
    try:
        code = association.send_c_store(instance.path).get("Status")
    except (RuntimeError, ValueError, AttributeError, OSError):
        code = None
    if code is None:
        association.abort()  # it may not have noticed itself: no more is sent into the void
        sent.refused.append((instance.name, "the connection was lost: whether it has arrived is not known"))
        return
    category = code_to_category(code)
    if category in (STATUS_SUCCESS, STATUS_WARNING):
        sent.stored.append(instance.name)
    if category != STATUS_SUCCESS:
        told = sent.changed if category == STATUS_WARNING else sent.refused
        told.append((instance.name, f"status {code:04X}{_meaning(code)}"))


def _accepts(association: Association, instance: Instance) -> bool:
    return any(
        context.abstract_syntax == instance.sop_class and context.transfer_syntax[0] == instance.syntax
        for context in association.accepted_contexts
    )


def _meaning(code: int) -> str:
    """What a status says (PS3.4 B.2.3): `, refused: out of resources`."""
    text = STORAGE_SERVICE_CLASS_STATUS.get(code, ("", ""))[1]
    return f", {text[0].lower()}{text[1:]}" if text else ""
