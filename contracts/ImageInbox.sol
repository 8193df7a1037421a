// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {LibBytes} from "solady/src/utils/LibBytes.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";
import {IImageInbox} from "../interfaces/IImageInbox.sol";
import {InboxSlot, Slot} from "./InboxSlot.sol";

/// @title Inboxes for sealed references to medical images
/// @notice See IImageInbox. This contract has no owner, cannot be paused, upgraded or destroyed, takes no Ether and
/// deletes nothing; there is nothing to configure, and its code and address are the same on every chain.
/// @dev An inbox is a list, linked from newest to oldest, of data contracts: one per message, whose code is the
/// message, never run and never written again. Its head is in the one slot that every send reads and writes anyway.
contract ImageInbox is IImageInbox, EIP712 {
    using InboxSlot for Slot;

    struct Key {
        bytes32 x; // 0 before the first
        bytes32 hybrid; // 0: none
    }

    struct Approval {
        uint40 until; // the last second at which the sender is let in
        uint32 version; // how often `until` has changed
    }

    uint256 private constant MAX_ENVELOPE = 2048;

    /// @dev Where a data contract's code has what.
    uint256 private constant KEY_VERSION = 0;
    uint256 private constant SENT_AT = 4;
    uint256 private constant SENDER = 9;
    uint256 private constant PREVIOUS = 29;
    uint256 private constant ENVELOPE = 49;

    uint256 private constant RETRACTED = 1;
    uint256 private constant ACKNOWLEDGED = 2;

    /// @dev The prime of secp256k1's field; the curve is y² = x³ + 7.
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    bytes32 private constant REGISTER_KEY = keccak256(
        "RegisterKey(address account,uint32 version,bytes32 x,bytes32 y,bytes32 hybrid,uint256 deadline)"
    );
    bytes32 private constant RESTRICT_INBOX = keccak256(
        "RestrictInbox(address account,bool restricted,uint32 version,uint256 deadline)"
    );
    bytes32 private constant APPROVE_SENDER = keccak256(
        "ApproveSender(address account,address sender,uint40 until,uint32 version,uint256 deadline)"
    );
    bytes32 private constant ACKNOWLEDGE = keccak256(
        "Acknowledge(address recipient,uint256 index,address cursor,uint256 deadline)"
    );

    /// @dev Count and key version never fall; each message of an inbox is reachable from its newest.
    mapping(address account => Slot slot) private _slots;

    /// @dev The key in force; the parity of its y is in the slot.
    mapping(address account => Key key) private _keys;

    /// @dev Read by a send only while the recipient's inbox is restricted.
    mapping(address account => mapping(address sender => Approval)) private _approvals;

    /// @dev Two status bits a message, 128 messages a word, lowest index in the lowest bits. Bits are set, never
    /// cleared.
    mapping(address recipient => mapping(uint256 word => uint256 bits)) private _statuses;

    /// @inheritdoc IImageInbox
    function send(address recipient, uint32 keyVersion, bytes calldata envelope) external returns (uint256 index) {
        bytes memory refusal;
        (index, refusal) = _deliver(recipient, keyVersion, envelope);
        if (refusal.length != 0) _fail(refusal);
    }

    /// @inheritdoc IImageInbox
    function sendBatch(Item[] calldata items) external returns (uint256 delivered) {
        for (uint256 i; i < items.length; ++i) {
            Item calldata item = items[i];
            (, bytes memory refusal) = _deliver(item.recipient, item.keyVersion, item.envelope);
            if (refusal.length == 0) ++delivered;
            else emit Skipped(item.recipient, msg.sender, i, bytes4(refusal));
        }
    }

    /// @inheritdoc IImageInbox
    function retract(address recipient, uint256 index, address cursor) external {
        address sender = _senderOf(recipient, index, cursor);
        if (sender != msg.sender) revert NotSender(sender);
        if (_mark(recipient, index, RETRACTED)) emit Retracted(recipient, msg.sender, index);
    }

    /// @inheritdoc IImageInbox
    function acknowledge(uint256 index, address cursor) external {
        _acknowledge(msg.sender, _senderOf(msg.sender, index, cursor), index);
    }

    /// @inheritdoc IImageInbox
    function acknowledgeBySignature(
        address recipient,
        uint256 index,
        address cursor,
        uint256 deadline,
        bytes calldata signature
    ) external {
        address sender = _senderOf(recipient, index, cursor);
        if (_status(recipient, index) & ACKNOWLEDGED != 0) return;
        bytes32 act = keccak256(abi.encode(ACKNOWLEDGE, recipient, index, cursor, deadline));
        _checkSignature(recipient, act, deadline, signature);
        _acknowledge(recipient, sender, index);
    }

    /// @inheritdoc IImageInbox
    function registerKey(bytes32 x, bytes32 y, bytes32 hybrid) external {
        Slot slot = _slots[msg.sender];
        if (!_isInForce(msg.sender, slot, x, y, hybrid)) _registerKey(msg.sender, slot, x, y, hybrid);
    }

    /// @inheritdoc IImageInbox
    function registerKeyBySignature(
        address account,
        uint32 version,
        bytes32 x,
        bytes32 y,
        bytes32 hybrid,
        uint256 deadline,
        bytes calldata signature
    ) external {
        Slot slot = _slots[account];
        if (_isInForce(account, slot, x, y, hybrid)) return;
        _checkVersion(version, slot.keyVersion());
        bytes32 act = keccak256(abi.encode(REGISTER_KEY, account, version, x, y, hybrid, deadline));
        _checkSignature(account, act, deadline, signature);
        _registerKey(account, slot, x, y, hybrid);
    }

    /// @inheritdoc IImageInbox
    function restrictInbox(bool restricted) external {
        if (_slots[msg.sender].isRestricted() != restricted) _toggleRestriction(msg.sender);
    }

    /// @inheritdoc IImageInbox
    function restrictInboxBySignature(
        address account,
        bool restricted,
        uint32 version,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (_slots[account].isRestricted() == restricted) return;
        _checkVersion(version, _slots[account].restriction());
        bytes32 act = keccak256(abi.encode(RESTRICT_INBOX, account, restricted, version, deadline));
        _checkSignature(account, act, deadline, signature);
        _toggleRestriction(account);
    }

    /// @inheritdoc IImageInbox
    function approveSender(address sender, uint40 until) external {
        if (_approvals[msg.sender][sender].until != until) _approveSender(msg.sender, sender, until);
    }

    /// @inheritdoc IImageInbox
    function approveSenderBySignature(
        address account,
        address sender,
        uint40 until,
        uint32 version,
        uint256 deadline,
        bytes calldata signature
    ) external {
        Approval memory approval = _approvals[account][sender];
        if (approval.until == until) return;
        _checkVersion(version, approval.version);
        bytes32 act = keccak256(abi.encode(APPROVE_SENDER, account, sender, until, version, deadline));
        _checkSignature(account, act, deadline, signature);
        _approveSender(account, sender, until);
    }

    /// @inheritdoc IImageInbox
    function multicall(bytes[] calldata data) external returns (bytes[] memory results) {
        results = new bytes[](data.length);
        for (uint256 i; i < data.length; ++i) {
            (bool done, bytes memory result) = address(this).delegatecall(data[i]);
            if (!done) _fail(result);
            results[i] = result;
        }
    }

    /// @inheritdoc IImageInbox
    function count(address recipient) external view returns (uint256) {
        return _slots[recipient].count();
    }

    /// @inheritdoc IImageInbox
    function message(address recipient, uint256 index, address cursor) external view returns (Message memory found) {
        (found, ) = _read(cursorOf(recipient, index, index, cursor));
        found.status = _status(recipient, index);
    }

    /// @inheritdoc IImageInbox
    function page(
        address recipient,
        uint256 end,
        uint256 limit,
        address cursor
    ) external view returns (Message[] memory newestFirst, address next) {
        uint256 total = _slots[recipient].count();
        if (end > total) end = total;
        if (end == 0) return (newestFirst, next);
        if (limit > end) limit = end;
        next = cursorOf(recipient, end - 1, end - 1, cursor);
        newestFirst = new Message[](limit);
        for (uint256 i; i < limit; ++i) {
            (newestFirst[i], next) = _read(next);
            newestFirst[i].status = _status(recipient, end - 1 - i);
        }
    }

    /// @inheritdoc IImageInbox
    function keyOf(address account) external view returns (uint32 version, bytes memory key, bytes32 hybrid) {
        Slot slot = _slots[account];
        version = slot.keyVersion();
        if (version != 0) key = abi.encodePacked(uint8(slot.isKeyOdd() ? 3 : 2), _keys[account].x);
        hybrid = _keys[account].hybrid;
    }

    /// @inheritdoc IImageInbox
    function restrictionOf(address account) external view returns (bool restricted, uint32 version) {
        Slot slot = _slots[account];
        return (slot.isRestricted(), slot.restriction());
    }

    /// @inheritdoc IImageInbox
    function approvalOf(address account, address sender) external view returns (uint40 until, uint32 version) {
        Approval storage approval = _approvals[account][sender];
        return (approval.until, approval.version);
    }

    /// @inheritdoc IImageInbox
    function cursorOf(
        address recipient,
        uint256 index,
        uint256 start,
        address cursor
    ) public view returns (address found) {
        if (cursor == address(0)) {
            Slot slot = _slots[recipient];
            if (index >= slot.count()) revert NoMessage(recipient, index);
            (start, found) = (slot.count() - 1, slot.newest());
        } else {
            _prove(recipient, start, cursor);
            if (index > start) revert BadCursor(recipient, index, cursor);
            found = cursor;
        }
        for (uint256 newer = start - index; newer != 0; --newer) {
            found = _previous(found);
        }
    }

    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("ImageInbox", "1");
    }

    /// @dev Stores and announces a message from the caller, unless there is a refusal: the encoded error.
    function _deliver(
        address recipient,
        uint32 keyVersion,
        bytes calldata envelope
    ) private returns (uint256 index, bytes memory refusal) {
        Slot slot = _slots[recipient];
        uint256 size = envelope.length;
        if (size == 0 || size > MAX_ENVELOPE) {
            return (0, abi.encodeWithSelector(BadEnvelope.selector, size));
        }
        if (keyVersion != slot.keyVersion()) {
            return (0, abi.encodeWithSelector(StaleKey.selector, recipient, slot.keyVersion()));
        }
        if (slot.isRestricted()) {
            uint40 until = _approvals[recipient][msg.sender].until;
            if (block.timestamp > until) {
                return (0, abi.encodeWithSelector(NotApproved.selector, recipient, msg.sender, until));
            }
        }
        index = slot.count();
        address cursor = _store(slot.newest(), keyVersion, envelope, _salt(recipient, index));
        _slots[recipient] = slot.withMessage(cursor);
        emit Sent(recipient, msg.sender, index);
    }

    /// @dev Creates a data contract. Its init code, `61 size 80 60 0a 3d 39 3d f3`, returns the `size` bytes after
    /// itself: 4 key version, 5 time, 20 sender, 20 previous, and the envelope. A version has 28 bits, so that the
    /// first of them is 00, STOP, or up to 0f, which fails on the empty stack: it never runs, whatever was sent.
    function _store(
        address previous,
        uint32 keyVersion,
        bytes calldata envelope,
        bytes32 salt
    ) private returns (address cursor) {
        assembly ("memory-safe") {
            let m := mload(0x40)
            let n := envelope.length
            // Three words, each right-aligned 20 bytes after the other, from the last to the first.
            mstore(add(m, 40), previous)
            mstore(add(m, 20), caller())
            let head := or(shl(40, keyVersion), and(timestamp(), 0xffffffffff))
            mstore(m, or(shl(72, add(0x61003180600a3d393df3, shl(56, n))), head))
            calldatacopy(add(m, 72), envelope.offset, n)
            cursor := create2(0, add(m, 13), add(n, 59), salt)
        }
        if (cursor == address(0)) revert NotStored();
    }

    function _acknowledge(address recipient, address sender, uint256 index) private {
        if (_mark(recipient, index, ACKNOWLEDGED)) emit Acknowledged(recipient, sender, index);
    }

    /// @dev Sets a status bit of a message and says whether that changed anything.
    function _mark(address recipient, uint256 index, uint256 bit) private returns (bool changed) {
        uint256 bits = _statuses[recipient][index / 128];
        uint256 marked = bits | (bit << ((index % 128) * 2));
        changed = marked != bits;
        if (changed) _statuses[recipient][index / 128] = marked;
    }

    function _registerKey(address account, Slot slot, bytes32 x, bytes32 y, bytes32 hybrid) private {
        slot = slot.withKey(_isOdd(y));
        _slots[account] = slot;
        _keys[account] = Key(x, hybrid);
        emit KeyRegistered(account, slot.keyVersion(), x, y, hybrid);
    }

    function _toggleRestriction(address account) private {
        Slot slot = _slots[account].toggled();
        _slots[account] = slot;
        emit InboxRestricted(account, slot.isRestricted(), slot.restriction());
    }

    function _approveSender(address account, address sender, uint40 until) private {
        Approval storage approval = _approvals[account][sender];
        if (approval.version == type(uint32).max) revert LastVersion(approval.version);
        approval.until = until;
        uint32 version = ++approval.version;
        emit SenderApproved(account, sender, until, version);
    }

    function _status(address recipient, uint256 index) private view returns (uint8) {
        return uint8((_statuses[recipient][index / 128] >> ((index % 128) * 2)) & 3);
    }

    /// @dev Whether a key is in force already. Fails with BadKey if it is none.
    function _isInForce(address account, Slot slot, bytes32 x, bytes32 y, bytes32 hybrid) private view returns (bool) {
        if (!_isPoint(uint256(x), uint256(y))) revert BadKey(x, y);
        Key storage key = _keys[account];
        return key.x == x && slot.isKeyOdd() == _isOdd(y) && key.hybrid == hybrid;
    }

    /// @dev The sender of the message whose cursor this is.
    function _senderOf(address recipient, uint256 index, address cursor) private view returns (address) {
        return address(bytes20(LibBytes.load(_prove(recipient, index, cursor), SENDER)));
    }

    /// @dev The code at a cursor that somebody handed in, once that is proved to be the message's. The address of a
    /// data contract commits to its code and its salt, and this contract uses each salt once. It makes none without
    /// code, but the address that such a one would have can be computed, and is empty.
    function _prove(address recipient, uint256 index, address cursor) private view returns (bytes memory code) {
        code = cursor.code;
        bytes32 init = keccak256(abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code));
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", this, _salt(recipient, index), init));
        bool isIts = code.length != 0 && index <= type(uint96).max && address(uint160(uint256(hash))) == cursor;
        if (!isIts) revert BadCursor(recipient, index, cursor);
    }

    /// @dev The message at `cursor`, but for its status, and the cursor of the message before it: see `_store`.
    function _read(address cursor) private view returns (Message memory found, address previous) {
        bytes memory code = cursor.code;
        found.keyVersion = uint32(bytes4(LibBytes.load(code, KEY_VERSION)));
        found.sentAt = uint40(bytes5(LibBytes.load(code, SENT_AT)));
        found.sender = address(bytes20(LibBytes.load(code, SENDER)));
        found.cursor = cursor;
        previous = address(bytes20(LibBytes.load(code, PREVIOUS)));
        found.envelope = LibBytes.slice(code, ENVELOPE);
    }

    /// @dev The cursor of the message before the one at `cursor`, without filling memory.
    function _previous(address cursor) private view returns (address previous) {
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(cursor, 12, PREVIOUS, 20)
            previous := mload(0)
        }
    }

    function _checkSignature(address account, bytes32 act, uint256 deadline, bytes calldata signature) private view {
        if (block.timestamp > deadline) revert Expired(deadline);
        bytes32 digest = _hashTypedData(act);
        address signer = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != address(0) && signer == account) return;
        if (!SignatureCheckerLib.isValidERC1271SignatureNowCalldata(account, digest, signature)) {
            revert BadSignature(account);
        }
    }

    function _checkVersion(uint256 version, uint256 current) private pure {
        if (version != current + 1) revert BadVersion(version, current);
    }

    function _isPoint(uint256 x, uint256 y) private pure returns (bool) {
        return x < P && y < P && mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
    }

    function _isOdd(bytes32 y) private pure returns (bool) {
        return uint256(y) & 1 == 1;
    }

    function _salt(address recipient, uint256 index) private pure returns (bytes32) {
        return bytes32((uint256(uint160(recipient)) << 96) | index);
    }

    function _fail(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
