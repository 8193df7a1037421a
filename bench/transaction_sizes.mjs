// How many bytes signed transactions are, and compressed as L2s estimate it when they charge for L1: by FastLZ (OP stack)
// and by Brotli (Arbitrum). Takes an array of hex strings on standard input, writes one of objects.
import { readFileSync } from "node:fs";
import { constants, brotliCompressSync } from "node:zlib";
import solady from "solady/js/solady.js";

const params = { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 22 };
const sizes = JSON.parse(readFileSync(0, "utf8")).map((transaction) => ({
  plain: (transaction.length - 2) / 2,
  fastlz: (solady.LibZip.flzCompress(transaction).length - 2) / 2,
  brotli: brotliCompressSync(Buffer.from(transaction.slice(2), "hex"), { params }).length,
}));
process.stdout.write(JSON.stringify(sizes));
