// The editor says what the command line says: the mistakes of every .edy file of the
// repository, with their codes and places.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { Client, edyc, here } from './client.mjs';

const limit = 20; // mistakes of a file that edyc check shows
const root = resolve(here, '../../..');

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const path = join(dir, e.name);
    return e.isDirectory() && e.name !== 'node_modules' ? files(path) : e.name.endsWith('.edy') ? [path] : [];
  });
}

// inOrder are mistakes as "line:column code", in the order of the text.
const inOrder = (list) => list.map(([line, column, code]) => `${String(line).padStart(4)}:${column} ${code}`).sort();

// checked is what `edyc check` says, which stops after so many mistakes.
function checked(path) {
  const out = spawnSync(edyc, ['check', '--errors=short', path], { cwd: root, encoding: 'utf8' });
  const shown = [...(out.stdout + out.stderr).matchAll(/^(.+):(\d+):(\d+): ([EW]\d{4}) /gm)];
  return inOrder(shown.filter((m) => resolve(root, m[1]) === resolve(root, path)).map((m) => [m[2], m[3], m[4]]));
}

test('the diagnostics of every file are those of edyc check', async (t) => {
  const c = await Client.start(root);
  t.after(() => c.stop());
  const wrong = [];
  let mistakes = 0;
  const all = ['examples', 'spec/cases', 'bench/edy'].flatMap((dir) => files(join(root, dir)).map((path) => relative(root, path))).sort();
  for (const path of all) {
    const text = readFileSync(join(root, path), 'utf8');
    await c.open(path, text);
    const lines = text.split('\n');
    // edyc counts columns in characters from 1, the protocol in UTF-16 from 0.
    const given = await c.diagnostics(path);
    const found = inOrder(given.map(({ code, range: { start } }) => [start.line + 1, [...lines[start.line].slice(0, start.character)].length + 1, code]));
    const want = checked(path);
    if (want.length >= limit) found.length = Math.min(found.length, want.length);
    mistakes += want.length;
    if (JSON.stringify(found) !== JSON.stringify(want)) wrong.push(`${path}: the editor has ${found}, edyc check ${want}`);
  }
  t.diagnostic(`${all.length} files, ${mistakes} mistakes`);
  assert.ok(all.length > 200 && mistakes > 100, `only ${all.length} files and ${mistakes} mistakes`);
  assert.deepEqual(wrong, []);
});
