// What is made of many figures of one thing.

/** The one in the middle. */
export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The one in the middle, and those between which the middle half lies. */
export function spread(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (part) => digits(sorted[Math.round(part * (sorted.length - 1))]);
  return `${digits(median(figures))} (${at(0.25)}–${at(0.75)})`;
}

/** The smallest. */
export const least = (figures) => Math.min(...figures);

/** With three digits that count, or whole. */
export function digits(figure) {
  if (!Number.isFinite(figure)) return '–';
  const size = Math.abs(figure);
  if (size >= 100) return Math.round(figure).toLocaleString('en');
  return String(Number(figure.toPrecision(size < 1 ? 2 : 3)));
}

/** A line of a Markdown table. */
export const line = (cells) => `| ${cells.join(' | ')} |`;

/** A Markdown table. */
export const table = (heads, rows) => [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');

/** A target that a ratio is to reach, and whether it does. */
export const against = (ratio, target, most = true) =>
  `${most ? '≤' : '≥'} ${target}: ${(most ? ratio <= target : ratio >= target) ? 'met' : 'missed'}`;
