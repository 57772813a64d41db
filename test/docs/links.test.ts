import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, test } from "vitest";
import { anchor } from "../../scripts/docs/markdown.ts";
import { pages } from "./pages.ts";

test("every link inside the documentation leads somewhere", () => {
  const broken = pages().flatMap(({ path, file, text }) =>
    targetsOf(text)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leadsSomewhere(file, target))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

function targetsOf(text: string): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, "").replace(/`[^`\n]*`/g, "");
  const markdown = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
  return [...markdown, ...html].map((match) => match[1] as string);
}

function leadsSomewhere(from: string, target: string): boolean {
  const [path = "", part] = target.split("#");
  const file = path === "" ? from : resolve(dirname(from), path);
  if (!existsSync(file)) return false;
  if (part === undefined) return true;
  const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)];
  return headings.some((match) => anchor((match[1] as string).replaceAll("`", "")) === part);
}
