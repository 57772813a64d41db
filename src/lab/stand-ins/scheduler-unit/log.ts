/** The lines that the scheduler unit's programs write. */
export function log(message: string): void {
  process.stdout.write(`[LOG] ${new Date().toISOString()} - ${message}\n`);
}

export function logError(message: string): void {
  process.stdout.write(`[ERROR] ${new Date().toISOString()} - ${message}\n`);
}
