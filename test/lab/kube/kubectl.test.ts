import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BpCluster, startBpCluster } from "../../../src/lab/bp-cluster.ts";
import { kubectl, kubectlProblem } from "./kubectl.ts";

const time = { blockIntervalMs: 20, blocksPerRound: 6, producers: 6 };
const problem = kubectlProblem();

describe.skipIf(problem !== undefined)(
  `the real kubectl drives the lab's cluster${problem ? ` (skipped: ${problem})` : ""}`,
  () => {
    const dir = mkdtempSync(join(tmpdir(), "runsheet-kube-"));
    let bp: BpCluster;
    let k: ReturnType<typeof kubectl>;

    beforeAll(async () => {
      bp = await startBpCluster({ dir, time });
      k = kubectl(bp.kubeconfigFile);
    });

    afterAll(async () => {
      await bp?.close();
      rmSync(dir, { recursive: true, force: true });
    });

    const uidOf = async (pod: string) => (await k.ok(`get pod ${pod} -o jsonpath={.metadata.uid}`)).trim();
    const ready = (pod: string) => k.ok(`wait --for=condition=Ready pod/${pod} --timeout=20s`);
    const deleteOptions = (uid: string) =>
      JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid } });
    const deleteByUid = (pod: string, uid: string) =>
      k.say(`delete --raw /api/v1/namespaces/eos/pods/${pod} -f -`, deleteOptions(uid));

    test("get prints tables and JSON, describe shows conditions and events", async () => {
      expect(await k.ok("get pods")).toMatch(/nodeos-bp-0 +1\/1 +Running +0/);
      expect((await k.json<{ items: unknown[] }>("get pods")).items).toHaveLength(3);
      expect(await k.ok("get sts,cm,svc,nodes,pvc -o name")).toContain("statefulset.apps/nodeos-bp");
      expect(await k.ok("get events --sort-by=.lastTimestamp")).toContain("Successfully assigned eos/nodeos-bp-0");
      expect(await k.ok("events --for pod/nodeos-bp-0")).toContain("Started container nodeos-bp");
      const described = await k.ok("describe pod nodeos-bp-0");
      expect(described).toMatch(/Controlled By: +StatefulSet\/nodeos-bp/);
      expect(described).toContain("Successfully assigned eos/nodeos-bp-0");
      expect((await k.say("get pod nodeos-bp-9")).stderr).toBe(
        'Error from server (NotFound): pods "nodeos-bp-9" not found\n',
      );
    });

    test("exec reaches the pod's node, passes exit codes and standard input", async () => {
      expect(await k.ok("exec nodeos-bp-0 -c nodeos-bp -- curl -s localhost:8888/v1/producer/paused")).toBe("false");
      expect(await k.ok("exec nodeos-bp-1 -c nodeos-bp -- curl -s localhost:8888/v1/producer/paused")).toBe("true");
      expect((await k.argv(["exec", "nodeos-bp-0", "--", "sh", "-c", "exit 7"])).code).toBe(7);
      expect((await k.argv(["exec", "-i", "nodeos-bp-0", "--", "cat"], "hello\n")).stdout).toBe("hello\n");
      expect((await k.say("exec nodeos-bp-0 -- curl -s --fail localhost:8080/v1/nonsense")).code).toBe(22);
      expect((await k.say("exec nodeos-bp-0 -- no-such-program")).code).toBe(127);
      const copy = join(dir, "manager.yaml");
      await k.ok(`cp nodeos-bp-1:/etc/manageos/manager.yaml ${copy}`);
      expect(readFileSync(copy, "utf8")).toContain("producer_hostname: nodeos-bp-0");
      expect((await k.say("exec nodeos-bp-9 -- true")).stderr).toContain('pods "nodeos-bp-9" not found');
    });

    test("exec cannot reach processes, files or ports of the machine that plays the pod", async () => {
      const bystander = spawn("sleep", ["60"]);
      const kills = [`kill -KILL ${bystander.pid}`, `/bin/kill ${bystander.pid}`, "pkill -KILL sleep", "killall sleep"];
      for (const script of kills) await k.argv(["exec", "nodeos-bp-2", "--", "sh", "-c", script]);
      expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
      bystander.kill();
      const outside = await k.say("exec nodeos-bp-2 -- cat /usr/lib/os-release");
      expect(outside.stderr).toContain("this path is not part of the simulated pod");
      expect((await k.argv(["exec", "nodeos-bp-2", "--", "sh", "-c", "cat /data/../../../../etc/passwd"])).stdout).toBe(
        "",
      );
      const port = new URL(bp.cluster.url).port;
      expect((await k.say(`exec nodeos-bp-2 -- curl -sk https://127.0.0.1:${port}/version`)).code).toBe(7);
    });

    test("logs follow a container until its pod is gone", async () => {
      expect(await k.ok("logs nodeos-bp-0 nodeos-bp --tail 2")).toMatch(/(Received|Produced) block/);
      const following = k.start(["logs", "--follow", "--tail=0", "nodeos-bp-2"]);
      await deleteByUid("nodeos-bp-2", await uidOf("nodeos-bp-2"));
      const { code, stdout } = await following.ended;
      expect(code).toBe(0);
      expect(stdout).toContain("nodeos successfully exiting");
      await k.ok("wait --for=create pod/nodeos-bp-2 --timeout=20s").catch(() => undefined);
      await ready("nodeos-bp-2");
    });

    test("a new image reaches a pod of an OnDelete set when the pod is deleted, and its data survives", async () => {
      const before = await uidOf("nodeos-bp-1");
      await k.ok("set image statefulset/nodeos-bp nodeos-bp=registry.example.org/eos/manageos-eos:v9");
      expect(await uidOf("nodeos-bp-1")).toBe(before);
      await k.ok("delete pod nodeos-bp-1");
      await ready("nodeos-bp-1");
      expect(await uidOf("nodeos-bp-1")).not.toBe(before);
      expect(await k.ok("get pod nodeos-bp-1 -o jsonpath={.spec.containers[0].image}")).toMatch(/v9$/);
      expect(await k.ok("exec nodeos-bp-1 -- ls /data/blocks")).toContain("retained");
      await k.ok("rollout undo statefulset/nodeos-bp");
      expect(await k.ok("get sts nodeos-bp -o wide")).toContain("v2.0.13");
    });

    test("a delete with the UID of the pod's predecessor is refused, so a repeated delete hits nobody else", async () => {
      const uid = await uidOf("nodeos-bp-2");
      expect((await deleteByUid("nodeos-bp-2", uid)).code).toBe(0);
      while ((await k.say("get pod nodeos-bp-2 -o jsonpath={.metadata.uid}")).stdout.trim() === uid);
      await k.ok("wait --for=create pod/nodeos-bp-2 --timeout=20s");
      await ready("nodeos-bp-2");
      const again = await deleteByUid("nodeos-bp-2", uid);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain("Conflict");
      expect(again.stderr).toContain("UID in precondition");
      expect(await k.ok("get pod nodeos-bp-2")).toContain("1/1");
    });

    test("a patch with an old resourceVersion is refused", async () => {
      const version = await k.ok("get configmap manageos-conf -o jsonpath={.metadata.resourceVersion}");
      const patch = (resourceVersion: string, note: string) =>
        k.argv([
          "patch",
          "configmap",
          "manageos-conf",
          "--type",
          "merge",
          "-p",
          JSON.stringify({ metadata: { resourceVersion }, data: { note } }),
        ]);
      expect((await patch(version, "one")).code).toBe(0);
      const late = await patch(version, "two");
      expect(late.stderr).toContain("the object has been modified");
      expect(await k.ok("get configmap manageos-conf -o jsonpath={.data.note}")).toBe("one");
    });

    test("apply, edit, replace, create, diff and delete work on configmaps", async () => {
      const manifest = (value: string) =>
        JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "extra" }, data: { value } });
      expect(await k.ok("apply -f -", manifest("1"))).toContain("created");
      expect(await k.ok("apply -f -", manifest("2"))).toContain("configured");
      expect(await k.ok("apply --server-side --force-conflicts -f -", manifest("3"))).toContain("serverside-applied");
      const editor = join(dir, "editor.sh");
      writeFileSync(editor, '#!/bin/sh\nsed -i \'s/value: "3"/value: "4"/\' "$1"\n');
      chmodSync(editor, 0o755);
      expect((await k.say("edit configmap extra", undefined, { KUBE_EDITOR: editor })).stdout).toContain("edited");
      expect(await k.ok("get configmap extra -o jsonpath={.data.value}")).toBe("4");
      expect(await k.ok("create configmap other --from-literal=a=b")).toContain("created");
      expect((await k.say("create configmap other --from-literal=a=b")).stderr).toContain("already exists");
      expect(await k.ok("delete configmap extra other")).toContain('configmap "other" deleted');
    });

    test("a label that the service's selector asks for opens and closes the way to a pod", async () => {
      const names = async () =>
        (await k.ok("get endpoints nodeos-api -o jsonpath={.subsets[*].addresses[*].targetRef.name}"))
          .split(" ")
          .sort();
      await k.ok("label pod nodeos-bp-1 api=closed --overwrite");
      expect(await names()).toEqual(["nodeos-bp-0", "nodeos-bp-2"]);
      await k.ok("label pod nodeos-bp-1 api=open --overwrite");
      expect(await names()).toEqual(["nodeos-bp-0", "nodeos-bp-1", "nodeos-bp-2"]);
    });

    test("scale removes the highest pod and brings it back", async () => {
      await k.ok("scale statefulset nodeos-bp --replicas=2 --current-replicas=3");
      await k.ok("wait --for=delete pod/nodeos-bp-2 --timeout=20s");
      expect((await k.say("scale statefulset nodeos-bp --replicas=4 --current-replicas=3")).code).toBe(1);
      await k.ok("scale statefulset nodeos-bp --replicas=3");
      await k.ok("wait --for=create pod/nodeos-bp-2 --timeout=20s").catch(() => undefined);
      await ready("nodeos-bp-2");
    });

    test("a tainted node takes no pod; drained and deleted, it is replaced by a fresh one", async () => {
      const machine = await k.ok("get pod nodeos-bp-2 -o jsonpath={.spec.nodeName}");
      await k.ok(`taint nodes ${machine} NodeWithImpairedVolumes=true:NoSchedule`);
      await k.ok(`drain ${machine} --ignore-daemonsets --delete-emptydir-data --timeout=20s`);
      expect(await k.ok("get nodes")).toMatch(new RegExp(`${machine} +Ready,SchedulingDisabled`));
      await k.ok(`uncordon ${machine}`);
      await k.ok("wait --for=create pod/nodeos-bp-2 --timeout=20s").catch(() => undefined);
      const why = await k.ok("get events --field-selector reason=FailedScheduling -o jsonpath={.items[*].message}");
      expect(why).toContain("untolerated taint {NodeWithImpairedVolumes: true}");
      await k.ok(`delete node ${machine}`);
      await ready("nodeos-bp-2");
      expect(await k.ok("get pod nodeos-bp-2 -o jsonpath={.spec.nodeName}")).not.toBe(machine);
    });

    test("a disruption budget holds back a drain that would leave too few pods", async () => {
      await k.ok('patch poddisruptionbudget nodeos-bp --type merge -p {"spec":{"minAvailable":3}}');
      const machine = await k.ok("get pod nodeos-bp-2 -o jsonpath={.spec.nodeName}");
      const drain = await k.say(`drain ${machine} --ignore-daemonsets --timeout=1s`);
      expect(drain.code).toBe(1);
      expect(drain.stderr).toContain("would violate the pod's disruption budget");
      await k.ok(`uncordon ${machine}`);
      await k.ok('patch poddisruptionbudget nodeos-bp --type merge -p {"spec":{"minAvailable":2}}');
      await ready("nodeos-bp-2");
    });

    test("a volume that does not attach keeps the pod waiting, and tells, until the pod is deleted again", async () => {
      bp.cluster.faults.attachFails = [{ pod: "nodeos-bp-2", times: 1 }];
      await k.ok("delete pod nodeos-bp-2");
      const reasons = () => k.ok("get events --field-selector reason=FailedAttachVolume -o name");
      while ((await reasons()) === "");
      expect(await k.ok("get pod nodeos-bp-2")).toContain("ContainerCreating");
      await k.ok("delete pod nodeos-bp-2");
      await ready("nodeos-bp-2");
    });

    test("a forced delete leaves a dirty database behind", async () => {
      await k.ok("delete pod nodeos-bp-2 --grace-period=0 --force");
      const log = async () => (await k.say("logs nodeos-bp-2 --tail 5")).stdout;
      while (!(await log()).includes("database dirty flag set"));
      expect(await k.ok("get pod nodeos-bp-2")).toContain("0/1");
      await k.ok("exec nodeos-bp-2 -- rm -rf /data/state");
      await k.argv(["exec", "nodeos-bp-2", "--", "curl", "-s", "-XPOST", "localhost:8080/v1/resume?sync=true"]);
      await ready("nodeos-bp-2");
    });

    test("a node that is ended by hand takes its container along, which comes back", async () => {
      await k.say("exec nodeos-bp-2 -- pkill -TERM -x nodeos");
      while (!/\s1 /.test(await k.ok("get pod nodeos-bp-2 --no-headers")));
      await ready("nodeos-bp-2");
      expect(await k.ok("logs nodeos-bp-2 --previous --tail 3")).toContain("shutting down");
    });

    test("auth can-i and requests agree on what is forbidden", async () => {
      expect(await k.ok("auth can-i delete pods")).toBe("yes\n");
      expect(await k.ok("auth whoami")).toContain("lab-operator");
      bp.cluster.faults.forbidden = [{ verb: "delete", resource: "pods" }];
      expect((await k.say("auth can-i delete pods")).stdout).toContain("no");
      expect((await k.say("delete pod nodeos-bp-2")).stderr).toContain('cannot delete resource "pods"');
      bp.cluster.faults.forbidden = [];
      const stranger = await k.say("get pods --token=somebody-else");
      expect(stranger.code).toBe(1);
    });

    test("a request that is cut after its effect has had it", async () => {
      bp.cluster.faults.http = [{ method: "PATCH", path: "configmaps/manageos-conf", answer: "reset-after", times: 1 }];
      const cut = await k.argv([
        "patch",
        "configmap",
        "manageos-conf",
        "--type",
        "merge",
        "-p",
        '{"data":{"note":"three"}}',
      ]);
      expect(cut.code).toBe(1);
      expect(await k.ok("get configmap manageos-conf -o jsonpath={.data.note}")).toBe("three");
    });

    test("a set with RollingUpdate replaces its pods one by one, the highest first", async () => {
      await k.ok('patch statefulset nodeos-bp --type merge -p {"spec":{"updateStrategy":{"type":"RollingUpdate"}}}');
      await k.ok("rollout status statefulset/nodeos-bp --timeout=40s");
      const gone: string[] = [];
      const stop = bp.cluster.store.onChange(({ type, plural, object }) => {
        if (plural === "pods" && type === "DELETED") gone.push(object.metadata.name);
      });
      await k.ok("set image statefulset/nodeos-bp nodeos-bp=registry.example.org/eos/manageos-eos:v10");
      expect(await k.ok("rollout status statefulset/nodeos-bp --timeout=40s")).toContain("rolling update complete");
      stop();
      expect(gone).toEqual(["nodeos-bp-2", "nodeos-bp-1", "nodeos-bp-0"]);
    });
  },
);
