// Compares the trees of this grammar with those of edyc, for every file that edyc reads
// without a mistake of syntax: no ERROR and no MISSING node, and the same declarations,
// stages and expressions in the same order and depth-first nesting.
//
//   node test/compare.mjs EDYC TREE_SITTER PARSER.so ROOT

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const [edyc, treeSitter, parser, root] = process.argv.slice(2);

// What a node of edyc's tree is called in this grammar's. Kinds that only one of them
// has, such as the wrapping of a path, are left out of the comparison.
const KINDS = {
  ModuleDecl: 'module', ImportDecl: 'import', SchemaDecl: 'schema', EnumDecl: 'enum', TopicDecl: 'topic', SourceDecl: 'source',
  SinkDecl: 'sink', ViewDecl: 'view', CommandDecl: 'command', RouteDecl: 'route', FnDecl: 'function', PipeDecl: 'pipe',
  ConstDecl: 'const', ParamDecl: 'param', SecretDecl: 'secret', ScheduleDecl: 'schedule', PolicyDecl: 'policy', GrantDecl: 'grant',
  TestDecl: 'test', EnumItem: 'enum_item', Field: 'field', Setting: 'setting', Pipeline: 'pipeline',
  WhereStage: 'where', SelectStage: 'select', ExtendStage: 'extend', LetStage: 'let', DropStage: 'drop', RenameStage: 'rename',
  RequireStage: 'require', UnnestStage: 'unnest', KeyStage: 'key', TimeStage: 'time', WindowStage: 'window', AggStage: 'aggregate',
  TopStage: 'top', LatestStage: 'latest', DedupStage: 'dedup', JoinStage: 'join', LookupStage: 'lookup', UnionStage: 'union',
  MatchStage: 'match', SortStage: 'sort', LimitStage: 'limit', SampleStage: 'sample', ChangesStage: 'changes', UpsertStage: 'upserts',
  TTLStage: 'expire', ApplyStage: 'apply', IntoStage: 'into', HoldStage: 'hold', SilentStage: 'silent', ThrottleStage: 'throttle',
  ChangedStage: 'changed', DistinctStage: 'distinct',
  MatchDefine: 'define', PatOr: 'pattern_or', PatNot: 'pattern_not', PatRepeat: 'pattern_repeat', RouteArm: 'arm', StateVar: 'state',
  Reducer: 'reducer', Guard: 'guard', EmitAct: 'emit', WasmBody: 'wasm', SnapshotAct: 'snapshot', RunAct: 'run',
  GivenStep: 'given', ExpectStep: 'expect', RejectStep: 'reject', SetStep: 'set', AdvanceStep: 'advance', SendStep: 'send',
  LambdaExpr: 'lambda', IfExpr: 'if', CaseExpr: 'case', CaseWhen: 'case_when', IsExpr: 'null_test', InExpr: 'membership',
  BetweenExpr: 'between', PatternExpr: 'pattern', CallExpr: 'call', FieldExpr: 'member', StarExpr: 'all_fields', IndexExpr: 'index',
  BangExpr: 'fallible', OverExpr: 'over', ParenExpr: 'parenthesized', ListExpr: 'list', RecordExpr: 'record', RecordField: 'record_field',
  Arg: 'argument', FString: 'f_string', IntLit: 'integer', DecimalLit: 'decimal', FloatLit: 'float', DurationLit: 'duration',
  SizeLit: 'size', TemporalLit: 'temporal', BoolLit: 'boolean', NullLit: 'null',
  BinaryExpr: 'binary', UnaryExpr: 'unary', TryExpr: 'unary',
};
const OURS = new Set([...Object.values(KINDS), 'logical', 'comparison', 'not', 'stream', 'table', 'otherwise']);
// edyc has one node for what this grammar tells apart.
const SAME = { logical: 'binary', comparison: 'binary', not: 'unary', table: 'stream', otherwise: 'arm' };
// What stands elsewhere in the two trees, or in one of them only.
const SKIPPED = new Set(['Annotation', 'annotation', 'count']);

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const path = join(dir, e.name);
    return e.isDirectory() ? files(path) : e.name.endsWith('.edy') ? [path] : [];
  });
}

