// What is in the package, and that the extension in it starts: it gives VS Code its
// commands and its tasks, and starts the server that the settings name.

const assert = require('node:assert/strict');
const Module = require('node:module');
const path = require('node:path');
const { test } = require('node:test');
const yauzl = require('yauzl');

const vsix = path.join(__dirname, '..', 'dist', 'edy.vsix');
const manifest = require('../package.json');

function entries() {
  return new Promise((resolve, reject) => {
    const found = [];
    yauzl.open(vsix, { lazyEntries: true }, (err, zip) => {
      if (err) return reject(err);
      zip.on('entry', (entry) => {
        found.push(entry.fileName);
        zip.readEntry();
      });
      zip.on('end', () => resolve(found.sort()));
      zip.on('error', reject);
      zip.readEntry();
    });
  });
}

test('the package holds what VS Code reads, and nothing else', async () => {
  assert.deepEqual(await entries(), [
    '[Content_Types].xml', 'extension.vsixmanifest', 'extension/LICENSE.txt', 'extension/dist/extension.js', 'extension/language-configuration.json',
    'extension/package.json', 'extension/readme.md', 'extension/snippets/edy.json', 'extension/syntaxes/edy.tmLanguage.json',
  ]);
});

test('every command that the manifest shows is there, and the other way round', async () => {
  const { registered, tasks, started } = await activated({ 'edy.path': '/opt/edyc' });
  assert.deepEqual(registered.sort(), manifest.contributes.commands.map((c) => c.command).sort());
  assert.deepEqual(started, { command: '/opt/edyc', args: ['lsp'] });
  const provided = tasks.provideTasks();
  assert.deepEqual(provided.map((t) => t.execution.args.join(' ')), ['--errors=short check ${file}', '--errors=short run ${file}', '--errors=short test ${file}']);
  assert.equal(tasks.resolveTask({ definition: { type: 'edyc', command: 'test', file: '/a/b.edy' } }).execution.options.cwd, '/a');
});

test('the patterns of problems read what edyc prints', () => {
  const [mistake, failure] = manifest.contributes.problemMatchers.map((m) => ({ ...m.pattern, regexp: new RegExp(m.pattern.regexp) }));
  const line = mistake.regexp.exec('shop/a b.edy:12:3: W0813 limit stands above sort');
  assert.deepEqual(['file', 'line', 'column', 'code', 'severity', 'message'].map((k) => line[mistake[k]]), ['shop/a b.edy', '12', '3', 'W0813', 'W', 'limit stands above sort']);
  const test = failure.regexp.exec('  /tmp/shop.edy:23: big is not exactly as expected');
  assert.deepEqual(['file', 'line', 'message'].map((k) => test[failure[k]]), ['/tmp/shop.edy', '23', 'big is not exactly as expected']);
  assert.equal(failure.regexp.exec('shop.edy:12:3: E0202 there is no column'), null);
});

// activated runs the source of the extension in a VS Code that only listens.
async function activated(settings) {
  const registered = [];
  const out = { registered };
  class Task {
    constructor(definition, scope, name, source, execution, matchers) {
      Object.assign(this, { definition, scope, name, source, execution, matchers });
    }
  }
  class ProcessExecution {
    constructor(command, args, options) {
      Object.assign(this, { command, args, options });
    }
  }
  const nothing = { dispose() {} };
  const vscode = {
    Task, ProcessExecution, TaskScope: { Workspace: 2 }, TaskGroup: { Test: 'test' },
    commands: { registerCommand: (name) => (registered.push(name), nothing) },
    tasks: { registerTaskProvider: (type, provider) => ((out.tasks = provider), nothing) },
    workspace: {
      onDidChangeConfiguration: () => nothing, createFileSystemWatcher: () => nothing,
      getConfiguration: (section) => ({ get: (name) => settings[`${section}.${name}`] }),
    },
  };
  class LanguageClient {
    constructor(id, name, server) {
      out.started = { command: server.command, args: server.args };
    }
    async start() {}
    async dispose() {}
  }
  const load = Module._load;
  Module._load = (request, ...rest) =>
    request === 'vscode' ? vscode : request === 'vscode-languageclient/node' ? { LanguageClient, TransportKind: { stdio: 0 } } : load(request, ...rest);
  try {
    await require('../src/extension.js').activate({ subscriptions: [] });
  } finally {
    Module._load = load;
  }
  return out;
}
