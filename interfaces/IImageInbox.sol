// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Inboxes for sealed references to medical images
/// @notice Every address has an inbox. Anyone may send to it, unless its owner restricts it to senders of their
/// choice. A message carries an envelope: where an encrypted image lies and the key that decrypts it, sealed so
/// that only the recipient's private key opens it. Envelopes are kept in state, so that an inbox can be read from
/// any node at any later time, without logs.
/// @dev Times are Unix seconds. Indices count from 0 in each inbox, without gaps. Nobody administers, pauses,
/// upgrades or deletes, and no function takes Ether.
///
/// Acts named `…BySignature` may be relayed by anyone, so that the account that acts needs no Ether. They take an
/// EIP-712 signature over the struct stated at each, in the domain that `eip712Domain` (ERC-5267) reports: name
/// "ImageInbox", version "1", the chain's id and the contract's address. A signature counts if it is the account's
/// own by ECDSA (65 bytes, or 64 as in ERC-2098) or if the account's code accepts it (ERC-1271); it is tried in
/// this order, because an account with delegated code (EIP-7702) still has a key. Such an act holds up to and
/// including `deadline`, and where it could be undone it also names the version that it makes, so that it works
/// once and only on the state that its signer saw. What is already so is accepted and changes nothing, whatever the
/// signature: that somebody else relayed it first is no failure.
interface IImageInbox {
    /// @notice One entry of an inbox. All but `status` stays for ever as it was sent.
    /// @param sender The account that sent it. Sealing does not authenticate a sender; this field does.
    /// @param sentAt The time of the block that it was sent in.
    /// @param keyVersion The version of the recipient's key that the envelope is sealed to; 0 is the account's own.
    /// @param status Bit 0 is set once the sender has retracted it, bit 1 once the recipient has acknowledged it.
    /// @param cursor Where it is stored: see `cursorOf`.
    /// @param envelope What was sealed, byte for byte as sent.
    struct Message {
        address sender;
        uint40 sentAt;
        uint32 keyVersion;
        uint8 status;
        address cursor;
        bytes envelope;
    }

    /// @notice One delivery of a batch.
    /// @param recipient As in `send`.
    /// @param keyVersion As in `send`.
    /// @param envelope As in `send`.
    struct Item {
        address recipient;
        uint32 keyVersion;
        bytes envelope;
    }

    /// @notice A message was put into an inbox. Its envelope is in state: see `message`.
    /// @param recipient Whose inbox.
    /// @param sender Who sent it.
    /// @param index Where it lies.
    event Sent(address indexed recipient, address indexed sender, uint256 indexed index);

    /// @notice An item of a batch was not delivered.
    /// @param recipient Whose inbox it was for.
    /// @param sender Who sent the batch.
    /// @param item Its number in the batch, from 0.
    /// @param reason The selector of the error that `send` would have failed with.
    event Skipped(address indexed recipient, address indexed sender, uint256 indexed item, bytes4 reason);

    /// @notice From now on messages to the account are sealed to this key.
    /// @param account Whose key.
    /// @param version The key's version.
    /// @param x The key's x coordinate, big endian.
    /// @param y The key's y coordinate, big endian.
    /// @param hybrid As in `registerKey`.
    event KeyRegistered(address indexed account, uint32 indexed version, bytes32 x, bytes32 y, bytes32 hybrid);

    /// @notice An inbox now takes messages from approved senders only, or from everyone again.
    /// @param account Whose inbox.
    /// @param restricted True: approved senders only.
    /// @param version How often the setting has changed.
    event InboxRestricted(address indexed account, bool restricted, uint32 version);

    /// @notice A sender's approval was given, changed or withdrawn; it counts while the inbox is restricted.
    /// @param account Whose inbox.
    /// @param sender Who may send to it.
    /// @param until The last second at which they may; 0: no longer.
    /// @param version How often this approval has changed.
    event SenderApproved(address indexed account, address indexed sender, uint40 until, uint32 version);

    /// @notice A sender took a message back. Its envelope stays readable: nothing on a chain can be unsaid.
    /// @param recipient Whose inbox.
    /// @param sender Who had sent the message.
    /// @param index Where it lies.
    event Retracted(address indexed recipient, address indexed sender, uint256 indexed index);

    /// @notice A recipient confirmed receipt.
    /// @param recipient Whose inbox.
    /// @param sender Who had sent the message.
    /// @param index Where it lies.
    event Acknowledged(address indexed recipient, address indexed sender, uint256 indexed index);

    /// @notice An envelope has 1 to 2048 bytes.
    /// @param size This one's.
    error BadEnvelope(uint256 size);

    /// @notice The envelope is not sealed to the key in force.
    /// @param recipient Whose key.
    /// @param current The version in force.
    error StaleKey(address recipient, uint32 current);

    /// @notice The inbox is restricted, and the sender's approval is over or was never given.
    /// @param recipient Whose inbox.
    /// @param sender Who wanted to send.
    /// @param until The last second at which they could have; 0: never.
    error NotApproved(address recipient, address sender, uint40 until);

