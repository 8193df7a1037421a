"""Firefox and WebKit, each by its own protocol, with a profile of its own and without a network but this machine's.

What is done in them is done by scripts in the page: they are to show that the same pages work there, and no more.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
from websockets.sync.client import ClientConnection, connect

from tests.ports import free_port
from tests.programs import serving

UNLOADED = "before the unload event"  # WebKit of a script whose page was left meanwhile
PATIENCE = 60  # seconds
NOWHERE = "127.0.0.1:9"  # a proxy that is not there
MINI_BROWSERS = ("/usr/lib", "*/webkit2gtk-4.*/MiniBrowser")
PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "services.settings.server": "",
}
LISTEN = """((told) => {
  globalThis.complaints = told;
  const note = (type, text) => addEventListener(type, (event) => { told.push(text(event)); }, true);
  note("securitypolicyviolation", (event) =>
    `Content Security Policy: ${event.effectiveDirective} ${event.blockedURI}`);
  note("error", ({ message, target }) => message ?? `not loaded: ${target.src ?? target.href}`);
  note("unhandledrejection", ({ reason }) => String(reason));
})([])"""


class Browser:
    """One window. Each of the two says how it goes somewhere, evaluates an expression, and what pages complained of."""

    def go(self, url: str) -> None:
        raise NotImplementedError

    def evaluate(self, expression: str) -> object:
        """Its value, or that of its promise."""
        raise NotImplementedError

    def enter(self) -> None:
        """From now on, into the page within this one."""
        raise NotImplementedError

    def complaints(self) -> list[str]:
        """Errors in the console, breaches of a policy among them."""
        raise NotImplementedError

    def until(self, expression: str, seconds: float = PATIENCE) -> object:
        """Its value, once it is a true one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.1)
        raise AssertionError(f"{expression} came to nothing: {self.evaluate('document.body.innerText')}")

    def press(self, name: str) -> None:
        """The button that says so, once it is there."""
        button = (
            f"[...document.querySelectorAll('button')].find((each) => each.innerText.trim() === {json.dumps(name)})"
        )
        self.until(f"Boolean({button})")
        self.evaluate(f"{button}.click()")

    def shows(self, text: str) -> None:
        self.until(f"document.body.innerText.includes({json.dumps(text)})")


class Firefox(Browser):
    """By WebDriver BiDi, which it speaks itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._last = 0
        self._said: list[dict] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._window = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **params: object) -> dict:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(PATIENCE))
            if answer.get("id") == self._last:
                assert answer["type"] == "success", answer
                return answer["result"]
            self._said.append(answer)

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def evaluate(self, expression: str) -> object:
        target = {"context": self._window}
        text = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        told = self._ask("script.evaluate", expression=text, target=target, awaitPromise=True)
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def enter(self) -> None:
        [self._window] = (each["context"] for each in self._ask("browsingContext.getTree")["contexts"][0]["children"])

    def complaints(self) -> list[str]:
        self.evaluate("1")
        entries = [each["params"] for each in self._said if each.get("method") == "log.entryAdded"]
        return [each["text"] for each in entries if each["level"] in ("error", "warn")]


class WebKit(Browser):
    """GTK's, by WebDriver."""

    def __init__(self, driver: str, browser: Path) -> None:
        wanted = {
            "webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]},
            "pageLoadStrategy": "none",  # so that what listens is there early
            "proxy": {"proxyType": "manual", "httpProxy": NOWHERE, "sslProxy": NOWHERE, "noProxy": ["127.0.0.1"]},
        }
        self._session = driver
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"{driver}/session/{made['sessionId']}"

    def _ask(self, method: str, path: str, body: dict | None = None) -> dict:
        answer = requests.request(method, self._session + path, json=body, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()["value"]

    def go(self, url: str) -> None:
        for last in (False, False, True):  # a busy one may lose the address, and stay at its blank page
            self._ask("POST", "/url", {"url": url})
            try:
                self.until(f"location.href.startsWith({json.dumps(url)})", PATIENCE / 2)
                break
            except AssertionError:
                if last:
                    raise
        self.evaluate(LISTEN)

    def evaluate(self, expression: str) -> object:
        script = f"return Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return json.loads(self._ask("POST", "/execute/sync", {"script": script, "args": []}))
            except AssertionError as error:  # it was still asked of the page before this one, which is gone
                if UNLOADED not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def enter(self) -> None:
        self._ask("POST", "/frame", {"id": 0})

    def complaints(self) -> list[str]:
        """What was told since the page began to load: this driver does not pass the console on."""
        self._ask("POST", "/frame", {"id": None})
        return list(self.evaluate("globalThis.complaints"))

    def close(self) -> None:
        self._ask("DELETE", "")


@contextmanager
def firefox(need: Callable[..., str], folder: Path) -> Iterator[Firefox]:
    folder.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))
    command = [need("firefox", "firefox-esr"), "--headless", "--no-remote", "--profile", folder]
    log = folder / "log"

    def url() -> str:
        found = re.search(r"BiDi listening on (ws://\S+)\n", log.read_text())
        return found[1] if found else ""

    with (
        log.open("w") as said,
        serving([*command, "--remote-debugging-port", "0"], url, stdout=said, stderr=said),
        connect(f"{url()}/session", max_size=None, proxy=None, open_timeout=PATIENCE) as socket,
    ):
        yield Firefox(socket)


@contextmanager
def webkit(need: Callable[..., str], folder: Path) -> Iterator[WebKit]:
    folder.mkdir()
    tool, screen = need("WebKitWebDriver", "webkit2gtk-driver"), need("Xvfb", "xvfb")
    [browser, *_] = Path(MINI_BROWSERS[0]).glob(MINI_BROWSERS[1])
    number = folder / "display"
    silent = {"stderr": subprocess.DEVNULL}
    with ExitStack() as running:
        told = running.enter_context(number.open("w")).fileno()
        command = [screen, "-displayfd", str(told), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
        running.enter_context(serving(command, lambda: number.read_text().endswith("\n"), pass_fds=[told], **silent))
        display = {"DISPLAY": f":{number.read_text().strip()}", "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}
        homes = {name: str(folder / name) for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
        port = free_port()
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **display, **homes}
        command = [tool, f"--port={port}", "--host=127.0.0.1"]
        driver = f"http://127.0.0.1:{port}"
        running.enter_context(serving(command, lambda: _answers(f"{driver}/status"), env=environment, **silent))
        window = WebKit(driver, browser)
        yield window
        window.close()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
