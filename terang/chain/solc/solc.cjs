// npm's solc behind the two calls that build tools make: --version and --standard-json.
// Other flags (--base-path, --allow-paths) are accepted and mean nothing here: every source
// comes inside the JSON, nothing is read from disk.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const [root, ...flags] = process.argv.slice(2);
const modules = path.join(root, "node_modules");
const soljson = path.join(modules, "solc", "soljson.js");

function compiler() {
  try {
    return require(path.join(modules, "solc"));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    console.error("The Solidity compiler is not installed. Run `make setup`, then try again.");
    process.exit(1);
  }
}

// A pipe may take less than all of it, or nothing for now (EAGAIN).
function write(text) {
  const bytes = Buffer.from(text, "utf8");
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

// Loading 9 MB of WebAssembly only to tell its version takes a second, and forge asks often.
function version() {
  const cached = path.join(modules, ".cache", "solc-version");
  try {
    if (fs.statSync(cached).mtimeMs > fs.statSync(soljson).mtimeMs) {
      return fs.readFileSync(cached, "utf8");
    }
  } catch {
    // not there yet
  }
  // Tools read the platform from here and refuse one that they do not know.
  const text = compiler().version().replace("Emscripten.clang", "Linux.g++");
  const temporary = `${cached}.${process.pid}`;
  fs.mkdirSync(path.dirname(cached), { recursive: true });
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, cached);
  return text;
}

// The WebAssembly build prints the negative AST ids of built-ins unsigned.
function signed(json) {
  return json.replace(
    /("(?:referencedDeclaration|overloadedDeclarations)":\s*\[?)([\d,\s]+)/g,
    (_, key, ids) => key + ids.replace(/\d+/g, (id) => (id > 2 ** 31 ? id - 2 ** 32 : id)),
  );
}

if (flags.includes("--version")) {
  write(`solc, the solidity compiler commandline interface\nVersion: ${version()}\n`);
} else if (flags.includes("--standard-json")) {
  write(signed(compiler().compile(fs.readFileSync(0, "utf8"))));
} else {
  console.error("This compiler answers --version and --standard-json only.");
  process.exit(1);
}
