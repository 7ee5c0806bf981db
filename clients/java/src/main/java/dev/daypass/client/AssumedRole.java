package dev.daypass.client;

/**
 * A new session of a role.
 *
 * @param credentials the new credentials
 * @param arn the ARN of the session
 * @param assumedRoleId the unique id of the role, a colon and the session name
 * @param sourceIdentity sent or inherited; empty for none
 */
public record AssumedRole(
    Credentials credentials, String arn, String assumedRoleId, String sourceIdentity) {}
