"""Decodes JPEG Lossless, JPEG-LS and 12-bit JPEG frames with GDCM, in a process of its own.

GDCM aborts the process that it runs in when a frame is damaged, and reports that on standard error. So a helper
process (this file, run as a program) decodes frame after frame until its standard input ends, within limits of memory
and time; where it dies, the next frame gets a new one. Each message between the two is one line of JSON, then bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from radiogram.errors import PreviewError

MAX_MEMORY = 2 << 30  # bytes of address space
MAX_SECONDS = 60  # for a frame


class Decoder:
    """The helper process, started with the first frame."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def decode(self, syntax: str, frame: bytes, options: Mapping[str, Any]) -> NDArray[Any]:
        """The pixels of one encoded frame; `options` as pydicom's decoders take them. Raises PreviewError."""
        request = {"syntax": syntax, "bytes": len(frame), "options": dict(options)}
        with self._turn:
            answer, pixels = self._ask(json.dumps(request).encode() + b"\n", frame)
        if "shape" not in answer:
            raise PreviewError("this image is damaged: it can't be decompressed")
        return np.frombuffer(pixels, answer["dtype"]).reshape(answer["shape"])

    def _ask(self, request: bytes, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """The helper's answer; an empty one where it died."""
        is_whole = False
        try:
            sink, source = self._pipes()
            sink.write(request + frame)
            sink.flush()
            answer = json.loads(source.readline())
            pixels = source.read(answer["bytes"])
            is_whole = len(pixels) == answer["bytes"]
        except (OSError, ValueError):
            pass  # it died
        finally:
            if not is_whole:  # also where this is interrupted: a late answer must not be taken for the next frame's
                self._stop()
        return (answer, pixels) if is_whole else ({}, b"")

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "radiogram.dicom.gdcm"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # each thread takes address space
                start_new_session=True,  # an interrupt from the keyboard is for the command itself
            )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError
        return self._process.stdin, self._process.stdout

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what the dead one was not told
                    if pipe:
                        pipe.close()


def main() -> None:
    """The helper process: answers each frame on standard input with its pixels, or with an error."""
    import resource
    import signal

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the libraries print is no answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # macOS may refuse: the size that a frame announces was checked
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        frame = sys.stdin.buffer.read(request["bytes"])
        signal.alarm(MAX_SECONDS)  # its default action ends this process
        answer, pixels = _answer(request, frame)
        signal.alarm(0)
        answers.write(json.dumps(answer).encode() + b"\n" + pixels)
        answers.flush()


def _answer(request: dict[str, Any], frame: bytes) -> tuple[dict[str, Any], bytes]:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID, JPEGExtended12Bit

    try:
        syntax, options = UID(request["syntax"]), request["options"]
        if syntax == JPEGExtended12Bit:
            pixels = _extended(frame, options)
        else:
            encoded = encapsulate([frame])
            pixels = get_decoder(syntax).as_array(encoded, index=0, decoding_plugin="gdcm", **options)[0]
    except Exception:
        return {"bytes": 0}, b""
    content = pixels.tobytes()
    return {"shape": pixels.shape, "dtype": pixels.dtype.str, "bytes": len(content)}, content


def _extended(frame: bytes, options: Mapping[str, Any]) -> NDArray[Any]:
    """A grey frame of 12-bit JPEG, by GDCM itself: pydicom's plugin refuses these, although GDCM decodes them right."""
    import gdcm  # type: ignore[import-untyped]
    from pydicom.uid import JPEGExtended12Bit

    rows, columns, stored = (options[name] for name in ("rows", "columns", "bits_stored"))
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(options["photometric_interpretation"])
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(JPEGExtended12Bit))))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, 0))
    values: NDArray[Any] = np.frombuffer(image.GetBuffer().encode("utf-8", "surrogateescape"), "<u2").reshape(
        rows, columns
    )
    if not options["pixel_representation"]:
        return values
    spare = 16 - min(stored, 12)
    return np.asarray((values << spare).view("<i2") >> spare)  # signs extended


if __name__ == "__main__":
    main()
