// What a person sees in an editor: each test asks the server as VS Code would and looks
// at what the answer says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as lsp from 'vscode-languageserver-protocol/node';
import { Client, edyc, folder, formatted, random, words } from './client.mjs';

async function shop(t, options) {
  const c = await Client.start(folder(t), options);
  t.after(() => c.stop().catch(() => {}));
  await c.open('shop.edy');
  return c;
}

const names = (completion) => (completion.items ?? completion).map((i) => i.label);

test('the server says what it can, and ends when told', async (t) => {
  const c = await Client.start(folder(t));
  const can = c.initialized.capabilities;
  assert.equal(c.initialized.serverInfo.name, 'edyc');
  assert.equal(can.positionEncoding, 'utf-16');
  for (const what of [
    'completionProvider', 'hoverProvider', 'signatureHelpProvider', 'definitionProvider', 'typeDefinitionProvider', 'declarationProvider', 'implementationProvider',
    'referencesProvider', 'documentHighlightProvider', 'renameProvider', 'documentSymbolProvider', 'workspaceSymbolProvider', 'documentFormattingProvider',
    'documentRangeFormattingProvider', 'documentOnTypeFormattingProvider', 'semanticTokensProvider', 'inlayHintProvider', 'codeActionProvider', 'codeLensProvider',
    'foldingRangeProvider', 'selectionRangeProvider', 'documentLinkProvider', 'callHierarchyProvider', 'typeHierarchyProvider', 'executeCommandProvider', 'diagnosticProvider',
  ]) assert.ok(can[what], `no ${what}`);
  assert.equal(await c.stop(), 0);
});

for (const pull of [true, false]) {
  test(`diagnostics that are ${pull ? 'asked for' : 'pushed'}: code, place, page, and a fix that mends`, async (t) => {
    const c = await shop(t, { pull });
    const diagnostics = () => (pull ? c.diagnostics('shop.edy') : c.shown('shop.edy'));
    assert.deepEqual(await diagnostics(), []);
    await c.replace('shop.edy', 'where amount', 'where amout');
    const [d, ...more] = await diagnostics();
    assert.deepEqual(more, []);
    assert.equal(d.code, 'E0202');
    assert.match(d.message, /no column "amout"/);
    assert.equal(d.severity, lsp.DiagnosticSeverity.Error);
    assert.match(d.codeDescription.href, /E0202/);
    const { position } = c.at('shop.edy', 'where ¦amout');
    assert.deepEqual(d.range, { start: position, end: { ...position, character: position.character + 'amout'.length } });
    const actions = await c.ask(lsp.CodeActionRequest.type, { textDocument: { uri: c.uri('shop.edy') }, range: d.range, context: { diagnostics: [d] } });
    const fix = actions.find((a) => a.kind === 'quickfix' && /amount/.test(a.title + JSON.stringify(a.edit ?? '')));
    assert.ok(fix, `no fix among ${JSON.stringify(actions)}`);
    const { edit } = fix.edit ? fix : await c.ask(lsp.CodeActionResolveRequest.type, fix);
    assert.deepEqual(await c.apply(edit), ['shop.edy']);
    assert.match(c.text('shop.edy'), /where amount > 100\.0/);
    assert.deepEqual(await diagnostics(), []);
  });
}

test('hover says what a stage gives, what a name is, and what a schema holds', async (t) => {
  const c = await shop(t);
  const hover = async (marked) => words((await c.ask(lsp.HoverRequest.type, c.at('shop.edy', marked))).contents);
  const stage = await hover('|> wi¦ndow');
  for (const part of [/customer/, /decimal\(10, 2\)/, /tumbling/]) assert.match(stage, part);
  const aggregate = await hover('|> aggre¦gate');
  for (const part of [/total/, /customer/, /\bn\b.*long/]) assert.match(aggregate, part);
  assert.match(await hover('from la¦rge'), /The orders above a hundred/);
  assert.match(await hover('where amou¦nt'), /decimal\(10, 2\)/);
  assert.match(await hover('shared.Or¦der'), /What a customer bought/);
  assert.match(await hover('= su¦m(amount)'), /sum/);
});

