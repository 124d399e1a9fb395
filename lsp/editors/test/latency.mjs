// How long a person waits, on a file of 5,000 lines: p50 and p99 of what the language
// server answers, seen from the client. The machine's other work is in the figures.
//
//   EDYC=edyc node latency.mjs [ROUNDS]

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lsp from 'vscode-languageserver-protocol/node';
import { Client } from './client.mjs';

const rounds = Number(process.argv[2] ?? 200);

// program is n streams of nine lines, each over the one before it or over the topic.
function program(n) {
  const out = ['module long_file timezone "UTC"', '', 'schema Reading { sensor: string machine: string? temp: double flow: double? at: timestamp }', '', 'topic readings: Reading { key: sensor time: at watermark: 5s }', ''];
  for (let i = 0; i < n; i++) {
    out.push(`/// Readings of group ${i}.`, `stream s${i} =`, `  from ${i % 5 === 0 ? 'readings' : `s${i - 1}`}`, `  |> where temp > ${i}.5 and sensor != "x${i}"`, `  |> extend limit_${i} = temp * 1.8 + 32.0`, `  |> select sensor, machine, temp = limit_${i}, flow, at`, '');
    if (i % 5 === 4) out.push(`stream per_minute_${i} = from s${i} |> window tumbling 1m |> aggregate n_${i} = count(), hottest = max(temp) by sensor`, '');
  }
  return out.join('\n');
}

const quantile = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))];
const shown = [];
function report(what, times, goal) {
  shown.push([what, times.length, quantile(times, 0.5).toFixed(1), quantile(times, 0.99).toFixed(1), Math.max(...times).toFixed(1), goal]);
}

async function timed(act) {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

const dir = mkdtempSync(join(tmpdir(), 'edy-latency-'));
mkdirSync(join(dir, '.git'));
const text = program(Math.ceil(5000 / 7.4));
writeFileSync(join(dir, 'long.edy'), text);
try {
  const first = [];
  for (let i = 0; i < 5; i++) {
    let c;
    first.push(await timed(async () => {
      c = await Client.start(dir, { pull: false });
      await c.open('long.edy');
      const found = await c.shown('long.edy');
      if (found.length) throw new Error(`the file has mistakes: ${JSON.stringify(found[0])}`);
    }));
    await c.stop();
  }
  report('start of the process to first diagnostics', first, '150 ms from initialize');

  const c = await Client.start(dir, { pull: false });
  await c.open('long.edy');
  await c.shown('long.edy');
  const streams = [...c.text('long.edy').matchAll(/stream s(\d+) =/g)].map((m) => m[1]);
  const name = (i) => streams[(i * 37) % streams.length];

  const mistake = [];
  const mended = [];
  for (let i = 0; i < rounds; i++) {
    const n = name(i);
    mistake.push(await timed(async () => {
      await c.replace('long.edy', `where temp > ${n}.5`, `where tempo > ${n}.5`);
      const found = await c.shown('long.edy');
      if (found.length !== 1 || found[0].code !== 'E0202') throw new Error(`edit ${i}: ${JSON.stringify(found)}`);
    }));
    mended.push(await timed(async () => {
      await c.replace('long.edy', `where tempo > ${n}.5`, `where temp > ${n}.5`);
      const found = await c.shown('long.edy');
      if (found.length) throw new Error(`mending ${i}: ${JSON.stringify(found)}`);
    }));
  }
  report('edit to diagnostics, a mistake made', mistake, 'p50 15, p99 50 ms');
  report('edit to diagnostics, a mistake mended', mended, 'p50 15, p99 50 ms');

  const completion = [];
  for (let i = 0; i < rounds; i++) {
    const n = name(i);
    await c.replace('long.edy', `limit_${n} = temp`, `limit_${n} = te`);
    const params = c.at('long.edy', `limit_${n} = te¦`);
    completion.push(await timed(async () => {
      const found = await c.ask(lsp.CompletionRequest.type, params);
      if (!(found.items ?? found).slice(0, 10).some((item) => item.label === 'temp')) throw new Error(`completion ${i} does not offer temp`);
    }));
    await c.replace('long.edy', `limit_${n} = te`, `limit_${n} = temp`);
  }
  report('completion, right after an edit', completion, 'p99 50 ms');
  await c.shown('long.edy');

  const hover = [];
  const definition = [];
  for (let i = 0; i < rounds; i++) {
    const n = name(i);
    const at = c.at('long.edy', `temp = lim¦it_${n},`);
    hover.push(await timed(async () => {
      const found = await c.ask(lsp.HoverRequest.type, at);
      if (!/double/.test(JSON.stringify(found))) throw new Error(`hover ${i}: ${JSON.stringify(found)}`);
    }));
    definition.push(await timed(async () => {
      const found = [await c.ask(lsp.DefinitionRequest.type, at)].flat();
      if (found.length !== 1) throw new Error(`definition ${i}: ${JSON.stringify(found)}`);
    }));
  }
  report('hover', hover, 'p99 10 ms');
  report('definition', definition, 'p99 10 ms');

  const cancelled = [];
  let stopped = 0;
  for (let i = 0; i < Math.min(rounds, 50); i++) {
    const source = new lsp.CancellationTokenSource();
    const answer = c.ask(lsp.ReferencesRequest.type, { ...c.at('long.edy', 'topic read¦ings'), context: { includeDeclaration: true } }, source.token).catch((err) => {
      if (err.code !== lsp.LSPErrorCodes.RequestCancelled) throw err;
      stopped++;
    });
    cancelled.push(await timed(() => {
      source.cancel();
      return answer;
    }));
  }
  report(`cancel to the answer (${stopped} were stopped)`, cancelled, '10 ms');
  if ((await c.stop()) !== 0) throw new Error('the server did not end well');
} finally {
  rmSync(dir, { recursive: true });
}

console.log(`${text.split('\n').length} lines, ${rounds} rounds; milliseconds; ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`);
for (const row of [['', 'n', 'p50', 'p99', 'most', 'goal'], ...shown]) console.log(row[0].padEnd(44) + row.slice(1, 5).map((v) => String(v).padStart(8)).join('') + '  ' + row[5]);
