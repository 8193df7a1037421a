"""All blocks of a file, made as docs/format.md, Ciphertext, says, but in chunks and nodes of any size."""

import hashlib

from radiogram.ipfs.unixfs import CHUNK_BYTES, MAX_LINKS, CidBuilder, _bytes, _number


def blocks_of(
    data: bytes, chunk_bytes: int = CHUNK_BYTES, max_links: int = MAX_LINKS
) -> tuple[bytes, dict[bytes, bytes]]:
    """The CID of the root, and the blocks by their CIDs."""
    chunks = [data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes)] or [b""]
    blocks = {b"\x01\x55\x12\x20" + hashlib.sha256(chunk).digest(): chunk for chunk in chunks}
    level = [(b"\x01\x55\x12\x20" + hashlib.sha256(chunk).digest(), len(chunk), len(chunk)) for chunk in chunks]
    while len(level) > 1:
        parents = []
        for at in range(0, len(level), max_links):
            children = level[at : at + max_links]
            block = node(children)
            cid = b"\x01\x70\x12\x20" + hashlib.sha256(block).digest()
            blocks[cid] = block
            content, total = (sum(child[place] for child in children) for place in (1, 2))
            parents.append((cid, content, total + len(block)))
        level = parents
    builder = CidBuilder(chunk_bytes, max_links)
    builder.add(data)
    assert builder.cid() == level[0][0]
    return level[0][0], blocks


def node(children: list[tuple[bytes, int, int]], kind: int = 2) -> bytes:
    """A dag-pb node over these: CID, bytes of the file, bytes of all blocks below."""
    sizes = b"".join(_number(4, content) for _, content, _ in children)
    unixfs = _number(1, kind) + _number(3, sum(content for _, content, _ in children)) + sizes
    links = (_bytes(1, cid) + _bytes(2, b"") + _number(3, total) for cid, _, total in children)
    return b"".join(_bytes(2, link) for link in links) + _bytes(1, unixfs)


def endless_file(chunk: bytes) -> tuple[bytes, int, dict[bytes, bytes]]:
    """The CID of a file of 2^60 bytes that is five blocks, made as the format has it: the same chunk again and again.

    Also its size, and the blocks by their CIDs.
    """
    cid, size = b"\x01\x55\x12\x20" + hashlib.sha256(chunk).digest(), len(chunk)
    blocks = {cid: chunk}
    for _ in range(4):
        block = node([(cid, size, size)] * MAX_LINKS)
        cid, size = b"\x01\x70\x12\x20" + hashlib.sha256(block).digest(), size * MAX_LINKS
        blocks[cid] = block
    return cid, size, blocks
