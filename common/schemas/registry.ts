import { z } from 'zod';
import { AppError, messageOf } from '../base/errors.ts';
import { parseJson } from '../base/parse-json.ts';
import type { StoredSchema } from './schema.ts';

const ANSWER_WITHIN_MS = 5_000;
const REFERENCES_MAX = 200;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

const Answer = z.object({
  // A registry leaves the type of Avro out.
  schemaType: z.string().default('AVRO'),
  schema: z.string(),
  references: z
    .array(z.object({ name: z.string(), subject: z.string(), version: z.number() }))
    .nullish()
    .transform((given) => given ?? []),
});
type Answer = z.infer<typeof Answer>;

/** Reads schemas over the HTTP interface that Confluent's registry, Apicurio and Karapace have. */
export class Registry {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;

  /** @param url may have a user and a password */
  constructor(url: string) {
    const { username, password, ...rest } = splitUrl(url);
    this.base = rest.base;
    const credentials = Buffer.from(`${username}:${password}`).toString('base64');
    this.headers = {
      accept: `${MEDIA_TYPE}, application/json`,
      ...(username !== '' && { authorization: `Basic ${credentials}` }),
    };
  }

  /** @throws AppError schema_unavailable: it is not there, or the registry does not answer */
  async schema(id: number): Promise<StoredSchema> {
    const answer = await this.get(`/schemas/ids/${id}`);
    const { schemaType: type } = answer;
    if (type !== 'AVRO' && type !== 'JSON' && type !== 'PROTOBUF') {
      throw unavailable(`it is of a type that Hookline does not know: ${type}`);
    }
    const references = new Map<string, StoredSchema['references'][number]>();
    // JSON is not decoded, so that nobody needs what its schema refers to.
    if (type !== 'JSON') await this.addReferences(answer, references);
    return { type, text: answer.schema, references: [...references.values()] };
  }

  /** Adds what a schema uses, depth first, so that each stands before those that use it. */
  private async addReferences(
    { references }: Answer,
    found: Map<string, StoredSchema['references'][number]>,
    above: readonly string[] = [],
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      const key = `${subject} ${version}`;
      if (found.has(key) || above.includes(key)) continue;
      if (found.size + above.length >= REFERENCES_MAX) {
        throw unavailable(`it refers to more than ${REFERENCES_MAX} others`);
      }
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      const answer = await this.get(path);
      await this.addReferences(answer, found, [...above, key]);
      found.set(key, { name, text: answer.schema });
    }
  }

  private async get(path: string): Promise<Answer> {
    const { status, text } = await this.ask(path);
    if (status === 404) throw unavailable(`the registry does not have it (404 of ${path})`);
    if (status !== 200) throw unavailable(`the registry answers ${status} to ${path}`);
    const answer = parseJson(Answer, text);
    if (answer === null) throw unavailable(`${path} is no answer of a schema registry`);
    return answer;
  }

  private async ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const { headers } = this;
      const answer = await fetch(this.base + path, { headers, signal, redirect: 'error' });
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      throw unavailable(`the registry does not answer: ${messageOf(cause ?? error)}`, error);
    }
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('schema_unavailable', message, { retryable: true, cause });
}

function splitUrl(text: string) {
  const url = new URL(text);
  const { username, password } = url;
  url.username = url.password = '';
  return {
    base: url.href.replace(/\/+$/, ''),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}
