package dev.daypass.client;

/** When a call may be made again after a failure that may pass. */
public enum Repetition {
  /** Whenever the server is away, or busy and says when to come back. */
  FREE,
  /** Only when it is away: the call issues something new each time. */
  SCARCE,
  /** Never: the call carries a proof that is good for once. */
  NONE
}
