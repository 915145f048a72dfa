// Records of a log that was never written, for commands that read logs.
/** A day in milliseconds. */
export const DAY = 86_400_000;

const BEGIN = Date.UTC(2026, 9, 1, 8);
/** A record, so many days after the first of October. */
const record = (days, fields) =>
  JSON.stringify({
    v: 1,
    datetime: new Date(BEGIN + days * DAY).toISOString(),
    permission: '',
    scope: '',
    value: '',
    decision: 'deny',
    policy: 'enforce',
    package: null,
    pid: 7,
    thread: 0,
    count: 1,
    policy_hash: '',
    deploy: '',
    ...fields,
  });

/** The record with which a process begins its log. */
export const start = (days, deploy, value = 'refused') =>
  record(days, { decision: 'start', value, deploy, package: 'orders', thread: null });

/** The record of a refusal. */
export const refused = (days, deploy, value, fields) =>
  record(days, { scope: 'fs.read', value, deploy, package: 'left', ...fields });
