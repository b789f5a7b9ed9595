/** The measurements as a page of documentation, ratios first. */
import type { AppStart } from './app-start.ts';
import type { CalibrationResult } from './calibration.ts';
import type { ConversationResult } from './conversation.ts';
import type { Load, Machine } from './machine.ts';
import type { MedianEstimate, Verdict } from './stats.ts';
import type { ArmResult, ScenarioResult } from './scenario.ts';
import type { SteeringCost } from './steering-cost.ts';
import type { StoreResult } from './store.ts';

export interface BenchReport {
  /** ISO date and time of the start. */
  date: string;
  machine: Machine;
  loadAtStart: Load;
  loadAtEnd: Load;
  seconds: number;
  /** Few repetitions, to see that it works. */
  quick: boolean;
  /** llama.cpp's own programs: how they were built, or why there are none. */
  compared: { about: string | null; reason: string | null };
  steering: SteeringCost | null;
  conversation: ConversationResult | null;
  calibration: CalibrationResult | null;
  app: AppStart | null;
  store: StoreResult | null;
}

const VERDICTS: Record<Verdict, string> = { pass: 'pass', 'likely-pass': 'likely pass', 'likely-fail': 'likely fail', fail: '**fail**' };

export function renderReport(report: BenchReport): string {
  const parts = [
    '# Benchmarks',
    [
      'Written by `npm run bench`; every run replaces this page. The same numbers, and every single timing, are in `test-results/bench.json`.',
      'For the speed of a larger model on a machine that cannot download one, `npm run synthetic-gguf -- --shape llama-8b --out FILE.gguf`',
      'writes a file of its shape with random weights, and `npm run bench -- --only steering --model FILE.gguf --out PAGE.md` measures it.',
    ].join('\n'),
    machineSection(report),
  ];
  if (report.steering !== null) parts.push(steeringSection(report.steering));
  if (report.conversation !== null) parts.push(conversationSection(report.conversation));
  if (report.calibration !== null) parts.push(calibrationSection(report.calibration));
  if (report.app !== null) parts.push(appSection(report.app));
  if (report.store !== null) parts.push(storeSection(report.store));
  return `${parts.join('\n\n')}\n`;
}

function machineSection({ date, machine, loadAtStart, loadAtEnd, seconds, quick, compared }: BenchReport): string {
  const { cpu, cores, memoryGiB, system, versions } = machine;
  const load = `${loadAtStart.average.toFixed(2)} at the start, ${loadAtEnd.average.toFixed(2)} at the end`;
  const lines = [
    `- Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB memory, ${system}`,
    `- Date: ${date.slice(0, 10)}; the run took ${(seconds / 60).toFixed(1)} minutes`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- Load average: ${load}`,
    compared.about === null
      ? `- llama.cpp’s own programs were not measured: ${compared.reason}`
      : `- llama.cpp’s own \`llama-bench\` and \`llama-server\`, built from the source that node-llama-cpp ships: ${compared.about}`,
  ];
  if (quick) lines.push('- **A quick run with few repetitions**, made to see that the benchmark works');
  if (loadAtStart.busy) {
    lines.push(
      '',
      '> **The machine was busy with other work when this was measured.** Threads of llama.cpp that wait for each other on busy cores',
    );
    lines.push(
      '> slow down manifold and unevenly; the ratios below say little, the absolute times nothing. Measure again on a quiet machine.',
    );
  }
  return lines.join('\n');
}

