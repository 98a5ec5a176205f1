/** What becomes of a lease while it is wanted; a lease may come and go. */
export interface LeaseEvents {
  /** This process alone has it now. */
  onHeld: () => void
  /** It is gone, or about to be given to another node: resolves once nothing needs it any more. */
  onLost: () => Promise<void>
}

/** Things that one node at a time may do. */
export interface Leases {
  /** Wants a lease until the returned function is called. */
  want(name: string, events: LeaseEvents): () => Promise<void>
  /** Runs work that no other node may run under the same name; waits for its turn. */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>
  /** Shows the others a mark that all must have alike. False when a node that runs now has another. */
  agree(mark: string): Promise<boolean>
  close(): Promise<void>
}

/** The leases of a process that has its database to itself: each is held as soon as it is wanted. */
export function createSoleLeases(): Leases {
  return {
    want(_name, { onHeld, onLost }) {
      onHeld()
      return onLost
    },
    exclusively: (_name, work) => work(),
    agree: async () => true,
    close: async () => undefined,
  }
}
