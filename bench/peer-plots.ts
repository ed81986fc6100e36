import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OURS } from './peers.ts';
import type { PeerResult } from './peers.ts';
import { barPlot } from './plot.ts';

/** Draws what `npm run bench -- peers` has measured: speed, processor time and memory. */
export function writePeerPlots(folder: string, results: readonly PeerResult[]): void {
  mkdirSync(folder, { recursive: true });
  const bars = (of: (result: PeerResult) => number) =>
    results.map((result) => {
      return { label: result.name, value: of(result), isOurs: result.name === OURS };
    });
  const plots = {
    'peers-speed.svg': barPlot({
      title: 'Deliveries, beside a bare loop of undici',
      hint: 'in turns on two cores, 64 connections; more is better',
      bars: bars(({ ratio }) => ratio),
      format: (value) => `${value.toFixed(2)} ×`,
    }),
    'peers-cpu.svg': barPlot({
      title: 'Processor time for one delivery',
      hint: 'of the process that delivers, µs; less is better',
      bars: bars(({ cpuMicros }) => cpuMicros),
      format: (value) => `${value.toFixed(0)} µs`,
    }),
    'peers-memory.svg': barPlot({
      title: 'Memory at most',
      hint: 'resident, MiB; less is better',
      bars: bars(({ peakMiB }) => peakMiB),
      format: (value) => `${value.toFixed(0)} MiB`,
    }),
  };
  for (const [name, svg] of Object.entries(plots)) writeFileSync(join(folder, name), svg);
}
