import tseslint from 'typescript-eslint';

/** What browsers have that the dashboard uses. */
const BROWSER = [
  ...['document', 'window', 'location', 'history', 'navigator', 'sessionStorage', 'localStorage'],
  ...['fetch', 'XMLHttpRequest', 'FormData', 'Blob', 'URL', 'URLSearchParams', 'AbortController'],
  ...['AbortSignal', 'TextDecoder', 'TextDecoderStream', 'ResizeObserver', 'matchMedia'],
  ...['addEventListener', 'getComputedStyle', 'scrollTo', 'setTimeout', 'clearTimeout'],
  ...['setInterval', 'clearInterval', 'console'],
];

export default tseslint.config(
  { ignores: ['node_modules/', 'data/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    // The dashboard runs in browsers as it is.
    files: ['console/dashboard/app/**/*.js'],
    extends: [tseslint.configs.recommended],
    languageOptions: { globals: Object.fromEntries(BROWSER.map((name) => [name, 'readonly'])) },
    rules: {
      'no-undef': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      // Text from the system is text: nothing here makes HTML of it.
      'no-restricted-properties': ['error', { property: 'innerHTML' }, { property: 'outerHTML' }],
      'no-restricted-syntax': [
        'error',
        { selector: "Identifier[name='dangerouslySetInnerHTML']", message: 'Text stays text.' },
      ],
    },
  },
  {
    // The runner itself awaits the promises of node:test; a describe block is no function to split.
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      'max-lines-per-function': 'off',
    },
  },
);
