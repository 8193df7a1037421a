"""An account's register on the disk: only the account opens it, and it is there whole or as it was before."""

import stat
import threading

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.contacts.store import CLINICS_KEY_TEXT, KEY_TEXT, ClinicsFile, RegisterFile
from radiogram.errors import RegisterError, StateFolderError
from radiogram.formats.keys import Keys
from radiogram.formats.register import Contact
from tests.formats.test_clinics import ANNE

OWNER, STRANGER = b"\x01" * 32, b"\x02" * 32
KEYS = Keys(OWNER).public()
GRACE = Contact("Grace", KEYS.address, KEYS.public_key)


def signer(private_key: bytes):
    return lambda text: bytes(Account.sign_message(encode_defunct(text=text), private_key).signature)


@pytest.fixture
def register(tmp_path):
    return RegisterFile(tmp_path / "contacts", KEYS.address)


def written(register: RegisterFile, *contacts: Contact) -> None:
    with register.changed(signer(OWNER)) as held:
        held += contacts


def test_where_nothing_was_kept_there_is_nothing_and_nobody_signs(register):
    assert not register.exists()
    assert register.read(lambda _: pytest.fail("asked for a signature")) == ()


def test_what_was_kept_is_read_and_changed(register):
    written(register, GRACE)
    assert register.read(signer(OWNER)) == (GRACE,)
    with register.changed(signer(OWNER)) as held:
        held.remove(GRACE)
    assert register.read(signer(OWNER)) == ()


def test_it_is_the_owners_alone_and_has_no_name_in_the_clear(register):
    written(register, GRACE)
    assert stat.S_IMODE(register.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(register.path.parent.stat().st_mode) == 0o700
    assert b"Grace" not in register.path.read_bytes()


def test_another_account_does_not_open_it(register):
    written(register, GRACE)
    before = register.path.read_bytes()
    with pytest.raises(RegisterError, match="another account's"):
        register.read(signer(STRANGER))
    with pytest.raises(RegisterError), register.changed(signer(STRANGER)):
        pytest.fail("opened it")
    assert register.path.read_bytes() == before


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[:-9] + bytes(9)])
def test_a_damaged_one_is_refused_and_stays(register, damage):
    written(register, GRACE)
    register.path.write_bytes(damage(register.path.read_bytes()))
    before = register.path.read_bytes()
    with pytest.raises(RegisterError):
        register.read(signer(OWNER))
    with pytest.raises(RegisterError), register.changed(signer(OWNER)):
        pytest.fail("opened it")
    assert register.path.read_bytes() == before


def test_a_change_that_fails_changes_nothing(register):
    written(register, GRACE)
    with pytest.raises(KeyError), register.changed(signer(OWNER)) as held:
        held.clear()
        raise KeyError
    assert register.read(signer(OWNER)) == (GRACE,)


def test_an_account_that_signs_differently_each_time_can_keep_none(register):
    signatures = iter(bytes([number]) * 65 for number in (1, 2, 3))
    with pytest.raises(RegisterError, match="differently each time"), register.changed(lambda _: next(signatures)):
        pytest.fail("opened it")
    assert not register.exists()


def test_an_account_that_can_not_sign_can_keep_none(register):
    with pytest.raises(RegisterError, match="can't sign a text"), register.changed(lambda _: b""):
        pytest.fail("opened it")


def test_the_text_that_is_signed_says_what_it_opens():
    assert "open my register of recipients" in KEY_TEXT


def test_changes_at_once_are_all_there(register):
    def keep(number: int) -> None:
        written(register, Contact(str(number), KEYS.address, KEYS.public_key))

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {each.label for each in register.read(signer(OWNER))} == set("01234567")


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StateFolderError), RegisterFile(tmp_path / "taken", KEYS.address).changed(signer(OWNER)):
        pytest.fail("opened it")


# ---- the list of clinics, which is kept in the same way


def test_a_list_of_clinics_is_kept_apart_from_the_register(tmp_path):
    clinics, register = (
        ClinicsFile(tmp_path / "clinics", KEYS.address),
        RegisterFile(tmp_path / "contacts", KEYS.address),
    )
    with clinics.changed(signer(OWNER)) as held:
        held.append(ANNE)
    written(register, GRACE)
    assert (clinics.read(signer(OWNER)), register.read(signer(OWNER))) == ((ANNE,), (GRACE,))
    assert b"Anne" not in clinics.path.read_bytes()
    assert stat.S_IMODE(clinics.path.stat().st_mode) == 0o600


def test_the_key_of_one_list_does_not_open_the_other(tmp_path):
    register = RegisterFile(tmp_path, KEYS.address)
    written(register, GRACE)
    with pytest.raises(RegisterError, match="another account's"):
        ClinicsFile(tmp_path, KEYS.address).read(signer(OWNER))


def test_what_is_signed_for_the_list_of_clinics_is_this_text():
    assert CLINICS_KEY_TEXT == (
        "Radiogram: open my list of clinics.\nSign this only in a Radiogram that you opened yourself."
    )


def test_an_account_that_can_not_sign_can_keep_no_list_of_clinics(tmp_path):
    clinics = ClinicsFile(tmp_path, KEYS.address)
    with pytest.raises(RegisterError, match="no list of clinics can be kept"), clinics.changed(lambda _: b""):
        pytest.fail("opened it")
