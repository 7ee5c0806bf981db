package dev.daypass.client;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which hosts are this machine; names are never resolved for that. */
public final class Hosts {
  private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}");
  private static final Set<String> IPV6 = Set.of("::1", "0:0:0:0:0:0:0:1");
  // Those of the AWS container and pod agents, which are reached in clear.
  private static final Set<String> LINK_LOCAL =
      Set.of("169.254.170.2", "169.254.170.23", "fd00:ec2::23");

  private Hosts() {}

  /** Tells whether a host is this machine, by its name or address. */
  public static boolean isLoopback(String host) {
    String plain = bare(host);
    return "localhost".equals(plain) || LOOPBACK.matcher(plain).matches() || IPV6.contains(plain);
  }

  /** Tells whether credentials may come from a host in clear. */
  static boolean isNear(String host) {
    return isLoopback(host) || LINK_LOCAL.contains(bare(host));
  }

  private static String bare(String host) {
    return host.replaceAll("^\\[|\\]$", "").toLowerCase(Locale.ROOT);
  }
}
