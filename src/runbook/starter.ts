/**
 * The text of a commented runbook, to begin with. It validates.
 *
 * @param name becomes the runbook's name; characters that a name cannot have become dashes.
 */
export function starterRunbook(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);
  return STARTER.replaceAll("@NAME@", plain || "my-runbook");
}

const STARTER = `# yaml-language-server: $schema=https://unpkg.com/runsheet/schema/runbook.schema.json
runsheet: 1
name: @NAME@
title: Restart \${{ params.app }} in \${{ params.namespace }}
description: |
  What this procedure is for, when to use it, and whom to call when it goes wrong.

# What must be known before it begins: runsheet run @NAME@.yaml -p app=web
params:
  app: { type: string, pattern: "[a-z0-9-]+", prompt: Which application? }
  namespace: { type: string, default: default, description: Where it runs }
  patience: { type: duration, default: 5m, description: How long it may take to come back }

# Facts about the surroundings. They are taken at the start and compared before every step that changes something.
context:
  user: { run: id -un }

# Two runs with the same key never run at the same time.
mutex: @NAME@/\${{ params.namespace }}/\${{ params.app }}

steps:
  # "effect: read" changes nothing: it is simply repeated after an interruption.
  - id: look
    title: See what is there
    effect: read
    run: echo "3 replicas of \${{ params.app }}"
    outputs:
      replicas: { regex: '^(\\d+) replicas' }

  - id: enough
    title: There must be something to restart
    assert:
      that: \${{ int(steps.look.outputs.replicas) > 0 }}
      message: \${{ params.app }} has no replicas, so there is nothing to do

  - id: agree
    confirm: Restart \${{ steps.look.outputs.replicas }} replicas of \${{ params.app }}?

  # A step that changes the world says how to find out afterwards whether it worked. Only then it counts as done, and an
  # interrupted attempt can be settled without asking anybody.
  - id: restart
    title: Restart \${{ params.app }}
    notes: |
      If it hangs, look at the events of the namespace first.
    run: echo "restarting \${{ params.app }}"
    verify: { run: "true", every: 2s, within: "\${{ params.patience }}" }
    timeout: 10m
    retry: { attempts: 3, delay: 5s }
    undo: { manual: "Roll \${{ params.app }} back to the version before" }

  # One step for many things. Each item is remembered by its key, so a resumed run goes on exactly where it stopped.
  - id: check
    title: Check every replica
    effect: read
    forEach:
      items: \${{ range(int(steps.look.outputs.replicas)) }}
      key: replica-\${{ item }}
      concurrency: 3
    run: echo "replica \${{ item }} of \${{ params.app }} is fine"

  - id: tell
    manual: Tell the team that \${{ params.app }} was restarted
`;
