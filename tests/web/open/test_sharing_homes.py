"""What is handed on is held by as many homes as the site's list says: its key packet, as all else is elsewhere."""

import re

from playwright.sync_api import expect

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from tests.flows.conftest import write_key
from tests.web.controls import heading
from tests.web.open.test_quantum_safe import sent, to_doctor  # noqa: F401 - fixtures


def test_the_key_packet_for_a_doctor_is_with_the_partner_before_it_is_sent(to_doctor, wallet, serve, tmp_path):  # noqa: F811
    with local_ipfs(tmp_path / "partner") as partner:
        home = f'[[home]]\nname = "partner"\nkind = "kubo"\nurl = "{partner.api}"\n'
        write_key(tmp_path / "homes.toml", f"pins = 2\n{home}")
        at, _ = to_doctor(site=serve(RADIOGRAM_HOMES=str(tmp_path / "homes.toml")))
        cids = []
        at.on("response", lambda reply: cids.append(reply.json()["cid"]) if reply.url.endswith("/upload") else None)
        at.get_by_role("button", name="Share", exact=True).click()
        expect(heading(at, re.compile("^Shared with"))).to_be_focused(timeout=60_000)
        assert len(cids) == 1
        assert Pins(Endpoint.parse(partner.api)).is_pinned(cid_bytes(cids[0]))
