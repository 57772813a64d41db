import type { Connection } from "./connection.ts";

export type ProjectionSql = ReturnType<typeof projectionSql>;

/** The statements by which events become rows (projection.ts). */
export function projectionSql(db: Connection) {
  return {
    created: db.prepare(
      "UPDATE run SET runbook = ?, runbook_file = ?, runbook_sha256 = ?, lab = ?, started_by = ? WHERE id = 1",
    ),
    acquired: db.prepare(
      "UPDATE run SET epoch = ?, owner = ?, state = 'active', reason = NULL, result = NULL, exit_code = NULL WHERE epoch + 1 = ?",
    ),
    planChanged: db.prepare("UPDATE run SET runbook_sha256 = ?"),
    paused: db.prepare("UPDATE run SET state = 'paused', reason = ?, exit_code = ?"),
    ended: db.prepare("UPDATE run SET state = 'ended', result = ?, exit_code = ?"),
    fanOuts: db.prepare("SELECT address FROM step WHERE items IS NOT NULL").pluck(),
    stepStarted: db.prepare(
      `INSERT INTO step (address, state, starts, seq) VALUES (?, 'started', 1, ?)
       ON CONFLICT (address) DO UPDATE SET state = 'started', starts = starts + 1, seq = excluded.seq`,
    ),
    stepState: db.prepare("SELECT state FROM step WHERE address = ?").pluck(),
    stepIs: db.prepare(
      `INSERT INTO step (address, state, starts, seq) VALUES (?, ?, 0, ?)
       ON CONFLICT (address) DO UPDATE SET state = excluded.state, seq = excluded.seq`,
    ),
    stepCounts: db.prepare(
      "UPDATE run SET steps_done = steps_done + ?, steps_skipped = steps_skipped + ?, steps_failed = steps_failed + ?",
    ),
    itemCounts: db.prepare(
      "UPDATE run SET items_done = items_done + ?, items_skipped = items_skipped + ?, items_failed = items_failed + ?",
    ),
    items: db.prepare(
      `INSERT INTO step (address, state, starts, items, seq) VALUES (?, 'started', 0, ?, ?)
       ON CONFLICT (address) DO UPDATE SET items = excluded.items, seq = excluded.seq`,
    ),
    promptOpened: db.prepare(
      "INSERT INTO decision (prompt_id, address, purpose, hash, state, opened_seq) VALUES (?, ?, ?, ?, 'open', ?)",
    ),
    promptAnswered: db.prepare(
      `UPDATE decision SET state = 'answered', answer = ?, actor = ?, settled_seq = ?
       WHERE prompt_id = ? AND hash = ? AND state = 'open'`,
    ),
    promptWithdrawn: db.prepare(
      "UPDATE decision SET state = 'withdrawn', settled_seq = ? WHERE prompt_id = ? AND state = 'open'",
    ),
    openPrompts: db.prepare("UPDATE run SET open_prompts = open_prompts + ?"),
    released: db.prepare(
      `INSERT INTO attempt (address, n, attempt_id, state, effect, dir, command_sha256,
         pid, start_ticks, boot_id, pid_namespace, released_seq)
       VALUES (?, ?, ?, 'released', ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    releasedCount: db.prepare("UPDATE run SET released = released + ?"),
    attemptEnded: db.prepare(
      `UPDATE attempt SET state = ?, exit_code = ?, out_bytes = ?, err_bytes = ?, out_sha256 = ?, err_sha256 = ?,
         observed_late = ?, settled_seq = ?
       WHERE address = ? AND n = ? AND state = 'released'`,
    ),
    resolved: db.prepare(
      "UPDATE attempt SET state = ?, settled_seq = ? WHERE address = ? AND n = ? AND state IN ('in-doubt', 'cancelled')",
    ),
    attemptState: db.prepare("SELECT state FROM attempt WHERE address = ? AND n = ?").pluck(),
    doubtSettled: db.prepare(
      `UPDATE decision SET state = 'withdrawn', settled_seq = ?
       WHERE address = ? AND purpose = 'doubt' AND state = 'open'`,
    ),
    doubtGone: db.prepare("UPDATE attempt SET state = ?, settled_seq = ? WHERE address = ? AND state = 'in-doubt'"),
    serviceEnded: db.prepare(
      `UPDATE attempt SET state = ?, exit_code = ?, settled_seq = ?
       WHERE address = ? AND n = ? AND state = 'released'`,
    ),
    inDoubt: db.prepare("UPDATE run SET in_doubt = in_doubt + ?"),
  };
}
