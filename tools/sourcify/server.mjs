// Answers as Sourcify's API v2 does, for one chain, and verifies as Sourcify does: by its own library, which compiles the
// input and compares the code with the chain's. What it has verified it forgets when it ends.
//
//   node server.mjs CHAIN-ID URL SOLC
//
// URL is the chain's node, SOLC the one compiler that it has, a program that takes --version, and --standard-json on
// standard input. Prints the port it listens at, on 127.0.0.1.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { json } from "node:stream/consumers";
import { randomUUID } from "node:crypto";
import {
  SolidityCompilation,
  SourcifyChain,
  Verification,
  setLibSourcifyLogger,
} from "@ethereum-sourcify/lib-sourcify";

const [chainId, url, solc] = process.argv.slice(2);
const chain = new SourcifyChain({
  name: "test",
  chainId: Number(chainId),
  rpcs: [{ rpc: url, maskedUrl: url, traceSupport: "debug_traceTransaction" }],
  supported: true,
});
const matches = { partial: "match", perfect: "exact_match" };
const contracts = new Map();
const jobs = new Map();

const version = execFileSync(solc, ["--version"], { encoding: "utf8" }).trim().split("Version: ")[1];

const compiler = {
  async compile(wanted, input) {
    if (wanted !== version) throw new Error(`there is no compiler ${wanted}`);
    const compiling = spawn(solc, ["--standard-json"], { stdio: ["pipe", "pipe", "inherit"] });
    compiling.stdin.end(JSON.stringify(input));
    const output = await json(compiling.stdout);
    const errors = (output.errors ?? []).filter((error) => error.severity === "error");
    if (errors.length) throw Object.assign(new Error("it does not compile"), { errors });
    return output;
  },
};

const refusal = (customCode, message) => ({ customCode, message, errorId: randomUUID() });
const found = (address) =>
  contracts.get(address.toLowerCase()) ?? { match: null, creationMatch: null, runtimeMatch: null, chainId, address };

async function verify(job, address, body) {
  const split = body.contractIdentifier.lastIndexOf(":");
  const target = { path: body.contractIdentifier.slice(0, split), name: body.contractIdentifier.slice(split + 1) };
  try {
    const compilation = new SolidityCompilation(compiler, body.compilerVersion, body.stdJsonInput, target);
    const verification = new Verification(compilation, chain, address, body.creationTransactionHash);
    await verification.verify();
    const { runtimeMatch, creationMatch } = verification.status;
    const [runtime, creation] = [runtimeMatch, creationMatch].map((match) => matches[match] ?? null);
    const match = [runtime, creation].includes("exact_match") ? "exact_match" : "match";
    contracts.set(address.toLowerCase(), { ...found(address), match, runtimeMatch: runtime, creationMatch: creation });
  } catch (error) {
    job.error = refusal(error.code ?? "internal_error", error.message);
  }
  job.isJobCompleted = true;
  job.contract = found(address);
}

async function answer(request) {
  const [, api, what, first, address] = request.url.split("?")[0].split("/");
  if (api !== "v2") return [404, refusal("route_not_found", "there is nothing here")];
  if (request.method === "GET" && what === "verify")
    return jobs.has(first) ? [200, jobs.get(first)] : [404, refusal("job_not_found", `there is no job ${first}`)];
  if (first !== chainId) return [404, refusal("unsupported_chain", `Chain ${first} not found`)];
  if (request.method === "GET") return [found(address).match ? 200 : 404, found(address)];
  const job = { isJobCompleted: false, verificationId: randomUUID(), contract: found(address) };
  jobs.set(job.verificationId, job);
  void verify(job, address, await json(request));
  return [202, { verificationId: job.verificationId }];
}

setLibSourcifyLogger({ logLevel: 0, log: () => {}, setLevel: () => {} });
const server = http.createServer(async (request, response) => {
  const [status, body] = await answer(request);
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(`Listening on 127.0.0.1:${server.address().port}`);
