"""The website's server in the process of the test, with little patience."""

import asyncio
import threading

import pytest
from aiohttp import web

from radiogram.ipfs.client import Ipfs
from radiogram.server.app import Listener, application
from radiogram.server.proxy import Proxy
from tests.web.server.asker import Asker

PATIENCE = 0.6  # seconds; of those who are to be served, ENOUGH
ENOUGH = 2.0  # seconds: machines are shared and noisy


@pytest.fixture
def site():
    """site(chain=URL, api=URL, gateway=URL, patience=SECONDS, **doors): what asks it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runners = []

    async def start(listener, proxy, doors):
        app = application({}, listener.names, proxy, **doors)
        runners.append(web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1))
        await runners[-1].setup()
        await web.SockSite(runners[-1], listener.socket).start()

    def made(chain="http://127.0.0.1:1", api=None, gateway="http://127.0.0.1:1", patience=PATIENCE, **doors):
        listener = Listener("127.0.0.1", 0)
        proxy = Proxy(chain, Ipfs(api, gateway), 100 << 20, patience=patience)
        asyncio.run_coroutine_threadsafe(start(listener, proxy, doors), loop).result(10)
        return Asker(listener.url)

    yield made
    for each in runners:
        asyncio.run_coroutine_threadsafe(each.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
