package dev.daypass.client;

/** What credentials come of, where they are not given: a role, a program or an endpoint. */
public sealed interface CredentialStep
    permits RoleRequest, WebIdentitySource, ProcessSource, ContainerSource {}
