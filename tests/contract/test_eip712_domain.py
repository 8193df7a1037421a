"""eip712Domain: what signatures are made for."""


def test_the_domain_is_reported_as_erc_5267_says(inbox, chain):
    reported = inbox.eip712Domain()
    assert reported.fields == b"\x0f"
    assert (reported.name, reported.version) == ("ImageInbox", "1")
    assert (reported.chainId, reported.verifyingContract) == (chain.chain_id, inbox.address)
