// A client of the language server, on the protocol library that VS Code's client is
// made of. It holds the documents of one workspace and keeps the server's copy in step.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as lsp from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

export const edyc = process.env.EDYC ?? 'edyc';
export const here = dirname(fileURLToPath(import.meta.url));

// folder is a copy of the shop that is removed with the test.
export function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'edy-client-'));
  cpSync(join(here, 'shop'), dir, { recursive: true });
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

// formatted is the text as the command line formats it.
export function formatted(text) {
  return spawnSync(edyc, ['fmt'], { input: text, encoding: 'utf8' }).stdout;
}

export class Client {
  // start runs a server on a folder. With pull, diagnostics are asked for; else they
  // are waited for.
  static async start(dir, { pull = true } = {}) {
    const c = new Client();
    c.process = spawn(edyc, ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    c.exited = new Promise((resolve) => c.process.on('exit', resolve));
    c.connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(c.process.stdout), new lsp.StreamMessageWriter(c.process.stdin));
    c.documents = new Map();
    c.pushed = new Map();
    c.waiting = [];
    c.dir = dir;
    c.connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => c.#arrived(p));
    c.connection.onRequest(lsp.RegistrationRequest.type, () => {});
    c.connection.onRequest(lsp.WorkDoneProgressCreateRequest.type, () => {});
    c.connection.onRequest(lsp.DiagnosticRefreshRequest.type, () => {});
    c.connection.listen();
    const capabilities = {
      general: { positionEncodings: ['utf-16'] },
      textDocument: {
        synchronization: {}, completion: { completionItem: { snippetSupport: true, resolveSupport: { properties: ['documentation'] } } }, hover: { contentFormat: ['markdown'] },
        rename: { prepareSupport: true }, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor'] } } },
        ...(pull ? { diagnostic: {} } : { publishDiagnostics: { relatedInformation: true, versionSupport: true, codeDescriptionSupport: true } }),
      },
      workspace: { workspaceFolders: true, workspaceEdit: { documentChanges: true } },
      window: { workDoneProgress: true },
    };
    const uri = pathToFileURL(dir).href;
    c.initialized = await c.connection.sendRequest(lsp.InitializeRequest.type, {
      processId: process.pid, rootUri: uri, capabilities, workspaceFolders: [{ uri, name: 'shop' }], clientInfo: { name: 'node' },
    });
    await c.connection.sendNotification(lsp.InitializedNotification.type, {});
    return c;
  }

  uri(name) {
    return pathToFileURL(join(this.dir, name)).href;
  }

  async open(name, text = readFileSync(join(this.dir, name), 'utf8')) {
    const uri = this.uri(name);
    this.documents.set(name, TextDocument.create(uri, 'edy', 1, text));
    await this.connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'edy', version: 1, text } });
  }

  text(name) {
    return this.documents.get(name).getText();
  }

  // change replaces the text between two offsets, as typing does.
  async change(name, start, end, text) {
    const doc = this.documents.get(name);
    const change = { range: { start: doc.positionAt(start), end: doc.positionAt(end) }, text };
    TextDocument.update(doc, [change], doc.version + 1);
    await this.connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, { textDocument: { uri: doc.uri, version: doc.version }, contentChanges: [change] });
  }

  // replace puts text in place of the first piece of the document that is old.
  async replace(name, old, text) {
    const at = this.text(name).indexOf(old);
    if (at < 0) throw new Error(`${name} has no ${JSON.stringify(old)}`);
    await this.change(name, at, at + old.length, text);
  }

  // at is the place of the ¦ in a piece of the document, which stands there without it.
  at(name, marked) {
    const offset = marked.indexOf('¦');
    const piece = marked.slice(0, offset) + marked.slice(offset + 1);
    const doc = this.documents.get(name);
    const at = doc.getText().indexOf(piece);
    if (at < 0) throw new Error(`${name} has no ${JSON.stringify(piece)}`);
    return { textDocument: { uri: doc.uri }, position: doc.positionAt(at + offset) };
  }

  ask(type, params, token) {
    return this.connection.sendRequest(type, params, token);
  }

  // diagnostics asks for what is wrong with a document.
  async diagnostics(name) {
    const report = await this.ask(lsp.DocumentDiagnosticRequest.type, { textDocument: { uri: this.uri(name) } });
    return report.items;
  }

  // shown waits for the diagnostics of the version at hand to be pushed.
  shown(name) {
    const doc = this.documents.get(name);
    const last = this.pushed.get(doc.uri);
    if (last?.version === doc.version) return last.diagnostics;
    return new Promise((resolve) => this.waiting.push({ uri: doc.uri, version: doc.version, resolve }));
  }

  #arrived(p) {
    this.pushed.set(p.uri, p);
    this.waiting = this.waiting.filter((w) => {
      const mine = w.uri === p.uri && p.version === w.version;
      if (mine) w.resolve(p.diagnostics);
      return !mine;
    });
  }

  // apply carries out a workspace edit on the open documents, and gives their names.
  async apply(edit) {
    const changed = [];
    const changes = edit.documentChanges?.map((c) => [c.textDocument.uri, c.edits]) ?? Object.entries(edit.changes);
    for (const [uri, edits] of changes) {
      const [name] = [...this.documents].find(([, d]) => d.uri === uri) ?? [];
      if (!name) throw new Error(`an edit of ${uri}, which is not open`);
      await this.edit(name, edits);
      changed.push(name);
    }
    return changed.sort();
  }

  async edit(name, edits) {
    const text = TextDocument.applyEdits(this.documents.get(name), edits);
    await this.change(name, 0, this.text(name).length, text);
  }

  async stop() {
    await this.connection.sendRequest(lsp.ShutdownRequest.type);
    await this.connection.sendNotification(lsp.ExitNotification.type);
    const code = await this.exited;
    this.connection.dispose();
    return code;
  }
}

// words is what a hover or a documentation says.
export function words(contents) {
  if (typeof contents === 'string') return contents;
  return Array.isArray(contents) ? contents.map(words).join('\n') : contents.value;
}

// random is a generator of numbers below n that a seed repeats.
export function random(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
