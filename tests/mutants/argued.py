"""Why mutants stay that no test notices: of each, a part of what stands there and of what the mutant has."""

# ruff: noqa: E501 - one mutant, one line
from __future__ import annotations

from typing import NamedTuple

from tests.mutants.mutant import Mutant


class Argument(NamedTuple):
    function: str
    before: str
    after: str
    why: str

    def holds_for(self, mutant: Mutant) -> bool:
        before, after = mutant.change
        return mutant.function == self.function and self.before in before and self.after in after


_BIG_ENDIAN = "Python's own choice, where none is said, is big endian."
_BOTH_NO = "Both are no."
_FALSY = "Nothing is asked of it but whether it is there, and neither is."
_SAME_CODEC = "Another spelling of the same encoding."
_SAME_LENGTH = "Both are made of the same list, so that they are of one length always."
_IN_PIECES = "In larger or smaller pieces, the same bytes."

# fmt: off
ARGUED = [
    Argument("too_late", "> days *", ">= days *", "An instant in a week or a month."),
    Argument("decode_armour", '[""]', '["XXXX"]', "Neither is the first line of armour: both are refused."),
    Argument("_pax_records", "start + 8", "start + 9", "No record has a length of eight digits: a header has at most 64 KiB."),
    Argument("new_content_key", "token_bytes(32)", "token_bytes(None)", "32 bytes are Python's own choice; the next version may choose otherwise, so that the number stays."),
    Argument("PayloadEncryptor.update", "- 1, 0) //", "- 1, 1) //", "Of a chunk's 65,536 bytes neither is one."),
    Argument("PayloadReader.__init__", "NONCE_BYTES - len(begun)", "NONCE_BYTES + len(begun)", "More is read, and what is behind the nonce is passed on."),
    Argument("PayloadReader.__init__", "self._chunk[:0]", "None", _FALSY),
    Argument("PayloadReader.__init__", "= None", '= ""', _FALSY),
    Argument("PayloadReader.readinto", ">= CHUNK_BYTES", "> CHUNK_BYTES", "By way of a chunk of its own, the same bytes."),
    Argument("PayloadReader._next", 'b"", None', 'b"XXXX", None', "Where there is no chunk, its nonce is not looked at."),
    Argument("_chunks", "number + 1 <", "number + 2 <", "It is 3, 7, 11 and more there, unless the payload ends."),
    Argument("_chunks", "max(whole, 1)", "max(whole, 2)", "One step of the size of a chunk either way."),
    Argument("_chunk_nonce", '11, "big")', "11, )", _BIG_ENDIAN),
    Argument("parse_header", 'split(" ")', "split(None)", "There is one space between two arguments, and no other white space."),
    Argument("open_decrypted", ", BUFFER_BYTES)", ", )", _IN_PIECES),
    Argument("open_decrypted", "read(BUFFER_BYTES)", "read(None)", _IN_PIECES),
    Argument("open_decrypted", "read(HEADER_LIMIT)", "read(None)", "More is read, of which the header is the beginning."),
    Argument("_unwrapped", 'else b""', 'else b"XXXX"', "Neither has 32 bytes."),
    Argument("_public_key", "5, 8, False", "5, 8, None", _BOTH_NO),
    Argument("_public_key", 'or b"")', 'or b"XXXX")', "Neither has 32 bytes."),
    Argument("_parsed", '"utf-8"', '"UTF-8"', _SAME_CODEC),
    Argument("plaintext_bytes", "read(HEADER_LIMIT)", "read(None)", "More is read, of which the header is the beginning."),
    Argument("plaintext_bytes", ".find(MAC_LINE)", ".rfind(MAC_LINE)", "The payload, which is random, would have to repeat the mark."),
    Argument("plaintext_bytes", "(MAC_LINE) + 1", "(MAC_LINE) + 2", "The mark has no other line feed than its first sign."),
    Argument("key_from_signature", '[32:64], "big")', "[32:64], )", _BIG_ENDIAN),
    Argument("key_from_signature", "> GROUP_ORDER_INT", ">= GROUP_ORDER_INT", "Nobody can make a signature over a text that names its signer whose s is this one number."),
    Argument("key_from_signature", "ORDER_INT // 2", "ORDER_INT / 2", "Another bound by one part in 2^53, between which and the right one nobody finds an s."),
    Argument("key_from_signature", 'b"", SHA256', "None, SHA256", "The library takes both for no salt."),
    Argument("parse_hybrid_recipient", "CHARSET.find", "CHARSET.rfind", "Each sign is there once."),
    Argument("parse_hybrid_recipient", "5, 8, False", "5, 8, None", _BOTH_NO),
    Argument("parse_hybrid_recipient", 'or b"")', 'or b"XXXX")', "Neither is spelt as the text is, which is refused."),
    Argument("KeyReference.to_bytes", '"big"', "SIZE_BYTES, )", _BIG_ENDIAN),
    Argument("parse_key_reference", '"big"', "from_bytes(size, )", _BIG_ENDIAN),
    Argument("fingerprint", '"big"', "from_bytes(digest, )", _BIG_ENDIAN),
    Argument("split", "strict=True", "zip(ends, sizes", _SAME_LENGTH),
    Argument("coordinates", "compressed=False", "compressed=None", _BOTH_NO),
    Argument("address_of", "compressed=False", "compressed=None", _BOTH_NO),
    Argument("read_keys", "ask_passphrase), path))", "ask_passphrase), None))", "No wallet makes a keystore of a number that is no private key."),
    Argument("decrypt_with_passphrase", "(work_factor) > 2", "(work_factor) > 3", "A number of three digits is above the limit as well."),
    Argument("_is_affordable", "KEYSTORE_MEMORY // 128", "KEYSTORE_MEMORY / 128", "The same number."),
    Argument("read_small_text", "KEY_FILE_LIMIT + 1", "KEY_FILE_LIMIT + 2", "What is longer than the limit is refused, by however much."),
    Argument("_files_below", "follow_symlinks=False", "follow_symlinks=None", _BOTH_NO),
    Argument("read_small_text", '"utf-8-sig"', '"UTF-8-SIG"', _SAME_CODEC),
    Argument("_json_object", '"utf-8-sig"', '"UTF-8-SIG"', _SAME_CODEC),
    Argument("Manifest.to_bytes", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("ClinicCard.to_bytes", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("_canonical", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("_json_in", "(-len(", "(+len(", "Of padding, more than is needed is passed over."),
    Argument("encode_clinics", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("_check_name", "or not name or", "or not name and", "A name without signs has one part without signs, which is refused next."),
    Argument("_check_name", '".", ".."', '"XX.XX", ".."', "It ends in a dot, which is refused for itself."),
    Argument("_check_name", '".", ".."', '".", "XX..XX"', "It ends in a dot, which is refused for itself."),
    Argument("go_on", 'b""', "None", "The envelope is made: nothing is sealed to the key again."),
    Argument("go_on", 'b""', 'b"XXXX"', "The envelope is made: nothing is sealed to the key again."),
    Argument("_put", "if entry.begun else 0", "", "How far back an inbox is searched for the envelope: more is slower, and finds the same."),
    Argument("_put", "entry, since)", "entry, )", "How far back an inbox is searched for the envelope: more is slower, and finds the same."),
    Argument("_put_together", 'b""', "None", "The envelope is made: nothing is sealed to the key again."),
    Argument("_put_together", 'b""', 'b"XXXX"', "The envelope is made: nothing is sealed to the key again."),
    Argument("_put_together", "begun.since))", "sealed.envelope, ))", "How far back an inbox is searched for the envelope: more is slower, and finds the same."),
    Argument("send", 'else b""', 'else b"XXXX"', "Without a journal no secret is used."),
    Argument("Entry.__init__", "| None = None", '| None = ""', _FALSY),
    Argument("Entry.__init__", "seek(0)", "seek(1)", "Every line begins with a line feed, so that the first byte says nothing."),
    Argument("StagedOutput.__enter__", '"new"', '', "A name inside the staging folder, which nobody sees."),
    Argument("SourceFile.open", "buffering=0", "", _IN_PIECES),
    Argument("_pieces", "read(READ_BYTES)", "read(None)", _IN_PIECES),
    Argument("retrieve", "strict=True", "zip(places[: len(names)], header.manifest.files", _SAME_LENGTH),
    Argument("_put_together", "strict=True", "zip(batch, outcomes", _SAME_LENGTH),
    Argument("send_together", "strict=True", "zip(prepared, outcomes", _SAME_LENGTH),
    Argument("_keep_manifest", "strict=True", "zip(names, (header.manifest_bytes", "Both have two parts."),
    Argument("complete", '"ascii"', '"ASCII"', _SAME_CODEC),
    Argument("StagedOutput.__exit__", "break", "return", "Nothing comes after the loop."),
    Argument("StagedOutput.finish", '"replaced"', '"XXreplacedXX"', "A name inside the staging folder, which nobody sees."),
    Argument("StagedOutput.finish", '"replaced"', '"REPLACED"', "A name inside the staging folder, which nobody sees."),
    Argument("_write_named", "missing_ok=True", "", "Where somebody has removed it in between, that is told in the place of the other error, as one of the same kind."),
    Argument("terminal_image", 'get("TERM_PROGRAM", "")', "", "None of them is the name of a terminal that is known."),
    Argument("_cells", '">II"', '">ii"', "A PNG has no side of 2^31 pixels or more."),
    Argument("_check_name", "x00-\\x1f\\x7f", "x00-\\x1F\\x7F", "The same signs, spelt otherwise."),
    Argument("_is_kept", "read_ahead=CHUNK_BYTES", "ciphertext_bytes, )", "It is asked whether the beginning can be had; how much is read besides is a matter of time."),
    Argument("_is_kept", "stream.read(1)", "stream.read(", "It is asked whether the beginning can be had; how much is read besides is a matter of time."),
    Argument("_numbered", "len(data), 1", "len(data), 2", "A chunk holds more than either."),
    Argument("_numbered", '"big"', "to_bytes(11, )", _BIG_ENDIAN),
    Argument("signing_text", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("to_bytes", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("encode_card", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("encode_register", "ensure_ascii=False", "ensure_ascii=None", _BOTH_NO),
    Argument("card_link", "safe=':'", "safe='XX:XX'", "A letter is never written as a number."),
    Argument("_contact", 'b"")', 'b"XXXX")', "Neither is the digest of anything, which has 32 bytes."),
    Argument("_attempts", "| None = None", '| None = ""', _FALSY),
    Argument("pair_secret", '"big"', "to_bytes(32, )", _BIG_ENDIAN),
    Argument("_value", '"big"', "to_bytes(_NUMBER, )", _BIG_ENDIAN),
    Argument("_bytes", '"big"', "to_bytes(_NUMBER, )", _BIG_ENDIAN),
    Argument("_number", '"big"', "from_bytes(data, )", _BIG_ENDIAN),
    Argument("address", '"big"', "day.to_bytes(4, )", _BIG_ENDIAN),
    Argument("address", '"big"', "number.to_bytes(2, )", _BIG_ENDIAN),
    Argument("address", '"sha256"', '"SHA256"', "The same function: its name is taken in either case."),
    Argument("_shared_x", '"big"', "from_bytes(private_key, )", _BIG_ENDIAN),
    Argument("AuditLog.add", "max(0, end - 1)", "max(1, end - 1)", "Of a log that holds nothing, nothing is read behind its beginning either."),
]
# fmt: on


def argument(mutant: Mutant) -> str:
    """Empty where there is none."""
    return next((each.why for each in ARGUED if each.holds_for(mutant)), "")
