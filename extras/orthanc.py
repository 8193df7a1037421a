"""Hands each study that has arrived in Orthanc to Radiogram, where it waits for a recipient.

For Orthanc with its Python plugin (Debian: orthanc, orthanc-python); needs nothing else. Copy it under another name:
the plugin's own module is called orthanc. In orthanc.json:

    "Plugins": ["/usr/share/orthanc/plugins/libOrthancPython.so"],
    "PythonScript": "/etc/orthanc/radiogram.py",
    "Radiogram": {
      "Url": "http://127.0.0.1:8000/dicomweb",
      "TokenFile": "/etc/orthanc/radiogram.token"
    }

Url is that of `ape run web --receive-token-file FILE`, TokenFile a copy of FILE that Orthanc's user alone may read,
and CaFile, if given, has the certificates (PEM) that vouch for an https address. A study is sent (STOW-RS, PS3.18
10.5) once it is stable (StableAge), its files as Orthanc keeps them, bit for bit. What can't be sent is tried again,
also after Orthanc was started anew; what Radiogram refuses is told in the log, and left. Each instance is sent once:
what comes later of a study is sent alone.
"""

import http.client
import ipaddress
import json
import os
import pathlib
import queue
import ssl
import stat
import threading
import urllib.parse

import orthanc  # which the plugin provides

PENDING, SENT = "4210", "4211"  # user-defined metadata: of studies that are to be sent; of instances that were
BATCH_BYTES, BATCH_INSTANCES = 32 << 20, 100  # of a request; a larger file goes alone
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds before it is tried again
TIMEOUT = 300  # seconds
LARGEST_ANSWER = 16 << 20  # bytes
NO_ROOM = 0xA700  # and those above it, to 0xA7FF: PS3.18, table I.2-2


class NotNowError(Exception):
    """It is to be tried again. Its text names no patient and no secret."""


class Service:
    """Where studies are sent."""

    def __init__(self, settings):
        """Raises ValueError."""
        parts = urllib.parse.urlsplit(str(settings.get("Url", "")).rstrip("/"))
        self._host, self._port, self._path = parts.hostname or "", parts.port, f"{parts.path}/studies"
        self._is_tls = parts.scheme == "https"
        if parts.scheme not in ("http", "https") or not self._host or parts.username or parts.query:
            raise ValueError("Radiogram.Url is no address as https://HOST/dicomweb")
        if not self._is_tls and not is_loopback(self._host):
            raise ValueError("Radiogram.Url would send images unencrypted: give an https address")
        self._context = ssl.create_default_context(cafile=settings.get("CaFile")) if self._is_tls else None
        self._token_file = settings.get("TokenFile")
        self._token()

    def _token(self):
        """As it is in the file now. Raises ValueError."""
        try:
            path = pathlib.Path(self._token_file)
            if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ValueError("others may read Radiogram.TokenFile: chmod 600")
            token = path.read_text(encoding="ascii").strip()
        except (OSError, TypeError, UnicodeDecodeError):
            raise ValueError("Radiogram.TokenFile can't be read") from None
        return token[len("bearer:") :] if token.startswith("bearer:") else token

    def store(self, files):
        """What became of each file: {SOP Instance UID: reason}, 0 where it is stored. Raises NotNowError."""
        boundary = os.urandom(16).hex()
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = b"".join(part for file in files for part in (head, file, b"\r\n")) + f"--{boundary}--\r\n".encode()
        try:
            headers = {
                "Authorization": f"Bearer {self._token()}",
                "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
                "Accept": "application/dicom+json",
            }
            status, answer = self._ask(headers, body)
        except ValueError as error:
            raise NotNowError(str(error)) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotNowError(f"it can't be reached, or broke off ({type(error).__name__})") from None
        if status not in (200, 202, 409, 503):
            why = {401: ": another token is wanted", 413: ": the request is too large", 421: ": see --known-as"}
            raise NotNowError(f"it answers {status}{why.get(status, '')}")
        try:
            return told_of(json.loads(answer))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise NotNowError(f"it answers {status}, and does not say what it has stored") from None

    def _ask(self, headers, body):
        if self._is_tls:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(LARGEST_ANSWER)
        finally:
            connection.close()


