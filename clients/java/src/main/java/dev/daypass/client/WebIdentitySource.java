package dev.daypass.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A role that is assumed with the token of a file, which is read anew each time.
 *
 * @param roleArn the role
 * @param tokenFile the file
 * @param sessionName names the session; empty makes a name from the time
 * @param duration until the credentials end; empty means an hour
 */
public record WebIdentitySource(
    String roleArn, Path tokenFile, Optional<String> sessionName, Optional<Duration> duration)
    implements CredentialStep {}
