// Cuts GitHub's description of its API down to what the detector asks for, and mends what stands in a validator's way.
//
//   node description.mjs FROM TO
//
// FROM is the package's api.github.com.json; TO is written anew. All of it takes a validating proxy half a minute to load.

import { readFileSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error('usage: node description.mjs FROM TO');
  process.exit(2);
}

// The requests that the detector sends, below /repos/{owner}/{repo}.
const used = {
  '': ['get'],
  '/issues': ['get', 'post'],
  '/issues/{issue_number}': ['get', 'patch'],
  '/issues/{issue_number}/comments': ['get', 'post'],
  '/issues/{issue_number}/labels': ['get', 'post', 'put'],
  '/issues/{issue_number}/labels/{name}': ['delete'],
  '/issues/comments/{comment_id}': ['patch'],
  '/labels': ['get', 'post'],
  '/labels/{name}': ['get'],
  '/pulls': ['get', 'post'],
  '/pulls/{pull_number}': ['get', 'patch'],
  '/commits/{commit_sha}/pulls': ['get'],
  '/releases': ['post'],
  '/releases/tags/{tag}': ['get'],
  '/releases/{release_id}/assets': ['get', 'post'],
  '/releases/assets/{asset_id}': ['delete'],
};
const below = '/repos/{owner}/{repo}';

const whole = JSON.parse(readFileSync(from, 'utf8'));
const paths = {};
for (const [rest, methods] of Object.entries(used)) {
  for (const method of methods) {
    const operation = whole.paths[below + rest]?.[method];
    if (!operation) {
      console.error(`error: GitHub's description has no ${method} ${below}${rest}; see whether it was renamed there`);
      process.exit(1);
    }
    // Uploads go to a host of their own, which a proxy has no name for: they get a path instead.
    const start = operation.servers ? '/uploads' : '';
    const { servers, ...here } = operation;
    ((paths[start + below + rest] ??= {})[method] = here);
    // Where a renamed repository leads to, and where further pages are. The description leaves it out.
    const numbered = structuredClone(here);
    numbered.operationId = `numbered-${here.operationId}`;
    numbered.parameters = [
      ...here.parameters.filter((parameter) => !/\/(owner|repo)$/.test(parameter.$ref ?? '')),
      { name: 'repository_id', in: 'path', required: true, schema: { type: 'integer' } },
    ];
    ((paths[`${start}/repositories/{repository_id}${rest}`] ??= {})[method] = numbered);
  }
}

// What is referred to, with what that refers to.
const components = {};
const take = (reference) => {
  const [kind, name] = reference.split('/').slice(2);
  if (components[kind]?.[name]) return;
  const found = whole.components[kind][name];
  ((components[kind] ??= {})[name] = found);
  walk(found);
};
const walk = (node) => {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.$ref === 'string') take(node.$ref);
  Object.values(node).forEach(walk);
};
walk(paths);

// With a `nullable` that has no `type` beside it, the validator passes over the whole body without a word.
const nothing = { type: 'string', nullable: true, not: { type: 'string' } };
const mend = (node) => {
  if (node === null || typeof node !== 'object') return node;
  if (Array.isArray(node)) return node.map(mend);
  const mended = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, mend(value)]));
  if (mended.nullable === true && !mended.type) {
    const { nullable, description, ...rest } = mended;
    return { anyOf: [rest, nothing] };
  }
  return mended;
};

const { openapi, info } = whole;
const servers = [{ url: 'https://api.github.com' }];
const cut = { openapi, info, servers, paths: mend(paths), components: mend(components) };

// An upload that broke off leaves an asset in this state, says the same description in words.
cut.components.schemas['release-asset'].properties.state.enum.push('starter');

writeFileSync(to, JSON.stringify(cut));