test('completion: columns, stages, topics, settings and functions, also where the text is broken', async (t) => {
  const c = await shop(t);
  const complete = async (before, typed) => {
    const at = c.text('shop.edy').indexOf(before) + before.length;
    await c.change('shop.edy', at, at, typed);
    const doc = c.documents.get('shop.edy');
    const items = names(await c.ask(lsp.CompletionRequest.type, { textDocument: { uri: doc.uri }, position: doc.positionAt(at + typed.length) }));
    await c.change('shop.edy', at, at + typed.length, '');
    return items.slice(0, 10);
  };
  assert.ok((await complete('where amount > 100.0', '\n  |> where cust')).includes('customer'));
  assert.ok((await complete('where amount > 100.0', '\n  |> agg')).includes('aggregate'));
  assert.ok((await complete('where amount > 100.0', '\n  |> extend x = uppe')).includes('upper'));
  assert.ok((await complete('by customer', '\n\nstream third = from per_c')).includes('per_customer'));
  assert.ok((await complete('by customer', '\n  |> where tot')).includes('total'), 'a column that an aggregate made');
  assert.ok((await complete('by customer', '\n  |> select window.')).includes('start'));
  assert.ok((await complete('watermark: 5s', ' idle_')).includes('idle_after'));
  assert.deepEqual(await c.diagnostics('shop.edy'), []);
});

test('definition and references cross files', async (t) => {
  const c = await shop(t);
  const ask = (type, marked, more) => c.ask(type, { ...c.at('shop.edy', marked), ...more });
  const places = (found) => [found].flat().map((l) => ({ uri: l.uri ?? l.targetUri, ...(l.range ?? l.targetSelectionRange).start }));
  const [stream] = places(await ask(lsp.DefinitionRequest.type, 'from lar¦ge'));
  assert.deepEqual(stream, { uri: c.uri('shop.edy'), ...c.at('shop.edy', 'stream ¦large').position });
  const [schema] = places(await ask(lsp.DefinitionRequest.type, 'shared.Ord¦er'));
  assert.deepEqual(schema, { uri: c.uri('shared.edy'), line: 3, character: 'export schema '.length });
  const uses = places(await ask(lsp.ReferencesRequest.type, 'from lar¦ge', { context: { includeDeclaration: true } }));
  assert.deepEqual(
    uses.map((p) => p.line).sort((a, b) => a - b),
    ['stream ¦large', 'from ¦large', 'expect ¦large'].map((marked) => c.at('shop.edy', marked).position.line),
  );
});

