/**
 * Loads what draws the screen. Run from source, React decides while it is loaded whether it checks its users, at twice the time
 * and a third more memory; the variable is as before afterwards, because commands of steps inherit it.
 */
export async function lean<T>(load: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    return await load();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}
