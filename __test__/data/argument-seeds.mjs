// Seeds of `arguments.spec.mjs` that failed once, each with its Node: they are run again each time.
export const ARGUMENT_SEEDS = [
  // `backup` of node:sqlite took a pointer from what is no database.
  { major: 22, seed: 109 },
  { major: 24, seed: 113 },
  { major: 26, seed: 100 },
];