    /// @notice The data contract could not be created: too little gas was left.
    error NotStored();

    /// @notice The inbox has no such message yet.
    /// @param recipient Whose inbox.
    /// @param index The index asked for.
    error NoMessage(address recipient, uint256 index);

    /// @notice A cursor is not that message's; or, where a walk starts, it is that of an older one.
    /// @param recipient Whose inbox.
    /// @param index The message's index.
    /// @param cursor What was given.
    error BadCursor(address recipient, uint256 index, address cursor);

    /// @notice A message can be retracted by its sender only.
    /// @param sender Who that is.
    error NotSender(address sender);

    /// @notice Not a point of secp256k1.
    /// @param x The first coordinate given.
    /// @param y The second.
    error BadKey(bytes32 x, bytes32 y);

    /// @notice The signature no longer holds.
    /// @param deadline The last second at which it did.
    error Expired(uint256 deadline);

    /// @notice A signed act must make the version after the current one.
    /// @param version The one it would make.
    /// @param current The current one.
    error BadVersion(uint256 version, uint256 current);

    /// @notice There is no version after this one: the setting stays as it is for ever.
    /// @param version The version in force.
    error LastVersion(uint256 version);

    /// @notice Not the account's signature over this act for this contract and chain.
    /// @param account Whose signature it should be.
    error BadSignature(address account);

    /// @notice Put a message into an inbox. Anyone may, unless the inbox is restricted.
    /// @dev Fails with BadEnvelope, StaleKey or NotApproved, checked in this order.
    /// @param recipient Whose inbox. Any 20 bytes: the address needs neither code nor a key, and is not called.
    /// @param keyVersion The version of the recipient's key that the envelope is sealed to: the one `keyOf` reports.
    /// @param envelope 1 to 2048 bytes, opaque to this contract.
    /// @return index Where the message lies from now on. Off chain, take it from `Sent`.
    function send(address recipient, uint32 keyVersion, bytes calldata envelope) external returns (uint256 index);

    /// @notice Send each item in order. What `send` would refuse is skipped and reported by `Skipped`, so that one
    /// recipient cannot hold up the others. The rest is as if sent one by one.
    /// @param items What to send.
    /// @return delivered How many were not skipped.
    function sendBatch(Item[] calldata items) external returns (uint256 delivered);

    /// @notice Mark a message that the caller sent as retracted. Only its sender may; once more has no effect.
    /// @param recipient Whose inbox.
    /// @param index Which message of it.
    /// @param cursor The message's cursor, from `cursorOf`: it commits to the message. BadCursor if it is another's.
    function retract(address recipient, uint256 index, address cursor) external;

    /// @notice Mark a message of the caller's inbox as received. Once more has no effect.
    /// @param index Which message.
    /// @param cursor The message's cursor, from `cursorOf`: it commits to the message. BadCursor if it is another's.
    function acknowledge(uint256 index, address cursor) external;

