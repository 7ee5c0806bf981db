import { randomInt } from "node:crypto";

/** Draws a number from 0 up to 1, by which pauses and renewals are spread. */
export function chance(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
