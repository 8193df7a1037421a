// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev All that a send must know of its recipient, in one slot, which a send reads and writes once. From the lowest
/// bits:
///   160 newest       cursor of message count-1; 0 in an empty inbox
///    56 count        messages so far
///    16 keyVersion   of the key in force; 0 is the account's own
///     8 keyPrefix    2 or 3, the first byte of the key in force; 0 before the first
///    16 restriction  how often the inbox was restricted or opened again: restricted while odd
type Slot is uint256;

/// @title The fields of a Slot
/// @notice Packed by hand: as a struct, the compiler reads and writes the slot several times, 1,100 gas a send.
library InboxSlot {
    function newest(Slot slot) internal pure returns (address) {
        return address(uint160(Slot.unwrap(slot)));
    }

    function count(Slot slot) internal pure returns (uint256) {
        return uint56(Slot.unwrap(slot) >> 160);
    }

    function keyVersion(Slot slot) internal pure returns (uint16) {
        return uint16(Slot.unwrap(slot) >> 216);
    }

    function keyPrefix(Slot slot) internal pure returns (uint8) {
        return uint8(Slot.unwrap(slot) >> 232);
    }

    function restriction(Slot slot) internal pure returns (uint16) {
        return uint16(Slot.unwrap(slot) >> 240);
    }

    function isRestricted(Slot slot) internal pure returns (bool) {
        return restriction(slot) % 2 == 1;
    }

    /// @dev One more message, at `cursor`. The count cannot reach 2^56.
    function withMessage(Slot slot, address cursor) internal pure returns (Slot) {
        unchecked {
            return Slot.wrap((((Slot.unwrap(slot) >> 160) + 1) << 160) | uint160(cursor));
        }
    }

    /// @dev The next key version, which is the last when it is 65,535: after that it fails.
    function withKey(Slot slot, uint8 prefix) internal pure returns (Slot) {
        uint256 others = Slot.unwrap(slot) & ~(uint256(0xffffff) << 216);
        return Slot.wrap(others | (uint256(keyVersion(slot) + 1) << 216) | (uint256(prefix) << 232));
    }

    /// @dev Restricted if it was open, open if it was restricted; fails after 65,535 times.
    function toggled(Slot slot) internal pure returns (Slot) {
        return Slot.wrap(Slot.unwrap(slot) + (1 << 240));
    }
}
