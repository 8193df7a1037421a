"""Chromium for tests: a fresh profile for each, and what must never happen in a page, noted."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

WEB = Path(__file__).resolve().parents[2] / "web"
# The last list alone counts: these, which Playwright turns off, …
TURNED_OFF = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    # … and what drops down from the address bar: a page of its own in every window, and half of what a window takes.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # … and a process that waits for a page that no test opens.
    "SpareRendererForSitePerProcess",
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but this machine's resolves: nothing of a test can reach a network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
    f"--disable-features={','.join(TURNED_OFF)}",
]
VIEWPORTS = {"phone": {"width": 320, "height": 700}, "desktop": {"width": 1280, "height": 800}}
CONTEXT = {
    "viewport": VIEWPORTS["desktop"],
    "locale": "en-GB",
    "timezone_id": "UTC",
    "accept_downloads": True,
}
PATIENCE = 60_000  # milliseconds: machines are shared and noisy, and unlocking takes seconds of a processor
_REPORT = """
addEventListener("securitypolicyviolation", (event) =>
  __violation(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile ?? ""} ${event.sample}`));
"""
# What had the focus is taken out of the page, and nothing else has it a moment later: the next key goes nowhere.
_FOCUS = """
(() => {
  const MOMENT = 500; // milliseconds, for what is drawn in two steps
  let last = null;
  addEventListener("focusin", ({ target }) => (last = target), true);
  addEventListener("pointerdown", () => (last = null), true); // beside everything, say
  new MutationObserver((changes) => {
    const lost = last;
    if (lost === null || document.activeElement !== document.body) return;
    if (!changes.some(({ removedNodes }) => [...removedNodes].some((node) => node.contains(lost)))) return;
    const words = (lost.getAttribute("aria-label") ?? lost.labels?.[0]?.textContent ?? lost.textContent).slice(0, 60);
    setTimeout(() => {
      if (last === lost && document.activeElement === document.body) __violation(`focus: lost from "${words}"`);
    }, MOMENT);
  }).observe(document, { childList: true, subtree: true });
})();
"""
# What a page or a Worker may do: [of a text as a program, of another origin, of WebAssembly], and whether the policy
# said no to the first two. In a timer: what a debugger evaluates by itself is under no policy.
TRIES = """() => new Promise((resolve) => setTimeout(async () => {
  const broken = new Set();
  addEventListener("securitypolicyviolation", (event) => broken.add(event.effectiveDirective));
  const tries = [
    Promise.resolve().then(() => { globalThis.eval("1"); return "evaluated"; }),
    fetch("http://example.com/").then(() => "fetched"),
    WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => "compiled"),
  ];
  const done = await Promise.all(tries.map((each) => each.catch((error) => error.name)));
  const isBlocked = () => [
    broken.has("script-src") || broken.has("require-trusted-types-for"), // whichever is asked first
    broken.has("connect-src"),
  ];
  for (let left = 50; left > 0 && isBlocked().includes(false); left--) await new Promise((go) => setTimeout(go, 20));
  resolve([...done, ...isBlocked()]);
}))"""
# Storage's own properties are no way to its items: one named "key" would not be seen.
_STORED = """async () => JSON.stringify([
  [localStorage, sessionStorage].map((kept) => Array.from(kept, (_, i) => [kept.key(i), kept.getItem(kept.key(i))])),
  document.cookie, location.href, history.state,
  await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const { result: db } = opening;
      const stores = [...db.objectStoreNames];
      if (!stores.length) return resolve(name);
      const reading = db.transaction(stores);
      Promise.all(stores.map((store) => new Promise((done) => {
        const all = reading.objectStore(store).getAll();
        all.onsuccess = () => done(all.result);
      }))).then((all) => { db.close(); resolve([name, all]); });
    };
  }))),
])"""


class Troubles:
    """What pages must not do: errors and warnings in the console, exceptions, breaches of the content security policy,
    requests to other origins, the focus lost to nowhere, secrets left lying about. Each test ends by `check()`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.console: list[str] = []
        """Every line of the console, harmless ones too."""
        self.secrets: set[str] = set()
        self.origins: set[str] = set()
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """What matches this regular expression is meant to happen in this test."""
        self._expected.append(pattern)

    def secret(self, text: str) -> None:
        """This must not be in console, address, history or any storage at the end."""
        self.secrets.add(text.removeprefix("0x"))

    def watch(self, browser: Any) -> None:
        """From now on, every page and worker of this browser."""
        browser.expose_binding("__violation", lambda _, text: self.seen.append(text))
        browser.add_init_script(_REPORT + _FOCUS)
        browser.on("console", self._on_console)
        browser.on("weberror", lambda error: self.seen.append(f"exception: {error.error}"))
        browser.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        self.console.append(message.text)
        if message.type in ("error", "warning", "assert"):
            self.seen.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data", "about") and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.seen.append(f"request to another origin: {request.url}")

    def wait_for(self, pattern: str, page: Any) -> None:
        """Until one has been seen that matches it: a page's reports come after what they are of."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not any(re.search(pattern, line) for line in self.seen):
            assert time.monotonic() < deadline, f"not seen: {pattern}"
            page.wait_for_timeout(20)

    def check(self, browser: Any) -> None:
        unexpected = [line for line in self.seen if not any(re.search(pattern, line) for pattern in self._expected)]
        assert not unexpected, "\n".join(unexpected)
        left = "\n".join(self.console) + "".join(self._stored(page) for page in browser.pages)
        assert not [secret[:6] for secret in self.secrets if secret.lower() in left.lower()], (
            "a secret was left lying about"
        )

    def _stored(self, page: Any) -> str:
        parts = urlsplit(page.url)
        return str(page.evaluate(_STORED)) if f"{parts.scheme}://{parts.netloc}" in self.origins else ""


class Chromium:
    """One running Chromium, started when it is first needed, and again should it have died."""

    def __init__(self, playwright: Any) -> None:
        self._playwright = playwright
        self._running: Any = None

    @contextmanager
    def fresh(self, executable: str, **options: object) -> Iterator[Any]:
        """A profile in it that nobody has used (Playwright's BrowserContext), and that leaves nothing behind."""
        if not (self._running and self._running.is_connected()):
            self._running = self._playwright.chromium.launch(executable_path=executable, args=FLAGS)
        context = self._running.new_context(**CONTEXT, **options)
        context.set_default_timeout(PATIENCE)
        try:
            yield context
        finally:
            context.close()

    def close(self) -> None:
        if self._running:
            self._running.close()


@contextmanager
def chromium(playwright: Any, executable: str, folder: Path, camera: Path | None = None) -> Iterator[Any]:
    """A Chromium of its own (a BrowserContext too) with its profile in `folder`, so that large Blobs go to its disk.

    `camera` is a .y4m film that it sees in front of it; without one there is no camera.
    """
    film = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=executable,
        args=FLAGS + (film if camera else []),
        **CONTEXT,
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()


def film_of_code(text: str, file: Path) -> Path:
    """A film (.y4m, 640 by 480) of a QR code, for a browser's camera."""
    script = "import('qr').then(({ default: encode }) => console.log(JSON.stringify(encode(process.argv[1], 'raw'))))"
    drawn = subprocess.run(["node", "-e", script, text], cwd=WEB, capture_output=True, text=True, check=True).stdout
    dark = np.array(json.loads(drawn), dtype=np.uint8)
    scale = 440 // len(dark)
    code = np.kron(dark, np.ones((scale, scale), dtype=np.uint8))
    picture = np.full((480, 640), 235, dtype=np.uint8)
    top, left = (480 - code.shape[0]) // 2, (640 - code.shape[1]) // 2
    picture[top : top + code.shape[0], left : left + code.shape[1]] = np.where(code, 16, 235)
    frame = b"FRAME\n" + picture.tobytes() + bytes([128]) * (2 * 320 * 240)
    file.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 10)
    return file
