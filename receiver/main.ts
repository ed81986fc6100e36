import { prepareReceiverOutput } from '../common/config/data-dirs.ts';
import { runRole } from '../common/process/run-role.ts';
import { createReceiver } from './receiver.ts';
import type { ModeInput } from './receiver.ts';

const KEEP = 20;

await runRole('receiver', async ({ config, logger, registry, open, fail }) => {
  const rps = config.RECEIVER_RPS;
  const mode: ModeInput = rps === null ? config.RECEIVER_MODE : { mode: 'ratelimit', rps };
  const output = prepareReceiverOutput(config);
  const receiver = await createReceiver({
    mode,
    host: config.HOST,
    port: config.RECEIVER_PORT,
    secret: config.WEBHOOK_SECRET,
    output,
    keep: KEEP,
    logger,
    registry,
    onError: fail,
  });
  open.defer(() => receiver.close());
  logger.info({ url: receiver.url, mode, output }, 'receiver.started');
});
