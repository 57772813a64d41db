/** Troubles of one simulated node. Plain data that may be changed while the node runs; empty means healthy. */
export type NodeFaults = {
  /** Blocks arrive slower than the chain grows: the head advances, the gap never closes. */
  neverCatchesUp?: boolean;
  /** So many TERM signals go unheard (a node that is busy with blocks at 100% CPU). */
  ignoresTerm?: number;
  /** `pause` answers ok and changes nothing. */
  pauseIgnored?: boolean;
  /** Resumed, not paused, and yet it signs nothing, as with a missing signature provider. */
  cannotSign?: boolean;
  /** `safely_pause_production`: never answers, or answers 500 after its three (scaled) minutes. */
  safelyPause?: "hangs" | "times-out";
  snapshot?: "slow" | "directory-missing" | "not-finalized";
  /** The HTTP port accepts connections and never answers. */
  httpHangs?: boolean;
};
