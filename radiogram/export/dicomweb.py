"""Sends instances to another system over HTTP: the Store Transaction (STOW-RS), PS3.18 10.5.

Files go as they are, bit for bit: never more of one than a block is in memory. In requests of a measured size, so that
a system's limit, or a lost connection, is told of few instances. What the system says in words is not passed on: it may
quote the patient.
"""

from __future__ import annotations

import json
import secrets
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import requests
from requests.auth import AuthBase

from radiogram.errors import DestinationError, DestinationRefused
from radiogram.export.instances import BLOCK_BYTES, Instance, Sent
from radiogram.hosts import is_loopback

REQUEST_BYTES, REQUEST_INSTANCES = 64 << 20, 200  # of one request; a larger file goes alone
CONNECT_SECONDS, ANSWER_SECONDS = 15, 300
MAX_REPLY_BYTES = 16 << 20
_REFERENCED, _FAILED = "00081199", "00081198"
_INSTANCE = "00081155"
_FAILURE, _WARNING = "00081197", "00081196"
_FAILURES = {  # PS3.18 table 10.5.3-2 and PS3.4 B.2.3, by the first byte where that says it all
    0x0110: "processing failure",
    0x0122: "the system does not take its SOP class",
    0x0124: "it is not allowed",
    0x0131: "the transaction was named before",
    0xA7: "out of resources",
    0xA9: "it does not match its SOP class",
    0xC0: "it is not understood",
    0xC122: "its transfer syntax is not taken",
}
_WARNINGS = {
    0xB000: "elements were changed",
    0xB006: "elements were left out",
    0xB007: "it does not match its SOP class",
}
_REFUSED = {
    400: "it does not take the request",
    401: "credentials are missing or wrong",
    403: "these credentials are not allowed to store",
    404: "there is nothing at this address",
    405: "it takes no images at this address",
    413: "it takes no request of this size",
    415: "it does not take DICOM files",
    503: "it is busy, or full",
}


@dataclass(frozen=True)
class Service:
    """Where a DICOMweb service is, and what lets in there: a requests.auth.AuthBase."""

    url: str
    auth: AuthBase | None = None

    @classmethod
    def parse(cls, text: str, auth: AuthBase | None = None) -> Service:
        """From the URL below which it has /studies. Raises DestinationError unless it is https, or of this computer."""
        try:
            parts = urllib.parse.urlsplit(text.strip())
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host, parts = "", urllib.parse.SplitResult("", "", "", "", "")
        if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
            shown = "…@" + text.rpartition("@")[2] if "@" in text else text
            raise DestinationError(f"{shown!r} is no DICOMweb address", "give https://HOST[:PORT]/PATH")
        if parts.username is not None or parts.password is not None:
            raise DestinationError("a DICOMweb address can't hold credentials", "leave out what stands before the @")
        if parts.scheme == "http" and not is_loopback(host):
            raise DestinationError(f"images for {host} would travel unencrypted", "give an https address")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", auth)

    def __str__(self) -> str:
        return self.url


def store(instances: Sequence[Instance], service: Service, sent: Sent, progress: Callable[[int], None]) -> None:
    """Send them, and tell `sent` of each. Raises DestinationError if the first request is refused as a whole.

    `progress` is told of the bytes of each file.
    """
    with requests.Session() as session:
        session.trust_env = not is_loopback(urllib.parse.urlsplit(service.url).hostname or "")
        reached = False
        for batch in _batches(instances):
            try:
                for part, answer in _answers(session, service, batch):
                    reached = True
                    told(answer, part, sent)
            except DestinationError as error:
                if not reached:
                    raise
                known = {*sent.stored, *(name for name, _ in sent.refused)}
                sent.refused += [(each.name, error.message) for each in batch if each.name not in known]
            progress(sum(each.path.stat().st_size for each in batch))


def _answers(
    session: requests.Session, service: Service, batch: list[Instance]
) -> Iterator[tuple[list[Instance], dict[str, object] | str]]:
    """What the system says of a batch, or why it refuses one instance. Raises DestinationError if it lets nobody in.

    Some systems refuse a whole request because of one instance: then each is sent alone.
    """
    try:
        yield batch, _post(session, service, batch)
    except _RequestRefusedError as refusal:
        if len(batch) == 1:
            yield batch, refusal.message
        else:
            for each in batch:
                yield from _answers(session, service, [each])


class _RequestRefusedError(DestinationError):
    """Because of what is in it."""


