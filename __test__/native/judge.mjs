// Sorts compared rows into the classes of the reference's table with the help of differences.mjs,
// and says in words what is left unexplained.
import { DIFFERENCES } from './differences.mjs';

export const CLASSES = ['same', 'better', 'stricter', 'absent', 'looser', 'unexplained'];

/** Adds `is` to every row: the class that its kind or the first matching difference gives it. */
export function judge(rows, area) {
  const seen = new Set();
  for (const row of rows) {
    if (row.kind === 'same' || row.kind === 'absent') {
      row.is = row.kind;
      continue;
    }
    const match = DIFFERENCES.find(
      (one) =>
        one.area === area &&
        one.kind === row.kind &&
        one.row.test(row.id) &&
        (!one.plan || one.plan.test(row.plan)) &&
        (!one.nodes || one.nodes.includes(row.node.major)) &&
        (!one.when || one.when(row)),
    );
    row.is = match?.is ?? 'unexplained';
    if (match) seen.add(match);
  }
  return seen;
}

/** The entries of an area that no row has matched. */
export const unseen = (area, seen) => DIFFERENCES.filter((one) => one.area === area && !seen.has(one));

const brief = ({ how, code, permission, resource, message, value, again }) =>
  [
    how,
    code,
    permission !== undefined && `permission ${JSON.stringify(permission)}`,
    resource !== undefined && `resource ${JSON.stringify(resource)}`,
    message?.slice(0, 160),
    value?.slice(0, 120),
    again && `then ${again}`,
  ]
    .filter(Boolean)
    .join(' | ');

/**
 * Unexplained rows for a person: looser ones first, rows of one function with one pair of outcomes
 * together.
 */
export function explain(rows, most = 40) {
  const rank = [
    'written without a grant',
    'allowed here',
    'not held back',
    'only older',
    'disturbed',
    'otherwise',
    'refused, not silent',
    'refused here',
  ];
  const groups = new Map();
  for (const row of rows) {
    const lines = [
      `node 26.12: ${brief(row.oracle)}`,
      `permit    : ${brief(row.permit)}`,
      ...(row.kind === 'disturbed' || row.kind === 'not held back' ? [`no policy : ${brief(row.bare)}`] : []),
    ];
    if (row.fields.includes('left'))
      lines.push(`left there : ${JSON.stringify(row.oracle.left)}`, `left here  : ${JSON.stringify(row.permit.left)}`);
    const key = [
      row.kind,
      row.fields,
      row.id.split(/[( ]/)[0],
      row.oracle.how,
      row.oracle.code,
      row.oracle.permission,
      row.permit.how,
      row.permit.code,
      row.permit.permission,
    ].join();
    const group = groups.get(key) ?? { row, lines, ids: new Set(), nodes: new Set(), plans: new Set(), count: 0 };
    group.ids.add(row.id);
    group.nodes.add(row.node.major);
    group.plans.add(row.plan);
    group.count += 1;
    groups.set(key, group);
  }
  const sorted = [...groups.values()].sort((a, b) => rank.indexOf(a.row.kind) - rank.indexOf(b.row.kind));
  const told = sorted
    .slice(0, most)
    .map(({ row, lines, ids, nodes, plans, count: times }) =>
      [
        `${row.kind}${row.fields.length ? ` (${row.fields})` : ''}: ${[...ids].slice(0, 3).join('; ')}${ids.size > 3 ? ` and ${ids.size - 3} more` : ''}`,
        `${times} rows, node ${[...nodes].join(' ')}, ${[...plans].slice(0, 3).join('; ')}`,
        ...lines,
      ].join('\n    '),
    );
  return `${rows.length} rows differ without an accepted reason, ${groups.size} kinds; the first ${told.length}:\n\n${told.join('\n\n')}`;
}

/** Rows a class and Node: `[{ version, rows, same, better, … }]`. */
export function count(rows, nodes) {
  return nodes.map(({ version }) => {
    const mine = rows.filter((row) => row.node.version === version);
    return {
      version,
      rows: mine.length,
      ...Object.fromEntries(CLASSES.map((name) => [name, mine.filter((row) => row.is === name).length])),
    };
  });
}
