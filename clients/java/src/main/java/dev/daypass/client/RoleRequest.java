package dev.daypass.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A role to assume, and how; {@link #of} begins, and the others add to it.
 *
 * @param roleArn the ARN of the role, path included
 * @param sessionName names the session; empty makes a name from the time
 * @param duration until the credentials end; empty means an hour
 * @param externalId what the owner of the role has agreed upon with the caller
 * @param policy a session policy in JSON; it only takes away
 * @param policyArns managed session policies of the role's account
 * @param tags session tags
 * @param transitiveTagKeys keys of those tags that pass on along a chain
 * @param sourceIdentity who is behind the session; it sticks to the chain
 * @param serialNumber the second factor of the calling user
 * @param tokenCode the six digits that it shows
 */
public record RoleRequest(
    String roleArn,
    Optional<String> sessionName,
    Optional<Duration> duration,
    Optional<String> externalId,
    Optional<String> policy,
    List<String> policyArns,
    Map<String, String> tags,
    List<String> transitiveTagKeys,
    Optional<String> sourceIdentity,
    Optional<String> serialNumber,
    Optional<Secret> tokenCode)
    implements CredentialStep {

  /** Asks for a role. */
  public static RoleRequest of(String roleArn) {
    return new Builder(roleArn).build();
  }

  /** Begins a request that says more than the role. */
  public static Builder builder(String roleArn) {
    return new Builder(roleArn);
  }

  /** Puts a request together. */
  public static final class Builder {
    private final String roleArn;
    private Optional<String> sessionName = Optional.empty();
    private Optional<Duration> duration = Optional.empty();
    private Optional<String> externalId = Optional.empty();
    private Optional<String> policy = Optional.empty();
    private List<String> policyArns = List.of();
    private Map<String, String> tags = Map.of();
    private List<String> transitiveTagKeys = List.of();
    private Optional<String> sourceIdentity = Optional.empty();
    private Optional<String> serialNumber = Optional.empty();
    private Optional<Secret> tokenCode = Optional.empty();

    private Builder(String roleArn) {
      this.roleArn = roleArn;
    }

    /** Names the session; null makes a name from the time. */
    public Builder sessionName(String value) {
      sessionName = Optional.ofNullable(value);
      return this;
    }

    /** Says how long the credentials last; null means an hour. */
    public Builder duration(Duration value) {
      duration = Optional.ofNullable(value);
      return this;
    }

    /** Says what the owner of the role has agreed upon with the caller. */
    public Builder externalId(String value) {
      externalId = Optional.ofNullable(value);
      return this;
    }

    /** Adds a session policy in JSON. */
    public Builder policy(String value) {
      policy = Optional.ofNullable(value);
      return this;
    }

    /** Adds managed session policies. */
    public Builder policyArns(List<String> value) {
      policyArns = List.copyOf(value);
      return this;
    }

    /** Adds session tags, and says which of them pass on. */
    public Builder tags(Map<String, String> value, List<String> transitive) {
      tags = Map.copyOf(value);
      transitiveTagKeys = List.copyOf(transitive);
      return this;
    }

    /** Says who is behind the session. */
    public Builder sourceIdentity(String value) {
      sourceIdentity = Optional.ofNullable(value);
      return this;
    }

    /** Shows a second factor: its serial number or ARN, and its code. */
    public Builder secondFactor(String serial, String code) {
      serialNumber = Optional.ofNullable(serial);
      tokenCode = Optional.ofNullable(code).map(Secret::new);
      return this;
    }

    /** Returns the request. */
    public RoleRequest build() {
      return new RoleRequest(
          roleArn,
          sessionName,
          duration,
          externalId,
          policy,
          policyArns,
          tags,
          transitiveTagKeys,
          sourceIdentity,
          serialNumber,
          tokenCode);
    }
  }
}
