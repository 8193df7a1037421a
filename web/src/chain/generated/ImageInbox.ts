// Made by tools/abi.py from contracts/ImageInbox.sol: do not edit.

/** Where the contract is, on every chain (CREATE2 through the common factory). */
export const IMAGE_INBOX_ADDRESS = "0xD5a216726aD004196c6D121F0918e3B0096FEb09" as const;

/** Its functions, events and errors. */
export const imageInboxAbi = [
  {
    type: "error",
    name: "BadCursor",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
  },
  { type: "error", name: "BadEnvelope", inputs: [{ name: "size", type: "uint256" }] },
  {
    type: "error",
    name: "BadKey",
    inputs: [
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
    ],
  },
  { type: "error", name: "BadSignature", inputs: [{ name: "account", type: "address" }] },
  {
    type: "error",
    name: "BadVersion",
    inputs: [
      { name: "version", type: "uint256" },
      { name: "current", type: "uint256" },
    ],
  },
  { type: "error", name: "Expired", inputs: [{ name: "deadline", type: "uint256" }] },
  {
    type: "error",
    name: "NoMessage",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
    ],
  },
  {
    type: "error",
    name: "NotApproved",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
    ],
  },
  { type: "error", name: "NotSender", inputs: [{ name: "sender", type: "address" }] },
  { type: "error", name: "NotStored", inputs: [] },
  {
    type: "error",
    name: "StaleKey",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "current", type: "uint16" },
    ],
  },
  {
    type: "event",
    name: "Acknowledged",
    inputs: [
      { name: "recipient", type: "address", indexed: true },
      { name: "index", type: "uint256", indexed: true },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "InboxRestricted",
    inputs: [
      { name: "account", type: "address", indexed: true },
      { name: "restricted", type: "bool", indexed: false },
      { name: "version", type: "uint16", indexed: false },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "KeyRegistered",
    inputs: [
      { name: "account", type: "address", indexed: true },
      { name: "version", type: "uint16", indexed: true },
      { name: "x", type: "bytes32", indexed: false },
      { name: "y", type: "bytes32", indexed: false },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "Retracted",
    inputs: [
      { name: "recipient", type: "address", indexed: true },
      { name: "sender", type: "address", indexed: true },
      { name: "index", type: "uint256", indexed: true },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "SenderApproved",
    inputs: [
      { name: "account", type: "address", indexed: true },
      { name: "sender", type: "address", indexed: true },
      { name: "until", type: "uint40", indexed: false },
      { name: "version", type: "uint32", indexed: false },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "Sent",
    inputs: [
      { name: "recipient", type: "address", indexed: true },
      { name: "sender", type: "address", indexed: true },
      { name: "index", type: "uint256", indexed: true },
    ],
    anonymous: false,
  },
  {
    type: "event",
    name: "Skipped",
    inputs: [
      { name: "recipient", type: "address", indexed: true },
      { name: "sender", type: "address", indexed: true },
      { name: "item", type: "uint256", indexed: true },
      { name: "reason", type: "bytes4", indexed: false },
    ],
    anonymous: false,
  },
  {
    type: "function",
    name: "acknowledge",
    stateMutability: "nonpayable",
    inputs: [{ name: "index", type: "uint256" }],
    outputs: [],
  },
  {
    type: "function",
    name: "acknowledgeBySignature",
    stateMutability: "nonpayable",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "approvalOf",
    stateMutability: "view",
    inputs: [
      { name: "account", type: "address" },
      { name: "sender", type: "address" },
    ],
    outputs: [
      { name: "until", type: "uint40" },
      { name: "version", type: "uint32" },
    ],
  },
  {
    type: "function",
    name: "approveSender",
    stateMutability: "nonpayable",
    inputs: [
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "approveSenderBySignature",
    stateMutability: "nonpayable",
    inputs: [
      { name: "account", type: "address" },
      { name: "sender", type: "address" },
      { name: "until", type: "uint40" },
      { name: "version", type: "uint32" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "count",
    stateMutability: "view",
    inputs: [{ name: "recipient", type: "address" }],
    outputs: [{ name: "", type: "uint256" }],
  },
  {
    type: "function",
    name: "cursorOf",
    stateMutability: "view",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
    ],
    outputs: [{ name: "cursor", type: "address" }],
  },
  {
    type: "function",
    name: "eip712Domain",
    stateMutability: "view",
    inputs: [],
    outputs: [
      { name: "fields", type: "bytes1" },
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
      { name: "salt", type: "bytes32" },
      { name: "extensions", type: "uint256[]" },
    ],
  },
  {
    type: "function",
    name: "keyOf",
    stateMutability: "view",
    inputs: [{ name: "account", type: "address" }],
    outputs: [
      { name: "version", type: "uint16" },
      { name: "key", type: "bytes" },
    ],
  },
  {
    type: "function",
    name: "message",
    stateMutability: "view",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
    ],
    outputs: [
      {
        name: "found",
        type: "tuple",
        components: [
          { name: "sender", type: "address" },
          { name: "sentAt", type: "uint40" },
          { name: "keyVersion", type: "uint16" },
          { name: "status", type: "uint8" },
          { name: "envelope", type: "bytes" },
        ],
      },
    ],
  },
  {
    type: "function",
    name: "multicall",
    stateMutability: "nonpayable",
    inputs: [{ name: "data", type: "bytes[]" }],
    outputs: [{ name: "results", type: "bytes[]" }],
  },
  {
    type: "function",
    name: "page",
    stateMutability: "view",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "end", type: "uint256" },
      { name: "limit", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    outputs: [
      {
        name: "newestFirst",
        type: "tuple[]",
        components: [
          { name: "sender", type: "address" },
          { name: "sentAt", type: "uint40" },
          { name: "keyVersion", type: "uint16" },
          { name: "status", type: "uint8" },
          { name: "envelope", type: "bytes" },
        ],
      },
      { name: "next", type: "address" },
    ],
  },
  {
    type: "function",
    name: "registerKey",
    stateMutability: "nonpayable",
    inputs: [
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "registerKeyBySignature",
    stateMutability: "nonpayable",
    inputs: [
      { name: "account", type: "address" },
      { name: "version", type: "uint16" },
      { name: "x", type: "bytes32" },
      { name: "y", type: "bytes32" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "restrictInbox",
    stateMutability: "nonpayable",
    inputs: [{ name: "restricted", type: "bool" }],
    outputs: [],
  },
  {
    type: "function",
    name: "restrictInboxBySignature",
    stateMutability: "nonpayable",
    inputs: [
      { name: "account", type: "address" },
      { name: "restricted", type: "bool" },
      { name: "version", type: "uint16" },
      { name: "deadline", type: "uint256" },
      { name: "signature", type: "bytes" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "restrictionOf",
    stateMutability: "view",
    inputs: [{ name: "account", type: "address" }],
    outputs: [
      { name: "restricted", type: "bool" },
      { name: "version", type: "uint16" },
    ],
  },
  {
    type: "function",
    name: "retract",
    stateMutability: "nonpayable",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "index", type: "uint256" },
      { name: "cursor", type: "address" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "send",
    stateMutability: "nonpayable",
    inputs: [
      { name: "recipient", type: "address" },
      { name: "keyVersion", type: "uint16" },
      { name: "envelope", type: "bytes" },
    ],
    outputs: [{ name: "index", type: "uint256" }],
  },
  {
    type: "function",
    name: "sendBatch",
    stateMutability: "nonpayable",
    inputs: [
      {
        name: "items",
        type: "tuple[]",
        components: [
          { name: "recipient", type: "address" },
          { name: "keyVersion", type: "uint16" },
          { name: "envelope", type: "bytes" },
        ],
      },
    ],
    outputs: [{ name: "delivered", type: "uint256" }],
  },
] as const;
