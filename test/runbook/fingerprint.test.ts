import { describe, expect, test } from "vitest";
import { fingerprint } from "../../src/runbook/index.ts";
import { runbookOf, withSteps } from "./rig.ts";

async function prints(steps: string): Promise<readonly string[]> {
  const { steps: read } = await runbookOf(withSteps(steps));
  return read.map(fingerprint);
}

const one = "- id: a\n  run: ./x ${{ 1 + 1 }}\n  verify: { run: ./v, every: 5s }";

describe("the fingerprint of a step", () => {
  test("is not changed by moving, reformatting, titles, notes and comments", async () => {
    const [before] = await prints(one);
    const [, moved] = await prints(`- { id: first, manual: x }\n${one}`);
    const [reformatted] = await prints(
      "- { verify: { every: 5s, run: ./v }, run: './x ${{ 1 + 1 }}', id: a } # comment",
    );
    const [titled] = await prints(`${one}\n  title: Something\n  notes: Else`);
    const [spelledOut] = await prints(`${one}\n  onFailure: ask\n  effect: mutate\n  env: {}`);
    expect([moved, reformatted, titled, spelledOut]).toEqual([before, before, before, before]);
  });

  test.each([
    ["the command", one.replace("./x", "./y")],
    ["an expression", one.replace("1 + 1", "1 + 2")],
    ["a pause", one.replace("5s", "6s")],
    ["the effect", `${one}\n  effect: read`],
    ["a variable", `${one}\n  env: { A: b }`],
    ["an output", `${one}\n  outputs: { a: "\${{ stdout }}" }`],
    ["what is asked before it", `${one}\n  confirm: Sure?`],
    ["the kind of command", one.replace("run: ./x ${{ 1 + 1 }}", 'run: [./x, "${{ 1 + 1 }}"]')],
  ])("is changed by %s", async (_, changed) => {
    expect(await prints(changed)).not.toEqual(await prints(one));
  });

  test("of a group does not depend on its steps", async () => {
    const group = (inner: string, parallel = false) =>
      `- id: g\n  parallel: ${parallel}\n  steps:\n    - { id: a, manual: ${inner} }`;
    expect(await prints(group("x"))).toEqual(await prints(group("y")));
    expect(await prints(group("x"))).not.toEqual(await prints(group("x", true)));
  });

  test("tells apart integers that a double cannot", async () => {
    const step = (n: string) => `- { id: a, manual: x, forEach: { items: [${n}], key: k } }`;
    expect(await prints(step("9007199254740992"))).not.toEqual(await prints(step("9007199254740993")));
  });
});