test('rename, applied: the program stays whole', async (t) => {
  const c = await shop(t);
  await c.open('shared.edy');
  const prepared = await c.ask(lsp.PrepareRenameRequest.type, c.at('shop.edy', 'stream lar¦ge'));
  assert.deepEqual((prepared.range ?? prepared).start, c.at('shop.edy', 'stream ¦large').position);
  assert.deepEqual(await c.apply(await c.ask(lsp.RenameRequest.type, { ...c.at('shop.edy', 'from lar¦ge'), newName: 'big' })), ['shop.edy']);
  assert.equal(c.text('shop.edy').match(/\blarge\b/g), null);
  assert.equal(c.text('shop.edy').match(/\bbig\b/g).length, 3);
  assert.deepEqual(await c.diagnostics('shop.edy'), []);
  assert.deepEqual(await c.apply(await c.ask(lsp.RenameRequest.type, { ...c.at('shop.edy', 'shared.Ord¦er'), newName: 'Purchase' })), ['shared.edy', 'shop.edy']);
  assert.match(c.text('shared.edy'), /export schema Purchase \{/);
  assert.match(c.text('shop.edy'), /topic orders: shared\.Purchase \{/);
  assert.deepEqual([...(await c.diagnostics('shop.edy')), ...(await c.diagnostics('shared.edy'))], []);
});

test('formatting is that of edyc fmt', async (t) => {
  const c = await shop(t);
  const loose = c.text('shop.edy').replace('from orders\n  |> where amount > 100.0', "from   orders |> where amount>100.0").replace('"b"', "'b'");
  await c.change('shop.edy', 0, c.text('shop.edy').length, loose);
  await c.edit('shop.edy', await c.ask(lsp.DocumentFormattingRequest.type, { textDocument: { uri: c.uri('shop.edy') }, options: { tabSize: 2, insertSpaces: true } }));
  assert.notEqual(c.text('shop.edy'), loose);
  assert.equal(c.text('shop.edy'), formatted(loose));
});

test('a lens runs a test, and what differs stands at the expect', async (t) => {
  const c = await shop(t, { pull: false });
  await c.shown('shop.edy');
  await c.replace('shop.edy', 'expect large [ { id: "b" } ]', 'expect large [ { id: "c" } ]');
  assert.deepEqual(await c.shown('shop.edy'), []);
  const lenses = await c.ask(lsp.CodeLensRequest.type, { textDocument: { uri: c.uri('shop.edy') } });
  const lens = lenses.find((l) => l.command.title === 'Test');
  assert.deepEqual(lens.range.start.line, c.at('shop.edy', 'test ¦"small').position.line);
  const told = new Promise((resolve) => {
    c.connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => p.diagnostics.length > 0 && resolve(p.diagnostics));
  });
  const result = await c.ask(lsp.ExecuteCommandRequest.type, lens.command);
  assert.equal(result.failed, 1);
  const [difference] = await told;
  assert.equal(difference.range.start.line, c.at('shop.edy', '¦expect').position.line);
  assert.match(difference.message, /c/);
});

// whole16 moves an offset off the middle of a character: no editor edits half of one.
const whole16 = (text, at) => (/[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at + 1 : at);

test('an edit loop on broken source leaves the server in step', async (t) => {
  const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
  t.diagnostic(`repeat with: SEED=${seed} EDYC=${edyc} node --test --test-name-pattern="edit loop" client.test.mjs`);
  const next = random(seed);
  const c = await shop(t);
  const whole = c.text('shop.edy');
  const before = words((await c.ask(lsp.HoverRequest.type, c.at('shop.edy', '|> wi¦ndow'))).contents);
  const junk = ['{', ')', '|>', ' where ', '"', '/*', 'ü€😀', '\n', ' = ', 'from ', '@2026', '', '', ''];
  let broken = 0;
  for (let i = 0; i < 400; i++) {
    const text = c.text('shop.edy');
    const start = whole16(text, next(text.length + 1));
    const end = whole16(text, Math.min(text.length, start + next(12)));
    await c.change('shop.edy', start, end, junk[next(junk.length)]);
    const doc = c.documents.get('shop.edy');
    const at = { textDocument: { uri: doc.uri }, position: doc.positionAt(start) };
    if (i % 4 === 0) {
      await Promise.all([c.ask(lsp.HoverRequest.type, at), c.ask(lsp.CompletionRequest.type, at), c.ask(lsp.DocumentSymbolRequest.type, at)]);
      broken += (await c.diagnostics('shop.edy')).length > 0 ? 1 : 0;
    }
    if (i % 50 === 49) {
      const held = c.text('shop.edy');
      const edits = await c.ask(lsp.DocumentFormattingRequest.type, { textDocument: { uri: doc.uri }, options: { tabSize: 2, insertSpaces: true } });
      await c.edit('shop.edy', edits ?? []);
      assert.equal(c.text('shop.edy'), formatted(held), `after edit ${i} the server holds another text`);
      await c.change('shop.edy', 0, c.text('shop.edy').length, whole);
    }
  }
  assert.ok(broken > 50, `only ${broken} of 100 states were broken`);
  assert.equal(c.text('shop.edy'), whole);
  assert.deepEqual(await c.diagnostics('shop.edy'), []);
  assert.equal(words((await c.ask(lsp.HoverRequest.type, c.at('shop.edy', '|> wi¦ndow'))).contents), before);
});
