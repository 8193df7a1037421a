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
        require(done);
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
