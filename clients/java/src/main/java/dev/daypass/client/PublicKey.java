package dev.daypass.client;

/**
 * A public key that verifies tokens, as the members of a JWK (RFC 7517); empty where absent.
 *
 * @param kid its name
 * @param kty its type
 * @param alg its one algorithm
 * @param use what for
 * @param crv its curve
 * @param x a coordinate
 * @param y a coordinate
 * @param n a modulus
 * @param e an exponent
 */
public record PublicKey(
    String kid,
    String kty,
    String alg,
    String use,
    String crv,
    String x,
    String y,
    String n,
    String e) {}