const interval = ({ median, low, high }: MedianEstimate) => `${median.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;

function steeringSection(cost: SteeringCost): string {
  const { scenarios, arms } = cost;
  const find = (scenario: ScenarioResult, arm: string) => scenario.results.find((result) => result.arm === arm);
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const table = (cell: (result: ArmResult, scenario: ScenarioResult) => string, names: string[]) => [
    row(['', ...scenarios.map(({ kind, tokens }) => `${kind}, ${tokens} tokens`)]),
    row(['---', ...scenarios.map(() => '---')]),
    ...names.map((name) =>
      row([
        name,
        ...scenarios.map((scenario) => {
          const result = find(scenario, name);
          return result === undefined ? '–' : cell(result, scenario);
        }),
      ]),
    ),
  ];
  const names = arms.map(({ name }) => name);
  const measured = names.filter((name) => name !== 'plain');
  const counts = scenarios.map(({ kind, tokens, blocks, calls }) => `${blocks} blocks of ${calls / blocks} (${kind} ${tokens})`).join(', ');
  const [few] = scenarios.flatMap(({ results }) =>
    results.flatMap(({ ratio }) => (ratio !== null && ratio.coverage < 0.95 ? [ratio] : [])),
  );
  const notes = [
    ...arms.map(({ name, about }) => `- **${name}**: ${about}`),
    ...cost.references.map(({ name, about }) => `- **${name}**: ${about}`),
    ...(cost.withoutProfile === null ? [] : [`- The shipped profile was not measured: ${cost.withoutProfile}.`]),
    ...(cost.profileSteered
      ? ['- **The profile’s gate opened for the benign prompt**: its row holds the cost of steering a refusal.']
      : []),
  ];
  return [
    '## What steering costs',
    `Speed as a share of plain node-llama-cpp’s; 1 is equal, less is slower. In brackets the 95 % interval of the median.`,
    'The bar: at least 0.98 on prefill and 0.99 on decode.',
    '',
    ...table(({ ratio, verdict }) => (ratio === null ? '' : `${interval(ratio)} ${verdict === null ? '' : VERDICTS[verdict]}`), measured),
    '',
    '*pass* and *fail*: the whole interval lies on that side of the bar; *likely*: only the median does.',
    '',
    ...referenceTables(cost, names, table),
    'The same in processor time, which other programs disturb less (with one thread hardly at all):',
    '',
    ...table(({ cpuRatio }) => (cpuRatio === null ? '' : cpuRatio.toFixed(3)), measured),
    '',
    'Tokens a second (medians):',
    '',
    ...table(({ tokensPerSecond }) => tokensPerSecond.toFixed(1), names),
    '',
    ...notes,
    '',
    '### How this was measured',
    `${cost.model}, ${cost.layers} layers of width ${cost.embeddingLength}, ${cost.threads === 1 ? '1 thread' : `${cost.threads} threads`}, GPU: ${cost.gpu}. All arms live in one process on one loaded model; the plain`,
    'contexts are made with node-llama-cpp’s own constructor, the others with the hook. In every round each arm evaluates the same tokens once,',
    'in a shuffled order and in the next round in the reverse of it, so that drift cancels; each time is divided into the plain time of the same',
    'round. Two contexts made alike were seen to differ in decoding speed for as long as they lived, once by 13 %; the cause is not known.',
    'So decoding and short prompts get new contexts for every block of rounds, and a block counts once, with its median. The tables show the',
    'median over blocks with its order-statistic interval. llama.cpp’s own programs take their turns in the same rounds; they tell means only,',
    `so against them the means of a block are compared. llama-bench samples nothing, and random tokens are its prompt. Calls of each arm: ${counts}.`,
    ...(few === undefined
      ? []
      : [
          `Where there are fewer than six blocks the interval is their whole range, which covers the median with ${Math.round(few.coverage * 1000) / 10} % and not 95 %.`,
        ]),
    'Prefill is the time to the first sampled token of an empty cache; decode is the time of one more token, in four parts of a reply of 128,',
    'after a prompt of 64. Synthetic plans read and write each of their layers with the gate wide open. What *plain again* shows is noise:',
    'differences as small as that mean nothing.',
    ...(scenarios.some(({ leftOut }) => leftOut.length > 0)
      ? ['Arms shown as – did not fit the time a normal run takes; `npm run bench -- --full` measures them.']
      : []),
  ].join('\n');
}

type Table = (cell: (result: ArmResult, scenario: ScenarioResult) => string, names: string[]) => string[];

/** The same arms against llama.cpp's own programs. */
function referenceTables({ references, withoutReferences }: SteeringCost, names: string[], table: Table): string[] {
  if (references.length === 0) return [`llama.cpp’s own programs were not measured: ${withoutReferences}.`, ''];
  return references.flatMap(({ name: reference }) => [
    `Speed as a share of ${reference}’s, the same llama.cpp built from source on this machine:`,
    '',
    ...table(({ against }) => (against[reference] === undefined ? '–' : interval(against[reference])), names),
    '',
  ]);
}

function conversationSection({ conversations, protected: steered, firstToken, decode, withoutServer }: ConversationResult): string {
  const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(0)} ms`);
  const ratio = decode.ratio === null ? '–' : `${interval(decode.ratio)} ${VERDICTS[decode.verdict!]}`;
  const server = decode.serverTokensPerSecond === null ? '–' : `${decode.serverTokensPerSecond.toFixed(1)} tokens/s`;
  return [
    '## In the app, turn by turn',
    'The whole app (store, engine, steering) against llama-server in the same conversation of ten turns, both by a client’s clock.',
    'Ratios are speeds: above 1 the app is the quicker one. The bar for decoding is 0.97.',
    '',
    '| | app against llama-server | app | llama-server |',
    '| --- | --- | --- | --- |',
    `| decoding | ${ratio} | ${decode.appTokensPerSecond.toFixed(1)} tokens/s | ${server} |`,
    ...firstToken.map(
      ({ turn, appMs, serverMs, ratio }) =>
        `| first token of turn ${turn} | ${ratio === null ? '–' : interval(ratio)} | ${ms(appMs)} | ${ms(serverMs)} |`,
    ),
    '',
    `${conversations === 1 ? 'One conversation' : `${conversations} conversations`} each, replies of up to 40 tokens, greedy, ${steered ? 'with the shipped profile' : 'without a profile'}; between turns a reader’s`,
    'pause of 1.5 s, in which the app evaluates its reply once more so that the next turn finds it in the cache.',
    ...(withoutServer === null ? [] : [`llama-server was not measured: ${withoutServer}.`]),
  ].join('\n');
}

