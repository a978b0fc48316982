// Makes Prism say where it cannot compile a schema; by itself it then lets everything pass without a word.
//
//   node --require ./unvalidated.cjs node_modules/@stoplight/prism-cli/dist/index.js …

const { createRequire } = require('node:module');
const { join } = require('node:path');

const theirs = createRequire(join(process.cwd(), 'node_modules/@stoplight/prism-http/dist/index.js'));
const core = theirs('ajv/dist/core').default;
const compile = core.prototype.compile;
core.prototype.compile = function (...schema) {
  try {
    return compile.apply(this, schema);
  } catch (error) {
    console.log(`unvalidated: ${error.message}`);
    throw error;
  }
};
