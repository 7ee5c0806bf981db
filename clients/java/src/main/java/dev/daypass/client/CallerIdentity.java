package dev.daypass.client;

/**
 * Who is calling.
 *
 * @param userId the unique id
 * @param account the account
 * @param arn the ARN
 */
public record CallerIdentity(String userId, String account, String arn) {}
