// Builds and installs what the recipes of examples/verify need, and the S3 server of the tests,
// ahead of the tests that run them.
import { prepareS3Server } from '../bench/s3-server.ts';
import { prepareAllRecipes } from './support/verify-recipes.ts';

const [reasons, s3] = await Promise.all([prepareAllRecipes(), prepareS3Server()]);
for (const [tool, why] of Object.entries({ ...reasons, 's3 server': s3 })) {
  console.log(`${tool}: ${why ?? 'ready'}`);
}
