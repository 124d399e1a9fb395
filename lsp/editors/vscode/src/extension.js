// The VS Code side of edy: it starts `edyc lsp`, and runs edyc where a person asks.
// It must never read or change a program itself: the server does.

const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

let client;
let rows; // where the rows of streams are shown

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand('edy.runFile', () => onFile(runInTerminal)),
    vscode.commands.registerCommand('edy.testFile', () => onFile((file) => vscode.tasks.executeTask(task('test', file)))),
    vscode.commands.registerCommand('edy.restartServer', restart),
    vscode.tasks.registerTaskProvider('edyc', tasks),
    vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration('edy.path') && restart()),
  );
  await start();
}

function deactivate() {
  return stop();
}

const edyc = () => vscode.workspace.getConfiguration('edy').get('path') || 'edyc';

async function start() {
  const server = { command: edyc(), args: ['lsp'], transport: TransportKind.stdio };
  client = new LanguageClient('edy', 'edy', server, {
    documentSelector: [{ language: 'edy', scheme: 'file' }, { language: 'edy', scheme: 'untitled' }],
    middleware: { executeCommand: withRows },
  });
  try {
    await client.start();
  } catch (err) {
    client = undefined;
    const pick = await vscode.window.showErrorMessage(`edy: "${edyc()} lsp" does not start: ${err.message ?? err}. Install edyc, or name it in the setting edy.path.`, 'Open the setting');
    if (pick) await vscode.commands.executeCommand('workbench.action.openSettings', 'edy.path');
  }
}

// withRows shows the rows that a command gives: a code lens runs a stream.
async function withRows(command, args, next) {
  const result = await next(command, args);
  if (result?.columns) {
    rows ??= vscode.window.createOutputChannel('edy rows');
    rows.appendLine(`${result.name}\n${result.text}`);
    rows.show(true);
  }
  return result;
}

async function stop() {
  const old = client;
  client = undefined;
  if (old) await old.dispose();
}

async function restart() {
  await stop();
  await start();
}

// onFile saves the file at hand and gives its path.
async function onFile(act) {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'edy') {
    vscode.window.showInformationMessage('edy: open an .edy file first.');
    return;
  }
  if (document.isUntitled || (document.isDirty && !(await document.save()))) {
    vscode.window.showInformationMessage('edy: save the file first.');
    return;
  }
  await act(document.uri.fsPath);
}

// A terminal rather than a task: a program may run until it is stopped, and prints rows.
function runInTerminal(file) {
  const cwd = path.dirname(file);
  const terminal = vscode.window.createTerminal({ name: `edyc run ${path.basename(file)}`, cwd, shellPath: edyc(), shellArgs: ['run', path.basename(file)], isTransient: true });
  terminal.show(true);
}

// task is `edyc check`, `run` or `test` of a file, with its mistakes as problems.
function task(command, file, definition = { type: 'edyc', command, file }) {
  const run = new vscode.ProcessExecution(edyc(), ['--errors=short', command, file], { cwd: file.includes('${') ? undefined : path.dirname(file) });
  const out = new vscode.Task(definition, vscode.TaskScope.Workspace, `${command} ${path.basename(file)}`, 'edyc', run, ['$edyc', '$edyc-test']);
  if (command === 'test') out.group = vscode.TaskGroup.Test;
  return out;
}

const tasks = {
  provideTasks: () => ['check', 'run', 'test'].map((command) => task(command, '${file}', { type: 'edyc', command })),
  resolveTask: (given) => task(given.definition.command, given.definition.file ?? '${file}', given.definition),
};

module.exports = { activate, deactivate };
