import tseslint from "typescript-eslint";

/** What each room of src may import, besides itself and the files directly in src. Imports point one way. */
const ROOMS = {
  formats: [],
  chain: ["formats"],
  ipfs: ["formats"],
  worker: ["ipfs", "formats"],
  keys: ["worker", "ipfs", "chain", "formats"],
  ui: [],
  dicom: ["worker", "formats"],
  contacts: ["worker", "dicom", "formats"],
  viewer: ["dicom", "ui"],
  wallet: ["chain", "formats", "ui"],
  passkeys: ["keys", "worker", "formats", "ui"],
  registration: ["wallet", "keys", "worker", "ipfs", "chain", "formats", "ui"],
  recipients: ["ipfs", "chain", "formats"],
  outgoing: ["chain", "formats"],
  dicomweb: [],
};

/** Forbids the files of a room, `depth` folders below src, to import other rooms than those allowed. */
function oneWay(files, depth, allowed) {
  const out = "\\.\\.\\/".repeat(depth);
  return forbid(files, `^${out}(?!${oneOf(allowed)})`, "Imports point one way: see ROOMS in eslint.config.js.");
}

/** What may stand after the way out to src. */
function oneOf(rooms) {
  return [...rooms.map((room) => `${room}\\/`), "[a-z]+\\.ts$"].join("|");
}

/** Forbids imports, dynamic ones too, whose path matches. */
function forbid(files, regex, message) {
  return {
    files,
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ regex, message }] }],
      "no-restricted-syntax": ["error", { selector: `ImportExpression[source.value=/${regex}/]`, message }],
    },
  };
}

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/chain/generated"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  forbid(["src/*.ts"], "^\\.\\/(?!formats\\/|[a-z]+\\.ts$)", "What stands directly in src is for every room."),
  ...Object.entries(ROOMS).flatMap(([room, allowed]) => [
    oneWay([`src/${room}/*.ts`], 1, allowed),
    oneWay([`src/${room}/*/*.ts`], 2, allowed),
  ]),
  forbid(
    ["src/pages/*/*.ts"],
    `^\\.\\.\\/(?!\\.\\.\\/(?:${oneOf(Object.keys(ROOMS))}))`,
    "A page may import any room, and no other page.",
  ),
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
);
