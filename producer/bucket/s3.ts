import type * as Sdk from '@aws-sdk/client-s3';

/** The SDK with a client of it. */
export interface S3 {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

const CONNECT_MS_MAX = 5_000;
/** Nothing for so long, and the server counts as away. */
const SILENT_MS_MAX = 30_000;
/** Region for servers that have none; those of AWS are never asked by an endpoint alone. */
const REGION_OF_OTHERS = 'us-east-1';

/**
 * Opens a client. Credentials and region come from the SDK's own chain: environment, profiles, web
 * identity, containers, instances. The SDK is loaded here and nowhere else, as it takes memory.
 */
export async function openS3(endpoint: string, env: NodeJS.ProcessEnv): Promise<S3> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    ...(endpoint !== '' && {
      endpoint,
      // A bucket in the host name would need a name server that knows it.
      forcePathStyle: true,
      region: env['AWS_REGION'] || REGION_OF_OTHERS,
    }),
    // Older servers do not know the newer checksums, which would guard no more than TLS does.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: SILENT_MS_MAX,
      socketTimeout: SILENT_MS_MAX,
      throwOnRequestTimeout: true,
    },
  });
  return { sdk, client };
}
