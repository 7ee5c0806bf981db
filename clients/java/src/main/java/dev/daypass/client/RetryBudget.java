package dev.daypass.client;

/**
 * What the calls of one client may spend on repetitions together. Where half of them fail nothing
 * is repeated, so that clients do not hold down a server that struggles.
 */
final class RetryBudget {
  private double tokens = Limits.RETRY_BUDGET_CALLS;

  /** Takes note of a failure, and says whether there is enough left. */
  synchronized boolean failed() {
    tokens = Math.max(0, tokens - 1);
    return tokens > Limits.RETRY_BUDGET_CALLS / 2;
  }

  /** Takes note of a success, which earns back a part of a repetition. */
  synchronized void succeeded() {
    tokens = Math.min(Limits.RETRY_BUDGET_CALLS, tokens + Limits.RETRY_BUDGET_PER_SUCCESS);
  }
}
