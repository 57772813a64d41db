import type { LogBuffer } from "../nodes/log-buffer.ts";
import type { KubeObject } from "./object.ts";

/** What stands behind a pod name: it keeps directory and ports while containers come and go. */
export type PodHost = {
  /** The directory that stands for `/` in the pod. */
  readonly root: string;
  /** Port inside the pod to port on this machine, or undefined when nothing answers there now. */
  outerPort(inner: number): number | undefined;
  /** Starts the container. `files` are the mounted configuration files by their path in the pod. */
  start(pod: KubeObject, onEnd: () => void): PodContainer;
  close(): Promise<void>;
};

export type PodContainer = {
  readonly log: LogBuffer;
  /** Aborted when the container is gone: whatever was executed in it dies with it. */
  readonly ended: AbortSignal;
  ready(): boolean;
  /** A clean stop after TERM. */
  stop(): Promise<void>;
  kill(): void;
  /** Signals processes by name, as pkill would. Returns how many there were. */
  signal(processName: string, signal: "TERM" | "KILL"): number;
  /** Names of the running processes, the first being process 1. */
  processes(): readonly string[];
};
