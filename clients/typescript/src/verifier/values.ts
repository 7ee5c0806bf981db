/**
 * What a good session token says. It names roles and users by unique id: their ARNs only a
 * server knows. That it is good says nothing of who sent it: only a signature does.
 */
export interface SessionClaims {
  /** `role`, `user`, `federated-user`, `root-task` or `delegated`. */
  readonly kind: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The unique id of its role or user; for root the account id. */
  readonly principalId: string;
  /** Of a role session or federated user; otherwise empty. */
  readonly sessionName: string;
  readonly issueTime: Date;
  readonly expireTime: Date;
  /** The unique id of whoever began the chain of sessions. */
  readonly originId: string;
  readonly sourceIdentity: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  /** When a second factor was shown; undefined for never. */
  readonly mfaTime: Date | undefined;
  readonly federatedProvider: string;
  readonly federatedKeys: ReadonlyMap<string, readonly string[]>;
  /** Names the deployment that issued it. */
  readonly ringId: string;
}

/** Somebody that a token names: the issuer, and what it calls them. */
export interface Party {
  readonly issuer: string;
  readonly subject: string;
}

/** What a good token says that came of an exchange. */
export interface ExchangedClaims {
  /** `access`, `id` or `jwt`. */
  readonly use: string;
  readonly tokenId: string;
  /** The claim `sub`: issuer, `#` and subject; `party` has them in two parts. */
  readonly subject: string;
  readonly party: Party;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly clientArn: string;
  readonly accountId: string;
  /** Who acts for the subject, the present one first; only that one counts for access. */
  readonly actors: readonly Party[];
  readonly issueTime: Date;
  readonly expireTime: Date;
  readonly issuer: string;
}

/** What a good identity token says, as GetWebIdentityToken issues them. */
export interface IdentityClaims {
  readonly tokenId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly issueTime: Date;
  readonly expireTime: Date;
  /** What else it says of the principal. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Claims that are not known here. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** A token that is good now. */
export interface Verified<C> {
  readonly claims: C;
  /** How long ago, at most, revocations were last read; undefined where they are not. */
  readonly revocationViewAgeMs: number | undefined;
}

/** How a verifier fares, for a health check or a metric. */
export interface VerifierStatus {
  readonly keyIds: readonly string[];
  readonly ignoredKeyIds: readonly string[];
  readonly keySetAgeMs: number;
  readonly revocationViewAgeMs: number | undefined;
  readonly revocations: number;
  /** What asking last failed with; undefined where it has not since it went well. */
  readonly lastError: unknown;
}