def _batches(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    batch: list[Instance] = []
    total = 0
    for each in instances:
        size = each.path.stat().st_size
        if batch and (total + size > REQUEST_BYTES or len(batch) == REQUEST_INSTANCES):
            yield batch
            batch, total = [], 0
        batch.append(each)
        total += size
    if batch:
        yield batch


class _Body:
    """A multipart/related message (RFC 2387) of files, read while it is sent; its length is known before."""

    def __init__(self, batch: Sequence[Instance]) -> None:
        self.boundary = secrets.token_hex(16)
        self._batch = batch
        # Without the transfer syntax, which the file says: Orthanc passes over parts of any other type than this.
        self._head = f"--{self.boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        self._end = f"--{self.boundary}--\r\n".encode()
        self._files = sum(len(self._head) + each.path.stat().st_size + 2 for each in batch)

    def __len__(self) -> int:
        return self._files + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        for each in self._batch:
            yield self._head
            with each.path.open("rb") as stream:
                while block := stream.read(BLOCK_BYTES):
                    yield block
            yield b"\r\n"
        yield self._end


def _post(session: requests.Session, service: Service, batch: Sequence[Instance]) -> dict[str, object]:
    """What the system answers, as DICOM JSON (PS3.18 F). Raises DestinationError if it says nothing."""
    body = _Body(batch)
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={body.boundary}',
        "Accept": "application/dicom+json",
        "Accept-Encoding": "identity",
    }
    try:
        with session.post(
            f"{service.url}/studies",
            data=body,
            headers=headers,
            auth=service.auth or _no_credentials,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as reply:
            if reply.status_code not in (200, 202, 409):
                why = _REFUSED.get(reply.status_code, "it does not store them")
                raise _refusal(reply.status_code)(f"{service} answers {reply.status_code}: {why}")
            return _decoded(reply, service)
    except requests.RequestException as error:
        is_untrusted = isinstance(error, requests.exceptions.SSLError)
        why = "has no certificate to be trusted" if is_untrusted else "can't be reached, or stopped answering"
        raise DestinationError(f"{service} {why}") from None


def _refusal(status: int) -> type[DestinationError]:
    if status in (401, 403):
        return DestinationRefused
    return _RequestRefusedError if status in (400, 413, 415, 422, 500) else DestinationError


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of those that requests would take from ~/.netrc."""
    return request


def _decoded(reply: requests.Response, service: Service) -> dict[str, object]:
    content = b""
    for block in reply.iter_content(BLOCK_BYTES):
        content += block
        if len(content) > MAX_REPLY_BYTES:
            break
    try:
        answer = json.loads(content)
        answer = answer[0] if isinstance(answer, list) and len(answer) == 1 else answer
        if len(content) <= MAX_REPLY_BYTES and isinstance(answer, dict):
            return answer
    except (ValueError, RecursionError):
        pass
    raise DestinationError(f"{service} answers {reply.status_code} and does not say what it has stored")


def told(answer: dict[str, object] | str, batch: Sequence[Instance], sent: Sent) -> None:
    """Tell `sent` what the answer says of each; what it does not name was not stored."""
    if isinstance(answer, str):
        sent.refused += [(each.name, answer) for each in batch]
        return
    referenced, failed = _items(answer, _REFERENCED), _items(answer, _FAILED)
    for each in batch:
        if each.sop_instance in failed:
            sent.refused.append((each.name, _reason(failed[each.sop_instance], _FAILURE, _FAILURES)))
        elif each.sop_instance in referenced:
            sent.stored.append(each.name)
            if _number(referenced[each.sop_instance], _WARNING):
                sent.changed.append((each.name, _reason(referenced[each.sop_instance], _WARNING, _WARNINGS)))
        else:
            sent.refused.append((each.name, "the system does not say that it has stored it"))


def _items(answer: dict[str, object], tag: str) -> dict[str, dict[str, object]]:
    """The items of a sequence by the UID of the instance that they tell of."""
    return {str(_first(item, _INSTANCE)): item for item in _values(answer, tag) if isinstance(item, dict)}


def _reason(item: dict[str, object], tag: str, meanings: dict[int, str]) -> str:
    code = _number(item, tag)
    said = meanings.get(code) or meanings.get(code >> 8, "")
    return f"status {code:04X}" + f", {said}" * bool(said)


def _number(item: dict[str, object], tag: str) -> int:
    value = _first(item, tag)
    return value & 0xFFFF if isinstance(value, int) else 0


def _first(item: dict[str, object], tag: str) -> object:
    return next(iter(_values(item, tag)), None)


def _values(item: dict[str, object], tag: str) -> list[object]:
    element = item.get(tag)
    value = element.get("Value") if isinstance(element, dict) else None
    return value if isinstance(value, list) else []
