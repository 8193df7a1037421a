// Made by tools/abi.py from contracts/ImageInbox.sol: do not edit.

/** Where the contract is, on every chain (CREATE2 through the common factory). */
export const IMAGE_INBOX_ADDRESS = "0x3752C67124C0D6E4478d15286dff668B8a3ca4F6" as const;

/** Its functions, events and errors. */
export const imageInboxAbi = [
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "BadCursor",
    type: "error",
  },
  { inputs: [{ name: "size", type: "uint256" }], name: "BadEnvelope", type: "error" },
  {
    inputs: [
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
    ],
    name: "BadKey",
    type: "error",
  },
  { inputs: [{ name: "account", type: "address" }], name: "BadSignature", type: "error" },
  {
    inputs: [
      { name: "version", type: "uint256" },
      { name: "current", type: "uint256" },
    ],
    name: "BadVersion",
    type: "error",
  },
  { inputs: [{ name: "deadline", type: "uint256" }], name: "Expired", type: "error" },
  { inputs: [{ name: "version", type: "uint256" }], name: "LastVersion", type: "error" },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
    ],
    name: "NoMessage",
    type: "error",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
    ],
    name: "NotApproved",
    type: "error",
  },
  { inputs: [{ name: "sender", type: "address" }], name: "NotSender", type: "error" },
  { inputs: [], name: "NotStored", type: "error" },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "current", type: "uint32" },
    ],
    name: "StaleKey",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "recipient", type: "address" },
      { indexed: true, name: "sender", type: "address" },
      { indexed: true, name: "index", type: "uint256" },
    ],
    name: "Acknowledged",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "account", type: "address" },
      { indexed: false, name: "restricted", type: "bool" },
      { indexed: false, name: "version", type: "uint32" },
    ],
    name: "InboxRestricted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "account", type: "address" },
      { indexed: true, name: "version", type: "uint32" },
      { indexed: false, name: "x", type: "bytes32" },
      { indexed: false, name: "y", type: "bytes32" },
      { indexed: false, name: "hybrid", type: "bytes32" },
    ],
    name: "KeyRegistered",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "recipient", type: "address" },
      { indexed: true, name: "sender", type: "address" },
      { indexed: true, name: "index", type: "uint256" },
    ],
    name: "Retracted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "account", type: "address" },
      { indexed: true, name: "sender", type: "address" },
      { indexed: false, name: "until", type: "uint40" },
      { indexed: false, name: "version", type: "uint32" },
    ],
    name: "SenderApproved",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "recipient", type: "address" },
      { indexed: true, name: "sender", type: "address" },
      { indexed: true, name: "index", type: "uint256" },
    ],
    name: "Sent",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, name: "recipient", type: "address" },
      { indexed: true, name: "sender", type: "address" },
      { indexed: true, name: "item", type: "uint256" },
      { indexed: false, name: "reason", type: "bytes4" },
    ],
    name: "Skipped",
    type: "event",
  },
  {
    inputs: [
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "acknowledge",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    name: "acknowledgeBySignature",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "account", type: "address" },
      { name: "sender", type: "address" },
    ],
    name: "approvalOf",
    outputs: [
      { name: "until", type: "uint40" },
      { name: "version", type: "uint32" },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
    ],
    name: "approveSender",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "account", type: "address" },
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
      { name: "version", type: "uint32" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    name: "approveSenderBySignature",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [{ name: "recipient", type: "address" }],
    name: "count",
    outputs: [{ name: "", type: "uint256" }],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "start", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "cursorOf",
    outputs: [{ name: "found", type: "address" }],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [],
    name: "eip712Domain",
    outputs: [
      { name: "fields", type: "bytes1" },
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
      { name: "salt", type: "bytes32" },
      { name: "extensions", type: "uint256[]" },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [{ name: "account", type: "address" }],
    name: "keyOf",
    outputs: [
      { name: "version", type: "uint32" },
      { name: "key", type: "bytes" },
      { name: "hybrid", type: "bytes32" },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "message",
    outputs: [
      {
        components: [
          { name: "sender", type: "address" },
          { name: "sentAt", type: "uint40" },
          { name: "keyVersion", type: "uint32" },
          { name: "status", type: "uint8" },
          { name: "cursor", type: "address" },
          { name: "envelope", type: "bytes" },
        ],
        name: "found",
        type: "tuple",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [{ name: "data", type: "bytes[]" }],
    name: "multicall",
    outputs: [{ name: "results", type: "bytes[]" }],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "end", type: "uint256" },
      { name: "limit", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "page",
    outputs: [
      {
        components: [
          { name: "sender", type: "address" },
          { name: "sentAt", type: "uint40" },
          { name: "keyVersion", type: "uint32" },
          { name: "status", type: "uint8" },
          { name: "cursor", type: "address" },
          { name: "envelope", type: "bytes" },
        ],
        name: "newestFirst",
        type: "tuple[]",
      },
      { name: "next", type: "address" },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
      { name: "hybrid", type: "bytes32" },
    ],
    name: "registerKey",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "account", type: "address" },
      { name: "version", type: "uint32" },
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
      { name: "hybrid", type: "bytes32" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    name: "registerKeyBySignature",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [{ name: "restricted", type: "bool" }],
    name: "restrictInbox",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "account", type: "address" },
      { name: "restricted", type: "bool" },
      { name: "version", type: "uint32" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    name: "restrictInboxBySignature",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [{ name: "account", type: "address" }],
    name: "restrictionOf",
    outputs: [
      { name: "restricted", type: "bool" },
      { name: "version", type: "uint32" },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    name: "retract",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      { name: "recipient", type: "address" },
      { name: "keyVersion", type: "uint32" },
      { name: "envelope", type: "bytes" },
    ],
    name: "send",
    outputs: [{ name: "index", type: "uint256" }],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          { name: "recipient", type: "address" },
          { name: "keyVersion", type: "uint32" },
          { name: "envelope", type: "bytes" },
        ],
        name: "items",
        type: "tuple[]",
      },
    ],
    name: "sendBatch",
    outputs: [{ name: "delivered", type: "uint256" }],
    stateMutability: "nonpayable",
    type: "function",
  },
] as const;
