/** A runbook that can be named without its path. `lab` is its practice parameters' file. */
export type NamedRunbook = {
  readonly name: string;
  readonly file: string;
  readonly title?: string;
  readonly description?: string;
  readonly lab?: string;
};

/** The runbooks `<dir>/<name>/runbook.yaml` and `<dir>/<name>.yaml` of `dirs`, the first dir first, each name once. */
export async function listNamedRunbooks(_dirs: readonly string[]): Promise<readonly NamedRunbook[]> {
  throw new Error("the list is being written");
}
