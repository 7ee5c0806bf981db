/** What the packages of the client share, and nobody else is to use: it changes without notice. */
package dev.daypass.client.internal;
