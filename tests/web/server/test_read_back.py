"""What a website's server sees of a file that it gave to a node which does not let it read."""

import json
import os

import pytest

from radiogram.ipfs.cid import cid_text
from tests.ipfs.conftest import SENDER_TOKEN, keep, reply
from tests.ipfs.dag_blocks import blocks_of
from tests.web.server.asker import Asker
from tests.web.server.in_process import ENOUGH, site  # noqa: F401 - a fixture

NOT_KEPT = "the IPFS node took the file, and does not give it back: tell whoever runs this site"


class BlocksAlone:
    """A gateway that gives blocks and no files; the block is what `change` makes of it."""

    def __init__(self, data, change=lambda block: block):
        self.blocks, self.change = blocks_of(data)[1], change

    def __call__(self, handler):
        text, _, query = handler.path.removeprefix("/ipfs/").partition("?")
        if query != "format=raw":
            return reply(handler, 406, b"only trustless requests are accepted")
        block = next((block for cid, block in self.blocks.items() if cid_text(cid) == text), None)
        return reply(handler, 404) if block is None else reply(handler, 200, self.change(block))


def adds_only(data):
    """What a node answers that takes files, and gives none back."""
    return keep(data, lambda handler: reply(handler, 403))


@pytest.mark.parametrize("size", [1, 40_000, 3 << 20])
def test_a_node_that_only_adds_with_a_gateway_of_blocks_alone_takes_uploads(site, hostile, size):  # noqa: F811
    data = os.urandom(size)
    asker = site(api=hostile(adds_only(data)).url, gateway=hostile(BlocksAlone(data)).url, patience=ENOUGH)
    assert json.loads(asker.upload(data).body)["size"] == size


@pytest.mark.parametrize("change", [lambda block: block[:-1], lambda _: b"x", lambda block: block + b"x"])
def test_a_gateway_of_blocks_alone_that_gives_another_block_has_not_got_the_file(site, hostile, change):  # noqa: F811
    data = os.urandom(40_000)
    asker = site(api=hostile(adds_only(data)).url, gateway=hostile(BlocksAlone(data, change)).url, patience=ENOUGH)
    assert asker.upload(data).refusal == (502, NOT_KEPT)


def test_a_gateway_of_blocks_alone_that_lacks_the_first_one_has_not_got_the_file(site, hostile):  # noqa: F811
    data = os.urandom(40_000)
    asker = site(api=hostile(adds_only(data)).url, gateway=hostile(BlocksAlone(b"other")).url, patience=ENOUGH)
    assert asker.upload(data).refusal == (502, NOT_KEPT)


def test_a_real_node_that_only_adds_with_a_real_gateway_of_blocks_alone_takes_uploads(serve, trustless):
    asker = Asker(
        serve(
            RADIOGRAM_IPFS_API=trustless.api,
            RADIOGRAM_IPFS_AUTH=f"bearer:{SENDER_TOKEN}",
            RADIOGRAM_IPFS_GATEWAY=trustless.gateway,
        )
    )
    assert json.loads(asker.upload(os.urandom(3 << 20)).body)["size"] == 3 << 20
