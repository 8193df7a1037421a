"""A gateway of single blocks of a study, some of which are held back, lost or changed."""

import threading

from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.dag import leaves_of
from tests.ipfs.conftest import reply
from tests.ipfs.dag_blocks import blocks_of


class BlockGateway:
    """Gives the first leaves at once, and the others once `go_on` is called; or hangs up then, if it `is_cut`."""

    def __init__(self, hostile, ipfs, contents, at_once: int) -> None:
        with ipfs.open(contents.cid, contents.ciphertext_bytes) as stream:
            cid, blocks = blocks_of(stream.read())
        assert cid == contents.cid
        self.blocks = {cid_text(each): bytearray(block) for each, block in blocks.items()}
        self.leaves = [cid_text(leaf.cid) for leaf in leaves_of(cid, contents.ciphertext_bytes, blocks.__getitem__)]
        self.at_once, self.is_cut, self.sent = at_once, False, set()
        self._gate = threading.Event()
        self.url = hostile(self._answer).url

    def go_on(self) -> None:
        self._gate.set()

    def change(self, leaf: int) -> None:
        """Flips a bit in the middle of it."""
        block = self.blocks[self.leaves[leaf]]
        block[len(block) // 2] ^= 1

    def _answer(self, handler) -> None:
        text, _, query = handler.path.removeprefix("/ipfs/").partition("?")
        if query != "format=raw":
            reply(handler, 501)
            return
        if text in self.leaves[self.at_once :]:
            assert self._gate.wait(120)
            if self.is_cut:
                return
        reply(handler, 200, bytes(self.blocks[text]))
        self.sent.add(text)
