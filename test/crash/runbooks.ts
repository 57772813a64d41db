/** Twelve steps that write to the ledger what they are; some slow, some in a group, some as items. */
export const twelveSteps = `runsheet: 1
name: twelve
title: Twelve steps with a ledger
env: [LEDGER]
steps:
${[1, 2, 3]
  .map(
    (n) => `  - id: s${n}
    onInterrupt: ask
    run: 'echo "s${n} $RUNSHEET_ATTEMPT" >> "$LEDGER"; sleep 0.0${n}; echo done ${n}'
`,
  )
  .join("")}  - id: together
    parallel: true
    steps:
${[4, 5, 6]
  .map(
    (n) => `      - id: s${n}
        onInterrupt: ask
        run: 'echo "together/s${n} $RUNSHEET_ATTEMPT" >> "$LEDGER"; sleep 0.0${n}'
`,
  )
  .join("")}  - id: items
    forEach: { items: [a, b, c, d], key: "\${{ item }}", concurrency: 2 }
    onInterrupt: ask
    run: 'echo "items/"\${{ item }}" $RUNSHEET_ATTEMPT" >> "$LEDGER"; sleep 0.02'
${[8, 9]
  .map(
    (n) => `  - id: s${n}
    onInterrupt: ask
    run: 'echo "s${n} $RUNSHEET_ATTEMPT" >> "$LEDGER"'
`,
  )
  .join("")}`;
