package dev.daypass.client.example;

import dev.daypass.client.DaypassClient;
import dev.daypass.client.ProfileLoader;
import dev.daypass.client.RoleRequest;
import dev.daypass.client.verifier.TokenVerifier;
import java.util.Scanner;

/**
 * Verifies the session token that stands on standard input, and assumes a role. It makes no call
 * for the token, and writes who both are.
 */
public final class Example {
  private Example() {}

  /** Begins. */
  public static void main(String[] arguments) {
    String token = new Scanner(System.in).nextLine().strip();
    try (var watcher = new DaypassClient(ProfileLoader.load("verifier"));
        var verifier = TokenVerifier.of(watcher).start()) {
      var verified = verifier.verifySessionToken(token);
      System.out.println(
          verified.claims().accessKeyId() + " good, as of " + verified.revocationViewAge());
    }
    var role = RoleRequest.of("arn:aws:iam::123456789012:role/ReadOnlyRole");
    try (var client = new DaypassClient(ProfileLoader.load("dev"))) {
      System.out.println(client.assumeRole(role).arn());
    }
  }
}
