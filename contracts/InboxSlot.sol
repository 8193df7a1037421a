// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IImageInbox} from "../interfaces/IImageInbox.sol";

/// @dev All that a send must know of its recipient, in one slot, which a send reads and writes once. From the lowest
/// bits:
///   160 newest       cursor of message count-1; 0 in an empty inbox
///    28 keyVersion   of the key in force; 0 is the account's own
///    28 restriction  how often the inbox was restricted or opened again: restricted while odd
///     1 keyIsOdd     whether y of the key in force is odd
///    39 count        messages so far; at the top, so that one too many fails instead of running over
type Slot is uint256;

/// @title The fields of a Slot
/// @notice Packed by hand: as a struct, the compiler reads and writes the slot several times, 1,100 gas a send.
library InboxSlot {
    uint256 private constant KEY_VERSION = 160;
    uint256 private constant RESTRICTION = 188;
    uint256 private constant KEY_IS_ODD = 216;
    uint256 private constant COUNT = 217;
    uint256 private constant LAST_VERSION = (1 << 28) - 1;

    function newest(Slot slot) internal pure returns (address) {
        return address(uint160(Slot.unwrap(slot)));
    }

    function keyVersion(Slot slot) internal pure returns (uint32) {
        return uint32((Slot.unwrap(slot) >> KEY_VERSION) & LAST_VERSION);
    }

    function restriction(Slot slot) internal pure returns (uint32) {
        return uint32((Slot.unwrap(slot) >> RESTRICTION) & LAST_VERSION);
    }

    function isRestricted(Slot slot) internal pure returns (bool) {
        return restriction(slot) % 2 == 1;
    }

    function isKeyOdd(Slot slot) internal pure returns (bool) {
        return (Slot.unwrap(slot) >> KEY_IS_ODD) & 1 == 1;
    }

    function count(Slot slot) internal pure returns (uint256) {
        return Slot.unwrap(slot) >> COUNT;
    }

    /// @dev One more message, at `cursor`.
    function withMessage(Slot slot, address cursor) internal pure returns (Slot) {
        uint256 counted = Slot.unwrap(slot) + (1 << COUNT);
        return Slot.wrap(((counted >> KEY_VERSION) << KEY_VERSION) | uint160(cursor));
    }

    /// @dev The next key version, of a key whose y is odd or even.
    function withKey(Slot slot, bool isOdd) internal pure returns (Slot) {
        _checkNotLast(keyVersion(slot));
        uint256 others = (Slot.unwrap(slot) + (1 << KEY_VERSION)) & ~(uint256(1) << KEY_IS_ODD);
        return Slot.wrap(others | (uint256(isOdd ? 1 : 0) << KEY_IS_ODD));
    }

    /// @dev Restricted if it was open, open if it was restricted.
    function toggled(Slot slot) internal pure returns (Slot) {
        _checkNotLast(restriction(slot));
        return Slot.wrap(Slot.unwrap(slot) + (1 << RESTRICTION));
    }

    function _checkNotLast(uint32 version) private pure {
        if (version == LAST_VERSION) revert IImageInbox.LastVersion(version);
    }
}
