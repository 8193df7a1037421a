// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InboxSlot, Slot} from "contracts/InboxSlot.sol";
import {IImageInbox} from "interfaces/IImageInbox.sol";

/// @notice Arithmetic of an account's slot, for every word that a slot can be: each change changes its own field by
/// what it says and leaves the others alone, or fails.
contract InboxSlotTest {
    using InboxSlot for Slot;

    uint256 private constant LAST_VERSION = 2 ** 28 - 1;
    uint256 private constant LAST_COUNT = 2 ** 39 - 1;

    struct Fields {
        uint256 newest;
        uint256 keyVersion;
        uint256 restriction;
        uint256 keyIsOdd;
        uint256 count;
    }

    function testFuzz_TheFieldsAreTheWholeWord(uint256 word) external pure {
        _same(word, _fields(Slot.wrap(word)));
    }

    function testFuzz_AnInboxIsRestrictedWhileItsVersionIsOdd(uint256 word) external pure {
        assert(Slot.wrap(word).isRestricted() == ((word >> 188) & 1 == 1));
    }

    function testFuzz_AMessageRaisesTheCountAndIsTheNewest(uint256 word, address cursor) external view {
        word = _sometimes(word, 217, LAST_COUNT);
        Fields memory fields = _fields(Slot.wrap(word));
        try this.withMessage(word, cursor) returns (uint256 after_) {
            assert(fields.count < LAST_COUNT);
            fields.newest = uint160(cursor);
            ++fields.count;
            _same(after_, fields);
        } catch (bytes memory error) {
            assert(fields.count == LAST_COUNT);
            assert(keccak256(error) == keccak256(abi.encodeWithSignature("Panic(uint256)", 0x11)));
        }
    }

    function testFuzz_AKeyRaisesItsVersionAndSetsItsParity(uint256 word, bool isOdd) external view {
        word = _sometimes(word, 160, LAST_VERSION);
        Fields memory fields = _fields(Slot.wrap(word));
        try this.withKey(word, isOdd) returns (uint256 after_) {
            assert(fields.keyVersion < LAST_VERSION);
            ++fields.keyVersion;
            fields.keyIsOdd = isOdd ? 1 : 0;
            _same(after_, fields);
        } catch (bytes memory error) {
            assert(fields.keyVersion == LAST_VERSION);
            _isLastVersion(error);
        }
    }

    function testFuzz_ARestrictionRaisesItsVersionAndTurns(uint256 word) external view {
        word = _sometimes(word, 188, LAST_VERSION);
        Fields memory fields = _fields(Slot.wrap(word));
        try this.toggled(word) returns (uint256 after_) {
            assert(fields.restriction < LAST_VERSION);
            assert(Slot.wrap(after_).isRestricted() != Slot.wrap(word).isRestricted());
            ++fields.restriction;
            _same(after_, fields);
        } catch (bytes memory error) {
            assert(fields.restriction == LAST_VERSION);
            _isLastVersion(error);
        }
    }

    function withMessage(uint256 word, address cursor) external pure returns (uint256) {
        return Slot.unwrap(Slot.wrap(word).withMessage(cursor));
    }

    function withKey(uint256 word, bool isOdd) external pure returns (uint256) {
        return Slot.unwrap(Slot.wrap(word).withKey(isOdd));
    }

    function toggled(uint256 word) external pure returns (uint256) {
        return Slot.unwrap(Slot.wrap(word).toggled());
    }

    /// @dev The word, with all bits of a field set in one case of four: by chance alone that would never be.
    function _sometimes(uint256 word, uint256 offset, uint256 mask) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(word))) % 4 == 0 ? word | (mask << offset) : word;
    }

    function _fields(Slot slot) private pure returns (Fields memory) {
        return
            Fields(
                uint160(slot.newest()),
                slot.keyVersion(),
                slot.restriction(),
                slot.isKeyOdd() ? 1 : 0,
                slot.count()
            );
    }

    function _same(uint256 word, Fields memory fields) private pure {
        assert(fields.newest < 2 ** 160 && fields.keyVersion <= LAST_VERSION && fields.restriction <= LAST_VERSION);
        assert(fields.keyIsOdd < 2 && fields.count <= LAST_COUNT);
        uint256 low = fields.newest | (fields.keyVersion << 160) | (fields.restriction << 188);
        assert(word == low | (fields.keyIsOdd << 216) | (fields.count << 217));
    }

    function _isLastVersion(bytes memory error) private pure {
        bytes memory expected = abi.encodeWithSelector(IImageInbox.LastVersion.selector, LAST_VERSION);
        assert(keccak256(error) == keccak256(expected));
    }
}
