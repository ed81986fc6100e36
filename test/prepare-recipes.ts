// Builds and installs what the recipes of examples/verify need, ahead of the tests that run them.
import { prepareAllRecipes } from './support/verify-recipes.ts';

for (const [language, why] of Object.entries(await prepareAllRecipes())) {
  console.log(`${language}: ${why ?? 'ready'}`);
}
