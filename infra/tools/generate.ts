import { messageOf } from '../../common/errors.ts';
import { parseGenerateArgs, USAGE } from './decide/generate-args.ts';
import type { GenerateOptions } from './decide/generate-args.ts';
import { generateFile } from './generate-file.ts';
import type { Generated } from './generate-file.ts';
import { createProgress } from './progress.ts';

const INTERRUPTED_EXIT_CODE = 130;

async function run(options: GenerateOptions): Promise<void> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());
  const { target } = options;
  const progress = createProgress(target.kind === 'rows' ? target.rows : target.bytes);
  const startMs = performance.now();
  const summary = ({ rows, bytes }: Generated) => {
    const seconds = (performance.now() - startMs) / 1_000;
    const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
    return `${rows.toLocaleString('en')} rows, ${(bytes / 1e6).toFixed(1)} MB, ${rate}`;
  };
  try {
    const generated = await generateFile({
      ...options,
      signal: interrupt.signal,
      onProgress: (done) => progress.update(done[target.kind], summary(done)),
    });
    progress.stop();
    console.log(`${options.out}: ${summary(generated)}`);
  } catch (error) {
    progress.stop();
    const { aborted } = interrupt.signal;
    console.error(aborted ? 'Interrupted: nothing was left behind.' : messageOf(error));
    process.exitCode = aborted ? INTERRUPTED_EXIT_CODE : 1;
  }
}

const args = parseGenerateArgs(process.argv.slice(2));
if (args.kind === 'run') await run(args.options);
else if (args.kind === 'help') console.log(USAGE);
else {
  console.error(`${args.problems.join('\n')}\n\n${USAGE}`);
  process.exitCode = 1;
}
