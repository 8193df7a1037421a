"""The init code and the address that ship with the package: a compile of the sources gives them, anywhere."""

import json
import re

import pytest
import yaml
from eth_utils import keccak, to_checksum_address

from radiogram.chain import contract
from tools import abi

FACTORY = "4e59b44847b379578588920ca78fbf26c0b4956c"
NAME = abi.CONTRACT[0]


@pytest.fixture(scope="module")
def sources():
    return abi.sources()


@pytest.fixture(scope="module")
def compiled(sources):
    return abi.compiled(sources)


def initcode(made):
    return bytes.fromhex(made["evm"]["bytecode"]["object"])


def test_the_init_code_of_the_package_is_that_of_a_compile(compiled):
    assert contract.initcode() == initcode(compiled)


def test_the_address_of_the_package_is_that_of_create2_by_the_common_factory(compiled):
    digest = keccak(b"\xff" + bytes.fromhex(FACTORY) + bytes(32) + keccak(initcode(compiled)))
    assert contract.address() == to_checksum_address(digest[12:])


def test_the_abi_of_the_package_and_of_the_pages_is_that_of_a_compile(compiled):
    packaged = json.loads(abi.COMPILED.read_text())
    assert packaged["abi"] == abi.without(compiled["abi"])
    assert f'IMAGE_INBOX_ADDRESS = "{packaged["address"]}"' in abi.TYPESCRIPT.read_text()


def test_comments_anywhere_change_nothing(sources, compiled):
    changed = {name: f"// A comment.\n{text}\n/* Another. */\n" for name, text in sources.items()}
    changed |= {
        name: re.sub(r"(?m)^ *///.*\n", "", text) for name, text in changed.items() if not name.startswith("solady/")
    }
    assert initcode(abi.compiled(changed)) == initcode(compiled)


def test_another_place_of_the_library_changes_nothing(sources, compiled):
    moved = {re.sub("^solady/", "elsewhere/solady-0.1.26/", name): text for name, text in sources.items()}
    assert set(moved) != set(sources)
    given = {name: text.replace('"solady/', '"elsewhere/solady-0.1.26/') for name, text in moved.items()}
    assert initcode(abi.compiled(given)) == initcode(compiled)


def test_another_statement_is_other_code(sources, compiled):
    changed = sources | {NAME: sources[NAME].replace("MAX_ENVELOPE = 2048", "MAX_ENVELOPE = 2047")}
    assert initcode(abi.compiled(changed)) != initcode(compiled)


def test_the_code_has_no_metadata(compiled):
    """No hash of sources, and no CBOR at the end, whose length its last two bytes would be."""
    code = bytes.fromhex(compiled["evm"]["deployedBytecode"]["object"])
    assert b"ipfs" not in code
    assert b"solc" not in code


def test_ape_compiles_the_same_code_but_for_its_metadata(project, compiled):
    """So that what the tests run on is what is released."""
    made = project.ImageInbox.contract_type
    released = bytes.fromhex(compiled["evm"]["deployedBytecode"]["object"])
    of_ape = bytes.fromhex(str(made.runtime_bytecode.bytecode).removeprefix("0x"))
    metadata = int.from_bytes(of_ape[-2:], "big") + 2
    assert metadata < 64
    assert of_ape[:-metadata] == released + b"\xfe"  # INVALID, which keeps the metadata from being run


def test_ape_and_the_release_have_the_same_settings():
    of_ape = yaml.safe_load((abi.ROOT / "ape-config.yaml").read_text())["solidity"]
    released = json.loads(abi.SETTINGS.read_text())
    assert of_ape == {
        "version": of_ape["version"],
        "evm_version": released["evmVersion"],
        "via_ir": released["viaIR"],
        "optimize": released["optimizer"]["enabled"],
        "optimization_runs": released["optimizer"]["runs"],
    }
    assert released["metadata"] == {"bytecodeHash": "none", "appendCBOR": False}
    assert f"pragma solidity {of_ape['version']};" in (abi.ROOT / NAME).read_text()


def test_the_standard_input_of_the_package_is_that_of_the_init_code(sources):
    given = contract.source()
    assert given.standard_json == abi.standard_json(sources)
    assert given.standard_json["settings"].items() >= json.loads(abi.SETTINGS.read_text()).items()
    assert given.compiler == abi.compiler_version()
    path, name = given.identifier.split(":")
    assert f"contract {name} " in given.standard_json["sources"][path]["content"]


def test_the_licence_of_each_library_in_it_comes_along(sources):
    assert {name.split("/")[0] for name in sources} == {"contracts", "interfaces", "solady"}
    assert "Solady" in abi.LICENCE.read_text()
