// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ImageInbox} from "contracts/ImageInbox.sol";
import {IImageInbox} from "interfaces/IImageInbox.sol";

interface Vm {
    function assume(bool condition) external pure;
    function etch(address target, bytes calldata code) external;
    function prank(address sender) external;
}

/// @notice A cursor proves one message, and nothing else does: neither other code, nor none, nor another place.
contract CursorProofTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    ImageInbox private inbox;

    function setUp() external {
        inbox = new ImageInbox();
    }

    function testFuzz_TheCursorOfAMessageProvesIt(address sender, address recipient, bytes calldata envelope) external {
        address cursor = _send(sender, recipient, envelope);
        assert(cursor == _create2(recipient, 0, cursor.code));
        assert(inbox.cursorOf(recipient, 0, 0, cursor) == cursor);
        IImageInbox.Message memory message = inbox.message(recipient, 0, cursor);
        assert(message.sender == sender && message.cursor == cursor && message.sentAt == block.timestamp);
        assert(keccak256(message.envelope) == keccak256(_cut(envelope)));
    }

    function testFuzz_ACursorProvesNoMessageElsewhere(
        address recipient,
        bytes calldata envelope,
        address other,
        uint256 index
    ) external {
        VM.assume(other != recipient || index != 0);
        _refused(other, index, _send(address(this), recipient, envelope));
        _refused(recipient, index == 0 ? 1 : index, inbox.cursorOf(recipient, 0, 0, address(0)));
        _refused(recipient, uint256(1) << (96 + (index % 160)), inbox.cursorOf(recipient, 0, 0, address(0)));
    }

    function testFuzz_NoCodeIsNoMessage(address recipient, uint96 index) external view {
        address cursor = _create2(recipient, index, "");
        assert(cursor.code.length == 0);
        _refused(recipient, index, cursor);
    }

    function testFuzz_OtherCodeIsNoMessage(address recipient, uint96 index, bytes calldata code) external {
        VM.assume(code.length != 0);
        address place = address(uint160(uint256(keccak256(code))));
        VM.etch(place, code);
        _refused(recipient, index, place);
    }

    function testFuzz_ACursorIsThatOfEveryByte(address recipient, bytes calldata envelope, uint256 at) external {
        address cursor = _send(address(this), recipient, envelope);
        bytes memory code = cursor.code;
        at %= code.length;
        code[at] = bytes1(uint8(code[at]) ^ 1);
        VM.etch(cursor, code);
        _refused(recipient, 0, cursor);
    }

    function testFuzz_ACodeThatIsLongerOrShorterIsNoMessage(
        address recipient,
        bytes calldata envelope,
        bytes calldata more
    ) external {
        VM.assume(more.length != 0);
        address cursor = _send(address(this), recipient, envelope);
        bytes memory code = cursor.code;
        VM.etch(cursor, bytes.concat(code, more));
        _refused(recipient, 0, cursor);
        assembly {
            mstore(code, sub(mload(code), 1))
        }
        VM.etch(cursor, code);
        _refused(recipient, 0, cursor);
    }

    function _send(address sender, address recipient, bytes calldata envelope) private returns (address) {
        VM.prank(sender);
        inbox.send(recipient, 0, _cut(envelope));
        return inbox.cursorOf(recipient, 0, 0, address(0));
    }

    /// @dev 1 to 2,048 bytes.
    function _cut(bytes calldata envelope) private pure returns (bytes memory) {
        if (envelope.length == 0) return hex"02";
        return envelope.length > 2048 ? envelope[:2048] : envelope;
    }

    function _refused(address recipient, uint256 index, address cursor) private view {
        bytes memory expected = abi.encodeWithSelector(IImageInbox.BadCursor.selector, recipient, index, cursor);
        try inbox.cursorOf(recipient, index, index, cursor) {
            assert(false);
        } catch (bytes memory error) {
            assert(keccak256(error) == keccak256(expected));
        }
        try inbox.message(recipient, index, cursor) {
            assert(false);
        } catch (bytes memory error) {
            assert(keccak256(error) == keccak256(expected));
        }
    }

    function _create2(address recipient, uint96 index, bytes memory code) private view returns (address) {
        bytes memory init = abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code);
        bytes32 salt = bytes32(abi.encodePacked(recipient, index));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", inbox, salt, keccak256(init))))));
    }
}
