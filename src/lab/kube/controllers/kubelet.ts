import type { Announce } from "../events.ts";
import type { KubeFaults } from "../faults.ts";
import { type KubeObject, kubeTime } from "../object.ts";
import type { PodContainer, PodHost } from "../pod-host.ts";
import { containerStatuses, podKind, withCondition, withStatus } from "../pod-objects.ts";
import type { Store } from "../store.ts";

export type KubeletTimes = {
  /** From "scheduled" to "the volume is attached". */
  attachMs(): number;
  readonly readinessMs: number;
  /** How often a failed attachment is reported. */
  readonly attachReportMs: number;
  readonly restartMs: number;
  /** Shrinks grace periods, which come in seconds of real life. */
  scale(realMs: number): number;
};

export type KubeletOptions = {
  readonly store: Store;
  readonly announce: Announce;
  readonly faults: KubeFaults;
  readonly times: KubeletTimes;
  hostOf(pod: KubeObject): PodHost | undefined;
};

/** Runs the containers of scheduled pods, watches their readiness, and ends them when their pods are deleted. */
export type Kubelet = {
  reconcile(): void;
  container(podUid: string): PodContainer | undefined;
  /** The container before the running one of this pod name, for `logs --previous`. */
  previous(namespace: string, name: string): PodContainer | undefined;
  close(): void;
};

type Running = { readonly container: PodContainer; restarts: number };

export function createKubelet({ store, announce, faults, times, hostOf }: KubeletOptions): Kubelet {
  const running = new Map<string, Running>();
  const begun = new Set<string>();
  const ending = new Set<string>();
  const previous = new Map<string, PodContainer>();
  const timers = new Set<NodeJS.Timeout>();
  let addresses = 10;
  let closed = false;
  const readiness = setInterval(checkReadiness, times.readinessMs);

  return {
    reconcile() {
      for (const pod of store.list("pods")) {
        const { uid = "", deletionTimestamp } = pod.metadata;
        if (deletionTimestamp && !ending.has(uid)) end(pod);
        else if (!deletionTimestamp && pod.spec?.nodeName && !begun.has(uid)) begin(pod);
      }
    },
    container: (uid) => running.get(uid)?.container,
    previous: (namespace, name) => previous.get(`${namespace}/${name}`),
    close() {
      closed = true;
      clearInterval(readiness);
      for (const timer of timers) clearTimeout(timer);
      for (const { container } of running.values()) container.kill();
    },
  };

  function begin(pod: KubeObject) {
    const { uid = "", name } = pod.metadata;
    begun.add(uid);
    const waiting = { waiting: { reason: "ContainerCreating" } };
    const initialized = withCondition(pod, "Initialized", "True");
    const created = withStatus(withCondition(initialized, "Ready", "False"), {
      containerStatuses: containerStatuses(pod, waiting, false, 0),
    });
    store.update(podKind, created);
    const fault = faults.attachFails?.find((entry) => entry.pod === name && entry.times > 0);
    if (fault) {
      fault.times--;
      reportAttachment(uid);
    } else later(times.attachMs(), () => startContainer(uid, 0));
  }

  /** The pod stays as it is: only deleting it gives the volume another chance. */
  function reportAttachment(uid: string) {
    const pod = alive(uid);
    if (!pod) return;
    const volume = `pvc-${uid.slice(0, 8)}`;
    const lost = `AttachVolume.Attach failed for volume "${volume}" : rpc error: code = DeadlineExceeded desc = context deadline exceeded`;
    announce(pod, "Warning", "FailedAttachVolume", lost);
    const unmounted =
      "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data manageos-conf]: timed out waiting for the condition";
    announce(pod, "Warning", "FailedMount", unmounted);
    later(times.attachReportMs, () => reportAttachment(uid));
  }

  function startContainer(uid: string, restarts: number) {
    const pod = alive(uid);
    const host = pod && hostOf(pod);
    if (!pod || !host || closed) return;
    const attached = `AttachVolume.Attach succeeded for volume "pvc-${uid.slice(0, 8)}"`;
    if (restarts === 0) announce(pod, "Normal", "SuccessfulAttachVolume", attached);
    const container = host.start(pod, () => restart(uid));
    running.set(uid, { container, restarts });
    const state = { running: { startedAt: kubeTime() } };
    const podIP = pod.status?.podIP ?? `10.42.0.${addresses++}`;
    store.update(
      podKind,
      withStatus(pod, {
        phase: "Running",
        podIP,
        podIPs: [{ ip: podIP }],
        startTime: pod.status?.startTime ?? kubeTime(),
        containerStatuses: containerStatuses(pod, state, false, restarts),
      }),
    );
    announce(pod, "Normal", "Started", `Started container ${pod.spec?.containers?.[0]?.name ?? ""}`);
  }

  /** The container ended by itself. */
  function restart(uid: string) {
    const entry = running.get(uid);
    const pod = alive(uid);
    if (!entry || !pod) return;
    previous.set(`${pod.metadata.namespace}/${pod.metadata.name}`, entry.container);
    running.delete(uid);
    const restarts = entry.restarts + 1;
    const waiting = { waiting: { reason: "CrashLoopBackOff", message: "back-off restarting failed container" } };
    const down = withStatus(pod, { containerStatuses: containerStatuses(pod, waiting, false, restarts) });
    store.update(podKind, withCondition(withCondition(down, "Ready", "False"), "ContainersReady", "False"));
    announce(pod, "Warning", "BackOff", "Back-off restarting failed container");
    later(times.restartMs, () => startContainer(uid, restarts));
  }

  function checkReadiness() {
    for (const [uid, { container, restarts }] of running) {
      const pod = alive(uid);
      if (!pod) continue;
      const ready = container.ready();
      const status = ready ? "True" : "False";
      const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? kubeTime();
      const state = { running: { startedAt } };
      const seen = withStatus(pod, { containerStatuses: containerStatuses(pod, state, ready, restarts) });
      store.update(podKind, withCondition(withCondition(seen, "ContainersReady", status), "Ready", status));
    }
  }

  function end(pod: KubeObject) {
    const { uid = "", deletionGracePeriodSeconds = 30, namespace, name } = pod.metadata;
    ending.add(uid);
    const entry = running.get(uid);
    announce(pod, "Normal", "Killing", `Stopping container ${pod.spec?.containers?.[0]?.name ?? ""}`);
    if (!entry) return later(times.scale(1_000), () => gone(uid));
    const graceMs = times.scale(deletionGracePeriodSeconds * 1_000);
    let over = false;
    const finish = () => {
      if (over) return;
      over = true;
      previous.set(`${namespace}/${name}`, entry.container);
      running.delete(uid);
      gone(uid);
    };
    if (deletionGracePeriodSeconds === 0) {
      entry.container.kill();
      return finish();
    }
    entry.container.stop().then(finish);
    later(graceMs, () => {
      if (over) return;
      entry.container.kill();
      finish();
    });
  }

  function gone(uid: string) {
    const pod = store.list("pods").find((candidate) => candidate.metadata.uid === uid);
    if (pod) store.remove(podKind, pod);
  }

  function alive(uid: string): KubeObject | undefined {
    const pod = store.list("pods").find((candidate) => candidate.metadata.uid === uid);
    return pod?.metadata.deletionTimestamp || closed ? undefined : pod;
  }

  function later(ms: number, act: () => void) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  }
}
