// What differs from one chain to another.

export let syncBytes: u32 = 64;
export let committees: u32 = 64;
export let maxWithdrawals: u32 = 16;

export function setPreset(syncCommitteeBytes: u32, maxCommitteesPerSlot: u32, maxWithdrawalsPerPayload: u32): void {
  syncBytes = syncCommitteeBytes;
  committees = maxCommitteesPerSlot;
  maxWithdrawals = maxWithdrawalsPerPayload;
}