    /// @notice `acknowledge`, for the account that signed
    /// `Acknowledge(address recipient,uint256 index,address cursor,uint256 deadline)`. It cannot be undone, so it
    /// needs no version; and it names the message by its cursor, so that it holds for no other at that index.
    /// @param recipient Whose inbox, and who signed.
    /// @param index Which message of it.
    /// @param cursor The message's cursor.
    /// @param deadline The last second at which the signature holds.
    /// @param signature As described at the top.
    function acknowledgeBySignature(
        address recipient,
        uint256 index,
        address cursor,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Register the key that messages to the caller are to be sealed to, in place of the one in force. The
    /// key in force once more has no effect. Fails with BadKey, or with LastVersion after 268,435,455 keys.
    /// @dev The first version is 1; until then the account's own key, version 0, is in force. Earlier keys are in the
    /// `KeyRegistered` events. Not proved is that the caller has the private key: a wrong one harms its owner only.
    /// The whole point is given, because to check a root is cheaper than to find it.
    /// @param x The key's x coordinate, big endian.
    /// @param y The key's y coordinate, big endian. They must be a point of secp256k1.
    /// @param hybrid The SHA-256 of the account's quantum-safe age recipient, which senders then seal to as well
    /// (docs/format.md, Hybrid key); 0: none.
    function registerKey(bytes32 x, bytes32 y, bytes32 hybrid) external;

    /// @notice `registerKey`, for the account that signed
    /// `RegisterKey(address account,uint32 version,bytes32 x,bytes32 y,bytes32 hybrid,uint256 deadline)`.
    /// @param account Whose key, and who signed.
    /// @param version One above the version that `keyOf` reports.
    /// @param x The key's x coordinate, big endian.
    /// @param y The key's y coordinate, big endian.
    /// @param hybrid As in `registerKey`.
    /// @param deadline The last second at which the signature holds.
    /// @param signature As described at the top.
    function registerKeyBySignature(
        address account,
        uint32 version,
        bytes32 x,
        bytes32 y,
        bytes32 hybrid,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Take messages from approved senders only, or from everyone again. The setting in force once more has
    /// no effect. Fails with LastVersion after 268,435,455 changes.
    /// @param restricted True: approved senders only.
    function restrictInbox(bool restricted) external;

    /// @notice `restrictInbox`, for the account that signed
    /// `RestrictInbox(address account,bool restricted,uint32 version,uint256 deadline)`.
    /// @param account Whose inbox, and who signed.
    /// @param restricted True: approved senders only.
    /// @param version One above the version that `restrictionOf` reports.
    /// @param deadline The last second at which the signature holds.
    /// @param signature As described at the top.
    function restrictInboxBySignature(
        address account,
        bool restricted,
        uint32 version,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Say how long a sender may send to the caller's inbox while it is restricted. The approval in force
    /// once more has no effect. Fails with LastVersion after 4,294,967,295 changes.
    /// @param sender Who may send.
    /// @param until The last second at which they may; 0 withdraws.
    function approveSender(address sender, uint40 until) external;

    /// @notice `approveSender`, for the account that signed
    /// `ApproveSender(address account,address sender,uint40 until,uint32 version,uint256 deadline)`.
    /// @param account Whose inbox, and who signed.
    /// @param sender Who may send.
    /// @param until The last second at which they may; 0 withdraws.
    /// @param version One above the version that `approvalOf` reports for this sender.
    /// @param deadline The last second at which the signature holds.
    /// @param signature As described at the top.
    function approveSenderBySignature(
        address account,
        address sender,
        uint40 until,
        uint32 version,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Make several calls to this contract as the same caller: all of them, or none if one fails, with that
    /// one's error.
    /// @param data Each an ABI-encoded call.
    /// @return results What each call returned, ABI-encoded.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);

    /// @notice How many messages an inbox has: one more than its newest index.
    /// @param recipient Whose inbox.
    /// @return The number.
    function count(address recipient) external view returns (uint256);

    /// @notice One message, or NoMessage.
    /// @param recipient Whose inbox.
    /// @param index Which message of it.
    /// @param cursor The message's cursor, or BadCursor; or 0 to search for it from the newest one: see `cursorOf`.
    /// @return The message.
    function message(address recipient, uint256 index, address cursor) external view returns (Message memory);

    /// @notice Messages end-1, end-2, …, newest first.
    /// @param recipient Whose inbox.
    /// @param end One above the first index wanted; above the count means the count.
    /// @param limit The most messages to return. 500 fit well into a usual node's limit for a call.
    /// @param cursor The cursor of message end-1, or BadCursor; or 0 to search for it from the newest: see `cursorOf`.
    /// @return newestFirst The messages.
    /// @return next The cursor of the message after these, for the page that ends at `end` less the number of
    /// messages returned; 0 if there is none.
    function page(
        address recipient,
        uint256 end,
        uint256 limit,
        address cursor
    ) external view returns (Message[] memory newestFirst, address next);

    /// @notice Where a message is stored: its cursor. NoMessage or BadCursor if there is none.
    /// @dev The address of a data contract whose code is, in bytes: 4 keyVersion, 5 sentAt, 20 sender, 20 the cursor
    /// of the message before (0 at index 0), then the envelope; all big endian. It was made by CREATE2 with the salt
    /// `recipient << 96 | index`, so that it commits to all this. It stays, but for a reorganisation of the chain.
    ///
    /// Messages are linked from newest to oldest: finding one costs about 2,700 gas for every newer one up to where the
    /// search starts. In a long inbox go there in several calls, each from the cursor that the one before has found.
    /// @param recipient Whose inbox.
    /// @param index Which message of it.
    /// @param start Where the search starts: the same message or a newer one.
    /// @param cursor The cursor of message `start`; or 0 to start from the newest one, whatever `start` is.
    /// @return The message's cursor.
    function cursorOf(address recipient, uint256 index, uint256 start, address cursor) external view returns (address);

    /// @notice The key that messages to an account are to be sealed to.
    /// @param account Whose key.
    /// @return version The key's version; 0 means the account's own key.
    /// @return key 33 bytes, compressed as in SEC 1 section 2.3.3: 02 for an even y or 03 for an odd one, then x.
    /// Empty at version 0.
    /// @return hybrid As in `registerKey`; 0: none.
    function keyOf(address account) external view returns (uint32 version, bytes memory key, bytes32 hybrid);

    /// @notice Whether an inbox is restricted.
    /// @param account Whose inbox.
    /// @return restricted True: it takes messages from approved senders only.
    /// @return version How often that has changed.
    function restrictionOf(address account) external view returns (bool restricted, uint32 version);

    /// @notice A sender's approval, which counts while the inbox is restricted.
    /// @param account Whose inbox.
    /// @param sender Who may send to it.
    /// @return until The last second at which they may; 0: not approved.
    /// @return version How often that has changed.
    function approvalOf(address account, address sender) external view returns (uint40 until, uint32 version);
}
