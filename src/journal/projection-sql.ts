import type { Statement } from "better-sqlite3";
import type { Connection } from "./connection.ts";

/** The statements by which events become rows (projection.ts). */
export type ProjectionSql = Readonly<Record<keyof typeof texts, Statement>>;

export function projectionSql(db: Connection): ProjectionSql {
  const entries = Object.entries(texts).map(([name, text]) => {
    const statement = db.prepare(text);
    return [name, text.startsWith("SELECT") ? statement.pluck() : statement];
  });
  return Object.fromEntries(entries) as ProjectionSql;
}

const texts = {
  created: "UPDATE run SET runbook = ?, runbook_file = ?, runbook_sha256 = ?, lab = ?, started_by = ? WHERE id = 1",
  acquired:
    "UPDATE run SET epoch = ?, owner = ?, state = 'active', reason = NULL, result = NULL, exit_code = NULL WHERE epoch + 1 = ?",
  planChanged: "UPDATE run SET runbook_sha256 = ?",
  paused: "UPDATE run SET state = 'paused', reason = ?, exit_code = ?",
  ended: "UPDATE run SET state = 'ended', result = ?, exit_code = ?",
  fanOuts: "SELECT address FROM step WHERE items IS NOT NULL",
  stepState: "SELECT state FROM step WHERE address = ?",
  stepIs: `INSERT INTO step (address, state, starts, seq) VALUES (?, ?, ?, ?)
       ON CONFLICT (address) DO UPDATE SET state = excluded.state, starts = starts + excluded.starts, seq = excluded.seq`,
  stepCounts:
    "UPDATE run SET steps_done = steps_done + ?, steps_skipped = steps_skipped + ?, steps_failed = steps_failed + ?",
  itemCounts:
    "UPDATE run SET items_done = items_done + ?, items_skipped = items_skipped + ?, items_failed = items_failed + ?",
  items: `INSERT INTO step (address, state, starts, items, seq) VALUES (?, 'started', 0, ?, ?)
       ON CONFLICT (address) DO UPDATE SET items = excluded.items, seq = excluded.seq`,
  promptOpened:
    "INSERT INTO decision (prompt_id, address, purpose, hash, state, opened_seq) VALUES (?, ?, ?, ?, 'open', ?)",
  promptAnswered: `UPDATE decision SET state = 'answered', answer = ?, actor = ?, settled_seq = ?
       WHERE prompt_id = ? AND hash = ? AND state = 'open'`,
  promptWithdrawn: "UPDATE decision SET state = 'withdrawn', settled_seq = ? WHERE prompt_id = ? AND state = 'open'",
  openPrompts: "UPDATE run SET open_prompts = open_prompts + ?",
  released: `INSERT INTO attempt (address, n, attempt_id, state, effect, dir, command_sha256,
         pid, start_ticks, boot_id, pid_namespace, released_seq)
       VALUES (?, ?, ?, 'released', ?, ?, ?, ?, ?, ?, ?, ?)`,
  releasedCount: "UPDATE run SET released = released + ?",
  attemptEnded: `UPDATE attempt SET state = ?, exit_code = ?, out_bytes = ?, err_bytes = ?, out_sha256 = ?, err_sha256 = ?,
         observed_late = ?, settled_seq = ?
       WHERE address = ? AND n = ? AND state = 'released'`,
  resolved:
    "UPDATE attempt SET state = ?, settled_seq = ? WHERE address = ? AND n = ? AND state IN ('in-doubt', 'cancelled')",
  attemptState: "SELECT state FROM attempt WHERE address = ? AND n = ?",
  doubtSettled: `UPDATE decision SET state = 'withdrawn', settled_seq = ?
       WHERE address = ? AND purpose = 'doubt' AND state = 'open'`,
  doubtGone: "UPDATE attempt SET state = ?, settled_seq = ? WHERE address = ? AND state = 'in-doubt'",
  serviceEnded: `UPDATE attempt SET state = ?, exit_code = ?, settled_seq = ?
       WHERE address = ? AND n = ? AND state = 'released'`,
  inDoubt: "UPDATE run SET in_doubt = in_doubt + ?",
} as const;
