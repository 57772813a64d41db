import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A page of documentation, its path relative to the repository. */
export type Page = {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
};

/**
 * A code block. The words behind its language say what a test does with it: `run` runs it in a scratch home, `file=NAME` keeps
 * it there under that name, `part` is a piece of a file that cannot stand alone.
 */
export type Block = {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  /** `docs/guide.md:12` */
  readonly place: string;
};

/** Everything that is written for readers: README, docs/, and the runbooks' own pages. */
export function pages(): readonly Page[] {
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const runbooks = readdirSync(join(root, "runbooks"));
  const files = [
    "README.md",
    "src/README.md",
    ...docs.map((name) => join("docs", name)),
    ...runbooks.map((name) => join("runbooks", name, "README.md")),
  ];
  return files.map((name) => pageOf(join(root, name)));
}

function pageOf(file: string): Page {
  const text = readFileSync(file, "utf8");
  const path = relative(root, file);
  return { path, file, text, blocks: blocksOf(path, text) };
}

function blocksOf(path: string, text: string): Block[] {
  return [...text.matchAll(/^( *)```([^\n`]*)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [language = "", ...words] = (match[2] as string).trim().split(/\s+/);
    const line = text.slice(0, match.index).split("\n").length;
    return { language, words, text: match[3] as string, place: `${path}:${line}` };
  });
}

/** The page's blocks, and between them what readers do not see: `<!-- run: COMMANDS -->` gets a page's examples going. */
export function blocksAndHidden(page: Page): readonly Block[] {
  const hidden = /<!-- run:\n([\s\S]*?)-->/g;
  const shown = page.text.replace(hidden, (_all, commands: string) => `\`\`\`sh run hidden\n${commands}\`\`\``);
  return blocksOf(page.path, shown);
}

export function fileNameOf(block: Block): string | undefined {
  return block.words.find((word) => word.startsWith("file="))?.slice("file=".length);
}
