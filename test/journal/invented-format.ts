import type { Migration } from "../../src/journal/migrate.ts";

/** What a future format could bring: a new table, a new column, rows changed in bulk. */
export const inventedMigrations: readonly Migration[] = [
  {
    from: 1,
    sql: `
      CREATE TABLE note (seq INTEGER PRIMARY KEY REFERENCES event (seq), text TEXT NOT NULL) STRICT;
      ALTER TABLE run ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
      INSERT INTO note (seq, text) SELECT seq, type FROM event;
      UPDATE run SET priority = (SELECT count(*) FROM note);
    `,
  },
];
