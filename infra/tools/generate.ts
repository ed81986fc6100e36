// `npm run generate`: a CSV of alerts to try with.
import { createProgress } from '../../common/cli/progress.ts';
import { interruptSignal, runCommand } from '../../common/cli/run-command.ts';
import { messageOf } from '../../common/base/errors.ts';
import { GENERATE, parseGenerateArgs } from './generate-args.ts';
import type { GenerateArgs } from './generate-args.ts';
import { generateFile } from './generate-file.ts';
import type { Generated } from './generate-file.ts';

async function run({ options }: GenerateArgs & { kind: 'run' }): Promise<void> {
  const signal = interruptSignal();
  const { target } = options;
  const total = target.kind === 'rows' ? target.rows : target.bytes;
  const progress = createProgress({ afterMs: 0 });
  const startMs = performance.now();
  const summary = ({ rows, bytes }: Generated) => {
    const seconds = (performance.now() - startMs) / 1_000;
    const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
    return `${rows.toLocaleString('en')} rows, ${(bytes / 1e6).toFixed(1)} MB, ${rate}`;
  };
  try {
    const generated = await generateFile({
      ...options,
      signal,
      onProgress: (done) => progress.update(done[target.kind], total, summary(done)),
    });
    progress.stop();
    console.log(`${options.out}: ${summary(generated)}`);
  } catch (error) {
    progress.stop();
    console.error(signal.aborted ? 'Interrupted: nothing was left behind.' : messageOf(error));
    if (!signal.aborted) process.exitCode = 1;
  }
}

await runCommand(GENERATE, parseGenerateArgs, run);
