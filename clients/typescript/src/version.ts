/** The version of this client, which is that of its package.json; a test says so. */
export const VERSION = "0.1.0";
