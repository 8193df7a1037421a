"""Hypothesis strategies for the byte formats."""

from pathlib import PureWindowsPath

from eth_account.hdaccount.mnemonic import Mnemonic
from eth_utils.address import to_checksum_address
from hypothesis import strategies as st

from radiogram.formats.key_reference import NODE_CID_PREFIX, RAW_CID_PREFIX, Context, KeyReference
from radiogram.formats.manifest import PARTIAL_PREFIX

GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1 (SEC 2, 2.4.1)

private_keys = st.integers(1, GROUP_ORDER - 1).map(lambda n: n.to_bytes(32, "big"))
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
contexts = st.builds(Context, chain_id=st.integers(1, 2**63), inbox=addresses, sender=addresses, recipient=addresses)
contents = st.builds(
    KeyReference,
    content_key=st.binary(min_size=32, max_size=32),
    ciphertext_bytes=st.integers(0, 2**64 - 1),
    cid=st.tuples(st.sampled_from([RAW_CID_PREFIX, NODE_CID_PREFIX]), st.binary(min_size=32, max_size=32)).map(
        b"".join
    ),
)
seed_words = st.binary(min_size=32, max_size=32).map(Mnemonic().to_mnemonic)
file_names = st.text(
    st.characters(codec="utf-8", exclude_characters='/\\:*?"<>|', exclude_categories=("Cc", "Cs")),
    min_size=1,
    max_size=40,
).filter(lambda name: name == name.rstrip(". ") and name not in (".", "..") and len(name.encode()) <= 120)
file_names = file_names.filter(
    lambda name: not PureWindowsPath(name).is_reserved() and not name.startswith(PARTIAL_PREFIX)
)
