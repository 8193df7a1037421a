// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Fails in every way a contract can. Probe.json beside it is this file compiled for shanghai, with `abi`
/// and `bytecode` as solc's standard JSON output has them, so that the tests need no compiler.
contract Probe {
    event Stored(address indexed by, uint256 value);

    error TooLarge(uint256 value, address by);
    error Forbidden();

    uint256 public value;

    function store(uint256 newValue) external {
        check(newValue);
        value = newValue;
        emit Stored(msg.sender, newValue);
    }

    function check(uint256 newValue) public view {
        if (newValue > 100) revert TooLarge(newValue, msg.sender);
        if (newValue == 13) revert Forbidden();
        require(newValue != 14, "fourteen");
        assert(newValue != 15);
        require(newValue != 16);
    }

    function time() external view returns (uint256) {
        return block.timestamp;
    }
}
