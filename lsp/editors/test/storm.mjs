// A storm of random edits on the files of the examples, with requests in between, some of
// them taken back: the server answers all along, and its memory does not grow.
//
//   EDYC=edyc SEED=1 node storm.mjs [SECONDS]

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as lsp from 'vscode-languageserver-protocol/node';
import { Client, here, random } from './client.mjs';

const seconds = Number(process.argv[2] ?? 20);
const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const next = random(seed);
console.log(`repeat with: SEED=${seed} node storm.mjs ${seconds}`);

const pieces = ['{', '}', '(', ')', '|> ', ' where ', '"', '/*', '*/', 'ü😀', '\n', ' = ', 'from ', '@2026-01-01', 'stream x = from readings\n', ', ', ' by ', '1.5', '', '', '', '', ''];
const requests = [
  lsp.HoverRequest.type, lsp.CompletionRequest.type, lsp.DefinitionRequest.type, lsp.DocumentHighlightRequest.type, lsp.SignatureHelpRequest.type,
  lsp.DocumentSymbolRequest.type, lsp.FoldingRangeRequest.type, lsp.SemanticTokensRequest.type, lsp.CodeLensRequest.type, lsp.DocumentLinkRequest.type,
];
const boundary = (text, at) => (/[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at + 1 : at);

// failed keeps the text at which a request failed, for whoever mends it.
function failed(reason, name, position, method) {
  const kept = join(tmpdir(), `edy-storm-${seed}.edy`);
  writeFileSync(kept, c.text(name));
  throw new Error(`${method}, hover or diagnostics of ${name} at ${position.line}:${position.character} after ${edits} edits: ${reason.message}; the text is in ${kept}`);
}

// memory is what the server holds, in MiB; NaN where the system does not tell.
function memory(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return NaN;
  }
}

const examples = resolve(here, '../../../examples');
const names = readdirSync(examples).map((e) => `${e}/${e}.edy`).filter((name) => existsSync(join(examples, name)));

const held = [];
let edits = 0;
let answered = 0;
let cancelled = 0;
const c = await Client.start(examples);
for (const name of names) await c.open(name);
const whole = new Map(names.map((name) => [name, c.text(name)]));
const end = Date.now() + seconds * 1000;
let sample = 0;
while (Date.now() < end) {
  const name = names[next(names.length)];
  for (let i = 0; i < 8; i++) {
    const text = c.text(name);
    const start = boundary(text, next(text.length + 1));
    await c.change(name, start, boundary(text, Math.min(text.length, start + next(10))), pieces[next(pieces.length)]);
    edits++;
  }
  const doc = c.documents.get(name);
  const at = { textDocument: { uri: doc.uri }, position: doc.positionAt(next(doc.getText().length + 1)) };
  const source = new lsp.CancellationTokenSource();
  const asked = requests[next(requests.length)];
  const pending = [c.ask(asked, at, source.token), c.ask(lsp.HoverRequest.type, at), c.diagnostics(name)];
  if (next(3) === 0) source.cancel();
  for (const result of await Promise.allSettled(pending)) {
    if (result.status === 'fulfilled') answered++;
    else if ([lsp.LSPErrorCodes.RequestCancelled, lsp.LSPErrorCodes.ContentModified].includes(result.reason.code)) cancelled++;
    else failed(result.reason, name, at.position, asked.method);
  }
  if (next(30) === 0 || doc.getText().length > 4 * whole.get(name).length) await c.change(name, 0, doc.getText().length, whole.get(name));
  if (Date.now() > end - seconds * 1000 + (sample + 1) * (seconds * 50)) {
    sample++;
    held.push(memory(c.process.pid));
  }
}
for (const name of names) {
  await c.change(name, 0, c.text(name).length, whole.get(name));
  const found = await c.diagnostics(name);
  if (found.some((d) => d.severity === lsp.DiagnosticSeverity.Error)) throw new Error(`${name} is whole again, and the server says ${JSON.stringify(found[0])}`);
}
if ((await c.stop()) !== 0) throw new Error('the server did not end well');

const third = Math.ceil(held.length / 3);
const most = (list) => Math.max(...list);
const early = most(held.slice(third, 2 * third));
const late = most(held.slice(2 * third));
console.log(`${names.length} files, ${edits} edits, ${answered} answers, ${cancelled} taken back in ${seconds} s`);
console.log(`memory in MiB: ${held.map((m) => m.toFixed(0)).join(' ')}`);
if (late > 1.3 * early + 32) {
  console.log(`memory grew from ${early.toFixed(0)} MiB in the second third to ${late.toFixed(0)} in the last`);
  process.exit(1);
}
