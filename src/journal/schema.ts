/** "RnSh": what `file` and we recognise a journal by (PRAGMA application_id). */
export const APPLICATION_ID = 0x526e5368;

/** The newest form of the tables that this program knows (PRAGMA user_version). */
export const FORMAT = 1;

/**
 * Form 1. `event` is the truth, chained by hashes (chain.ts) and never changed; the other tables are rows that follow
 * from it (projection.ts), written in the same transaction, so that questions need no replay.
 *
 * recursive_triggers is on in every writing connection: without it INSERT OR REPLACE would delete past the trigger.
 */
export const SCHEMA_1 = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  run_id TEXT NOT NULL,
  app_version TEXT NOT NULL,
  created_wall_ms INTEGER NOT NULL,
  machine_id TEXT NOT NULL
) STRICT;

CREATE TABLE event (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  wall_ms INTEGER NOT NULL,
  mono_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  type TEXT GENERATED ALWAYS AS (body ->> '$.type') VIRTUAL
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  head TEXT NOT NULL CHECK (length(head) = 64),
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  state TEXT NOT NULL CHECK (state IN ('new', 'active', 'paused', 'ended')),
  updated_wall_ms INTEGER NOT NULL,
  runbook TEXT,
  runbook_file TEXT,
  runbook_sha256 TEXT,
  lab INTEGER NOT NULL DEFAULT 0 CHECK (lab IN (0, 1)),
  started_by TEXT,
  owner TEXT,
  reason TEXT,
  result TEXT,
  exit_code INTEGER,
  steps_done INTEGER NOT NULL DEFAULT 0 CHECK (steps_done >= 0),
  steps_skipped INTEGER NOT NULL DEFAULT 0 CHECK (steps_skipped >= 0),
  steps_failed INTEGER NOT NULL DEFAULT 0 CHECK (steps_failed >= 0),
  items_done INTEGER NOT NULL DEFAULT 0 CHECK (items_done >= 0),
  items_skipped INTEGER NOT NULL DEFAULT 0 CHECK (items_skipped >= 0),
  items_failed INTEGER NOT NULL DEFAULT 0 CHECK (items_failed >= 0),
  released INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0),
  in_doubt INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt >= 0),
  open_prompts INTEGER NOT NULL DEFAULT 0 CHECK (open_prompts >= 0)
) STRICT;

CREATE TABLE step (
  address TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('started', 'done', 'skipped', 'failed', 'reopened')),
  starts INTEGER NOT NULL CHECK (starts >= 0),
  items INTEGER CHECK (items >= 0),
  seq INTEGER NOT NULL REFERENCES event (seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  address TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n >= 1),
  attempt_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'released', 'ok', 'failed', 'cancelled', 'in-doubt', 'not-started',
    'resolved-done', 'resolved-not-done', 'resolved-rerun', 'resolved-failed'
  )),
  effect TEXT NOT NULL,
  dir TEXT NOT NULL,
  command_sha256 TEXT NOT NULL,
  pid INTEGER,
  start_ticks TEXT,
  boot_id TEXT,
  pid_namespace TEXT,
  exit_code INTEGER,
  out_bytes INTEGER,
  err_bytes INTEGER,
  out_sha256 TEXT,
  err_sha256 TEXT,
  observed_late INTEGER NOT NULL DEFAULT 0 CHECK (observed_late IN (0, 1)),
  released_seq INTEGER NOT NULL REFERENCES event (seq),
  settled_seq INTEGER REFERENCES event (seq),
  PRIMARY KEY (address, n)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_unsettled_attempt ON attempt (address) WHERE state IN ('released', 'in-doubt');

CREATE TABLE decision (
  prompt_id TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  purpose TEXT NOT NULL,
  hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'withdrawn')),
  answer TEXT,
  actor TEXT,
  opened_seq INTEGER NOT NULL REFERENCES event (seq),
  settled_seq INTEGER REFERENCES event (seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX open_decision ON decision (address) WHERE state = 'open';

CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event)
BEGIN SELECT raise(ABORT, 'event: seq has a gap or comes twice'); END;
CREATE TRIGGER event_is_final BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'event: recorded events never change'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'event: recorded events are never deleted'); END;
CREATE TRIGGER meta_is_final BEFORE UPDATE ON meta
BEGIN SELECT raise(ABORT, 'meta: never changes'); END;
CREATE TRIGGER meta_stays BEFORE DELETE ON meta
BEGIN SELECT raise(ABORT, 'meta: is never deleted'); END;
`;