def is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def told_of(answer):
    """Of a Store Instances Response Module (PS3.18, I.2)."""

    def items(tag):
        return answer.get(tag, {}).get("Value", [])

    stored = {item["00081155"]["Value"][0]: 0 for item in items("00081199")}
    failed = {item["00081155"]["Value"][0]: int(item["00081197"]["Value"][0]) for item in items("00081198")}
    return stored | failed


class Sender(threading.Thread):
    """Sends one study after the other, and keeps in Orthanc's own metadata what is still to be sent."""

    def __init__(self, service):
        super().__init__(name="radiogram", daemon=True)
        self._service = service
        self._studies = queue.Queue()
        self._ended = threading.Event()

    def add(self, study):
        """At once: Orthanc waits."""
        self._studies.put(study)

    def end(self):
        self._ended.set()
        self._studies.put(None)
        self.join(5)

    def run(self):
        waiting = [study for study in get("/studies") or [] if get(f"/studies/{study}/metadata/{PENDING}")]
        pause = FIRST_PAUSE
        while not self._ended.is_set():
            try:
                study = self._studies.get(timeout=pause if waiting else None)
            except queue.Empty:
                study = None
            if study and study not in waiting:
                orthanc.RestApiPut(f"/studies/{study}/metadata/{PENDING}", b"yes")
                waiting.append(study)
            left = [each for each in waiting if not self._ended.is_set() and not self._send(each)]
            pause = min(2 * pause, LONGEST_PAUSE) if left else FIRST_PAUSE
            waiting = left

    def _send(self, study):
        """Whether nothing of it is left to be sent."""
        instances = get(f"/studies/{study}/instances?expand")  # None: it was deleted
        new = [each for each in instances or [] if not get(f"/instances/{each['ID']}/metadata/{SENT}")]
        refused = 0
        try:
            for batch in self._batches(new):
                refused += self._send_batch(batch)
        except NotNowError as error:
            orthanc.LogWarning(f"Radiogram does not have study {study} yet: {error}")
            return False
        if instances is not None:
            orthanc.RestApiDelete(f"/studies/{study}/metadata/{PENDING}")
            kept = f"Radiogram has study {study}: {len(new) - refused} new"
            (orthanc.LogError if refused else orthanc.LogWarning)(kept + (f", {refused} refused" if refused else ""))
        return True

    def _batches(self, instances):
        batch, size = [], 0
        for each in instances:
            try:
                file = orthanc.GetDicomForInstance(each["ID"])
            except orthanc.OrthancException:  # it was deleted
                continue
            if batch and (size + len(file) > BATCH_BYTES or len(batch) == BATCH_INSTANCES):
                yield batch
                batch, size = [], 0
            batch.append((each["ID"], each["MainDicomTags"]["SOPInstanceUID"], file))
            size += len(file)
        if batch:
            yield batch

    def _send_batch(self, batch):
        """How many were refused for good. Raises NotNowError."""
        told = self._service.store([file for _, _, file in batch])
        later = refused = 0
        for instance, uid, _ in batch:
            reason = told.get(uid, NO_ROOM)
            if reason >> 8 == NO_ROOM >> 8:
                later += 1
                continue
            refused += reason != 0
            orthanc.RestApiPut(f"/instances/{instance}/metadata/{SENT}", b"refused" if reason else b"yes")
        if later:
            raise NotNowError("it has no room")
        return refused


def get(path):
    """What Orthanc's own interface answers; None where there is nothing."""
    try:
        answer = orthanc.RestApiGet(path)
    except orthanc.OrthancException:
        return None
    return answer.decode() if "/metadata/" in path else json.loads(answer)


def changed(change, level, resource):
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        sender.start()
    elif change == orthanc.ChangeType.STABLE_STUDY:
        sender.add(resource)
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        sender.end()


try:
    sender = Sender(Service(json.loads(orthanc.GetConfiguration()).get("Radiogram", {})))
    orthanc.RegisterOnChangeCallback(changed)
except (ValueError, OSError) as problem:
    orthanc.LogError(f"Nothing is sent to Radiogram: {problem}")
