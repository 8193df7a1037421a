// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An account that is a contract (ERC-1271): what its owner signed, it signed, until it is told to refuse.
contract Wallet {
    address public immutable owner;
    bool public refuses;

    constructor(address owner_) {
        owner = owner_;
    }

    function refuse() external {
        refuses = true;
    }

    function call(address target, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory result) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        return result;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        address signer = ecrecover(
            hash,
            uint8(signature[64]),
            bytes32(signature[:32]),
            bytes32(signature[32:64])
        );
        return !refuses && signer == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice Code that an EIP-7702 account delegates to: it accepts no signature at all.
contract Refuser {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0xffffffff;
    }
}

/// @notice An account that is a contract and answers ERC-1271 in ways that nobody should: see `Answer`.
contract StrangeWallet {
    enum Answer {
        Yes,
        YesAndMore, // the right word, and another after it
        YesButDirty, // the right four bytes, and others in place of the 28 zeros
        YesButShort, // the right four bytes alone
        No,
        Zero,
        One, // `true`, as a check that returns a bool would say
        Nothing,
        RevertWithYes,
        BurnAllGas,
        YesAfterReentering // calls the inbox with `act` first, whatever comes of it
    }

    bytes32 private constant YES = bytes32(bytes4(0x1626ba7e));

    Answer public answer;
    address public inbox;
    bytes public act;

    function set(Answer answer_, address inbox_, bytes calldata act_) external {
        (answer, inbox, act) = (answer_, inbox_, act_);
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        if (answer == Answer.YesAfterReentering) {
            (bool done, ) = inbox.call{gas: 200_000}(act);
            done;
        }
        if (answer == Answer.BurnAllGas) while (true) {}
        (bytes32 word, uint256 size) = (YES, 32);
        if (answer == Answer.YesAndMore) size = 64;
        if (answer == Answer.YesButDirty) word = YES | bytes32(uint256(1));
        if (answer == Answer.YesButShort) size = 4;
        if (answer == Answer.No) word = bytes32(bytes4(0xffffffff));
        if (answer == Answer.Zero) word = 0;
        if (answer == Answer.One) word = bytes32(uint256(1));
        if (answer == Answer.Nothing) size = 0;
        bool reverts = answer == Answer.RevertWithYes;
        assembly ("memory-safe") {
            mstore(0, word)
            mstore(32, 7)
            if reverts {
                revert(0, size)
            }
            return(0, size)
        }
    }
}
