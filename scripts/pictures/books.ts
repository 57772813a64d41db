/** The runbooks that are in the pictures. */
export const books: { readonly [file: string]: string } = {
  "restart-web.yaml": `runsheet: 1
name: restart-web
title: Restart \${{ params.host }} on the new release
description: Takes one web server out of the balancer, puts the new release on it and lets it take traffic again.
params:
  host: { type: string, enum: [web-1, web-2, web-3], default: web-2, prompt: Which host? }
  window: { type: duration, default: 15m, description: how long the drain may take }
context: { cluster: { run: echo staging } }
steps:
  - { id: preflight, title: "preflight: release and disk", effect: read, run: "echo release 4.2.0 is there; echo disk 61 % used; sleep 0.4" }
  - { id: drain, title: drain connections, onInterrupt: rerun, run: "for i in 41 17 5 0; do echo $i connections left; sleep 0.2; done" }
  - id: replace
    title: replace what runs there
    effect: destroy
    onInterrupt: ask
    confirm: { message: "\${{ params.host }} is stopped and its release directory is deleted.", type: "\${{ params.host }}" }
    run: echo replaced
  - { id: verify, title: verify health, effect: read, run: echo healthy }
  - { id: admit, title: let it take traffic, onInterrupt: rerun, run: echo admitted }
`,
  "receipts-migration.yaml": `runsheet: 1
name: receipts-migration
title: Move receipts to the new store
description: Imports every era into the new store, checks it against the old one, then drops the old one.
params: { pace: { type: number, default: 0.3 } }
context: { host: { run: echo ops-1 }, cluster: { run: echo staging } }
steps:
  - { id: preflight, title: "preflight: tools and disk", effect: read, run: "echo era-import 2.1.0; echo 1.9 TiB free" }
  - { id: snapshot, title: confirm the source snapshot, effect: read, run: echo snapshot 2026-11-20 is complete }
  - { id: stop-writers, title: stop writers, effect: mutate, onInterrupt: rerun, when: "\${{ params.pace > 100.0 }}", run: echo stopped }
  - id: import
    title: import eras 1322 to 1361
    effect: mutate
    onInterrupt: rerun
    run: |
      n=1322
      while [ $n -le 1361 ]; do
        echo "2026-11-21T04:12:$((n - 1312))Z INFO  era=$n blocks=8192 receipts=$((n * 611)) verified"
        [ $((n % 9)) -ne 0 ] || echo "2026-11-21T04:12:$((n - 1312))Z WARN  era=$n fetched twice: connection reset by peer"
        n=$((n + 1)); sleep \${{ params.pace }}
      done
  - { id: checksums, title: verify era checksums, effect: read, run: echo ok }
  - { id: replay, title: replay one day against both, effect: read, run: echo ok }
  - id: drop-old
    title: drop the old store
    effect: destroy
    onInterrupt: ask
    confirm: { message: "The old store is deleted. This cannot be undone.", type: receipts-old }
    run: echo dropped
`,
  "nightly-backup.yaml": `runsheet: 1
name: nightly-backup
title: Nightly backup
description: Dumps the ledger, copies the dump to object storage and checks it there.
steps:
  - { id: dump, title: dump the ledger, effect: read, run: "echo 18 tables, 4.1 GB" }
  - id: upload
    title: copy it to object storage
    effect: mutate
    onInterrupt: rerun
    run: |
      echo "part 1 of 9 ... ok"; echo "part 2 of 9 ... ok"; echo "part 3 of 9 ..."
      echo "AccessDenied: no permission to write s3://backups-eu/ledger/2026-11-21" >&2
      exit 3
  - { id: check, title: check the copy, effect: read, run: echo ok }
  - { id: prune, title: delete copies older than 30 days, effect: destroy, onInterrupt: ask, confirm: Delete old copies?, run: echo pruned }
`,
  "snapshot-refresh.yaml": `runsheet: 1
name: snapshot-refresh
title: Refresh the snapshot of the replica
description: Puts a fresh snapshot in place of the replica's data directory.
steps:
  - { id: fetch, title: fetch the snapshot, effect: read, run: "echo 412 GB fetched, checksum ok" }
  - id: swap
    title: swap the data directories
    effect: mutate
    onInterrupt: ask
    run: echo "renaming /data/ledger to /data/ledger.old"; sleep 3600
  - { id: start, title: start the replica, effect: mutate, onInterrupt: rerun, run: echo started }
`,
  "reindex-logs.yaml": `runsheet: 1
name: reindex-logs
title: Build the log index anew
description: Builds the index of every hour again, twelve at a time.
steps:
  - { id: hours, title: list the hours, effect: read, run: echo 480 hours }
  - id: index
    title: index each hour
    effect: mutate
    onInterrupt: rerun
    forEach: { items: "\${{ range(0, 480) }}", key: "\${{ item }}", concurrency: 12, maxFailures: 20 }
    run: |
      echo "hour \${{ item }}: reading"
      [ \${{ item }} -ne 37 ] && [ \${{ item }} -ne 118 ] && [ \${{ item }} -ne 119 ] || { echo "segment is damaged"; exit 3; }
      [ \${{ item }} -lt 170 ] || sleep 600
  - { id: publish, title: publish the index, effect: mutate, onInterrupt: rerun, run: echo published }
`,
};
