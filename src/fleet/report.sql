-- What the logs of many processes say together: the questions of `permit report` in SQL, for logs of any size.
--
--   duckdb -c "SET VARIABLE logs = '/var/log/permit/*.jsonl*'" -c '.read report.sql' -c 'FROM permit.by_deploy'
--
-- `logs` is a path, a pattern or a list of them; what ends in .gz is read as it is. Nothing is written: each
-- question reads the logs. To ask more than one of large logs, keep what was read:
--
--   CREATE TABLE kept AS FROM permit.records;
--   CREATE OR REPLACE VIEW permit.records AS FROM kept;
--
-- All times are UTC.

CREATE SCHEMA IF NOT EXISTS permit;

-- The fields of a record. All are named, so that logs in which an optional one never stands are read as well.
SET VARIABLE permit_fields = {
  v: 'UBIGINT',
  datetime: 'TIMESTAMP',
  permission: 'VARCHAR',
  scope: 'VARCHAR',
  value: 'VARCHAR',
  path: 'VARCHAR',
  leads_to: 'VARCHAR',
  tree: 'BOOLEAN',
  host: 'VARCHAR',
  decision: 'VARCHAR',
  policy: 'VARCHAR',
  rule: 'VARCHAR',
  package: 'VARCHAR',
  pid: 'UBIGINT',
  thread: 'UBIGINT',
  count: 'UBIGINT',
  policy_hash: 'VARCHAR',
  deploy: 'VARCHAR'
};

SET VARIABLE permit_files = (
  SELECT list(file ORDER BY file)
  FROM glob(coalesce(getvariable('logs'), error('SET VARIABLE logs to the path of the logs, and read this file after that')))
);

-- The lines. One that is no record, such as what a killed process left half written, is a row of nothing: permit.unread
-- counts them. To read_json a pattern that no file matches is an error; here it is no line.
CREATE OR REPLACE VIEW permit.lines AS
FROM query(
  CASE WHEN getvariable('permit_files') IS NULL THEN $$
    SELECT unnest(from_json('{}', json(getvariable('permit_fields')))), NULL::VARCHAR AS filename
    WHERE false
  $$ ELSE $$
    FROM read_json(
      getvariable('permit_files'),
      format = 'newline_delimited',
      ignore_errors = true,
      filename = true,
      columns = getvariable('permit_fields')
    )
  $$ END
);

-- The records, each with
--   program  the deploy without its version: what one deploy has in common with the next;
--   thing    what was asked for, as a policy would name it: the path, the host as it would be granted, or the value.
CREATE OR REPLACE VIEW permit.records AS
SELECT
  *,
  regexp_replace(deploy, '@[^@]*$', '') AS program,
  coalesce(
    path,
    CASE WHEN starts_with(scope, 'net.') AND contains(rule, '=') THEN substr(rule, strpos(rule, '=') + 1) END,
    value
  ) AS thing
FROM permit.lines
WHERE v = 1;

-- Of what was refused. To ask the same of an audit, put 'would-deny' here.
CREATE OR REPLACE VIEW permit.denials AS
FROM permit.records
WHERE decision = 'deny';

-- The deploys of each program in the order in which they first started; one whose start is in no log counts from its
-- first record.
CREATE OR REPLACE VIEW permit.deploys AS
SELECT
  program,
  deploy,
  coalesce(min(datetime) FILTER (decision = 'start'), min(datetime)) AS started,
  row_number() OVER (PARTITION BY program ORDER BY started, deploy) AS number
FROM permit.records
WHERE deploy IS NOT NULL
GROUP BY program, deploy;

-- Each deploy: how many processes started, how many calls were refused, and would have been in an audit or by a second
-- policy, how many different things were refused, and when first and last.
CREATE OR REPLACE VIEW permit.by_deploy AS
SELECT
  deploy,
  coalesce(sum(count) FILTER (decision = 'start'), 0)::UBIGINT AS processes,
  coalesce(sum(count) FILTER (decision = 'deny'), 0)::UBIGINT AS denied,
  coalesce(sum(count) FILTER (decision = 'would-deny'), 0)::UBIGINT AS would_be_denied,
  count(DISTINCT {'scope': scope, 'thing': thing}) FILTER (decision = 'deny') AS things,
  min(datetime) FILTER (decision = 'start') AS started,
  min(datetime) FILTER (decision = 'deny') AS first_denied,
  max(datetime) FILTER (decision = 'deny') AS last_denied
FROM permit.records
GROUP BY deploy
ORDER BY coalesce(started, min(datetime)), deploy;

-- Each package that asked; NULL where none could be told.
CREATE OR REPLACE VIEW permit.by_package AS
SELECT
  package,
  sum(count)::UBIGINT AS denied,
  count(DISTINCT {'scope': scope, 'thing': thing}) AS things,
  count(DISTINCT deploy) AS deploys,
  min(datetime) AS first_denied,
  max(datetime) AS last_denied
FROM permit.denials
GROUP BY package
ORDER BY denied DESC, package;

-- Each day on which something was refused.
CREATE OR REPLACE VIEW permit.by_day AS
SELECT
  datetime::DATE AS day,
  sum(count)::UBIGINT AS denied,
  count(DISTINCT {'scope': scope, 'thing': thing}) AS things,
  count(DISTINCT deploy) AS deploys
FROM permit.denials
GROUP BY day
ORDER BY day;

-- What is refused, most often first: `FROM permit.most_refused LIMIT 20`.
CREATE OR REPLACE VIEW permit.most_refused AS
SELECT
  scope,
  thing,
  sum(count)::UBIGINT AS denied,
  list(DISTINCT package ORDER BY package) FILTER (package IS NOT NULL) AS packages,
  count(DISTINCT deploy) AS deploys,
  min(datetime) AS first_denied,
  max(datetime) AS last_denied
FROM permit.denials
GROUP BY scope, thing
ORDER BY denied DESC, scope, thing;

-- What one deploy of a program was refused and no later one: by which deploy that ended, and how long after the first
-- refusal that deploy first started. A deploy that was rolled back, and comes again, counts from when it first came.
CREATE OR REPLACE VIEW permit.resolved AS
WITH
-- Once for both of its uses: each would read the logs.
deploys AS MATERIALIZED (
  FROM permit.deploys
),
refused AS (
  SELECT
    program,
    scope,
    thing,
    sum(count)::UBIGINT AS denied,
    min(datetime) AS first_denied,
    max(datetime) AS last_denied,
    max(number) AS number
  FROM permit.denials
  JOIN deploys USING (program, deploy)
  GROUP BY program, scope, thing
)
SELECT
  refused.program,
  scope,
  thing,
  denied,
  first_denied,
  last_denied,
  following.deploy AS resolved_by,
  following.started AS resolved,
  following.started - first_denied AS time_to_resolve
FROM refused
JOIN deploys AS following ON following.program = refused.program AND following.number = refused.number + 1
ORDER BY time_to_resolve DESC, refused.program, scope, thing;

-- Calls that found no room in a log: where there are any, every other number is too low.
CREATE OR REPLACE VIEW permit.dropped AS
SELECT
  deploy,
  sum(count)::UBIGINT AS dropped,
  min(datetime) AS first_dropped,
  max(datetime) AS last_dropped
FROM permit.records
WHERE decision = 'dropped'
GROUP BY deploy
ORDER BY dropped DESC, deploy;

-- Lines that are no record of this version, by log. Empty lines are not counted.
CREATE OR REPLACE VIEW permit.unread AS
SELECT
  filename,
  count(*) AS lines
FROM permit.lines
WHERE v IS DISTINCT FROM 1
GROUP BY filename
ORDER BY filename;
