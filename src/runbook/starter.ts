/** The text of a commented runbook named `name`, to begin with. It validates. */
export function starterRunbook(_name: string): string {
  throw new Error("the starter is being written");
}
