// Builds and installs what the recipes of examples/verify need, and the S3 server of the tests,
// ahead of the tests that run them.
import { prepareS3Server } from '../bench/s3/s3-server.ts';
import { prepareAllRecipes } from './support/verify-recipes.ts';

for (const [language, why] of Object.entries(await prepareAllRecipes())) {
  console.log(`${language}: ${why ?? 'ready'}`);
}
console.log(`s3 server: ${(await prepareS3Server()) ?? 'ready'}`);
