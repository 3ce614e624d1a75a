// Bundles the extension into dist/, or with --tests each test into out/.
//
// The language client is a file of its own: ten times as large as all the rest, it is read once a
// server was found.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const tests = process.argv.includes("--tests");
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  logLevel: "warning",
  loader: { ".iron": "text" },
};

if (tests) {
  rmSync("out", { recursive: true, force: true });
  const entryPoints = readdirSync("test")
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${name}`);
  await build({ ...common, entryPoints, outdir: "out", format: "cjs", packages: "external" });
} else {
  await build({
    ...common,
    entryPoints: ["src/extension.ts", "src/client.ts"],
    outdir: "dist",
    format: "cjs",
    external: ["vscode", "./client.js"],
    supported: { "dynamic-import": false }, // by `require`, which VS Code knows how to answer
    minify: process.argv.includes("--production"),
  });
}
