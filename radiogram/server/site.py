"""The built pages as they are sent, with the headers that keep them to this one origin."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

POLICY_HEADER = "Content-Security-Policy"
HEADERS = {
    POLICY_HEADER: "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types app",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "radiogram",
}

# A Worker is under the policy that its own script is served with. The one that decodes images, whose codecs are
# WebAssembly, may compile that; it has no key, starts no Workers, and may ask this one origin, as the pages may.
_DECODER = "assets/decoderWorker-"
_DECODER_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

# So may the one that digests large files. It has no key, and asks nobody.
_DIGESTER = "assets/digestWorker-"
_DIGESTER_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

# The patient's page alone plays videos, and only those that it holds itself, and has a page within it.
_OPEN_PAGES = ("", "index.html", "open.html")
_OPEN_POLICY = "; media-src blob:; frame-src 'self'"

# That page alone speaks to other hosts, to a doctor's system. So it has an origin of its own, wherever it is shown: it
# reaches nothing of this site, and nothing of this site reaches into it. What it may do otherwise, it says itself, with
# the digests of what is in it.
_DOCTOR = "doctor.html"
_DOCTOR_POLICY = "sandbox allow-scripts allow-forms; frame-ancestors 'self'"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE = ("text/", "application/json", "application/wasm", "image/svg+xml")


@dataclass(frozen=True)
class Page:
    """One file of the built site, as it is sent."""

    body: bytes
    zipped: bytes | None
    headers: dict[str, str]

    @classmethod
    def of(cls, name: str, body: bytes) -> Page:
        """`name` is its path below the site's root."""
        kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
        headers = {
            "Content-Type": kind,
            "Cache-Control": "no-cache",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            POLICY_HEADER: policy(name),
        }
        if name.endswith((".html", ".json")):
            headers["Cache-Control"] = "no-store"
        elif name.startswith("assets/"):  # their names hold a digest of what is in them
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        zipped = gzip.compress(body, mtime=0) if kind.startswith(_COMPRESSIBLE) else body
        return cls(body, zipped if len(zipped) < len(body) else None, headers)

    def reply(self, request: web.Request) -> web.Response:
        """The file, or that the browser has it."""
        headers = self.headers | {"Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            del headers["Content-Type"]
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        if self.zipped is None or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=self.body, headers=headers)
        return web.Response(body=self.zipped, headers=headers | {"Content-Encoding": "gzip"})


def policy(name: str) -> str:
    """The content security policy that a file of the built site is served with, by its path below the site's root."""
    if name.startswith(_DECODER):
        return _DECODER_POLICY
    if name.startswith(_DIGESTER):
        return _DIGESTER_POLICY
    if name == _DOCTOR:
        return _DOCTOR_POLICY
    return HEADERS[POLICY_HEADER] + _OPEN_POLICY * (name in _OPEN_PAGES)


def built_pages() -> Path:
    """The folder of the website as it came with the package; in the source tree, where `make setup` builds it."""
    installed = Path(__file__).parent / "pages"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "web" / "dist"


def pages(folder: Path) -> dict[str, Page]:
    """The files below a folder, by path; `index.html` also as "". No links are followed, nothing hidden is shown."""
    files = [path for path in folder.rglob("[!.]*") if path.is_file() and not path.is_symlink()]
    found = {name: Page.of(name, path.read_bytes()) for path in files if (name := path.relative_to(folder).as_posix())}
    return found | ({"": found["index.html"]} if "index.html" in found else {})
