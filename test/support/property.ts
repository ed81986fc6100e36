// fast-check for every property test: the same choices in each run, so that a failure is one of the
// change at hand. PROPERTY_SEED makes other choices; a failure prints its seed.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });

export default fc;
