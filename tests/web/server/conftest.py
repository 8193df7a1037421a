"""`ape run web`, with pages of the tests' own and with nodes that lie."""

import pytest
import requests

from tests.ipfs.conftest import Hostile, base, guarded, trustless  # noqa: F401 - fixtures
from tests.web.conftest import starter, stop
from tests.web.server.asker import Asker

INDEX = '<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,"><h1>Test</h1></html>'


@pytest.fixture(scope="package")
def built(tmp_path_factory):
    """Pages of the tests' own, with something above them that nobody may see."""
    folder = tmp_path_factory.mktemp("pages") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "send.html").write_text(INDEX)
    (folder / "doctor.html").write_text(INDEX)
    (folder / "assets" / "app-1a2b.js").write_text("export const long = 1;\n" * 100)
    (folder / "assets" / "decoderWorker-3c4d.js").write_text("export const long = 1;\n")
    (folder / "assets" / "digestWorker-5e6f.js").write_text("export const long = 1;\n")
    (folder / "favicon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture(scope="package")
def start_site(devnet, built):
    return starter(devnet, built)


@pytest.fixture(scope="package")
def site(start_site):
    process, said = start_site()
    yield said["url"]
    stop(process)


@pytest.fixture
def asker(site):
    return Asker(site)


@pytest.fixture
def pins(devnet):
    def look() -> set[str]:
        url = f"{devnet.node['ipfs_api']}/api/v0/pin/ls"
        return set(requests.post(url, params={"type": "recursive"}, timeout=10).json().get("Keys", {}))

    return look


@pytest.fixture(scope="package")
def lying_site(start_site):
    """A site whose node answers as each test says."""
    node = Hostile(lambda handler: lying.answer(handler))
    process, said = start_site(RADIOGRAM_IPFS_API=node.url)
    lying = Asker(said["url"])
    lying.node = node
    yield lying
    stop(process)
    node.stop()


@pytest.fixture
def serve_once(lying_site):
    def use(answer) -> Asker:
        lying_site.answer = answer
        return lying_site

    return use
