/** Longer than anything takes on a busy machine, in milliseconds. */
export const patience = 90_000;
