"""The local network on Anvil instead of Ganache, by one variable."""

from tests.flows.conftest import Scripts


def test_messages_of_one_command_are_there_for_the_next(tmp_path, xray, person):
    home = tmp_path / "home"
    scripts = Scripts(home, RADIOGRAM_CHAIN="anvil")
    sent = scripts.json("send_image", xray, "--to", person.public_key)
    assert sent["network"] == "ethereum:local:anvil"
    received = scripts.json("retrieve_image", *person.opens, "--out", tmp_path / "out")
    assert received["cid"] == sent["cid"]
    assert scripts.json("history", *person.opens)["events"]
    assert scripts.json("doctor", "--key-file", person.key_file)["healthy"]
    assert (home / "anvil" / "state").exists()
    assert not (home / "ganache").exists()


def test_another_chain_than_there_is_is_refused(tmp_path):
    line = Scripts(tmp_path / "home").refusal("inbox", RADIOGRAM_CHAIN="geth")
    assert line == "Error: RADIOGRAM_CHAIN is 'geth': it can be ganache or anvil"