// expected lists the nodes of edyc's tree, depth first; undefined when edyc finds a
// mistake of syntax.
function expected(path) {
  const check = spawnSync(edyc, ['check', '--errors=short', path], { encoding: 'utf8' });
  if (/: E01\d\d /.test(check.stdout + check.stderr)) return undefined;
  const tree = spawnSync(edyc, ['explain', '--stage=ast', path], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
  return nodes(tree.replace(/"(?:[^"\\]|\\.)*"/g, '""'), (kind) => (kind === 'StreamDecl' ? 'stream' : KINDS[kind]));
}

// nodes lists the kinds that stand behind an opening parenthesis, depth first.
function nodes(tree, kindOf) {
  const out = [];
  let depth = 0;
  let skipped = Infinity; // the depth at which a skipped node began
  for (const [sign, kind] of tree.matchAll(/\(([A-Za-z_]*)|\)/g)) {
    if (sign === ')') {
      if (--depth <= skipped) skipped = Infinity;
      continue;
    }
    if (SKIPPED.has(kind) && skipped === Infinity) skipped = depth;
    depth++;
    if (skipped === Infinity && kindOf(kind)) out.push(kindOf(kind));
  }
  return out;
}

const all = ['examples', 'spec', 'bench', 'lang'].flatMap((dir) => files(join(root, dir))).sort();
const temp = mkdtempSync(join(tmpdir(), 'edy-trees-'));
let read = 0;
let refused = 0;
const wrong = [];
const kinds = new Map();
try {
  const list = join(temp, 'paths');
  writeFileSync(list, all.join('\n'));
  const text = spawnSync(treeSitter, ['parse', '--lib-path', parser, '--lang-name', 'edy', '--no-ranges', '--paths', list], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const trees = text.stdout.split(/^(?=\(source_file|\(ERROR)/m).filter((t) => t.startsWith('('));
  if (trees.length !== all.length) throw new Error(`${trees.length} trees of ${all.length} files\n${text.stderr}`);
  all.forEach((path, i) => {
    const want = expected(path);
    if (want === undefined) {
      refused++;
      return;
    }
    read++;
    const name = relative(root, path);
    if (/\((ERROR|MISSING|UNEXPECTED)/.test(trees[i])) {
      wrong.push(`${name}: ${/\((ERROR|MISSING|UNEXPECTED)[^\n]*/.exec(trees[i])[0]}`);
      return;
    }
    const got = nodes(trees[i], (kind) => (OURS.has(kind) ? SAME[kind] ?? kind : undefined));
    got.forEach((k) => kinds.set(k, (kinds.get(k) ?? 0) + 1));
    // edyc prints the files that are imported too, each with its module.
    if (want[got.length] === 'module' && got.includes('import')) want.length = got.length;
    const at = Array.from({ length: Math.max(want.length, got.length) }).findIndex((_, n) => want[n] !== got[n]);
    const around = (list) => list.slice(Math.max(0, at - 3), at + 4).join(' ');
    if (at >= 0) wrong.push(`${name}: node ${at}: edyc has ${around(want)}, this grammar ${around(got)}`);
  });
} finally {
  rmSync(temp, { recursive: true });
}
const unseen = [...OURS].filter((k) => !(k in SAME) && !kinds.has(k));
if (unseen.length) wrong.push(`no file has: ${unseen.join(' ')}`);
for (const line of wrong) console.log(line);
console.log(`${read} files that edyc reads (${refused} it refuses), ${[...kinds.values()].reduce((a, b) => a + b, 0)} nodes of ${kinds.size} kinds, ${wrong.length} differences`);
process.exit(wrong.length ? 1 : 0);