function calibrationSection({ extraction, solving }: CalibrationResult): string {
  const widths = [...new Set(solving.map(({ width }) => width))];
  const counts = [...new Set(solving.map(({ rows }) => rows))].sort((a, b) => a - b);
  const cell = (width: number, rows: number) => {
    const found = solving.find((one) => one.width === width && one.rows === rows);
    return found?.seconds == null ? '–' : `${found.seconds.toPrecision(2)} s`;
  };
  return [
    '## Calibration',
    'Reading the residual streams of all layers at the last token of short prompts: sixteen prompts a batch against one a batch, in turns.',
    'The ratio is of prompts a second; above 1 many a batch are quicker.',
    '',
    '| model | against one a batch | prompts a second | one a batch | d | layers | prompts | tokens |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...extraction.map(
      ({ model, width, layers, prompts, tokens, seconds: took, oneByOneSeconds, ratio }) =>
        `| ${model} | ${interval(ratio)} | ${(prompts / took).toFixed(1)} | ${(prompts / oneByOneSeconds).toFixed(1)} | ${width} | ${layers} | ${prompts} | ${tokens} |`,
    ),
    '',
    'Solving one layer (null space, ridge regression, ρ = 0.5) from N benign and 256 harmful rows of made-up numbers:',
    '',
    `| d | ${counts.map((rows) => `N = ${rows.toLocaleString('en')}`).join(' | ')} |`,
    `| --- | ${counts.map(() => '---').join(' | ')} |`,
    ...widths.map((width) => `| ${width.toLocaleString('en')} | ${counts.map((rows) => cell(width, rows)).join(' | ')} |`),
    '',
    'The solver works in the smaller of d and N. Cells shown as – would have taken more than half a minute, or more than is left of a run’s time.',
  ].join('\n');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

function appSection({ first, again, starts, memory }: AppStart): string {
  return [
    '## App start and memory',
    'The served app as `npm start` runs it, after set-up, without the browser.',
    '',
    '| | page can be opened | page has its state | model ready |',
    '| --- | --- | --- | --- |',
    `| first start, empty data folder | ${seconds(first.addressMs)} | ${seconds(first.stateMs)} | ${seconds(first.readyMs)} |`,
    `| later starts (median of ${starts}) | ${seconds(again.addressMs)} | ${seconds(again.stateMs)} | ${seconds(again.readyMs)} |`,
    '',
    '| resident memory | model ready | after a reply |',
    '| --- | --- | --- |',
    ...memory.map(({ process, readyMiB, afterReplyMiB }) => `| ${process} | ${readyMiB} MiB | ${afterReplyMiB} MiB |`),
    '',
    'The engine’s includes the model file as far as it is mapped.',
  ].join('\n');
}

function storeSection({ messages, refusals, conversations, databaseMiB, fillPerSecond, openMs, operations }: StoreResult): string {
  return [
    '## Store',
    `${messages.toLocaleString('en')} messages in ${conversations.toLocaleString('en')} conversations and ${refusals.toLocaleString('en')} refusals, ${databaseMiB.toFixed(1)} MiB, filled at ${fillPerSecond.toFixed(0)} rows a second (many rows a transaction); opened in ${openMs.toFixed(0)} ms.`,
    'Event loop: the longest time in which the app’s thread could do nothing else (its own clock ticks every millisecond).',
    '',
    '| | median | 95 % | longest | event loop |',
    '| --- | --- | --- | --- | --- |',
    ...operations.map(
      ({ name, medianMs, p95Ms, maxMs, loopDelayMaxMs }) =>
        `| ${name} | ${medianMs.toFixed(2)} ms | ${p95Ms.toFixed(2)} ms | ${maxMs.toFixed(2)} ms | ${loopDelayMaxMs.toFixed(1)} ms |`,
    ),
  ].join('\n');
}
