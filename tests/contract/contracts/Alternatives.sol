// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The published prototype's storage: one string, the complete hex ciphertext, for everybody.
contract Prototype {
    string public ipfsHash;

    function sendHash(string calldata hash) external {
        ipfsHash = hash;
    }
}

/// @notice The plain way to keep a list of messages in storage.
contract PlainStorage {
    struct Message {
        address sender;
        uint40 sentAt;
        uint16 keyVersion;
        bytes envelope;
    }

    mapping(address recipient => Message[]) public inboxes;

    event Sent(address indexed recipient, address indexed sender, uint256 indexed index);

    function send(address recipient, uint16 keyVersion, bytes calldata envelope) external {
        uint256 index = inboxes[recipient].length;
        inboxes[recipient].push(Message(msg.sender, uint40(block.timestamp), keyVersion, envelope));
        emit Sent(recipient, msg.sender, index);
    }
}

/// @notice ERC-5564's announcer: the envelope as metadata of a log, and nothing in state.
contract Announcer {
    event Announcement(
        uint256 indexed schemeId,
        address indexed stealthAddress,
        address indexed caller,
        bytes ephemeralPubKey,
        bytes metadata
    );

    function announce(
        uint256 schemeId,
        address stealthAddress,
        bytes calldata ephemeralPubKey,
        bytes calldata metadata
    ) external {
        emit Announcement(schemeId, stealthAddress, msg.sender, ephemeralPubKey, metadata);
    }
}

/// @notice A digest a message and nothing else in state. The envelope, with who sent it and when, is a block of IPFS,
/// whose CID is the digest; it stands in the transaction's data, too.
contract ThinInbox {
    mapping(address recipient => bytes32[]) public digests;

    event Sent(address indexed recipient, address indexed sender, uint256 indexed index);

    function send(address recipient, uint32 keyVersion, bytes calldata envelope) external {
        bytes32[] storage inbox = digests[recipient];
        emit Sent(recipient, msg.sender, inbox.length);
        inbox.push(sha256(abi.encodePacked(msg.sender, uint40(block.timestamp), keyVersion, envelope)));
    }
}
