// The TextMate grammar on every file that is a whole program: nothing is taken for a
// mistake, each stage has the colour of a stage, and no text or comment runs on to the
// end of the file.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const oniguruma = require('vscode-oniguruma');
const textmate = require('vscode-textmate');

const root = path.resolve(__dirname, '../../../..');
const source = path.join(__dirname, '../syntaxes/edy.tmLanguage.json');

function files(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const at = path.join(dir, e.name);
    if (e.isDirectory()) return e.name === 'diagnostics' || e.name === 'node_modules' ? [] : files(at);
    return e.name.endsWith('.edy') ? [at] : [];
  });
}

async function grammar() {
  await oniguruma.loadWASM(fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner: (p) => new oniguruma.OnigScanner(p), createOnigString: (s) => new oniguruma.OnigString(s) }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(source, 'utf8'), source),
  });
  return registry.loadGrammar('source.edy');
}

test('whole programs have no mistakes of colour', async (t) => {
  const edy = await grammar();
  const all = ['examples', 'bench/edy', 'spec/cases'].flatMap((dir) => files(path.join(root, dir)));
  let stages = 0;
  const wrong = [];
  for (const file of all) {
    let state = textmate.INITIAL;
    fs.readFileSync(file, 'utf8').split(/\r?\n/).forEach((line, n) => {
      const { tokens, ruleStack } = edy.tokenizeLine(line, state);
      state = ruleStack;
      tokens.forEach((token, i) => {
        const scopes = token.scopes.join(' ');
        const text = line.slice(token.startIndex, token.endIndex);
        const place = `${path.relative(root, file)}:${n + 1}:${token.startIndex + 1} ${JSON.stringify(text)}`;
        if (scopes.includes('invalid')) wrong.push(`${place} is taken for a mistake`);
        if (!scopes.includes('keyword.operator.pipe')) return;
        const word = tokens.slice(i + 1).find((next) => line.slice(next.startIndex, next.endIndex).trim() !== '');
        if (!word) return; // the stage stands on the next line
        stages++;
        if (!word.scopes.includes('keyword.control.stage.edy')) wrong.push(`${place} is followed by ${JSON.stringify(line.slice(word.startIndex, word.endIndex))}, which is no stage`);
      });
    });
    if (state.depth !== 1) wrong.push(`${path.relative(root, file)}: something is open at its end`);
  }
  t.diagnostic(`${all.length} files, ${stages} stages`);
  assert.ok(all.length > 200 && stages > 2000, `only ${all.length} files and ${stages} stages`);
  assert.deepEqual(wrong.slice(0, 20), []);
});
