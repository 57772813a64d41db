#!/usr/bin/env node
/** `lab-unit start|stop|restart|status NAME`: what `systemctl` or `docker restart` would be, for the lab's scheduler units. */
const [verb = "", name = ""] = process.argv.slice(2);
if (!["start", "stop", "restart", "status"].includes(verb) || name === "") {
  process.stderr.write("usage: lab-unit start|stop|restart|status NAME\n");
  process.exitCode = 2;
} else {
  const headers = { authorization: `Bearer ${process.env.LAB_CONTROL_TOKEN}` };
  const body = JSON.stringify({ verb, name });
  const response = await fetch(`${process.env.LAB_CONTROL_URL}/units`, { method: "POST", headers, body });
  const { code, text } = (await response.json()) as { code: number; text: string };
  process.stdout.write(`${text}\n`);
  process.exitCode = code;
}
